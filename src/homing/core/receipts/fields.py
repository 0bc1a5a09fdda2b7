"""The fields of a receipt's text: where they stand in the octets, not what they mean.

Carriers write the keys of SMPP 3.4 Appendix B in any order and case, glue them to a digit before
them, leave some out, and put things before, between and after. Works on octets: the text of the
sender at the end may be in any coding. It never decides: what follows `text:` is kept apart.
"""

import re

from msgspec import Struct

# A key starts a token: at the start, or after what is no letter ("SMSAlert^id:", "?id:",
# "dlvrd:001submit date:"), but not inside a word ("resubmit:", "dfdfsub:").
_KEY = re.compile(
    rb"(?<![a-z])(id|sub|dlvrd|submit[ _]{0,3}date|done[ _]{0,3}date|stat|err|mccmnc|text):",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(rb"\d{4}[-/]\d\d[-/]\d\d(?: \d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)?[^\s\0]*")
# The envelope in UCS-2. The parity of the key's place tells the order of octets.
_UCS2_KEY = re.compile(rb"(?:i\0d|s\0t\0a\0t|s\0u\0b|e\0r\0r)\0:", re.IGNORECASE)
# "<id> <message_state number>", the whole body (Sicap MMG).
_ID_STATE = re.compile(rb"\s*([^\s\0:]{1,65})\s+(\d)[\s\0]*\Z")

_NAMES = {b"submitdate": "submit", b"donedate": "done"}
_REASON_OCTETS_MAX = 200


class Fields(Struct):
    """What was found. A key that is absent is not in the mapping; an empty value is b"".

    Names: id, sub, dlvrd, submit, done, stat, err, mccmnc. `head` stood before `text:`, `tail`
    after it, and `tail_at` says where in the text its key begins. `text`: all that follows `text:`,
    a character an octet (see `as_text`); None without the key. `before`: what stood before the
    first key. `trailing`: what stood after the last value, where there is no `text:`.
    """

    head: dict[str, bytes]
    tail: dict[str, bytes]
    text: str | None = None
    tail_at: dict[str, int] = {}
    before: bytes = b""
    trailing: bytes = b""


def find_fields(octets: bytes, as_text: str | None = None) -> Fields:
    """Find every key and its value; the first of the same name counts. Never raises.

    Args:
        as_text: the characters of the octets, as many, when they are not those of Latin-1.
    """
    keys = list(_KEY.finditer(octets))
    fields = Fields({}, {})
    if not keys:
        return fields
    fields.before = octets[: keys[0].start()]
    into = fields.head
    text_at = span_at = 0
    for number, found in enumerate(keys):
        name = _name(found.group(1))
        if name == "text":
            if fields.text is None:
                text_at = found.end()
                fields.text = (as_text or octets.decode("latin-1"))[text_at:]
                into = fields.tail
            continue
        span_at = found.end()
        if name not in into:
            end = keys[number + 1].start() if number + 1 < len(keys) else len(octets)
            into[name] = _value(name, octets[span_at:end])
            if into is fields.tail:
                fields.tail_at[name] = found.start() - text_at
    if fields.text is None:
        span = octets[span_at:]
        fields.trailing = span.lstrip().removeprefix(_value(name, span))
    return fields


def ucs2(octets: bytes) -> str | None:
    """The text of a receipt that is wholly UCS-2, whatever its data_coding says; else None.

    What comes first tells: after a key in octets, UCS-2 is the sender's, and the other way round.
    A character outside of the base plane is one character here, as Python counts.
    """
    found = _UCS2_KEY.search(octets)
    if found is None or _KEY.search(octets, 0, found.start()) is not None:
        return None
    coding = "utf-16-be" if found.start() % 2 else "utf-16-le"
    return octets.decode(coding, "replace")


def find_in_body(octets: bytes) -> Fields:
    """The fields of a body, also when all of it is UCS-2."""
    text = ucs2(octets)
    if text is None:
        return find_fields(octets)
    return find_fields(text.encode("latin-1", "replace"), text)


def id_state(octets: bytes) -> tuple[bytes, int] | None:
    """Id and message_state of a body without any key."""
    found = _ID_STATE.match(octets)
    return (found.group(1), int(found.group(2))) if found is not None else None


def _name(key: bytes) -> str:
    bare = key.lower().replace(b" ", b"").replace(b"_", b"")
    return _NAMES.get(bare) or bare.decode("ascii")


def _value(name: str, span: bytes) -> bytes:
    """The value in `span`, which runs from the key to the next one."""
    if name in ("submit", "done"):
        iso = _ISO_DATE.match(span.lstrip())
        if iso is not None:
            return iso.group()
    words = span.replace(b"\0", b" ").split(None, 1)
    if not words:
        return b""
    word = words[0]
    if b":" in word:
        if not span.startswith(word):
            return b""  # the value is empty and a key that we do not know comes next
        if name == "stat":  # "FAILED:Mob. Abst.": a reason with spaces runs to the next key
            return span.replace(b"\0", b" ").strip()[:_REASON_OCTETS_MAX]
    return word
