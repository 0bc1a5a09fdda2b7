"""User data headers, sound and not."""

import pytest

from homing.core.encoding.udh import Concat, Udh, has_sound_length, read_udh, write_udh


def test_the_8_bit_reference_is_written_as_the_specification_has_it():
    assert write_udh(Concat(0xAB, 3, 2)) == bytes.fromhex("050003AB0302")


def test_the_16_bit_reference_is_written_as_the_specification_has_it():
    assert write_udh(Concat(0xABCD, 3, 2, wide=True)) == bytes.fromhex("060804ABCD0302")


@pytest.mark.parametrize(
    "concat", [Concat(255, 255, 255), Concat(0, 1, 1), Concat(65535, 2, 1, True)]
)
def test_what_was_written_is_read_with_text_behind_it(concat: Concat):
    header = write_udh(concat)
    assert read_udh(header + b"text") == Udh(concat, len(header))


def test_other_elements_are_stepped_over():
    octets = bytes.fromhex("0B0504158A00000003070201") + b"text"
    assert read_udh(octets) == Udh(Concat(7, 2, 1), 12)


def test_of_two_concatenations_the_last_counts():
    octets = bytes.fromhex("0B0003070201080400090202")
    assert read_udh(octets).concat == Concat(9, 2, 2, wide=True)


@pytest.mark.parametrize("counts", ["0000", "0200", "0203", "0001"])
def test_impossible_counts_are_ignored(counts: str):
    assert read_udh(bytes.fromhex("05000307" + counts)) == Udh(None, 6)


def test_a_header_longer_than_the_octets_takes_them_all():
    assert read_udh(b"\xff\x00\x03") == Udh(None, 3)
    assert read_udh(b"") == Udh(None, 0)
    assert read_udh(b"\x00text") == Udh(None, 1)


def test_an_element_that_runs_out_of_its_header_is_ignored():
    assert read_udh(bytes.fromhex("040003070201")).concat is None


def test_a_sound_header_is_filled_exactly_by_its_elements():
    assert has_sound_length(bytes.fromhex("06050415811581"))
    assert has_sound_length(b"\x00")
    assert not has_sound_length(b"")
    assert not has_sound_length(bytes.fromhex("060504158115"))
    assert not has_sound_length(bytes.fromhex("0605031581158100"[:14]))
    assert not has_sound_length(bytes.fromhex("0605051581158100"[:14]))
