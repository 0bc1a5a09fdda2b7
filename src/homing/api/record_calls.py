"""The calls about messages that were sent, described: conversions, search, reports, redaction."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from homing.api import reports, search
from homing.api.call import JSON, XML, Answer, Call, Field, Schema, choice, in_path, text
from homing.api.compat_calls import ErrorPair, PricingFault, Problem

_BOTH = (JSON, XML)
_PAIR = (
    (400, "The parameters cannot be read."),
    (401, "Not the credentials of an account."),
    (402, "The operator takes no conversions of this account."),
    (420, "A value will not do: the label names field and rule."),
    (423, "A value is missing: the label names it."),
)
_PAIRS = tuple(Answer(status, words, ErrorPair, _BOTH) for status, words in _PAIR)
_SEARCH_FAULTS = (
    Answer(400, "A value will not do.", (PricingFault, ErrorPair), _BOTH),
    _PAIRS[1],
)
_UNREAD = Answer(400, "The parameters cannot be read.", Problem)
_WHO = Answer(401, "Not the credentials of an account.", Problem)
_VALUE = Answer(422, "A value will not do.", Problem)
_DAY = text(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
_BOOLEAN = choice("true", "false")


class Nothing(Struct):
    """An empty object."""


class FoundMessage(Struct, rename="kebab"):
    """One part that was sent (MT), or a message that was received (MO). What an open one has not
    is left out."""

    message_id: str
    account_id: str
    network: str
    from_: str = field(name="from")
    to: str
    body: str
    date_received: str
    type: str
    price: str | UnsetType = UNSET
    final_status: str | UnsetType = UNSET
    date_closed: str | UnsetType = UNSET
    latency: int | UnsetType = UNSET
    client_ref: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    error_code: str | UnsetType = UNSET
    error_code_label: str | UnsetType = UNSET


class FoundMessages(Struct):
    count: int
    items: list[FoundMessage]


class Rejected(Struct, rename="kebab"):
    """A submit that was refused: `error-code` is its status."""

    account_id: str
    from_: str = field(name="from")
    to: str
    date_received: str
    error_code: str
    error_code_label: str


class Rejections(Struct):
    count: int
    items: list[Rejected]


class ReportRecord(Struct):
    """One part that was sent, or a message that was received."""

    account_id: str
    message_id: str
    direction: str
    from_: str = field(name="from")
    to: str
    network: str
    network_name: str
    country: str
    country_name: str
    date_received: str
    date_finalized: str | None
    status: str
    currency: str
    total_price: str
    client_ref: str | UnsetType | None = UNSET
    latency: str | UnsetType | None = UNSET
    error_code: str | UnsetType = UNSET
    error_code_description: str | UnsetType = UNSET
    message_body: str | UnsetType = UNSET
    concatenated: bool | UnsetType = UNSET


class Report(Struct):
    """One page; `request_status` TRUNCATED: `_links.next` leads on."""

    links: dict[str, Any] = field(name="_links")
    request_id: str
    request_status: str
    account_id: str
    product: str
    direction: str
    items_count: int
    records: list[ReportRecord]
    date_start: str | UnsetType = UNSET
    date_end: str | UnsetType = UNSET
    ids_not_found: str | UnsetType = UNSET
    cursor: str | UnsetType = UNSET
    iv: str | UnsetType = UNSET


def _conversions() -> Iterator[Call]:
    fields = (
        Field("message-id", text(1), "Of a message or a part of it.", is_required=True),
        Field("delivered", _BOOLEAN, "It did what it was for, or not.", is_required=True),
        Field("timestamp", text(), "UTC, as in 2026-01-31 12:00:00."),
    )
    taken = Answer(200, "Stored.", Nothing)
    yield Call(
        "POST", "/conversions/sms", "Say what a message did", (taken, *_PAIRS), fields,
        group="Conversions",
    )  # fmt: skip
    yield Call(
        "POST", "/conversions/voice", "Refused: there are no calls", _PAIRS, (),
        group="Conversions",
    )  # fmt: skip


def _searches() -> Iterator[Call]:
    to = Field("to", text(1), "In international form.")
    day = Field("date", _DAY, "In UTC.")
    ids: Schema = {"type": "array", "items": text(1), "maxItems": search.IDS_MAX}
    rows: tuple[tuple[str, str, Any, tuple[Field, ...]], ...] = (
        ("message", "One message", FoundMessage, (Field("id", text(1), is_required=True),)),
        (
            "messages",
            "Messages by ids, or by day and number",
            FoundMessages,
            (Field("ids", ids, "Repeated."), day, to),
        ),
        ("rejections", "Refused submits by day and number", Rejections, (day, to)),
    )
    for name, title, shape, fields in rows:
        answers = (Answer(200, "Found.", shape, _BOTH), *_SEARCH_FAULTS)
        yield Call("GET", f"/search/{name}", title, answers, fields, group="Search")


def _reports() -> Iterator[Call]:
    group = "Reports"
    fields = (
        Field("account_id", text(1), "The caller's own.", is_required=True),
        Field("product", choice(reports.PRODUCT), is_required=True),
        Field("direction", choice(*reports.DIRECTIONS), is_required=True),
        Field("id", text(), f"Up to {reports.IDS_MAX}, with commas between them."),
        Field("date_start", text(), "ISO 8601; needed without id."),
        Field("date_end", text(), "At most 24 hours later."),
        Field("status", choice("any", *reports.STATUSES)),
        Field("include_message", _BOOLEAN, "With the text."),
        Field("show_concatenated", _BOOLEAN, "Whether it was one of several parts."),
        Field("cursor", text(), "Of the page before."),
    )
    refused = Answer(403, "Records of another account.", Problem)
    page = Answer(200, "A page.", Report)
    answers = (page, _UNREAD, _WHO, refused, _VALUE)
    yield Call("GET", reports.RECORDS, "Records of messages", answers, fields, group=group)
    none = (_UNREAD, _WHO, Answer(404, "No reports are made as files.", Problem))
    for method, path in (
        ("GET", reports.PATH), ("POST", reports.PATH),
        ("GET", f"{reports.PATH}/{{id}}"), ("DELETE", f"{reports.PATH}/{{id}}"),
    ):  # fmt: skip
        named = (in_path("id"),) if path.endswith("}") else ()
        yield Call(method, path, "Refused: no files", none, named, group=group)


def _redaction() -> Iterator[Call]:
    fields = (
        Field("id", text(1), "Of a message or a part of it: the whole goes.", is_required=True),
        Field("product", choice("sms"), is_required=True),
        Field("type", choice("outbound"), is_required=True),
    )
    answers = (
        Answer(204, "Its text and its numbers go."),
        _UNREAD,
        _WHO,
        Answer(404, "The account has no such message.", Problem),
        _VALUE,
    )
    yield Call(
        "POST", "/v1/redact/transaction", "Take a message's text and numbers out", answers, fields,
        group="Redaction",
    )  # fmt: skip


RECORD_CALLS: tuple[Call, ...] = (*_conversions(), *_searches(), *_reports(), *_redaction())
