"""What a handset sends: one text as the `deliver_sm` that its carrier makes of it.

Long ones come in parts with a UDH, each of which the application may see in any order.
Source: SMPP 3.4 4.6.1; 3GPP TS 23.040 9.2.3.24.1.
"""

from homing.core.encoding.errors import EncodingError
from homing.core.encoding.parts import split
from homing.core.numbering.address import ton_npi
from homing.core.smpp.errors import LocalMistake
from homing.core.smpp.short import submit_body

_UDHI = 0x40


class CannotSend(Exception):
    """A handset cannot send this; the text says what is wrong."""


class NobodyBound(CannotSend):
    """No application is bound to receive."""

    def __init__(self, system_id: str) -> None:
        whose = f" as {system_id}" if system_id else ""
        super().__init__(f"no application is bound{whose} to receive")


def deliveries(from_: str, to: str, text: str, *, reference: int) -> list[bytes]:
    """Bodies of `deliver_sm`, in order. `reference` is cut to 8 bits.

    Raises CannotSend.
    """
    for param, value in (("from", from_), ("to", to)):
        if not value or not value.isascii() or not value.isprintable():
            raise CannotSend(f"{param}: must be a number or a name in ASCII")
    try:
        return [
            _body(from_, to, one.udh, one.octets, one.data_coding)
            for one in split(text, reference=reference & 0xFF)
        ]
    except EncodingError as fault:
        raise CannotSend(f"text: {fault}") from fault
    except LocalMistake as fault:
        raise CannotSend("from, to: must be at most 20 characters") from fault


def _body(from_: str, to: str, udh: bytes, octets: bytes, data_coding: int) -> bytes:
    source_ton, source_npi = ton_npi(from_)
    dest_ton, dest_npi = ton_npi(to)
    return submit_body(
        source_ton=source_ton,
        source_npi=source_npi,
        source_addr=from_.encode(),
        dest_ton=dest_ton,
        dest_npi=dest_npi,
        destination_addr=to.encode(),
        esm_class=_UDHI if udh else 0,
        protocol_id=0,
        registered_delivery=0,
        data_coding=data_coding,
        short_message=udh + octets,
    )
