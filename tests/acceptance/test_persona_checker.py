"""The checker of the personas sees each broken promise in small books that were kept by hand."""

import base64
import json

import pytest

from support.persona_checker import CLEAR, LOST_ANSWER, SAME_ID, Books

A, B = "037C000000000001", "037C000000000011"
TO = "447700900123"


def submitted(ref: int, marker: int, id: str, status: int = 0) -> dict:
    return {"at_ms": 10 * ref, "carrier": "north", "event": "submitted", "ref": ref, "id": id,
            "to": TO, "octets": f"M{marker:06}-1 hello", "status": status}  # fmt: skip


def said(event: str, ref: int, id: str, stat: str = "DELIVRD") -> dict:
    at_ms = 100 * ref + (event == "acknowledged")
    return {"at_ms": at_ms, "carrier": "north", "event": event, "ref": ref, "id": id,
            "stat": stat, "status": 0}  # fmt: skip


def row(part: str | None, marker: int, id: str, **more: object) -> dict:
    body = base64.b64encode(f"id:{id} stat:DELIVRD text:M{marker:06}-1 hello".encode()).decode()
    found = {"id": "1", "by_gateway": False, "carrier": "north", "body": body,
             "receipted_id": id, "stat": "DELIVRD", "state": "delivered", "part_id": part,
             "rung": "exact", "reason": "" if part else "ambiguous", "seen_count": 1,
             "copy_of": "0000000000000000"}  # fmt: skip
    return found | more


def told(part: str, status: str = "delivered", source: str = "", at_ms: int = 1000) -> dict:
    return {"at_ms": at_ms, "part": part, "status": status, "source": source}


@pytest.fixture
def books():
    """Two messages, each delivered and told."""
    return {
        "submitted": [
            {"marker": 1, "parts": [A], "carriers": ["north"]},
            {"marker": 2, "parts": [B], "carriers": ["north"]},
        ],
        "ledger": [
            submitted(1, 1, "7"), submitted(2, 2, "8"),
            said("reported", 1, "7"), said("acknowledged", 1, "7"),
            said("reported", 2, "8"), said("acknowledged", 2, "8"),
        ],
        "receipts": [row(A, 1, "7"), row(B, 2, "8")],
        "webhook": [told(A), told(B)],
    }  # fmt: skip


@pytest.fixture
def check(books, tmp_path):
    def checked():
        for name, lines in books.items():
            text = "".join(json.dumps(line) + "\n" for line in lines)
            (tmp_path / f"{name}.jsonl").write_text(text)
        return Books(tmp_path).check(["north"])

    return checked


def test_sound_books_have_no_fault(check):
    found = check()
    assert (found.parts, found.submits, found.receipts, found.matched) == (2, 2, 2, 2)
    assert found.faults == []


def test_a_receipt_on_another_part_is_wrong(books, check):
    books["receipts"][0]["part_id"] = B
    assert check().wrong == 1


def test_a_word_that_the_carrier_said_of_another_part_is_wrong(books, check):
    books["ledger"][4]["stat"] = books["ledger"][5]["stat"] = "UNDELIV"
    books["receipts"][1]["stat"] = "UNDELIV"
    assert check().wrong == 1


def test_a_word_told_before_the_carrier_said_it_is_wrong(books, check):
    books["webhook"][1]["at_ms"] = 199
    assert check().wrong == 1


def test_a_receipt_that_is_not_kept_is_lost(books, check):
    del books["receipts"][0]
    assert check().lost == 1


def test_a_copy_that_is_not_counted_is_lost(books, check):
    books["ledger"].append(said("acknowledged", 1, "7"))
    assert check().lost == 1
    books["receipts"][0]["seen_count"] = 2
    assert check().faults == []


def test_a_receipt_that_was_neither_acknowledged_nor_kept_is_lost(books, check):
    del books["ledger"][3]
    assert check().faults == []
    del books["receipts"][0]
    assert check().lost == 1


def test_a_receipt_that_nobody_wrote_is_a_fault(books, check):
    books["receipts"].append(row(A, 3, "9"))
    assert len(check().faults) == 1


def test_a_part_without_a_final_word_is_a_fault(books, check):
    books["webhook"][0]["status"] = "accepted"
    assert check().without_final == 1


def test_our_own_word_over_the_carriers_is_a_fault(books, check):
    books["webhook"].append(told(A, "expired", "gateway", 2000))
    assert len(check().faults) == 1


def test_what_waits_though_nothing_is_ambiguous_is_a_fault(books, check):
    books["receipts"][0] = row(None, 1, "7")
    books["webhook"][0] = told(A, "expired", "gateway")
    found = check()
    assert found.waiting == {("ambiguous", CLEAR): 1}
    assert len(found.faults) == 1


def test_what_waits_without_a_reason_is_a_fault(books, check):
    books["ledger"].insert(0, submitted(3, 1, "6"))
    books["receipts"][0] = row(None, 1, "7", reason="")
    books["webhook"][0] = told(A, "expired", "gateway")
    assert len(check().faults) == 1


def test_a_receipt_of_a_submit_whose_answer_was_lost_may_wait(books, check):
    books["ledger"] += [
        submitted(3, 1, "9"), said("reported", 3, "9"), said("acknowledged", 3, "9"),
    ]  # fmt: skip
    books["receipts"].append(row(None, 1, "9"))
    found = check()
    assert found.waiting_by_truth == {LOST_ANSWER: 1}
    assert found.faults == []


def test_receipts_of_two_parts_with_one_id_and_recipient_may_wait(books, check):
    for line in books["ledger"][1], *books["ledger"][4:]:
        line["id"] = "7"
    books["receipts"] = [row(None, 1, "7"), row(None, 2, "7")]
    books["webhook"] = [told(A, "expired", "gateway"), told(B, "expired", "gateway")]
    found = check()
    assert found.waiting_by_truth == {SAME_ID: 2}
    assert found.faults == []


def test_one_id_for_all_parts_of_one_message_is_no_wrong_part(books, check):
    books["submitted"] = [{"marker": 1, "parts": [A, B], "carriers": ["north"]}]
    for line in books["ledger"]:
        line["id"] = "7"
    books["ledger"][1]["octets"] = "M000001-2 hello"
    books["receipts"] = [row(A, 1, "7"), row(B, 1, "7", copy_of="0000000000000001")]
    books["ledger"][4:] = []
    found = check()
    assert found.matched == 1
    assert found.faults == []
