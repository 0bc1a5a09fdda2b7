import pytest

from homing.core.model.lifecycle import State
from homing.core.model.receipt import ReceiptKind
from homing.core.receipts.dialects import Dialect
from homing.core.receipts.read import is_receipt, read
from homing.core.smpp.short import DeliverSm

TEXT = b"id:7A3F sub:001 dlvrd:001 submit date:2601311200 done date:2601311201 stat:DELIVRD err:000"
DONE_AT_MS = 1_769_860_860_000  # 2026-01-31T12:01:00Z


def deliver(
    octets: bytes = b"", esm_class: int = 4, data_coding: int = 0, **tlvs: bytes
) -> DeliverSm:
    return DeliverSm(
        source_addr=b"447700900000",
        destination_addr=b"4477",
        esm_class=esm_class,
        data_coding=data_coding,
        short_message=octets,
        tlvs={int(tag.removeprefix("t"), 16): value for tag, value in tlvs.items()},
    )


def test_the_ordinary_form_is_read_without_problems() -> None:
    receipt = read(deliver(TEXT + b" text:Hello"))
    assert (receipt.id, receipt.state, receipt.stat, receipt.err) == (
        "7A3F",
        State.DELIVERED,
        "DELIVRD",
        "000",
    )
    assert receipt.done_at_ms == DONE_AT_MS
    assert receipt.problems == ()


@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le"])
def test_a_receipt_wholly_in_ucs2_is_read_whatever_its_data_coding(order: str) -> None:
    octets = (TEXT.decode() + " text:Привет").encode(order)
    for coding in (0, 8):
        receipt = read(deliver(octets, data_coding=coding))
        assert (receipt.id, receipt.state, receipt.done_at_ms) == (
            "7A3F",
            State.DELIVERED,
            DONE_AT_MS,
        )


def test_ascii_with_data_coding_ucs2_is_read_as_ascii() -> None:
    assert read(deliver(TEXT, data_coding=8)).id == "7A3F"


def test_a_udh_before_the_text_is_taken_off() -> None:
    udh = bytes.fromhex("050003840201")
    assert read(deliver(udh + b"stat:EXPIRED id:9", 0x44)).id == "9"
    assert read(deliver(udh + b"9 3", 0x44)).id == "9"


def test_a_udh_bit_without_a_udh_loses_nothing() -> None:
    assert read(deliver(TEXT, 0x44)).id == "7A3F"
    assert read(deliver(b"ID:5 stat:EXPIRED", 0x44)).id == "5"
    broken = read(deliver(b"stat:EXPIRED id:5", 0x44))
    assert broken.problems == ("udh: longer than the message",)
    assert broken.id == "5"


def test_keys_glued_to_a_value_are_found() -> None:
    receipt = read(deliver(b"id:7sub:001dlvrd:001submit date:2601311200done date:2601311201 "
                           b"stat:DELIVRD err:000text:x"))  # fmt: skip
    assert (receipt.id, receipt.err, receipt.done_at_ms) == ("7", "000", DONE_AT_MS)


def test_the_senders_words_never_overrule_a_field_or_a_tlv() -> None:
    words = b" text:id:666 stat:UNDELIV err:034 done date:2601010000"
    receipt = read(deliver(TEXT + words))
    assert (receipt.id, receipt.stat, receipt.err) == ("7A3F", "DELIVRD", "000")
    assert receipt.done_at_ms == DONE_AT_MS
    by_tlv = read(deliver(words.strip(), t1E=b"5\0", t427=b"\2", t423=b"\3\0\6"))
    assert (by_tlv.id, by_tlv.state, by_tlv.stat, by_tlv.err) == ("5", State.DELIVERED, "", "6")


def test_a_key_after_the_senders_words_counts_where_nothing_else_says_it() -> None:
    receipt = read(deliver(b"id:5 err: text: stat:DELIVRD err:034 id:6"))
    assert (receipt.id, receipt.state, receipt.err) == ("5", State.DELIVERED, "")


def test_an_unknown_word_is_unknown_and_never_a_failure() -> None:
    receipt = read(deliver(b"id:5 stat:BLIST err:001"))
    assert receipt.state is State.UNKNOWN
    assert receipt.problems == ("stat: unknown word",)


def test_a_dialect_gives_a_word_and_a_zone_their_meaning() -> None:
    dialect = Dialect(stat_words={b"BLIST": State.REJECTED}, utc_offset_s=3600)
    assert read(deliver(b"id:5 stat:blist"), carrier_dialect=dialect).state is State.REJECTED
    assert read(deliver(TEXT), carrier_dialect=dialect).done_at_ms == DONE_AT_MS - 3_600_000


@pytest.mark.parametrize(
    ("text", "tlv", "state"),
    [
        (b"DELIVRD", b"\5", State.UNDELIVERABLE),
        (b"DELIVRD", b"\6", State.ACCEPTED),
        (b"ENROUTE", b"\2", State.DELIVERED),
        (b"UNDELIV", b"\2", State.UNDELIVERABLE),
        (b"WHAT", b"\2", State.DELIVERED),
        (b"DELIVRD", b"\x63", State.DELIVERED),
        (b"DELIVRD", b"", State.DELIVERED),
        (b"", b"2", State.DELIVERED),
        (b"", b"\0\0\0\2", State.DELIVERED),
        (b"", b"\0", State.ENROUTE),
        (b"", b"\x09", State.UNKNOWN),
    ],
)
def test_the_tlv_tells_the_state_but_a_denied_delivery_is_none(
    text: bytes, tlv: bytes, state: State
) -> None:
    assert read(deliver(b"id:5 stat:" + text, t427=tlv)).state is state


@pytest.mark.parametrize(
    ("octets", "err"),
    [(b"\3\0\x1b", "27"), (b"027", "027"), (b"\6", "6"), (b"", ""), (b"\3\0", "")],
)
def test_network_error_code_is_taken_in_each_shape(octets: bytes, err: str) -> None:
    assert read(deliver(b"id:5 stat:UNDELIV", t423=octets)).err == err


def test_a_stat_at_the_very_end_is_no_failure() -> None:
    assert read(deliver(b"id:5 stat:DELIVRD")).state is State.DELIVERED


def test_a_body_with_nothing_in_it_is_a_value_with_problems() -> None:
    receipt = read(deliver(b""))
    assert receipt.state is State.UNKNOWN
    assert set(receipt.problems) == {"id: missing", "stat: missing"}


@pytest.mark.parametrize("esm_class", [0x04, 0x08, 0x10, 0x20, 0x24, 0x44, 0xC4])
def test_the_type_bits_make_a_receipt(esm_class: int) -> None:
    assert is_receipt(deliver(b"Hello", esm_class))


@pytest.mark.parametrize("esm_class", [0x00, 0x40, 0x80, 0xC0, 0x03, 0x18])
def test_a_message_from_a_handset_is_no_receipt(esm_class: int) -> None:
    assert not is_receipt(deliver(b"my id:5 please", esm_class))


def test_text_or_tlv_make_a_receipt_where_the_class_says_nothing() -> None:
    assert is_receipt(deliver(TEXT, 0))
    assert is_receipt(deliver(b"stat:DELIVRD id:5 done date:2601311200", 0))
    assert is_receipt(deliver(b"", 0, t1E=b"5\0"))
    assert not is_receipt(deliver(b"text:" + TEXT, 0))


def test_the_id_of_the_tlv_is_kept_where_it_is_spelled_otherwise() -> None:
    for octets, tlv_id in ((b"5\0", "5"), (b"7A3F\0", ""), (b"7a3f", "7a3f"), (b"\0", "")):
        receipt = read(deliver(TEXT, t1E=octets))
        assert (receipt.id, receipt.tlv_id) == ("7A3F", tlv_id)
    bare = read(deliver(b"stat:DELIVRD", t1E=b"5\0"))
    assert (bare.id, bare.tlv_id) == ("5", "")


@pytest.mark.parametrize(
    ("text", "tlv"),
    [(b"0059113978", b"38601fa"), (b"38601FA", b"59113978"), (b"0010", b"10"), (b"aB", b"0Ab"),
     (b"340282366920938463463374607431768211455", b"f" * 32)],
)  # fmt: skip
def test_one_number_in_two_spellings_is_no_disagreement(text: bytes, tlv: bytes) -> None:
    assert read(deliver(b"id:" + text + b" stat:DELIVRD", t1E=tlv)).problems == ()
    other = read(deliver(b"id:" + text + b"1 stat:DELIVRD", t1E=tlv))
    assert other.problems == ("id: text and TLV disagree",)


@pytest.mark.parametrize(
    ("esm_class", "kind"),
    [(0x00, ReceiptKind.NONE), (0x04, ReceiptKind.CARRIER), (0x08, ReceiptKind.HANDSET),
     (0x10, ReceiptKind.USER), (0x20, ReceiptKind.INTERMEDIATE), (0x44, ReceiptKind.CARRIER),
     (0xC4, ReceiptKind.CARRIER), (0x0C, 3)],
)  # fmt: skip
def test_the_kind_is_what_the_carrier_calls_it(esm_class: int, kind: int) -> None:
    assert read(deliver(TEXT, esm_class)).kind == kind


@pytest.mark.parametrize(
    ("udh", "index"),
    [("050003840302", 2), ("06080412340303", 3), ("0403010203", 0), ("050003840102", 0)],
)
def test_the_udh_of_the_receipt_names_the_part(udh: str, index: int) -> None:
    receipt = read(deliver(bytes.fromhex(udh) + TEXT, 0x44))
    assert (receipt.id, receipt.part_index) == ("7A3F", index)
    assert read(deliver(TEXT, 0x44)).part_index == 0


def test_the_submit_date_is_read_as_the_done_date_is() -> None:
    assert read(deliver(TEXT)).submitted_at_ms == DONE_AT_MS - 60_000
    receipt = read(deliver(b"id:5 stat:DELIVRD submit date:150701adsfas1202"))
    assert (receipt.submitted_at_ms, receipt.problems) == (0, ("submit date: not valid",))
    assert read(deliver(b"id:5 stat:DELIVRD submit date:0000000000")).problems == ()


def test_a_receipt_may_come_in_message_payload_with_a_nul_at_its_end() -> None:
    receipt = read(deliver(b"", t424=TEXT + b"\0"))
    assert (receipt.id, receipt.err, receipt.problems) == ("7A3F", "000", ())


@pytest.mark.parametrize(
    ("octets", "err"),
    [(b"\7\0\x0b", "0x00B"), (b"\3\0\0", ""), (b"\0", ""), (b"\x08\x01\x00", "256")],
)
def test_a_network_error_code_keeps_its_number_space(octets: bytes, err: str) -> None:
    assert read(deliver(b"id:5 stat:UNDELIV", t423=octets)).err == err
