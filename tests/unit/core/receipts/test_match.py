import pytest

from homing.core.model.lifecycle import State
from homing.core.model.limits import MATCH_BUCKET_BITS, MATCH_LOOKBACK_MS
from homing.core.model.message import Message, Part
from homing.core.model.receipt import Receipt
from homing.core.receipts.match import Match, NoMatch, choose, key, keys_back, waiting_key

NOW_MS = 1_769_860_860_000
BUCKET_MS = 1 << MATCH_BUCKET_BITS


def part(some_id: int, carrier_message_id: str = "7A3F", recipient: str = "447700900000") -> Part:
    message = Message(
        id=some_id - 1,
        uuid="",
        account_id=1,
        sender="HOMING",
        recipient=recipient,
        client_ref=None,
        callback=None,
        part_count=1,
        price=0,
        network="",
        accepted_at_ms=0,
        expires_at_ms=0,
        report=True,
    )
    return Part(
        id=some_id,
        message=message,
        index=1,
        carrier="north",
        body=b"",
        carrier_message_id=carrier_message_id,
    )


def receipt(some_id: str = "7A3F", recipient: str = "447700900000", sender: str = "1") -> Receipt:
    return Receipt(id=some_id, state=State.DELIVERED, recipient=recipient, sender=sender)


@pytest.mark.parametrize("spelling", ["447700900000", "+447700900000", "00447700900000"])
def test_the_id_and_the_recipient_together_make_a_match(spelling: str) -> None:
    found = choose(receipt(recipient=spelling), [part(1), part(2, "OTHER")])
    assert isinstance(found, Match)
    assert (found.part.id, found.rung) == (1, "exact")


def test_swapped_addresses_match() -> None:
    swapped = receipt(recipient="HOMING", sender="447700900000")
    assert isinstance(choose(swapped, [part(1)]), Match)


def test_an_id_with_another_recipient_is_nobodys() -> None:
    found = choose(receipt(recipient="447700900001"), [part(1)])
    assert isinstance(found, NoMatch)
    assert (found.reason, [one.id for one in found.candidates]) == ("recipient differs", [1])


def test_a_reused_id_goes_to_the_recipient_that_agrees() -> None:
    found = choose(receipt(), [part(1, recipient="447700900009"), part(2)])
    assert isinstance(found, Match)
    assert found.part.id == 2


def test_two_candidates_are_ambiguous_and_never_a_guess() -> None:
    found = choose(receipt(), [part(1), part(2)])
    assert isinstance(found, NoMatch)
    assert found.reason == "ambiguous"
    assert len(found.candidates) == 2


def test_one_part_named_twice_is_one_candidate() -> None:
    assert isinstance(choose(receipt(), [part(1), part(1)]), Match)


def test_no_id_and_an_unknown_id_say_so() -> None:
    assert choose(receipt(""), [part(1, "")]) == NoMatch("no id")
    assert choose(receipt("7a3f"), [part(1)]) == NoMatch("unknown id")
    assert choose(receipt(), []) == NoMatch("unknown id")


def test_keys_are_63_bits_and_sort_by_time() -> None:
    first, later = key("north", "1", NOW_MS), key("north", "1", NOW_MS + BUCKET_MS)
    assert 0 <= first < later < 1 << 63
    assert 0 <= waiting_key("north", "1") < 1 << 63


def test_keys_never_change() -> None:
    # They are stored: another value here needs a migration.
    assert waiting_key("north", "7A3F") == 5696603793832342473
    assert key("north", "7A3F", NOW_MS) == 28997385623761865


def test_carrier_and_id_do_not_run_into_each_other() -> None:
    assert waiting_key("north", "17") != waiting_key("north1", "7")
    assert key("north", "17", 0) != key("south", "17", 0)


def test_any_text_has_a_key() -> None:
    assert waiting_key("north", "\ud800\xff\0") >= 0


@pytest.mark.parametrize("age_ms", [0, 1, BUCKET_MS, 3 * BUCKET_MS, MATCH_LOOKBACK_MS])
def test_looking_back_finds_every_key_that_may_be_open(age_ms: int) -> None:
    keys = keys_back("north", "1", NOW_MS, NOW_MS - 2 * MATCH_LOOKBACK_MS)
    assert key("north", "1", NOW_MS - age_ms) in keys
    assert keys == sorted(keys, reverse=True)
    assert len(keys) <= 23


def test_looking_back_stops_where_nothing_older_is_open() -> None:
    keys = keys_back("north", "1", NOW_MS, NOW_MS - BUCKET_MS)
    assert key("north", "1", NOW_MS - BUCKET_MS) in keys
    assert key("north", "1", NOW_MS - 2 * BUCKET_MS) not in keys
    assert key("north", "1", NOW_MS) in keys_back("north", "1", NOW_MS, NOW_MS + BUCKET_MS)


def test_an_answer_just_over_the_border_of_a_bucket_is_found() -> None:
    border_ms = (NOW_MS // BUCKET_MS + 1) * BUCKET_MS
    assert key("north", "1", border_ms + 5) in keys_back("north", "1", border_ms - 5, 0)
