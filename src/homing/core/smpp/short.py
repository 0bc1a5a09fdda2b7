"""The bodies that every message costs, read and written without the field tables.

submit_sm and deliver_sm have the same fields (SMPP 3.4 4.4.1, 4.6.1). A short way handles only
what is sound; at the first doubt it asks the tables, so that both give the same value or the same
error. A property test holds them equal.
"""

from typing import TypeVar

from msgspec import Struct

from homing.core.smpp import spec
from homing.core.smpp.errors import LocalMistake
from homing.core.smpp.pdu import read_body, read_tlvs

# 5.2.21, 4.4.1: sm_length is one octet and 255 is kept back; longer text goes in message_payload.
SHORT_MESSAGE_OCTETS_MAX = 254


class ShortMessage(Struct, gc=False):
    """The fields of submit_sm and deliver_sm. Addresses and times without their NUL.

    `short_message` is message_payload (TLV 0x0424) where the field itself is empty.
    """

    source_addr: bytes = b""
    destination_addr: bytes = b""
    esm_class: int = 0
    data_coding: int = 0
    short_message: bytes = b""
    tlvs: dict[int, bytes] = {}
    source_ton: int = 0
    source_npi: int = 0
    dest_ton: int = 0
    dest_npi: int = 0
    registered_delivery: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    service_type: bytes = b""
    schedule_delivery_time: bytes = b""
    validity_period: bytes = b""
    replace_if_present_flag: int = 0
    sm_default_msg_id: int = 0


class DeliverSm(ShortMessage, gc=False):
    """deliver_sm, or data_sm that came from the carrier. Source: SMPP 3.4 4.6.1, 4.7.1."""


class SubmitSm(ShortMessage, gc=False):
    """submit_sm. Source: SMPP 3.4 4.4.1."""


_S = TypeVar("_S", bound=ShortMessage)


def submit_body(
    *,
    source_ton: int,
    source_npi: int,
    source_addr: bytes,
    dest_ton: int,
    dest_npi: int,
    destination_addr: bytes,
    esm_class: int,
    protocol_id: int,
    registered_delivery: int,
    data_coding: int,
    short_message: bytes,
    service_type: bytes = b"",
    priority_flag: int = 0,
    validity_period: bytes = b"",
    tlvs: bytes = b"",
) -> bytes:
    """The body of submit_sm or of deliver_sm, header excluded.

    Args:
        source_addr, destination_addr: up to 20 octets, no NUL.
        validity_period: 16 octets (7.1.1) or empty.
        short_message: up to 254 octets.
        tlvs: octets as `pdu.write_tlvs` makes them.

    Raises:
        LocalMistake: a value that does not fit its field.
    """
    if (
        len(source_addr) > 20
        or len(destination_addr) > 20
        or len(service_type) > 5
        or len(validity_period) > 16
        or len(short_message) > SHORT_MESSAGE_OCTETS_MAX
        or b"\0" in source_addr
        or b"\0" in destination_addr
        or b"\0" in service_type
        or b"\0" in validity_period
    ):
        raise LocalMistake("a field of submit_sm is too long or holds a NUL")
    try:
        return b"%b\0%c%c%b\0%c%c%b\0%c%c%c\0%b\0%c\0%c\0%c%b%b" % (
            service_type,
            source_ton,
            source_npi,
            source_addr,
            dest_ton,
            dest_npi,
            destination_addr,
            esm_class,
            protocol_id,
            priority_flag,
            validity_period,
            registered_delivery,
            data_coding,
            len(short_message),
            short_message,
            tlvs,
        )
    except OverflowError as unfit:
        raise LocalMistake(f"a field of submit_sm is not one octet: {unfit}") from None


def read_deliver_body(body: bytes) -> DeliverSm:
    """Read deliver_sm.

    Raises:
        BadPdu: without a header; the status says which field was unsound.
    """
    return _read(DeliverSm, spec.DELIVER_SM, body)


def read_submit_body(body: bytes) -> SubmitSm:
    """Read submit_sm.

    Raises:
        BadPdu: as `read_deliver_body`.
    """
    return _read(SubmitSm, spec.SUBMIT_SM, body)


def read_delivered(command_id: int, body: bytes) -> DeliverSm:
    """Read what a `Delivered` event carries: deliver_sm, or data_sm with its fewer fields.

    Raises:
        BadPdu: as `read_deliver_body`.
    """
    if command_id == spec.DELIVER_SM:
        return _read(DeliverSm, command_id, body)
    return _read_by_tables(DeliverSm, command_id, body)


def _read(cls: type[_S], command_id: int, body: bytes) -> _S:
    try:
        service = body.index(0)
        source = body.index(0, service + 3)
        dest = body.index(0, source + 3)
        schedule = body.index(0, dest + 4)
        validity = body.index(0, schedule + 1)
        end = validity + 6 + body[validity + 5]
    except (ValueError, IndexError):
        return _read_by_tables(cls, command_id, body)
    if (
        end > len(body)
        or service > 5
        or source - service > 23
        or dest - source > 23
        or schedule - dest > 20
        or validity - schedule > 17
    ):
        return _read_by_tables(cls, command_id, body)
    tlvs = {} if end == len(body) else read_tlvs(body, end)
    short_message = body[validity + 6 : end]
    if not short_message and tlvs:
        short_message = tlvs.get(spec.TLV_MESSAGE_PAYLOAD, b"")
    return cls(
        body[service + 3 : source],
        body[source + 3 : dest],
        body[dest + 1],
        body[validity + 3],
        short_message,
        tlvs,
        body[service + 1],
        body[service + 2],
        body[source + 1],
        body[source + 2],
        body[validity + 1],
        body[dest + 2],
        body[dest + 3],
        body[:service],
        body[dest + 4 : schedule],
        body[schedule + 1 : validity],
        body[validity + 2],
        body[validity + 4],
    )


# The table's spelling of the fields that this file names as the writer's arguments.
_RENAMED = {
    "source_addr_ton": "source_ton",
    "source_addr_npi": "source_npi",
    "dest_addr_ton": "dest_ton",
    "dest_addr_npi": "dest_npi",
}


def _read_by_tables(cls: type[_S], command_id: int, body: bytes) -> _S:
    fields, tlvs = read_body(command_id, body)
    values = {_RENAMED.get(label, label): value for label, value in fields.items()}
    message = cls(**values, tlvs=tlvs)  # type: ignore[arg-type]  # the tables' kinds are the Struct's types
    if not message.short_message:
        message.short_message = tlvs.get(spec.TLV_MESSAGE_PAYLOAD, b"")
    return message
