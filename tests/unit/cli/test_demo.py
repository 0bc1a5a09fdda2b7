"""The demo judges itself truthfully."""

import pytest

from homing.cli.demo import HANDSET_PART_S, Line, judge

IDS = [["A"], ["B", "C", "D"]]


def lines() -> list[Line]:
    """What a receiver is sent when all is well."""
    came = [Line({"messageId": i, "status": "accepted"}, 0.1) for i in "ABCD"]
    came.append(Line({"messageId": "A", "status": "delivered"}, 0.3))
    for number, one in enumerate("BCD", 1):
        told = {"messageId": one, "status": "delivered"}
        came.append(Line(told, HANDSET_PART_S * number + 0.1))
    return came


def test_all_as_promised_has_no_problem():
    assert judge(IDS, lines()) == []


def test_what_the_demo_is_made_of_has_one_part_and_three():
    from homing.cli.demo import ONE_PART, THREE_PARTS
    from homing.core.encoding.parts import split

    assert [len(split(text, alphabet=None, reference=1)) for text in (ONE_PART, THREE_PARTS)] == [
        1,
        3,
    ]


@pytest.mark.parametrize("lost", range(8))
def test_any_missing_receipt_is_a_problem(lost):
    came = lines()
    del came[lost]
    assert judge(IDS, came)


def test_a_receipt_twice_or_of_nobody_is_a_problem():
    assert judge(IDS, [*lines(), lines()[0]])
    assert judge(IDS, [*lines(), Line({"messageId": "E", "status": "accepted"}, 0.1)])


def test_one_id_for_two_parts_is_a_problem():
    assert judge([["A"], ["B", "B", "D"]], lines())


def test_handsets_that_answer_at_once_or_too_late_are_a_problem():
    for after_s in (0.2, HANDSET_PART_S * 4):
        came = lines()
        came[-1].at_s = after_s
        assert judge(IDS, came)
