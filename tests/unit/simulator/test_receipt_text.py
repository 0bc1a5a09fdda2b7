"""Receipts of an honest carrier: Appendix B and the TLVs."""

from homing.core.receipts.read import read
from homing.core.smpp.short import SubmitSm, read_deliver_body
from homing.simulator import receipt_text
from homing.simulator.ids import Spelled
from homing.simulator.persona import PLAIN, Persona, Writing
from homing.simulator.submission import MessageState, Submission

MINUTE_S = 1_767_225_660.0  # 2026-01-01 00:01 UTC


def submission(text=b"a text of more than twenty octets", persona=PLAIN, **fields):
    pdu = SubmitSm(
        source_addr=b"Acme",
        source_ton=5,
        destination_addr=b"4915",
        dest_ton=1,
        dest_npi=1,
        short_message=text,
        **fields,
    )
    return Submission(
        Spelled(b"4711", b"4711", b"4711"), "a", pdu, text, None, MINUTE_S, MINUTE_S + 9,
        persona=persona,
    )  # fmt: skip


def test_the_text_is_the_one_of_appendix_b():
    assert receipt_text.text(submission(), MessageState.DELIVERED, MINUTE_S + 60) == (
        b"id:4711 sub:001 dlvrd:001 submit date:2601010001 done date:2601010002 stat:DELIVRD "
        b"err:000 text:a text of more than "
    )


def test_only_a_delivered_message_counts_as_delivered():
    for state, words in (
        (MessageState.ACCEPTED, (b"dlvrd:000", b"stat:ACCEPTD")),
        (MessageState.EXPIRED, (b"dlvrd:000", b"stat:EXPIRED")),
    ):
        text = receipt_text.text(submission(), state, MINUTE_S)
        assert all(word in text for word in words)


def test_the_receipt_goes_from_the_recipient_to_the_sender_with_both_tlvs():
    deliver = read_deliver_body(receipt_text.body(submission(), MessageState.ACCEPTED, MINUTE_S))
    assert (deliver.source_addr, deliver.source_ton) == (b"4915", 1)
    assert (deliver.destination_addr, deliver.dest_ton) == (b"Acme", 5)
    assert deliver.esm_class == 0x04
    assert deliver.tlvs == {0x001E: b"4711\0", 0x0427: b"\6"}


def test_a_receipt_can_name_the_network():
    persona = Persona(writing=Writing(network="20801"))
    body = receipt_text.body(submission(persona=persona), MessageState.DELIVERED, MINUTE_S)
    assert read_deliver_body(body).tlvs[0x1403] == b"20801"
    assert read(read_deliver_body(body)).network == "20801"


def test_octets_that_are_no_text_are_left_out_of_the_receipt():
    text = receipt_text.text(submission(b"\0\1\2", data_coding=8), MessageState.DELIVERED, 0.0)
    assert text.endswith(b"text:")
