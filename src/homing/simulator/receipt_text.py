"""Receipts as a carrier writes them: the text of Appendix B and the two TLVs beside it.

How a persona differs from that stands in its `writing`, and how it spells ids in the submission.
Source: SMPP 3.4 Appendix B; 5.3.2.12 receipted_message_id; 5.3.2.31 network_error_code; 5.3.2.32
message_payload; 5.3.2.35 message_state.
"""

import time
from functools import lru_cache

from homing.core.smpp import spec
from homing.core.smpp.short import SHORT_MESSAGE_OCTETS_MAX, submit_body
from homing.simulator.persona import PLAIN, Writing
from homing.simulator.submission import STAT, MessageState, Submission

ESM_CLASS_RECEIPT = 0x04  # 5.2.12: this deliver_sm is a delivery receipt
DATA_CODING_UCS2 = 0x08
_TEXT_OCTETS = 20  # Appendix B: the first 20 characters of the message
_STATE_TLVS = {state: b"\x04\x27\x00\x01%c" % state for state in MessageState}
_NETWORK_GSM = 3  # 5.3.2.31
_TLV_NETWORK = 0x1403  # where carriers put an MCC-MNC most often
_ADDRESS_OCTETS_MAX = 20
# A table that a persona does not name is the very default.
_AS_APPENDIX_B = PLAIN.writing
_MASK_KEEPS = 4  # digits at either end of a masked number


@lru_cache(maxsize=256)
def _minute(minute: int) -> bytes:
    return time.strftime("%y%m%d%H%M", time.gmtime(minute * 60)).encode()


@lru_cache(maxsize=256)
def _second(second: int) -> bytes:
    return time.strftime("%y%m%d%H%M%S", time.gmtime(second)).encode()


def date(at_s: float, writing: Writing) -> bytes:
    """YYMMDDhhmm, or with seconds, in the carrier's own zone."""
    local_s = int(at_s) + 60 * writing.utc_offset_min
    return _minute(local_s // 60) if writing.date_digits == 10 else _second(local_s)


def text(submission: Submission, state: MessageState, at_s: float, err: bytes = b"000") -> bytes:
    """The text of the receipt that says `state`, decided at `at_s` of wall time."""
    writing = submission.persona.writing
    submitted_s = submission.submitted_s
    if writing is _AS_APPENDIX_B:
        submitted, done = _minute(int(submitted_s) // 60), _minute(int(at_s) // 60)
    else:
        submitted, done = date(submitted_s, writing), date(at_s, writing)
    whole = b"id:%b sub:001 dlvrd:%b submit date:%b done date:%b stat:%b err:%b text:%b" % (
        submission.ids.receipt,
        b"001" if state is MessageState.DELIVERED else b"000",
        submitted,
        done,
        STAT[state],
        err,
        submission.octets[:_TEXT_OCTETS] if submission.pdu.data_coding == 0 else b"",
    )
    return whole if submission.ids.receipt else whole.removeprefix(b"id: ")


def written_id(submission: Submission) -> bytes:
    """The id as the receipt has it: in its text, or in its TLV where there is none."""
    is_textless = submission.persona.writing.encoding == "tlv_only"
    return submission.ids.tlv if is_textless else submission.ids.receipt or submission.ids.tlv


def body(submission: Submission, state: MessageState, at_s: float, err: bytes = b"000") -> bytes:
    """The body of the deliver_sm: from the recipient to the sender, as 4.6.1 wants it."""
    pdu, writing = submission.pdu, submission.persona.writing
    if writing is _AS_APPENDIX_B:
        return submit_body(
            source_ton=pdu.dest_ton,
            source_npi=pdu.dest_npi,
            source_addr=pdu.destination_addr,
            dest_ton=pdu.source_ton,
            dest_npi=pdu.source_npi,
            destination_addr=pdu.source_addr,
            esm_class=ESM_CLASS_RECEIPT,
            protocol_id=0,
            registered_delivery=0,
            data_coding=0,
            short_message=text(submission, state, at_s, err),
            tlvs=_tlvs(submission, state),
        )
    return _written(submission, state, at_s, err)


def _written(submission: Submission, state: MessageState, at_s: float, err: bytes) -> bytes:
    """`body` by all that a persona may write differently."""
    pdu, writing = submission.pdu, submission.persona.writing
    tlvs = _tlvs(submission, state)
    data_coding, short_message = 0, b""
    match writing.encoding:
        case "text":
            short_message = text(submission, state, at_s, err)[:SHORT_MESSAGE_OCTETS_MAX]
        case "ucs2":
            data_coding = DATA_CODING_UCS2
            whole = text(submission, state, at_s, err).decode("latin-1").encode("utf-16-be")
            short_message = whole[:SHORT_MESSAGE_OCTETS_MAX]
        case "message_payload":
            whole = text(submission, state, at_s, err)
            tlvs += _tlv(spec.TLV_MESSAGE_PAYLOAD, whole)
        case "tlv_only":
            if err.isdigit() and int(err):
                code = b"%c%b" % (_NETWORK_GSM, int(err).to_bytes(2, "big"))
                tlvs += _tlv(spec.TLV_NETWORK_ERROR_CODE, code)
    recipient = (pdu.dest_ton, pdu.dest_npi, _recipient(pdu.destination_addr, writing))
    sender = (pdu.source_ton, pdu.source_npi, pdu.source_addr)
    source, dest = (sender, recipient) if writing.swapped else (recipient, sender)
    return submit_body(
        source_ton=source[0],
        source_npi=source[1],
        source_addr=source[2],
        dest_ton=dest[0],
        dest_npi=dest[1],
        destination_addr=dest[2],
        esm_class=ESM_CLASS_RECEIPT,
        protocol_id=0,
        registered_delivery=0,
        data_coding=data_coding,
        short_message=short_message,
        tlvs=tlvs,
    )


def _tlvs(submission: Submission, state: MessageState) -> bytes:
    tlv_id, writing = submission.ids.tlv, submission.persona.writing
    octets = b"\x00\x1e\x00%c%b\x00" % (len(tlv_id) + 1, tlv_id) if tlv_id else b""
    if writing.network:
        octets += network_tlv(writing.network)
    return octets + _STATE_TLVS[state] if writing.state_tlv else octets


def network_tlv(mcc_mnc: str) -> bytes:
    """Of an answer or a receipt; empty for an empty one."""
    return _tlv(_TLV_NETWORK, mcc_mnc.encode()) if mcc_mnc else b""


def _tlv(tag: int, value: bytes) -> bytes:
    return b"%b%b%b" % (tag.to_bytes(2, "big"), len(value).to_bytes(2, "big"), value)


def _recipient(number: bytes, writing: Writing) -> bytes:
    """The number as this carrier gives it back."""
    if writing.recipient == "as_submitted":
        return number
    if writing.recipient == "plus":
        return number if len(number) >= _ADDRESS_OCTETS_MAX else b"+" + number
    hidden = max(0, len(number) - 2 * _MASK_KEEPS)
    return number[:_MASK_KEEPS] + b"*" * hidden + number[_MASK_KEEPS + hidden :]
