import json

import pytest

from homing.core.model.receipt import Level
from homing.core.receipts.dialects import DIALECTS, Dialect
from homing.core.receipts.explain import explain, explain_pdu
from support.corpus import Row, line_of, pdu_of, read_rows

NULLS = dict.fromkeys(("id", "stat", "err", "submit", "done", "sub", "dlvrd", "text", "state",
                       "level"))  # fmt: skip
WHOLE: Row = {
    "raw": "id:31295 submit date:2601311200 done date:2601311201 stat:DELIVRD err:000 text:Hi",
    "pdu": {"tlv": {"receipted_message_id": "7A3F", "0x1403": "23410", "0x1454": "hex:00ff"}},
}
WORDS = read_rows("receipt_sender_words.jsonl")


@pytest.mark.parametrize("row", WORDS, ids=[row["note"] for row in WORDS])
def test_the_senders_words_count_only_where_nothing_else_says_it(row: Row) -> None:
    explained = explain(line_of(row))
    wanted = row["expected"] | {"state": row["state"]}
    assert {key: explained[key] for key in wanted} == wanted


def test_a_pdu_is_explained_with_all_that_stands_beside_the_text() -> None:
    assert explain(line_of(WHOLE)) == {
        "id": "31295",
        "stat": "DELIVRD",
        "err": "000",
        "submit": "2601311200",
        "done": "2601311201",
        "sub": None,
        "dlvrd": None,
        "text": "Hi",
        "state": "delivered",
        "level": "handset",
        "problems": [],
        "err_code": "0",
        "submitted_at": "2026-01-31T12:00:00.000Z",
        "done_at": "2026-01-31T12:01:00.000Z",
        "submit_iso": "2026-01-31T12:00:00",
        "done_iso": "2026-01-31T12:01:00",
        "recipient": "447700900000",
        "sender": "HOMING",
        "kind": "carrier",
        "tlv_id": "7A3F",
        "same_number_as": "7A3F",
        "network": "23410",
        "tlvs": {"0x1403": "3233343130", "0x1454": "00ff"},
        "command": "deliver_sm",
    }


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"", "no receipt"),
        (b"   ", "no receipt"),
        (b"Hello, world", "no receipt"),
        (b"00000010000000150000000000000001", "pdu: enquire_link carries no receipt"),
        (b"00000010000000990000000000000001", "pdu: 0x00000099 carries no receipt"),
        (b"00000011000000150000000000000001", "line: hex of 16 octets, but command_length is 17"),
    ],
)
def test_what_is_no_receipt_is_answered_with_nulls_and_a_problem(line: bytes, problem: str) -> None:
    explained = explain(line)
    assert explained | NULLS == explained
    assert problem in explained["problems"]


def test_a_message_from_a_handset_is_no_receipt() -> None:
    explained = explain_pdu(pdu_of({"raw": "my id:5 please", "pdu": {"esm_class": 0}}))
    assert explained | NULLS == explained
    assert explained["problems"] == ["no receipt"]
    assert explained["recipient"] == "447700900000"


def test_a_pdu_that_is_broken_inside_is_a_problem() -> None:
    whole = pdu_of(WHOLE)
    for size in range(16, len(whole)):
        cut = size.to_bytes(4, "big") + whole[4:size]
        assert set(NULLS) <= set(explain(cut.hex().encode()))
    broken = explain(b"00000012000000050000000000000001ffff")
    assert broken["command"] == "deliver_sm"
    assert broken["problems"][0].startswith("pdu: ")
    assert explain_pdu(b"\0\0\0\4")["problems"] == ["pdu: shorter than a header"]


def test_characters_stand_for_octets_and_what_stands_for_none_is_kept_and_named() -> None:
    assert explain("id:1 text:é\x04".encode())["text"] == "é\x04"
    above = explain("id:1 text:é€".encode())
    assert above["text"] == "é" + "€".encode().decode("latin-1")
    assert "line: has characters above U+00FF" in above["problems"]
    raw = explain(b"id:1 text:\xff\xc3\xa9")
    assert raw["text"] == "\xff\xe9"
    assert "line: not UTF-8" in raw["problems"]


@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le"])
def test_the_text_of_a_receipt_in_ucs2_is_shown_in_its_own_characters(order: str) -> None:
    octets = "id:7A3F stat:DELIVRD text:Привет 🕊".encode(order)
    explained = explain_pdu(pdu_of({"raw": octets.decode("latin-1"), "pdu": {"data_coding": 8}}))
    assert (explained["id"], explained["text"]) == ("7A3F", "Привет 🕊")


def test_a_receipt_too_long_for_its_field_comes_in_message_payload() -> None:
    row = {"raw": "id:7A3F stat:DELIVRD text:" + "x" * 300, "pdu": {}}
    explained = explain(line_of(row))
    assert (explained["id"], explained["text"]) == ("7A3F", "x" * 300)


def test_what_stands_around_the_keys_is_told() -> None:
    explained = explain(b"4477^id:1 stat:DELIVRD err:000 and more words")
    assert (explained["before"], explained["trailing"]) == ("4477^", "and more words")
    assert "trailing" not in explain(b"id:1 stat:FAILED:no answer")


def test_the_carriers_clock_is_told_beside_the_moment() -> None:
    explained = explain(b"id:1 stat:DELIVRD done date:180711070003912+")
    assert explained["done_iso"] == "2018-07-11T07:00:03"
    assert explained["done_at"] == "2018-07-11T04:00:03.000Z"
    for octets in (b"0000000000", b"7001010000", b"x", b"9" * 100_000):
        assert "done_iso" not in explain(b"id:1 stat:DELIVRD done date:" + octets)


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        ("hex:03001b", {"network": "GSM", "code": 27}),
        ("hex:09001b", {"network": "9", "code": 27}),
        ("027", {"octets": "303237"}),
    ],
)
def test_the_network_error_code_is_told_as_it_came(octets: str, told: dict[str, object]) -> None:
    row = {"raw": "id:1 stat:UNDELIV", "pdu": {"tlv": {"network_error_code": octets}}}
    assert explain(line_of(row))["network_error_code"] == told


def test_a_dialect_names_the_tlvs_that_are_its_own() -> None:
    row = {"raw": "id:1 stat:DELIVRD", "pdu": {"tlv": {"0x1401": "20404", "0x140A": "0.035"}}}
    explained = explain(line_of(row), DIALECTS["cm"])
    assert (explained["network"], explained["tariff"]) == ("20404", "0.035")
    assert "tariff" not in explain(line_of(row))


def test_the_level_is_what_pdu_and_dialect_testify_to() -> None:
    def level(esm_class: int, stat: str) -> object:
        row = {"raw": f"id:1 stat:{stat}", "pdu": {"esm_class": esm_class}}
        return explain(line_of(row))["level"]

    assert level(4, "DELIVRD") == level(8, "DELIVRD") == "handset"
    assert level(4, "UNDELIV") == level(8, "ACCEPTD") == "carrier"
    carrier_only = Dialect(delivered_level=Level.CARRIER)
    assert explain(b"id:1 stat:DELIVRD", carrier_only)["level"] == "carrier"


def test_every_answer_is_json() -> None:
    for row in read_rows():
        json.dumps(explain(line_of(row)))
    assert json.dumps(explain(bytes(range(256))))
