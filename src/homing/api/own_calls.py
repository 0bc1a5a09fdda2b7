"""The calls of our own API, described: those of accounts, and those of the operator's socket."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from homing.api.call import Answer, Call, Field, in_path, in_query, text, whole
from homing.api.countries import CountryPage, CountryView
from homing.api.homing import RECEIPTS_DEFAULT, RECEIPTS_MAX
from homing.api.numbers import NewNumber
from homing.api.operator import (
    UNMATCHED_DEFAULT,
    UNMATCHED_MAX,
    AccountChange,
    AccountView,
    BackupOrder,
    CarrierChange,
    MatchOrder,
    NewAccount,
)
from homing.api.signing_routes import SignatureOrder, SignatureView
from homing.core.model.account import Number
from homing.runtime.views import CarrierView, Health, LearnedView, ReloadReport
from homing.store.contract import StoreInfo
from homing.store.evidence import CarrierEvidence
from homing.store.pages import InboundMessagePage, InboxPage, MessageStory, ReceiptPage

BASE = "/homing/v1"


class ApiFault(Struct):
    """The error body: decide by `code`; `param` names the field at fault, or is null."""

    type: str
    code: str
    message: str
    param: str | None
    doc_url: str
    request_id: str


class PublicHealth(Struct):
    status: str


class AccountPage(Struct):
    accounts: list[AccountView]


class CarrierPage(Struct):
    carriers: list[CarrierView]


class NumberPage(Struct):
    api_key: str
    numbers: list[Number]


class Matched(Struct):
    receipt: str
    part: str


class Dismissed(Struct):
    receipt: str


class Copied(Struct):
    path: str


_ID = {"type": "string", "pattern": "^[0-9A-Fa-f]{16}$"}
_KEY = in_path("api_key", "Of an account.")
_CARRIER = in_path("name", "Of a carrier.")
_RECEIPT = Field("id", _ID, "Of a receipt, in 16 hex digits.", "path", True)
_AFTER = in_query("after", _ID, "`next_after_id` of the page before.")

_INVALID = Answer(400, "A parameter, a field or the body is wrong.", ApiFault)
_WHO = Answer(401, "Not the credentials of an account.", ApiFault)
_NOT_FOUND = Answer(404, "There is no such thing.", ApiFault)
_UNAVAILABLE = Answer(503, "The store cannot do it now.", ApiFault)


def _calls(*faults: Answer) -> Iterator[Call]:
    """Those of accounts and operator; `faults`: what the listener adds."""
    faults = (_INVALID, *faults)
    group = "Messages and receipts"
    yield Call(
        "GET", f"{BASE}/messages/{{id}}", "All about one message",
        (Answer(200, "Its story.", MessageStory), _NOT_FOUND, _UNAVAILABLE, *faults),
        (in_path("id", "A message-id, or the message's uuid."),), group=group,
    )  # fmt: skip
    limit = in_query("limit", whole(1, RECEIPTS_MAX, RECEIPTS_DEFAULT), "Receipts a page.")
    yield Call(
        "GET", f"{BASE}/receipts", "Receipts, in the order in which they came",
        (Answer(200, "A page.", ReceiptPage), _UNAVAILABLE, *faults),
        (_AFTER, limit), group=group,
    )  # fmt: skip
    yield Call(
        "GET", f"{BASE}/inbound", "Messages from handsets, in the order in which they came",
        (Answer(200, "A page.", InboundMessagePage), _UNAVAILABLE, *faults),
        (_AFTER, in_query("limit", whole(1, RECEIPTS_MAX, RECEIPTS_DEFAULT), "Messages a page.")),
        group=group,
    )  # fmt: skip
    yield Call(
        "GET", f"{BASE}/countries", "What countries' networks do with an SMS",
        (Answer(200, "All countries.", CountryPage), *faults), group="Countries",
    )  # fmt: skip
    yield Call(
        "GET", f"{BASE}/countries/{{country}}", "What one country's networks do with an SMS",
        (Answer(200, "The country, with its sources.", CountryView), _NOT_FOUND, *faults),
        (in_path("country", "Two letters, as in GB."),), group="Countries",
    )  # fmt: skip


def _about() -> Iterator[Call]:
    """Open to anybody."""
    group = "This API"
    document: Any = {"type": "object"}
    yield Call(
        "GET", f"{BASE}/openapi.json", "This document",
        (Answer(200, "OpenAPI 3.1.", document), _INVALID), group=group,
    )  # fmt: skip
    page = Answer(200, "HTML.", {"type": "string"}, ("text/html",))
    yield Call("GET", f"{BASE}/try", "A page to try the calls", (page, _INVALID), group=group)


def _accounts() -> Iterator[Call]:
    group = "Accounts"
    path = f"{BASE}/accounts"
    listed = (Answer(200, "All accounts.", AccountPage),)
    yield Call("GET", path, "All accounts", listed, group=group)
    made = Answer(201, "With its secret, this once.", AccountView)
    yield Call("POST", path, "One more account", (made, _INVALID), body=NewAccount, group=group)
    one = (Answer(200, "The account.", AccountView), _NOT_FOUND)
    path += "/{api_key}"
    yield Call("GET", path, "One account", one, (_KEY,), group=group)
    yield Call("PATCH", path, "Change an account", (*one, _INVALID), (_KEY,), AccountChange, group)
    yield Call(
        "POST", f"{path}/signature", "How an account signs",
        (Answer(200, "As it is now.", SignatureView), _INVALID, _NOT_FOUND),
        (_KEY,), SignatureOrder, group,
    )  # fmt: skip
    path += "/numbers"
    numbers = (Answer(200, "Its numbers.", NumberPage), _NOT_FOUND)
    yield Call("GET", path, "An account's numbers", numbers, (_KEY,), group=group)
    yield Call(
        "POST", path, "Give an account a number",
        (Answer(201, "Its numbers.", NumberPage), _INVALID, _NOT_FOUND),
        (_KEY,), NewNumber, group,
    )  # fmt: skip
    yield Call(
        "DELETE", f"{path}/{{msisdn}}", "Take a number away", (*numbers, _INVALID),
        (_KEY, in_path("msisdn"), in_query("keyword", text())), group=group,
    )  # fmt: skip


def _carriers() -> Iterator[Call]:
    group = "Carriers"
    path = f"{BASE}/carriers"
    listed = (Answer(200, "All carriers.", CarrierPage),)
    yield Call("GET", path, "Binds, windows, rates, counts", listed, group=group)
    path += "/{name}"
    one = (Answer(200, "What its receipts showed.", LearnedView), _NOT_FOUND)
    yield Call("GET", path, "What was learned of its receipts", one, (_CARRIER,), group=group)
    yield Call(
        "PATCH", path, "Pin how its ids are related", (*one, _INVALID),
        (_CARRIER,), CarrierChange, group,
    )  # fmt: skip
    yield Call("POST", f"{path}/reset", "Learn anew", one, (_CARRIER,), group=group)
    yield Call(
        "GET", f"{path}/receipts", "What its receipts were worth",
        (Answer(200, "Counts.", CarrierEvidence), _INVALID, _NOT_FOUND, _UNAVAILABLE),
        (_CARRIER, in_query("days", whole(1, 3650, 30), "Of parts accepted in so many days.")),
        group=group,
    )  # fmt: skip


def _inbox() -> Iterator[Call]:
    group = "Receipts that match nothing"
    path = f"{BASE}/receipts"
    yield Call(
        "GET", f"{path}/unmatched", "The inbox, the oldest first",
        (Answer(200, "A page.", InboxPage), _INVALID, _UNAVAILABLE),
        (
            in_query("carrier", text(), "Of this one alone."),
            _AFTER,
            in_query("limit", whole(1, UNMATCHED_MAX, UNMATCHED_DEFAULT), "Receipts a page."),
        ),
        group=group,
    )  # fmt: skip
    path += "/{id}"
    yield Call(
        "POST", f"{path}/match", "Book a receipt on a part",
        (Answer(200, "Booked.", Matched), _INVALID, _UNAVAILABLE), (_RECEIPT,), MatchOrder, group,
    )  # fmt: skip
    yield Call(
        "POST", f"{path}/dismiss", "Expect nothing of a receipt any more",
        (Answer(200, "Dismissed.", Dismissed), _INVALID, _UNAVAILABLE), (_RECEIPT,), group=group,
    )  # fmt: skip


def _house() -> Iterator[Call]:
    group = "The gateway"
    settings = Answer(422, "The settings file has a problem: nothing changed.", ApiFault)
    yield Call(
        "POST", f"{BASE}/reload", "Read the settings file again",
        (Answer(200, "What changed.", ReloadReport), settings), group=group,
    )  # fmt: skip
    yield Call(
        "GET", f"{BASE}/store", "The store's size",
        (Answer(200, "Counts.", StoreInfo), _UNAVAILABLE), group=group,
    )  # fmt: skip
    yield Call(
        "POST", f"{BASE}/store/backup", "Copy the store",
        (Answer(200, "Copied.", Copied), _INVALID, _UNAVAILABLE), body=BackupOrder, group=group,
    )  # fmt: skip
    yield Call(
        "GET", f"{BASE}/health", "Whether all is well",
        (Answer(200, "Well.", Health), Answer(503, "Not well.", Health)), group=group,
    )  # fmt: skip


def _health() -> Iterator[Call]:
    answers = tuple(
        Answer(status, words, PublicHealth) for status, words in ((200, "ok"), (503, "failing"))
    )
    yield Call("GET", "/health", "Whether all is well", answers, group="This API")


PUBLIC_CALLS: tuple[Call, ...] = (*_calls(_WHO), *_about(), *_health())
OPERATOR_CALLS: tuple[Call, ...] = (
    *_calls(), *_about(), *_accounts(), *_carriers(), *_inbox(), *_house(),
)  # fmt: skip
# Asked without credentials.
OPEN_PATHS = frozenset({call.path for call in (*_about(), *_health())})
