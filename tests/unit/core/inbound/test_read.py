"""Texts by data_coding, headers, sar_ TLVs, payloads: read without ever raising."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homing.core.encoding.udh import Concat
from homing.core.inbound.read import Taken, keyword, plain, read, tell
from homing.core.model.inbound import InboundType
from homing.core.smpp import spec
from homing.core.smpp.short import DeliverSm, read_delivered
from support.inbound import HANDSET, OURS, deliver, part


def reading(body):
    return read(read_delivered(spec.DELIVER_SM, body))


def told(*bodies, account_id=1):
    return tell([Taken(10 + n, 1000 + n, reading(one)) for n, one in enumerate(bodies)], account_id)


@pytest.mark.parametrize(
    ("octets", "data_coding", "type", "text"),
    [
        (b"\x00 5 \x1be", 0x00, InboundType.TEXT, "@ 5 €"),
        (b"gr\xfc\xdfe", 0x03, InboundType.TEXT, "grüße"),
        ("Привет 🙂".encode("utf-16-be"), 0x08, InboundType.UNICODE, "Привет 🙂"),
        ("да".encode("utf-16-be"), 0x18, InboundType.UNICODE, "да"),
        (b"flash", 0x10, InboundType.TEXT, "flash"),
        (b"\xea\x06", 0x04, InboundType.BINARY, ""),
        (b"\xea\x06", 0xF5, InboundType.BINARY, ""),
    ],
)
def test_the_data_coding_says_what_it_is(octets, data_coding, type, text):
    one = told(deliver(octets, data_coding=data_coding))
    assert (one.type, one.text) == (type, text)
    assert one.data == (octets if type is InboundType.BINARY else b"")


def test_a_binary_message_keeps_its_header_whole():
    udh = bytes.fromhex("0605040B8423F0")
    one = told(deliver(b"\xea\x06", udh=udh, data_coding=4))
    assert (one.data, one.udh, one.keyword, one.part_count) == (b"\xea\x06", udh, "", 1)


@pytest.mark.parametrize(
    ("udh", "place"),
    [
        ("050003070302", Concat(7, 3, 2)),
        ("06080401070302", Concat(263, 3, 2, True)),
        ("050003070101", None),
        ("0500030703", None),
    ],
)
def test_its_place_stands_in_the_header(udh, place):
    one = reading(deliver(b"hello", udh=bytes.fromhex(udh)))
    assert one.concat == place


def test_or_in_the_sar_tlvs_but_the_header_counts():
    tlvs = {
        spec.TLV_SAR_MSG_REF_NUM: b"\x01\x02",
        spec.TLV_SAR_TOTAL_SEGMENTS: b"\x03",
        spec.TLV_SAR_SEGMENT_SEQNUM: b"\x02",
    }
    assert reading(deliver(b"x", tlvs=tlvs)).concat == Concat(258, 3, 2, True)
    assert reading(part(1, 2, b"x", tlvs=tlvs)).concat == Concat(7, 2, 1)
    del tlvs[spec.TLV_SAR_MSG_REF_NUM]
    assert reading(deliver(b"x", tlvs=tlvs)).concat is None


def test_a_text_in_message_payload_is_read_with_its_header():
    octets = bytes((5, 0, 3, 9, 2, 1)) + b"hello"
    body = deliver(b"", tlvs={spec.TLV_MESSAGE_PAYLOAD: octets})
    sm = read_delivered(spec.DELIVER_SM, body)
    sm.esm_class = 0x40
    assert (read(sm).octets, read(sm).concat) == (b"hello", Concat(9, 2, 1))


def test_numbers_lose_their_prefix_and_names_stay():
    one = reading(deliver(b"x", from_="+447700900123", to="00447700900999"))
    assert (one.sender, one.recipient) == (HANDSET, OURS)
    assert reading(deliver(b"x", from_="+Bank", source_ton=5)).sender == "+Bank"
    assert plain("12345") == "12345"


@pytest.mark.parametrize(
    ("text", "word"),
    [("stop", "STOP"), ("  Stop, please", "STOP,"), ("", ""), ("\n", ""), ("ja\nnein", "JA")],
)
def test_the_keyword_is_the_first_word_in_upper_case(text, word):
    assert keyword(text) == word


def test_a_whole_is_told_in_order_under_the_id_and_time_that_came_first():
    one = told(part(2, 2, b"world"), part(1, 2, b"hello "))
    assert (one.text, one.keyword) == ("hello world", "HELLO")
    assert (one.id, one.received_at_ms, one.part_count) == (10, 1000, 1)


def test_a_character_that_two_parts_share_is_read_whole():
    octets = "🙂".encode("utf-16-be")
    assert told(
        part(1, 2, octets[:2], data_coding=8), part(2, 2, octets[2:], data_coding=8)
    ).text == "🙂"  # fmt: skip


def test_parts_of_two_alphabets_are_joined_as_texts():
    one = told(part(1, 2, b"price: "), part(2, 2, "5 ₽".encode("utf-16-be"), data_coding=8))
    assert (one.text, one.type) == ("price: 5 ₽", InboundType.UNICODE)


def test_one_part_alone_says_its_place():
    one = told(part(2, 3, b"middle"))
    assert (one.reference, one.part_count, one.part_index) == (7, 3, 2)


@given(
    st.binary(max_size=140), st.integers(0, 255), st.integers(0, 255),
    st.dictionaries(st.sampled_from([0x20C, 0x20E, 0x20F, 0x424]), st.binary(max_size=4)),
)  # fmt: skip
def test_no_octets_raise(octets, esm_class, data_coding, tlvs):
    sm = DeliverSm(octets[:9], octets[:5], esm_class, data_coding, octets, tlvs)
    one = tell([Taken(1, 1, read(sm))], 1)
    assert 1 <= one.part_index <= one.part_count
