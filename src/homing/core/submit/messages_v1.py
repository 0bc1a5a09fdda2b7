"""A submit of the Messages API v1, channel SMS: its JSON object as the same checked request.

What both APIs have is checked by the SMS API's readers; what has another name, unit or shape here
is read in this file. `failover` and the older webhook form are refused in words: to take them and
do nothing would be a lie. Fields that mean nothing here (`trusted_recipient`, `pool_id`, ...) are
let pass; null is as if absent.

Source: the compatible Messages API v1: request.
"""

from collections.abc import Callable, Mapping
from typing import Any

from homing.core.model.limits import TTL_MAX_MS, TTL_MIN_MS
from homing.core.model.message import MESSAGES_V1
from homing.core.submit.options import reader_of_dlt_id, reader_of_ref, reader_of_url
from homing.core.submit.refusal import Refusal
from homing.core.submit.request import SmsRequest, read
from homing.core.submit.status import Status

# `auto` is what we do for `text` too: the smallest alphabet that holds every character.
_KINDS = {"text": "text", "unicode": "unicode", "auto": "text"}

# Field -> field of `SmsRequest`, reader. The second table: fields of `sms`.
_OPTIONS: dict[str, tuple[str, Callable[[str], object]]] = {
    "client_ref": ("client_ref", reader_of_ref("client_ref")),
    "webhook_url": ("callback", reader_of_url("webhook_url")),
}
_SMS_OPTIONS: dict[str, tuple[str, Callable[[str], object]]] = {
    "entity_id": ("entity_id", reader_of_dlt_id("entity_id")),
    "content_id": ("content_id", reader_of_dlt_id("content_id")),
}


def read_messages_v1(body: Mapping[str, Any]) -> SmsRequest | Refusal:
    """Check one submit.

    Args:
        body: the JSON object; values of any kind.

    Returns:
        The request, or the first fault found. Wrong values never raise.
    """
    sms = _table(body, "sms")
    if isinstance(sms, Refusal):
        return sms
    fault = _only(body, "channel", "sms", "the only channel here")
    fault = fault or _only(body, "message_type", "text", "the only one for SMS")
    fault = fault or _refuse_unsupported(body)
    kind = _one_of(sms, "encoding_type", _KINDS)
    if fault is None and isinstance(kind, Refusal):
        fault = kind
    if fault is not None:
        return fault
    params = {"type": str(kind)}
    for name in ("from", "to", "text"):
        value = _text(body, name)
        if isinstance(value, Refusal):
            return value
        params[name] = value
    request = read(params)
    if isinstance(request, Refusal):
        return request
    request.api = MESSAGES_V1
    fault = _read_ttl(request, body.get("ttl"))
    fault = fault or _read_options(request, body, _OPTIONS)
    return fault or _read_options(request, sms, _SMS_OPTIONS) or request


def _invalid(name: str, rule: str) -> Refusal:
    return Refusal(Status.INVALID, f"Invalid {name}: {name} {rule}")


def _table(body: Mapping[str, Any], name: str) -> Mapping[str, Any] | Refusal:
    value = body.get(name)
    if value is None:
        return {}
    return value if isinstance(value, Mapping) else _invalid(name, "must be an object")


def _text(body: Mapping[str, Any], name: str) -> str | Refusal:
    """Empty when absent."""
    value = body.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else _invalid(name, "must be a string")


def _only(body: Mapping[str, Any], name: str, value: str, why: str) -> Refusal | None:
    given = body.get(name)
    if given is None:
        return Refusal(Status.MISSING, f"Missing {name}: {name} is required")
    return None if given == value else _invalid(name, f"must be {value}, {why}")


def _one_of(sms: Mapping[str, Any], name: str, known: Mapping[str, str]) -> str | Refusal:
    given = sms.get(name)
    if given is None:
        return "text"
    found = known.get(given) if isinstance(given, str) else None
    return found or _invalid(name, f"must be one of {', '.join(known)}")


def _refuse_unsupported(body: Mapping[str, Any]) -> Refusal | None:
    if body.get("failover"):
        return _invalid("failover", "is not supported: send one message at a time")
    if body.get("webhook_version") not in (None, "v1"):
        return _invalid("webhook_version", "must be v1, the only one here")
    return None


def _read_ttl(request: SmsRequest, given: Any) -> Refusal | None:
    if given is None:
        return None
    lowest, highest = TTL_MIN_MS // 1000, TTL_MAX_MS // 1000
    if isinstance(given, bool) or not isinstance(given, int) or not lowest <= given <= highest:
        rule = f"ttl must be {lowest} to {highest} seconds"
        return Refusal(Status.TTL, f"Invalid TTL: {rule}", request.recipient)
    request.ttl_ms = given * 1000
    return None


def _read_options(
    request: SmsRequest,
    given: Mapping[str, Any],
    options: dict[str, tuple[str, Callable[[str], object]]],
) -> Refusal | None:
    for name, (field, option) in options.items():
        raw = _text(given, name)
        value = option(raw) if isinstance(raw, str) and raw else raw
        if isinstance(value, Refusal):
            return Refusal(value.status, value.text, request.recipient)
        if value:
            setattr(request, field, value)
    return None
