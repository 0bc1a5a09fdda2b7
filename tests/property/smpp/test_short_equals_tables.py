"""The short ways of the hot PDUs equal the tables, for sound octets and for any others."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from homing.core.smpp import short, spec
from homing.core.smpp.errors import BadPdu
from homing.core.smpp.fields import Value
from homing.core.smpp.pdu import read_body, write_body, write_tlvs

octet = st.integers(0, 255)


def c_string(octets_max: int) -> st.SearchStrategy[bytes]:
    return st.binary(max_size=octets_max - 1).map(lambda value: value.replace(b"\0", b"0"))


arguments = st.fixed_dictionaries(
    {
        "service_type": c_string(6),
        "source_ton": octet,
        "source_npi": octet,
        "source_addr": c_string(21),
        "dest_ton": octet,
        "dest_npi": octet,
        "destination_addr": c_string(21),
        "esm_class": octet,
        "protocol_id": octet,
        "priority_flag": octet,
        "validity_period": c_string(17),
        "registered_delivery": octet,
        "data_coding": octet,
        "short_message": st.binary(max_size=254),
    }
)
tag = st.one_of(st.integers(0, 0xFFFF), st.sampled_from([0x0424, 0x001E, 0x0427]))
tlv_sets = st.dictionaries(tag, st.binary(max_size=40), max_size=4)
RENAMED = {
    "source_ton": "source_addr_ton",
    "source_npi": "source_addr_npi",
    "dest_ton": "dest_addr_ton",
    "dest_npi": "dest_addr_npi",
}


def by_tables(body: bytes) -> dict[str, Any] | int:
    """What the tables read, in the short way's names; or the status of what is wrong."""
    try:
        fields, tlvs = read_body(spec.DELIVER_SM, body)
    except BadPdu as bad:
        return bad.command_status
    names = {long: brief for brief, long in RENAMED.items()}
    values: dict[str, Any] = {names.get(label, label): value for label, value in fields.items()}
    values["tlvs"] = tlvs
    values["short_message"] = values["short_message"] or tlvs.get(0x0424, b"")
    return values


def by_short_way(body: bytes) -> dict[str, Any] | int:
    try:
        message = short.read_deliver_body(body)
    except BadPdu as bad:
        return bad.command_status
    return {label: getattr(message, label) for label in message.__struct_fields__}


@given(arguments, tlv_sets)
def test_submit_body_writes_what_the_tables_write(
    values: dict[str, Any], tlvs: dict[int, bytes]
) -> None:
    fields: dict[str, Value] = {RENAMED.get(label, label): v for label, v in values.items()}
    body = short.submit_body(**values, tlvs=write_tlvs(tlvs))
    assert body == write_body(spec.SUBMIT_SM, fields, tlvs)


@given(arguments, tlv_sets, c_string(17))
def test_a_sound_body_is_read_as_the_tables_read_it(
    values: dict[str, Any], tlvs: dict[int, bytes], schedule: bytes
) -> None:
    fields: dict[str, Value] = {RENAMED.get(label, label): v for label, v in values.items()}
    body = write_body(spec.DELIVER_SM, {**fields, "schedule_delivery_time": schedule}, tlvs)
    assert by_short_way(body) == by_tables(body)
    assert not isinstance(by_tables(body), int)


@given(arguments, tlv_sets, st.data())
def test_a_mutated_body_gives_the_same_value_or_the_same_status(
    values: dict[str, Any], tlvs: dict[int, bytes], data: st.DataObject
) -> None:
    body = bytearray(short.submit_body(**values, tlvs=write_tlvs(tlvs)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        kind = data.draw(st.sampled_from(["set", "cut", "insert"]))
        if kind == "set":
            body[at] = data.draw(octet)
        elif kind == "cut":
            del body[at : at + data.draw(st.integers(1, 30))]
            body = body or bytearray(1)
        else:
            body[at:at] = data.draw(st.binary(max_size=30))
    assert by_short_way(bytes(body)) == by_tables(bytes(body))


@given(st.binary(max_size=120))
def test_any_octets_give_the_same_value_or_the_same_status(body: bytes) -> None:
    assert by_short_way(body) == by_tables(body)


@given(arguments)
def test_a_body_cut_at_every_octet_gives_the_same_status(values: dict[str, Any]) -> None:
    body = short.submit_body(**values)
    for cut in range(len(body)):
        assert by_short_way(body[:cut]) == by_tables(body[:cut])
