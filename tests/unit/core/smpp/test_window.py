"""Sequence numbers, the window's bound, and the response time without a scan."""

from math import inf

from homing.core.smpp.spec import SEQUENCE_NUMBER_MAX
from homing.core.smpp.window import Window


def near_the_end(window: Window, before: int = 1) -> None:
    window._sequence_number = SEQUENCE_NUMBER_MAX - before


def test_numbers_start_at_one_and_start_again_after_the_last() -> None:
    window = Window(10)
    assert window.number() == 1
    near_the_end(window)
    assert [window.number(), window.number()] == [SEQUENCE_NUMBER_MAX, 1]


def test_numbers_under_way_are_passed_over_when_they_come_again() -> None:
    window = Window(10)
    assert window.add(4, "old") == 1
    window.reserved.add(2)
    near_the_end(window, before=0)
    assert window.number() == 3


def test_room_is_what_is_not_outstanding_and_never_negative() -> None:
    window = Window(2)
    first = window.add(4, "a")
    window.add(4, "b")
    assert window.room() == 0
    window.size = 1  # a reload made it smaller
    assert window.room() == 0
    assert window.take(first, 4) is not None
    assert window.room() == 0


def test_a_response_of_another_kind_answers_nothing() -> None:
    window = Window(2)
    number = window.add(4, "a")
    assert window.take(number, 3) is None
    assert window.take(number + 1, 4) is None
    assert window.room() == 1


def test_the_response_time_starts_when_the_octets_leave() -> None:
    window = Window(10)
    window.add(4, "early")
    assert window.next_deadline_s() == inf
    assert window.expire(1e9) == []
    window.depart(50.0)
    window.add(4, "late")
    window.depart(60.0)
    assert window.next_deadline_s() == 50.0
    assert [p.context for p in window.expire(50.0)] == ["early"]
    assert window.next_deadline_s() == 60.0
    assert window.expire(59.9) == []
    assert [p.context for p in window.expire(60.0)] == ["late"]
    assert window.next_deadline_s() == inf


def test_answered_requests_do_not_expire() -> None:
    window = Window(10)
    numbers = [window.add(4, n) for n in range(5)]
    window.depart(5.0)
    for number in numbers[:4]:
        window.take(number, 4)
    assert [p.context for p in window.expire(6.0)] == [4]
