"""Any octets are read, and the short way reads what the long way reads."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from homing.core.model.lifecycle import State
from homing.core.receipts.dates import read_date
from homing.core.receipts.dialects import DIALECTS, PLAIN, Dialect
from homing.core.receipts.explain import explain, explain_pdu
from homing.core.receipts.fields import find_fields
from homing.core.receipts.read import is_receipt, read, read_any
from homing.core.smpp import spec
from homing.core.smpp.pdu import frame
from homing.core.smpp.short import DeliverSm

KEYS = [b"id", b"sub", b"dlvrd", b"submit date", b"done date", b"stat", b"err", b"text", b"Text",
        b"mccmnc", b"IMSI", b"ID", b"submit_date"]  # fmt: skip
values = st.one_of(
    st.sampled_from([b"", b"0", b"000", b"7A3F", b"2601311200", b"260131120059", b"DELIVRD",
                     b"UNDELIV", b"x:y", b"\0", b"text", b"done date", b"21910", b"\0i\0d\0:"]),
    st.binary(max_size=6),
)  # fmt: skip
tokens = st.one_of(
    st.tuples(st.sampled_from(KEYS), values).map(lambda pair: b":".join(pair)), values
)
ordinary = st.builds(
    lambda some_id, counts, submit, done, stat, err, tail: (
        b"id:" + some_id + b" " + counts + b"submit date:" + submit + b" done date:" + done
        + b" stat:" + stat + b" err:" + err + tail
    ),
    values,
    st.sampled_from([b"", b"sub:001 dlvrd:001 ", b"sub: dlvrd: ", b"sub:001 "]),
    values,
    st.sampled_from([b"2601311200", b"260131120059", b"0000000000", b"26", b"2613010000"]),
    st.sampled_from([b"DELIVRD", b"delivrd", b"BADSTAT", b"EXPIRED", b"0", b"FAILED:x y"]),
    values,
    st.lists(tokens, max_size=3).map(lambda few: b" " + b" ".join(few)) | values,
)  # fmt: skip
WHOLE = b"id:%b sub:001 dlvrd:001 submit date:2601311200 done date:%b stat:%b err:%b%b"


@st.composite
def nearly_ordinary(draw: st.DrawFn) -> bytes:
    """The form of Appendix B, with at most two things put into it anywhere."""
    octets = WHOLE % (
        draw(st.sampled_from([b"7A3F", b"x-1", b"0059113978"])),
        draw(st.sampled_from([b"2601311200", b"260131120059", b"0000000000", b"2613010000"])),
        draw(st.sampled_from([b"DELIVRD", b"delivrd", b"BADSTAT", b"EXPIRED"])),
        draw(st.sampled_from([b"000", b"21b", b"null"])),
        draw(st.sampled_from([b"", b" ", b"\0", b" text:", b" Text:stat:EXPIRED err:1", b" foo"])),
    )
    for token in draw(st.lists(tokens, max_size=2)):
        at = draw(st.integers(0, len(octets)))
        octets = octets[:at] + token + octets[at:]
    return octets


bodies = st.one_of(
    nearly_ordinary(),
    ordinary,
    st.lists(tokens, max_size=9).map(b" ".join),
    st.lists(tokens, max_size=9).map(b"".join),
    st.binary(max_size=300),
)
tlvs = st.dictionaries(
    st.sampled_from([0x001E, 0x0423, 0x0424, 0x0427, 0x1403, 0x060F, 0x1454]),
    st.one_of(st.binary(max_size=5), st.sampled_from([b"7A3F\0", b"\2", b"23410", b"\3\0\x1b"])),
    max_size=4,
)
delivers = st.builds(
    DeliverSm,
    source_addr=st.binary(max_size=20),
    destination_addr=st.binary(max_size=20),
    esm_class=st.integers(0, 255),
    data_coding=st.sampled_from([0, 1, 3, 8, 255]),
    short_message=bodies,
    tlvs=tlvs,
)


@given(delivers)
@example(DeliverSm(esm_class=0x44, short_message=b"id:1 submit date:2601311200 "
                   b"done date:2601311200 stat:DELIVRD err:0 text:"))  # fmt: skip
def test_the_short_way_reads_what_the_long_way_reads(deliver: DeliverSm) -> None:
    assert read(deliver) == read_any(deliver, PLAIN)


@given(delivers)
def test_any_octets_are_a_value(deliver: DeliverSm) -> None:
    assert is_receipt(deliver) in (True, False)
    receipt = read(deliver)
    assert receipt.state >= State.ENROUTE
    assert receipt.done_at_ms >= 0


@given(st.text(max_size=40), st.sampled_from([b" text:", b" Text:"]))
def test_the_senders_words_change_nothing_of_a_whole_receipt(words: str, key: bytes) -> None:
    envelope = (
        b"id:7A3F sub:001 dlvrd:001 submit date:2601311200 done date:2601311201 "
        b"stat:EXPIRED err:027"
    )
    plain = DeliverSm(esm_class=4, short_message=envelope)
    with_words = DeliverSm(esm_class=4, short_message=envelope + key + words.encode("utf-16-be"))
    assert read(with_words) == read(plain)
    assert read_any(with_words, PLAIN) == read(plain)


@given(st.binary(max_size=20) | st.from_regex(rb"[0-9]{8,17}[+-]?", fullmatch=True))
def test_any_octets_as_a_date_are_a_moment_or_0(octets: bytes) -> None:
    at_ms = read_date(octets)
    assert at_ms == 0 or 946_598_400_000 <= at_ms < 4_102_531_200_000  # 2000..2099, a zone aside


@given(st.permutations([b"id:7", b"sub:001", b"dlvrd:001", b"submit date:2601311200",
                        b"done date:2601311201", b"stat:DELIVRD", b"err:000"]))  # fmt: skip
def test_the_order_of_keys_does_not_matter(order: list[bytes]) -> None:
    assert find_fields(b" ".join(order)).head == {
        "id": b"7",
        "sub": b"001",
        "dlvrd": b"001",
        "submit": b"2601311200",
        "done": b"2601311201",
        "stat": b"DELIVRD",
        "err": b"000",
    }


@given(bodies | st.text(max_size=60).map(str.encode), st.sampled_from(list(DIALECTS.values())))
def test_any_line_is_explained_in_one_line_of_json(line: bytes, dialect: Dialect) -> None:
    explained = explain(line, dialect)
    assert "\n" not in json.dumps(explained)
    assert {"id", "stat", "err", "submit", "done", "state", "level", "problems"} <= set(explained)


@given(st.sampled_from([spec.DELIVER_SM, spec.DATA_SM, spec.SUBMIT_SM, 7777]), st.binary())
def test_any_pdu_is_explained_the_same_in_hex(command_id: int, body: bytes) -> None:
    octets = frame(command_id, 0, 1, body)
    explained = explain(octets.hex().upper().encode())
    assert explained == explain_pdu(octets)
    assert explained["command"] == spec.command_name(command_id)


@given(delivers)
def test_what_is_explained_is_what_is_read(deliver: DeliverSm) -> None:
    line = deliver.short_message
    explained = explain(line.decode("latin-1").encode())
    receipt = read(DeliverSm(esm_class=4, short_message=line))
    if explained["state"] is not None:
        assert (explained["id"] or "") == receipt.id
        assert explained["state"] == receipt.state.name.lower()
        assert (explained["err"] or "") == receipt.err
