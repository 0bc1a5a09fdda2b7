"""Receipts as an honest carrier writes them: the text of Appendix B and the two TLVs beside it.

Source: SMPP 3.4 Appendix B; 5.3.2.12 receipted_message_id; 5.3.2.35 message_state.
"""

import time
from functools import lru_cache

from homing.core.smpp.short import submit_body
from homing.simulator.submission import STAT, MessageState, Submission

ESM_CLASS_RECEIPT = 0x04  # 5.2.12: this deliver_sm is a delivery receipt
_TEXT_OCTETS = 20  # Appendix B: the first 20 characters of the message
_STATE_TLV = b"\x04\x27\x00\x01"
_DELIVERED = frozenset({MessageState.DELIVERED})


@lru_cache(maxsize=256)
def _minute(minute: int) -> bytes:
    return time.strftime("%y%m%d%H%M", time.gmtime(minute * 60)).encode()


def date(at_s: float) -> bytes:
    """YYMMDDhhmm in UTC. Appendix B has no seconds."""
    return _minute(int(at_s) // 60)


def text(submission: Submission, state: MessageState, at_s: float, err: bytes = b"000") -> bytes:
    """The short_message of the receipt that says `state`, decided at `at_s` of wall time."""
    shown = submission.octets[:_TEXT_OCTETS]
    return b"id:%b sub:001 dlvrd:%b submit date:%b done date:%b stat:%b err:%b text:%b" % (
        submission.id,
        b"001" if state in _DELIVERED else b"000",
        date(submission.submitted_s),
        date(at_s),
        STAT[state],
        err,
        shown if submission.pdu.data_coding == 0 else b"",
    )


def body(submission: Submission, state: MessageState, at_s: float, err: bytes = b"000") -> bytes:
    """The body of the deliver_sm: from the recipient to the sender, as 4.6.1 wants it."""
    pdu = submission.pdu
    tlvs = b"\x00\x1e%b%b\x00%b%c" % (
        (len(submission.id) + 1).to_bytes(2, "big"),
        submission.id,
        _STATE_TLV,
        state,
    )
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
        tlvs=tlvs,
    )
