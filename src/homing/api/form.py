"""Reads queries and form bodies: `application/x-www-form-urlencoded`, UTF-8.

Owned here because it runs once or twice for every message, and the standard library's reader takes
several times as long. Its meaning is the standard library's: `urllib.parse.parse_qsl` with
`keep_blank_values=True`; a property test holds the two equal.

A parameter that is given twice: the last one wins, as in the JSON that clients send. The merge of
query and body (`homing.api.parameters`) follows the same rule, the body comes after the query.
"""

from urllib.parse import unquote

from homing.core.model.limits import REQUEST_PARAMETERS_MAX

_OCTET = {
    (high + low).encode(): bytes((int(high + low, 16),))
    for high in "0123456789abcdefABCDEF"
    for low in "0123456789abcdefABCDEF"
}


class TooManyParameters(Exception):
    """More than REQUEST_PARAMETERS_MAX fields: the caller's fault."""


def read_form(octets: bytes) -> list[tuple[str, str]]:
    """The fields of a query or form body, in order, repeats and blank values kept.

    Args:
        octets: as they came; what is no UTF-8 becomes U+FFFD.

    Raises:
        TooManyParameters: counted by the separators, before anything is decoded.
    """
    if not octets:
        return []
    if octets.count(b"&") >= REQUEST_PARAMETERS_MAX:
        raise TooManyParameters
    text = octets.decode("utf-8", "replace")
    if "+" in text:
        text = text.replace("+", " ")
    escaped = "%" in text
    fields = []
    for field in text.split("&"):
        if field:
            name, _, value = field.partition("=")
            if escaped:
                if "%" in name:
                    name = _unescape(name)
                if "%" in value:
                    value = _unescape(value)
            fields.append((name, value))
    return fields


def read_fields(octets: bytes) -> dict[str, str]:
    """The fields by name, the last of a repeat: `dict(read_form(octets))`. Raises as that does."""
    text = octets.decode("utf-8", "replace")
    if "%" in text:
        return dict(read_form(octets))
    # Most bodies: no pairs and no list of them, this loop is the quickest that Python has.
    fields = text.replace("+", " ").split("&")
    if len(fields) > REQUEST_PARAMETERS_MAX:
        raise TooManyParameters
    found = {}
    for field in fields:
        if field:
            name, _, value = field.partition("=")
            found[name] = value
    return found


def _unescape(text: str) -> str:
    if not text.isascii():
        # Rare: octets that should have been escaped. The standard library decodes each ASCII run
        # on its own; so do we.
        return unquote(text, errors="replace")
    first, *rest = text.encode().split(b"%")
    pieces = [first]
    for piece in rest:
        octet = _OCTET.get(piece[:2])
        if octet is None:
            pieces += (b"%", piece)
        else:
            pieces += (octet, piece[2:])
    return b"".join(pieces).decode("utf-8", "replace")
