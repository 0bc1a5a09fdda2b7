"""One request as the `submit_sm` bodies of its parts.

Owns the choice of alphabet, the data coding of message classes, and the fields that every part
has. The header (and so the sequence number) is the session's; which carrier, the routing's.

**Alphabet.** `type=text` is sent in GSM 03.38 when every character fits, else in UCS-2. The
platform would send the GSM form all the same and damage the text; nobody can want that.
`type=unicode` is sent in UCS-2 whatever it holds, as the caller asked.

**Message class** (flash is 0). Source: 3GPP TS 23.038 4; SMPP 3.4 5.2.19.
    GSM     0001 00cc  general data coding, class cc, default alphabet
    UCS-2   0001 10cc  the same, UCS-2; the only group that has a class for it
    binary  1111 01cc  data coding/message class, 8-bit: the form that carriers know best
"""

from functools import lru_cache

from homing.core.encoding.errors import NotInAlphabet, TextTooLong
from homing.core.encoding.parts import Alphabet, UserData, split
from homing.core.model.limits import PARTS_MAX
from homing.core.model.message import Extras
from homing.core.numbering.address import recipient_ton_npi, ton_npi
from homing.core.smpp.pdu import write_tlvs
from homing.core.smpp.short import submit_body
from homing.core.submit.refusal import Refusal
from homing.core.submit.request import SmsRequest, broken_text
from homing.core.submit.status import Status

_ESM_CLASS_UDHI = 0x40  # SMPP 3.4 5.2.12: user data begins with a header
_RECEIPT_ALWAYS = 0x01  # SMPP 3.4 5.2.17: a receipt for the final outcome, good or bad
_DATA_CODING_BINARY = 0x04
_CLASS_BITS = {0x00: 0x10, 0x08: 0x18, _DATA_CODING_BINARY: 0xF4}
_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60


def plan(
    request: SmsRequest, *, reference: int, wide_reference: bool = False
) -> tuple[bytes, ...] | Refusal:
    """Cut and code one request.

    Args:
        reference: 0 or more; its low 8 (16 when wide) bits join the parts on the handset, so it
            shall differ between messages to one recipient at one time.
        wide_reference: 16-bit reference, for carriers and senders with much long traffic.

    Returns:
        The bodies of 1..255 `submit_sm` in order, each with a receipt requested; or the refusal of
        a text that no alphabet can carry or that takes too many parts.
    """
    if request.kind == "binary":
        parts: tuple[UserData, ...] = (UserData(request.udh, request.body, _DATA_CODING_BINARY),)
    else:
        try:
            parts = split(
                request.text,
                alphabet=Alphabet.UCS2 if request.kind == "unicode" else None,
                reference=reference & (0xFFFF if wide_reference else 0xFF),
                wide_reference=wide_reference,
            )
        except NotInAlphabet:
            return broken_text(request.recipient)
        except TextTooLong:
            fault = f"Message too long: text must fit {PARTS_MAX} parts"
            return Refusal(Status.TOO_LONG, fault, request.recipient)
    return _write_bodies(request, parts)


def write_dlt(extras: Extras, *, entity_tag: int, content_tag: int) -> bytes:
    """The TLVs that follow a body at a carrier that wants them: the octets of each id, no NUL.

    Appended when the part is submitted, since the carrier may change until then.
    """
    ids = {entity_tag: extras.entity_id, content_tag: extras.content_id}
    return write_tlvs({tag: id.encode("ascii") for tag, id in ids.items() if id is not None})


def validity_period(ttl_ms: int) -> bytes:
    """A ttl as relative time, whole seconds rounded up: `000003000000000R` is three days.

    Source: SMPP 3.4 7.1.1.2 (YYMMDDhhmmsstnnR).
    """
    return _validity_of(-(-ttl_ms // 1000))


@lru_cache(maxsize=64)
def _validity_of(ttl_s: int) -> bytes:
    days, rest = divmod(ttl_s, _DAY_S)
    hours, rest = divmod(rest, _HOUR_S)
    minutes, seconds = divmod(rest, _MINUTE_S)
    return b"0000%02d%02d%02d%02d000R" % (days, hours, minutes, seconds)


def _write_bodies(request: SmsRequest, parts: tuple[UserData, ...]) -> tuple[bytes, ...]:
    data_coding = parts[0].data_coding
    if request.message_class is not None:
        data_coding = _CLASS_BITS[data_coding] | request.message_class
    before, after = _frame(
        request.sender,
        recipient_ton_npi(request.recipient),
        _ESM_CLASS_UDHI if parts[0].udh else 0,  # all parts of a text have a header, or none
        request.protocol_id,
        request.ttl_ms,
        data_coding,
    )
    to = request.recipient.encode("ascii")
    if len(parts) == 1:
        octets = parts[0].udh + parts[0].octets
        return (b"%b%b%b%c%b" % (before, to, after, len(octets), octets),)
    start = before + to + after
    return tuple(
        [b"%b%c%b%b" % (start, len(p.udh) + len(p.octets), p.udh, p.octets) for p in parts]
    )


@lru_cache(maxsize=1024)
def _frame(
    sender: str,
    ton_npi_of_recipient: tuple[int, int],
    esm_class: int,
    protocol_id: int,
    ttl_ms: int,
    data_coding: int,
) -> tuple[bytes, bytes]:
    """The octets before the recipient and those from there to the length of the text.

    Few senders and options make nearly all messages, so what they have in common is written once,
    around an empty recipient and an empty text.
    """
    source_ton, source_npi = ton_npi(sender)
    dest_ton, dest_npi = ton_npi_of_recipient
    source_addr = sender.encode("latin-1")
    body = submit_body(
        source_ton=source_ton,
        source_npi=source_npi,
        source_addr=source_addr,
        dest_ton=dest_ton,
        dest_npi=dest_npi,
        destination_addr=b"",
        esm_class=esm_class,
        protocol_id=protocol_id,
        validity_period=validity_period(ttl_ms),
        registered_delivery=_RECEIPT_ALWAYS,
        data_coding=data_coding,
        short_message=b"",
    )
    # service_type's NUL, the sender's type and plan, the sender and its NUL, the recipient's two.
    to_at = 1 + 2 + len(source_addr) + 1 + 2
    return body[:to_at], body[to_at:-1]  # the last octet is the length
