"""The bounded map of open parts: what it forgets, and when it must not decide alone."""

from homing.core.model.message import Message, Part
from homing.runtime.open_parts import OpenParts


def part(number: int, carrier_message_id: str) -> Part:
    message = Message(number * 10, "", 1, "Acme", "447700900000", None, None, 1, 0, "", 0, 0, True)
    return Part(number, message, 1, "north", b"", carrier_message_id)


def test_what_was_added_is_found_until_two_generations_passed():
    parts = OpenParts(4)
    for number in range(1, 6):
        parts.add(part(number, str(number)))
    assert parts.find("north", "1") is None
    assert parts.find("north", "5") is not None
    assert len(parts) <= 4


def test_ids_of_different_carriers_do_not_meet():
    parts = OpenParts(4)
    parts.add(part(1, "7"))
    assert parts.find("south", "7") is None


def test_two_parts_under_one_id_are_rivals():
    parts = OpenParts(4)
    first, second = part(1, "7"), part(2, "7")
    parts.add(first)
    parts.add(second)
    assert first.rivals
    assert second.rivals


def test_the_same_part_from_the_store_gives_the_object_that_memory_has():
    parts = OpenParts(4)
    known = part(1, "7")
    parts.add(known)
    assert parts.add(part(1, "7")) is known
    assert not known.rivals


def test_a_forgotten_part_is_looked_up_again():
    parts = OpenParts(4)
    known = part(1, "7")
    parts.add(known)
    parts.forget(known)
    assert parts.find("north", "7") is None
