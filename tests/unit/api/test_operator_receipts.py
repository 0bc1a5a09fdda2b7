"""The operator's routes about receipts: the inbox, and what was learned of a carrier."""

import pytest

from homing.core.model.lifecycle import State
from homing.core.receipts.forms import Relation
from homing.runtime.bookings import CannotMatch
from homing.store.pages import CandidateStory, InboxPage, UnmatchedStory
from unit.api.test_routes import Site
from unit.cli.stories import FIRST, receipt

INBOX = "/homing/v1/receipts/unmatched"
RECEIPT, PART = f"{FIRST + 101:016X}", f"{FIRST + 1:016X}"
CANDIDATE = CandidateStory(
    part_id=FIRST + 1, message_id=FIRST, index=1, part_count=1, recipient="447700900000",
    carrier_message_id="7F", answered_at_ms=5, accepted_at_ms=1, state=State.SUBMITTED,
    recipient_agrees=True, rung="hex",
)  # fmt: skip
PAGE = InboxPage(
    [UnmatchedStory(receipt(1, State.DELIVERED, part_id=None), 60_000, [CANDIDATE])], FIRST + 101
)


class Inbox:
    """Stands where the gateway, its bookings and its ways do; keeps what it was asked."""

    def __init__(self, gateway):
        self.asked = []
        self.fault = None
        gateway.unmatched = self.unmatched
        gateway.learned = lambda name: {"carrier": name} if name == "north" else None
        gateway.bookings = gateway.ways = self

    async def unmatched(self, after, limit, carrier):
        self.asked.append((after, limit, carrier))
        return PAGE

    async def match(self, receipt_id, part_id):
        self.asked.append(("match", receipt_id, part_id))
        if self.fault is not None:
            raise self.fault

    async def dismiss(self, receipt_id):
        self.asked.append(("dismiss", receipt_id))
        if self.fault is not None:
            raise self.fault

    def pin(self, carrier, relation):
        self.asked.append(("pin", carrier, relation))

    def reset(self, carrier):
        self.asked.append(("reset", carrier))


@pytest.fixture
def operator():
    return Site(is_operator=True)


@pytest.fixture
def inbox(operator):
    return Inbox(operator.gateway)


def test_the_inbox_is_a_page_with_ids_as_the_api_spells_them(operator, inbox):
    status, page = operator.ask("GET", f"{INBOX}?carrier=north&limit=7&after={RECEIPT}")
    assert (status, inbox.asked) == (200, [(RECEIPT, 7, "north")])
    assert page["next_after_id"] == RECEIPT
    (one,) = page["receipts"]
    assert (one["receipt"]["id"], one["waits_ms"]) == (RECEIPT, 60_000)
    assert one["candidates"][0]["part_id"] == PART
    assert (one["candidates"][0]["state"], one["candidates"][0]["rung"]) == ("submitted", "hex")
    operator.ask("GET", INBOX)
    assert inbox.asked[-1] == (None, 20, None)


@pytest.mark.parametrize(("query", "param"), [("limit=101", "limit"), ("carriers=x", "carriers")])
def test_a_bad_parameter_of_the_inbox_is_refused_by_name(operator, inbox, query, param):
    status, answer = operator.ask("GET", f"{INBOX}?{query}")
    assert (status, answer["param"], inbox.asked) == (400, param, [])


def test_a_receipt_is_matched_and_dismissed_by_its_id(operator, inbox):
    path = f"/homing/v1/receipts/{RECEIPT.lower()}"
    assert operator.ask("POST", f"{path}/match", {"part": PART}) == (
        200, {"receipt": RECEIPT, "part": PART},
    )  # fmt: skip
    assert operator.ask("POST", f"{path}/dismiss") == (200, {"receipt": RECEIPT})
    assert inbox.asked == [("match", FIRST + 101, FIRST + 1), ("dismiss", FIRST + 101)]


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("7/match", {"part": PART}, "receipt"),
        ("x/dismiss", None, "receipt"),
        (f"{RECEIPT}/match", {"part": "7"}, "part"),
        (f"{RECEIPT}/match", {"part": 7}, "part"),
        (f"{RECEIPT}/match", {}, None),
        (f"{RECEIPT}/match", {"part": PART, "force": True}, "force"),
    ],
)
def test_an_id_that_is_none_is_refused_by_name(operator, inbox, path, body, param):
    status, answer = operator.ask("POST", f"/homing/v1/receipts/{path}", body)
    assert (status, answer["param"], inbox.asked) == (400, param, [])


def test_what_cannot_be_matched_names_its_field(operator, inbox):
    inbox.fault = CannotMatch("part: there is none with this id")
    status, answer = operator.ask("POST", f"/homing/v1/receipts/{RECEIPT}/match", {"part": PART})
    assert (status, answer["code"], answer["param"]) == (400, "invalid_value", "part")
    assert answer["message"] == "part: there is none with this id"


@pytest.mark.parametrize(
    ("word", "relation"),
    [("same", Relation.SAME), ("hex", Relation.HEX), ("decimal", Relation.DECIMAL),
     ("prefix", Relation.CUT), ("tlv", Relation.TLV), (None, None)],
)  # fmt: skip
def test_a_carriers_relation_is_pinned_by_its_word(operator, inbox, word, relation):
    status, answer = operator.ask("PATCH", "/homing/v1/carriers/north", {"pin": word})
    assert (status, answer) == (200, {"carrier": "north"})
    assert inbox.asked == [("pin", "north", relation)]


def test_what_was_learned_is_shown_and_forgotten(operator, inbox):
    assert operator.ask("GET", "/homing/v1/carriers/north") == (200, {"carrier": "north"})
    assert inbox.asked == []
    assert operator.ask("POST", "/homing/v1/carriers/north/reset")[0] == 200
    assert inbox.asked == [("reset", "north")]


@pytest.mark.parametrize(
    ("method", "path", "body", "http_status", "param"),
    [
        ("GET", "nowhere", None, 404, "name"),
        ("PATCH", "nowhere", {"pin": "hex"}, 404, "name"),
        ("POST", "nowhere/reset", None, 404, "name"),
        ("PATCH", "north", {"pin": "octal"}, 400, "pin"),
        ("PATCH", "north", {"pins": "hex"}, 400, "pins"),
    ],
)
def test_an_unknown_carrier_or_relation_changes_nothing(
    operator, inbox, method, path, body, http_status, param
):
    status, answer = operator.ask(method, f"/homing/v1/carriers/{path}", body)
    assert (status, answer["param"], inbox.asked) == (http_status, param, [])


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", INBOX), ("POST", f"/homing/v1/receipts/{RECEIPT}/match"),
     ("POST", f"/homing/v1/receipts/{RECEIPT}/dismiss"), ("GET", "/homing/v1/carriers/north"),
     ("PATCH", "/homing/v1/carriers/north"), ("POST", "/homing/v1/carriers/north/reset")],
)  # fmt: skip
def test_nobody_but_the_operator_reaches_them(method, path):
    assert Site(is_operator=False).ask(method, path)[0] == 404
