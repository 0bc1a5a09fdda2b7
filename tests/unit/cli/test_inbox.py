"""`receipts unmatched`, `match`, `dismiss`: what they ask and what they print."""

import json

import msgspec
import pytest

from homing.api.stories import spell
from homing.cli.inbox import RUNG_WORDS, lasting
from homing.core.model.lifecycle import State
from homing.core.receipts import forms
from homing.store.pages import CandidateStory, InboxPage, UnmatchedStory
from unit.cli.stories import FIRST, T, notification, receipt

PATH = "/homing/v1/receipts/unmatched"
RECEIPT, PART = f"{FIRST + 101:016X}", f"{FIRST + 1:016X}"


def candidate(**more) -> CandidateStory:
    facts = {
        "part_id": FIRST + 1, "message_id": FIRST, "index": 1, "part_count": 1,
        "recipient": "447700900000", "carrier_message_id": "7F\x1b", "answered_at_ms": T,
        "accepted_at_ms": T, "state": State.SUBMITTED, "recipient_agrees": True, "rung": "hex",
    }  # fmt: skip
    return CandidateStory(**(facts | more))


def unmatched(*candidates: CandidateStory, **more) -> UnmatchedStory:
    facts = {"part_id": None, "message_id": None, "rung": "", "reason": "ambiguous"} | more
    return UnmatchedStory(receipt(1, State.DELIVERED, **facts), 300_000, list(candidates))


def answer(scripted, *found: UnmatchedStory) -> None:
    page = spell(InboxPage(list(found), FIRST + 101))
    scripted.answers["GET", PATH] = (200, msgspec.json.encode(page))


def test_each_is_told_with_its_reason_what_was_read_and_its_candidates(run, scripted):
    one = unmatched(
        candidate(),
        candidate(rung="", carrier_message_id="9", recipient_agrees=False, recipient="4479"),
        candidate(rung="", carrier_message_id="", answered_at_ms=0, part_count=3, index=2),
        seen_count=3, last_at_ms=T + 5000, tlv_id="7f", done_at_ms=T,
        notification=notification(),
    )  # fmt: skip
    answer(scripted, one)
    out = run("receipts", "unmatched").stdout
    for words in (
        f"{RECEIPT}  2025-01-01 00:00:01.000  north  waits 5 min: ambiguous",
        "id '7', in the TLV '7f', delivered (stat X, err 000), recipient 447700900000, "
        "done 2025-01-01 00:00:00.000",
        "3 times, last 2025-01-01 00:00:05.000",
        "told     delivered, of a part that it was booked on before",
        f"nearest  {PART}, submitted, id '7F\\x1b' since 2025-01-01 00:00:00.000 "
        "(hex in the answer, decimal in the receipt)",
        "id '9' since 2025-01-01 00:00:00.000 (another id), but its recipient is 4479",
        "part 2 of 3, submitted, no id, accepted 2025-01-01 00:00:00.000",
    ):
        assert words in out
    assert "\x1b" not in out


def test_an_empty_inbox_and_a_receipt_without_candidates_are_said(run, scripted):
    answer(scripted)
    assert run("receipts", "unmatched").stdout == "none waits\n"
    assert run("receipts", "unmatched", "--after", RECEIPT).stdout == "no more wait\n"
    answer(scripted, unmatched())
    assert "no part has its id or its recipient" in run("receipts", "unmatched").stdout


def test_the_next_page_is_named_when_there_may_be_one(run, scripted):
    answer(scripted, unmatched())
    out = run("receipts", "unmatched", "--limit", "1", "--carrier", "north", "--after", RECEIPT)
    assert out.stdout.endswith(f"more: --after {RECEIPT}\n")
    assert scripted.asked[0][2] == f"after={RECEIPT}&limit=1&carrier=north"
    assert "more:" not in run("receipts", "unmatched").stdout


def test_for_machines_it_is_the_page_of_the_api(run, scripted):
    answer(scripted, unmatched(candidate()))
    page = json.loads(run("receipts", "unmatched", "--json").stdout)
    assert page["next_after_id"] == RECEIPT
    assert page["receipts"][0]["candidates"][0]["part_id"] == PART


def test_a_receipt_is_matched_and_dismissed(run, scripted):
    path = f"/homing/v1/receipts/{RECEIPT}"
    scripted.answers["POST", f"{path}/match"] = (200, {})
    scripted.answers["POST", f"{path}/dismiss"] = (200, {})
    assert run("receipts", "match", RECEIPT, PART).stdout == f"{RECEIPT} is booked on {PART}\n"
    assert json.loads(scripted.asked[0][3]) == {"part": PART}
    assert run("receipts", "dismiss", RECEIPT).stdout == f"{RECEIPT} is dismissed\n"


def test_what_cannot_be_matched_is_a_sentence(run, scripted):
    words = "part: there is none with this id"
    refusal = {"code": "invalid_value", "message": words, "param": "part"}
    scripted.answers["POST", f"/homing/v1/receipts/{RECEIPT}/match"] = (400, refusal)
    done = run("receipts", "match", RECEIPT, PART)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"homing: {words}\n")


def test_every_rung_has_its_words():
    rungs = {rung for some in forms.RUNGS.values() for rung in some}
    assert set(RUNG_WORDS) == rungs | {forms.UDH, forms.MESSAGE, forms.OPERATOR}


@pytest.mark.parametrize(
    ("ms", "words"),
    [(0, "0 s"), (119_999, "119 s"), (120_000, "2 min"), (7_200_000, "2 h"),
     (172_800_000, "2 days")],
)  # fmt: skip
def test_durations_are_for_people(ms, words):
    assert lasting(ms) == words
