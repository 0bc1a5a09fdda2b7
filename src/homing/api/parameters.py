"""The parameters of one API call: query, form body and JSON body, merged into one mapping of text.

The body wins over the query, a later repeat over an earlier one. Clients send the query with an
empty form (npm `nexmo`), a form that calls itself JSON (`vonage` 4 after a JSON call), JSON with
native numbers and booleans (`@vonage/server-sdk`): all of it is read.

A signed request names each parameter once: its signature is of one value, and no reader may take
another. Source: the compatible API, signing: duplicate parameter.
"""

import json
from urllib.parse import unquote_to_bytes

import msgspec

from homing.api.form import TooManyParameters, read_fields, read_form
from homing.core.model.limits import REQUEST_PARAMETERS_MAX
from homing.core.submit.request import Refusal
from homing.core.submit.status import Status

_decode_json = msgspec.json.Decoder().decode


def read_parameters(query: bytes, content_type: bytes, body: bytes) -> dict[str, str] | Refusal:
    """Everything that the caller gave, by name; or why it cannot be read.

    JSON values become text: `true`/`false`, numbers as Python spells them; null is as if absent.
    """
    parameters = _merge(query, content_type, body)
    if isinstance(parameters, dict) and "sig" in parameters:
        repeated = _repeated(query, content_type, body)
        if repeated is not None:
            text = f"Invalid Signature: {repeated[:40]} must be given once in a signed request"
            return Refusal(Status.SIGNATURE, text, None)
    return parameters


def is_utf_8(name: str, query: bytes, body: bytes) -> bool:
    """Whether every value that query and form give by this name is UTF-8: what is not was read as
    U+FFFD, which may also have been meant. JSON is read strictly at once."""
    for field in (field for form in (query, body) for field in form.split(b"&")):
        spelled, _, value = field.partition(b"=")
        if unquote_to_bytes(spelled) == name.encode():
            try:
                value.decode()  # a character is escaped whole, or not at all
                unquote_to_bytes(value).decode()
            except UnicodeDecodeError:
                return False
    return True


def _merge(query: bytes, content_type: bytes, body: bytes) -> dict[str, str] | Refusal:
    try:
        # What nearly every caller sends needs no more tests.
        is_plain = content_type == b"application/x-www-form-urlencoded" and body[:1] != b"{"
        if is_plain and body and not query:
            return read_fields(body)
        parameters = read_fields(query) if query else {}
        if not body:
            return parameters
        if is_plain:
            parameters.update(read_fields(body))
            return parameters
        if content_type.lower().startswith(b"multipart/"):
            return Refusal(
                Status.INVALID,
                "Content-Type multipart/form-data is not read here: send a form or JSON",
                None,
            )
        if _may_be_json(content_type, body):
            found = _read_json(body)
            if isinstance(found, Refusal):
                return found
            if found is not None:
                parameters.update(found)
                return parameters
        parameters.update(read_fields(body))
    except TooManyParameters:
        return _too_many()
    return parameters


def _repeated(query: bytes, content_type: bytes, body: bytes) -> str | None:
    """The first name that comes again, in query and body together; of a call that was read."""
    fields = read_form(query)
    try:
        if not _may_be_json(content_type, body):
            raise ValueError
        fields += json.loads(body, object_pairs_hook=list)
    except ValueError:
        fields += read_form(body)
    seen: set[str] = set()
    for name, _ in fields:
        if name in seen:
            return name
        seen.add(name)
    return None


def _may_be_json(content_type: bytes, body: bytes) -> bool:
    kind = content_type.lower()
    return b"json" in kind or b"javascript" in kind or body[:1] == b"{"


def _too_many() -> Refusal:
    text = f"Too many parameters: at most {REQUEST_PARAMETERS_MAX} are read"
    return Refusal(Status.INVALID, text, None)


def _read_json(body: bytes) -> dict[str, str] | Refusal | None:
    """None: this is no JSON, so it may be a form."""
    try:
        value = _decode_json(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        if body.lstrip()[:1] in (b"{", b"["):
            return Refusal(Status.INVALID, "the body is not valid JSON", None)
        return None
    if not isinstance(value, dict):
        return Refusal(Status.INVALID, "the JSON body must be an object", None)
    if len(value) > REQUEST_PARAMETERS_MAX:
        return _too_many()
    found = {}
    for name, given in value.items():
        if isinstance(given, str):
            found[name] = given
        elif isinstance(given, bool):
            found[name] = "true" if given else "false"
        elif isinstance(given, int | float):
            found[name] = str(given)
        elif given is not None:
            shown = name[:40]
            text = f"{shown} must be a string, a number or a boolean"
            return Refusal(Status.INVALID, text, None)
    return found
