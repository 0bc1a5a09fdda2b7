"""An API call's parameters as one checked request, or the refusal that says what to mend.

Owns the limits of single parameters. Credentials, rates, balances and routes are checked elsewhere;
how a text is cut and coded is `core.submit.plan`'s. Wrong values never raise: they are refusals.

`from` comes first, then `to`, `type`, the content, then the rest: as the platform does. Parameters
of the platform that mean nothing here (`trusted-number`, `pool-id`, ...) are let pass, and so are
`udh` and `body` beside a text: official clients send them along. An empty value is an absent one.

Source: the compatible API's parameter and status tables.
"""

import re
from binascii import unhexlify
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from homing.core.encoding.gsm import DEFAULT_ALPHABET
from homing.core.encoding.parts import USER_DATA_OCTETS
from homing.core.encoding.udh import has_sound_length
from homing.core.model.limits import (
    SENDER_ALPHANUMERIC_MAX,
    SENDER_DIGITS_MAX,
    TEXT_CHARACTERS_MAX,
    TTL_DEFAULT_MS,
)
from homing.core.model.message import Extras
from homing.core.numbering.msisdn import DIGITS_MAX, DIGITS_MIN, is_digits
from homing.core.submit.options import OPTIONS
from homing.core.submit.refusal import Refusal
from homing.core.submit.status import Status

__all__ = ["KINDS", "Refusal", "SmsRequest", "broken_text", "read", "undecodable_text"]


class SmsRequest(Struct, gc=False):
    """What the caller asked for, every value within its limits."""

    sender: str  # digits without plus, or letters as given, spaces kept
    recipient: str  # digits without plus
    kind: str = "text"  # "text", "unicode" or "binary"
    text: str = ""  # of kinds text and unicode
    body: bytes = b""  # of kind binary, with `udh`
    udh: bytes = b""
    message_class: int | None = None  # 0 flash, 1 ME, 2 SIM, 3 TE
    protocol_id: int = 0
    ttl_ms: int = TTL_DEFAULT_MS
    report: bool = True  # false stops the webhook, not the request to the carrier
    callback: str | None = None
    client_ref: str | None = None
    account_ref: str | None = None
    entity_id: str | None = None  # India DLT, as TLVs where the carrier's settings name their tags
    content_id: str | None = None
    api: str = ""  # `core.model.message.MESSAGES_V1`; empty: the SMS API

    def extras(self) -> Extras | None:
        """What the message shall keep beside the usual; None for nearly all."""
        if self.entity_id is None and self.content_id is None and not self.api:
            return None
        return Extras(self.api, self.entity_id, self.content_id)


KINDS = ("text", "unicode", "binary")
OLD_KINDS = ("wappush", "vcal", "vcard")

# A sender travels over the air in the GSM alphabet and over SMPP in Latin-1, so a character must
# stand in both; those of the extension table would take two of eleven places and many carriers
# garble them.
_SENDER_CHARACTERS = "".join(
    character for character in DEFAULT_ALPHABET if character >= " " and ord(character) < 0x100
)
_SENDER = re.compile(f"[{re.escape(_SENDER_CHARACTERS)}]{{1,{SENDER_ALPHANUMERIC_MAX}}}")
_SENDER_MAX = 1 + SENDER_DIGITS_MAX  # with a plus; whatever is longer is refused
_SURROGATE = re.compile("[\ud800-\udfff]")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")

_TO_RULE = (
    f"to must be {DIGITS_MIN} to {DIGITS_MAX} digits in international form,"
    " with no separators and no 00"
)
_FROM_RULE = (
    f"from must be up to {SENDER_DIGITS_MAX} digits,"
    f" or up to {SENDER_ALPHANUMERIC_MAX} letters, digits, spaces and common signs"
)


def read(params: Mapping[str, str]) -> SmsRequest | Refusal:
    """Check the parameters of one call.

    Args:
        params: name to value, decoded; values are strings of any content.

    Returns:
        The request, or the first fault found.
    """
    get = params.get
    given = get("from")
    if given and len(given) <= _SENDER_MAX:
        sender = _read_known_sender(given)
    else:
        sender = _read_sender(given)
    if not isinstance(sender, str):
        return sender
    recipient = _read_recipient(get("to"))
    if not isinstance(recipient, str):
        return recipient
    kind, text = get("type") or "text", get("text")
    if kind == "text" and text and len(text) <= TEXT_CHARACTERS_MAX and text.isascii():
        request = SmsRequest(sender, recipient, kind, text)  # nearly all
    else:
        request = SmsRequest(sender, recipient, kind)
        fault = _read_content(request, params)
        if fault is not None:
            return fault
    # Most calls bring nothing more; asking for each option in turn would cost more than the rest.
    for name in params:
        if name in OPTIONS and (raw := params[name]):
            field, option = OPTIONS[name]
            value = option(raw)
            if isinstance(value, Refusal):
                return Refusal(value.status, value.text, recipient)
            setattr(request, field, value)
    return request


def _read_sender(raw: str | None) -> str | Refusal:
    if not raw or raw.isspace():
        return Refusal(Status.MISSING, "Missing from param")
    # A plus that a form did not escape arrives as a space.
    digits = raw[1:] if raw[0] in "+ " else raw
    if is_digits(digits):
        if len(digits) <= SENDER_DIGITS_MAX:
            return digits
    elif _SENDER.fullmatch(raw) is not None:
        return raw
    return Refusal(Status.SENDER, f"Illegal Sender Address - rejected: {_FROM_RULE}")


_read_known_sender = lru_cache(maxsize=1024)(_read_sender)  # a few senders send nearly everything


def _read_recipient(raw: str | None) -> str | Refusal:
    if (
        raw
        and DIGITS_MIN <= len(raw) <= DIGITS_MAX
        and raw[0] != "0"
        and raw.isdecimal()
        and raw.isascii()
    ):
        return raw  # as nearly all write it
    if not raw or raw.isspace():
        return Refusal(Status.MISSING, "Missing to param")
    digits = raw[1:] if raw[0] in "+ " else raw
    if not is_digits(digits):
        return Refusal(Status.INVALID, f"to address is not numeric: {_TO_RULE}")
    if not DIGITS_MIN <= len(digits) <= DIGITS_MAX:
        return Refusal(Status.INVALID, f"to address is too short or too long: {_TO_RULE}")
    if digits[0] == "0":  # no country code begins so: a trunk prefix, or 00
        return Refusal(Status.INVALID, f"to address begins with 0: {_TO_RULE}")
    return digits


def _read_content(request: SmsRequest, params: Mapping[str, str]) -> Refusal | None:
    if request.kind == "binary":
        return _read_binary(request, params.get("udh") or "", params.get("body") or "")
    if request.kind not in KINDS:
        return Refusal(Status.INVALID, _kind_fault(request.kind), request.recipient)
    text = params.get("text")
    if not text:
        fault = f"Missing Message Text: text is required when type is {request.kind}"
        return Refusal(Status.MISSING, fault, request.recipient)
    if len(text) > TEXT_CHARACTERS_MAX:
        fault = f"Message too long: text must be at most {TEXT_CHARACTERS_MAX} characters"
        return Refusal(Status.TOO_LONG, fault, request.recipient)
    if not text.isascii() and _SURROGATE.search(text) is not None:
        return broken_text(request.recipient)
    request.text = text
    return None


def broken_text(recipient: str) -> Refusal:
    """The refusal of a text that holds half of a surrogate pair, which no encoding can carry."""
    fault = "Invalid text: text must be Unicode characters, and holds half of a surrogate pair"
    return Refusal(Status.INVALID, fault, recipient)


def undecodable_text(recipient: str) -> Refusal:
    """The refusal of a text whose octets are not of the one character set."""
    return Refusal(Status.INVALID, "Invalid text: text must be UTF-8, URL-encoded", recipient)


def _kind_fault(kind: str) -> str:
    if kind in OLD_KINDS:
        return f"Invalid type: {kind} is not supported any more; type must be {', '.join(KINDS)}"
    return f"Invalid type: type must be {', '.join(KINDS)}"


def _read_binary(request: SmsRequest, udh: str, body: str) -> Refusal | None:
    to = request.recipient
    if not udh and not body:
        return Refusal(Status.MISSING, "Missing body param: body or udh in hex for binary", to)
    for name, value in (("udh", udh), ("body", body)):
        if value and _HEX.fullmatch(value) is None:
            return Refusal(Status.INVALID, f"Invalid {name}: {name} must be octets in hex", to)
    if len(udh) + len(body) > 2 * USER_DATA_OCTETS:
        fault = f"Message too long: udh and body must be at most {USER_DATA_OCTETS} octets together"
        return Refusal(Status.TOO_LONG, fault, to)
    request.udh, request.body = unhexlify(udh), unhexlify(body)
    if udh and not has_sound_length(request.udh):
        fault = "Invalid udh: udh must be one whole header, its first octet counting the others"
        return Refusal(Status.INVALID, fault, to)
    return None
