"""The optional parameters: what each fills in the request, and the rule for its value.

A new one is a row of OPTIONS and a reader. Readers take a value that is not empty, of any content,
and give what the request shall hold, or the refusal; they never raise.

Source: the compatible API's parameter table. `ttl` and `message-class` faults answer with the codes
made for them (16, 20): newer tables leave these out, but every client knows them or shows the text.
"""

import re
from collections.abc import Callable

from homing.core.model.limits import (
    CALLBACK_MAX,
    CLIENT_REF_MAX,
    DLT_ID_MAX,
    TTL_MAX_MS,
    TTL_MIN_MS,
)
from homing.core.numbering.msisdn import is_digits
from homing.core.submit.refusal import Refusal
from homing.core.submit.status import Status

BOOLEANS = {"1": True, "true": True, "True": True, "0": False, "false": False, "False": False}
_INTEGER_DIGITS_MAX = 10  # above every range here; int() of a million digits would take seconds

# Control characters and lone surrogates can be written in no reply: XML and URLs refuse them.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

# Syntax alone; whether the address may be reached is the guard's. A backslash is refused because
# readers of URLs disagree about it, and other scripts must come percent-encoded (RFC 3986 2).
_URL_CHARACTERS = re.compile(r"[!-\[\]-~]+")
_URL = re.compile(r"https?://[^/?#@]+(?:[/?#].*)?", re.IGNORECASE)
_DLT_ID = re.compile(r"[!-~]+")
_USER_INFO = re.compile(r"[a-z]+://[^/?#]*@", re.IGNORECASE)


def _read_integer(raw: str, lowest: int, highest: int) -> int | None:
    if len(raw) > _INTEGER_DIGITS_MAX or not is_digits(raw):
        return None
    value = int(raw)
    return value if lowest <= value <= highest else None


def read_ttl(raw: str) -> int | Refusal:
    value = _read_integer(raw, TTL_MIN_MS, TTL_MAX_MS)
    if value is None:
        rule = f"ttl must be {TTL_MIN_MS} to {TTL_MAX_MS} milliseconds"
        return Refusal(Status.TTL, f"Invalid TTL: {rule}")
    return value


def read_message_class(raw: str) -> int | Refusal:
    value = _read_integer(raw, 0, 3)
    if value is None:
        rule = "message-class must be 0 to 3"
        return Refusal(Status.MESSAGE_CLASS, f"Invalid Message class: {rule}")
    return value


def read_protocol_id(raw: str) -> int | Refusal:
    value = _read_integer(raw, 0, 255)
    if value is None:
        return Refusal(Status.INVALID, "Invalid protocol-id: protocol-id must be 0 to 255")
    return value


def read_report(raw: str) -> bool | Refusal:
    value = BOOLEANS.get(raw)
    if value is None:
        rule = "status-report-req must be 1, 0, true or false"
        return Refusal(Status.INVALID, f"Invalid status-report-req: {rule}")
    return value


def reader_of_url(name: str) -> Callable[[str], str | Refusal]:
    def read_url(raw: str) -> str | Refusal:
        if len(raw) > CALLBACK_MAX:
            rule = f"{name} must be at most {CALLBACK_MAX} characters"
        elif _URL_CHARACTERS.fullmatch(raw) is None:
            rule = f"{name} must not hold blanks, control characters or characters to be escaped"
        elif _USER_INFO.match(raw) is not None:
            rule = f"{name} must not hold a user name or password"
        elif _URL.fullmatch(raw) is None:
            rule = f"{name} must be an http:// or https:// URL with a host"
        else:
            return raw
        return Refusal(Status.CALLBACK, f"Invalid Callback URL: {rule}")

    return read_url


def reader_of_dlt_id(name: str) -> Callable[[str], str | Refusal]:
    """It goes to the carrier octet by octet, in a TLV."""

    def read_dlt_id(raw: str) -> str | Refusal:
        if len(raw) <= DLT_ID_MAX and _DLT_ID.fullmatch(raw) is not None:
            return raw
        rule = f"{name} must be 1 to {DLT_ID_MAX} letters, digits or signs of ASCII, no blanks"
        return Refusal(Status.INVALID, f"Invalid {name}: {rule}")

    return read_dlt_id


def reader_of_ref(name: str) -> Callable[[str], str | Refusal]:
    def read_ref(raw: str) -> str | Refusal:
        if len(raw) > CLIENT_REF_MAX:
            rule = f"{name} must be at most {CLIENT_REF_MAX} characters"
        elif raw.isascii() and raw.isprintable():  # most of them; the search takes longer
            return raw
        elif _UNWRITABLE.search(raw) is not None:
            rule = f"{name} must not hold control characters"
        else:
            return raw
        return Refusal(Status.INVALID, f"Invalid {name}: {rule}")

    return read_ref


# Parameter -> field of `SmsRequest`, reader.
OPTIONS: dict[str, tuple[str, Callable[[str], object]]] = {
    "ttl": ("ttl_ms", read_ttl),
    "status-report-req": ("report", read_report),
    "callback": ("callback", reader_of_url("callback")),
    "client-ref": ("client_ref", reader_of_ref("client-ref")),
    "account-ref": ("account_ref", reader_of_ref("account-ref")),
    "entity-id": ("entity_id", reader_of_dlt_id("entity-id")),
    "content-id": ("content_id", reader_of_dlt_id("content-id")),
    "message-class": ("message_class", read_message_class),
    "protocol-id": ("protocol_id", read_protocol_id),
}
