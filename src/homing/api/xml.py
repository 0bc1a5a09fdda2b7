"""Replies of the compatible API that exist as JSON and as XML: which one is wanted, and both.

JSON unless the Accept header likes XML better: clients that name both read JSON. Element names are
the keys of the JSON. The SMS API has templates of its own, see `homing.api.answer`.
Source: the compatible API, account API: JSON or XML.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from homing.api.reading import reply

_JSON = ("application/json", "application/*", "*/*")
_XML = ("application/xml", "text/xml")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# What an XML 1.0 document must not hold, even escaped; Source: XML 1.0, 2.2.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def wants_xml(accept: str) -> bool:
    """Whether an Accept header puts XML before JSON. Source: RFC 9110 12.5.1.

    A header that has JSON only as `*/*` must like nothing better than XML: a browser names XML
    after HTML, and means no API by it.
    """
    quality: dict[str, float] = {}
    for one in accept.lower().split(","):
        kind, *parameters = [piece.strip() for piece in one.split(";")]
        quality[kind] = next((_weight(p) for p in parameters if p.startswith("q=")), 1.0)
    xml = max((quality[kind] for kind in _XML if kind in quality), default=0.0)
    rival = max((quality[kind] for kind in _JSON if kind in quality), default=0.0)
    if rival and _JSON[0] not in quality:
        rival = max(weight for kind, weight in quality.items() if kind not in _XML)
    return xml > rival


def _weight(parameter: str) -> float:
    try:
        return float(parameter[2:])
    except ValueError:
        return 0.0


def answer(
    request: Request,
    root: str,
    value: Mapping[str, Any],
    status_code: int = 200,
    *,
    items: Mapping[str, str] | None = None,
) -> Response:
    """The value in the form that the caller wants. `root` and `items` name what only XML names."""
    if not wants_xml(request.headers.get("accept", "")):
        return reply(value, status_code)
    octets = write_xml(root, value, items or {})
    return Response(octets, status_code, media_type="application/xml")


def write_xml(root: str, value: Mapping[str, Any], items: Mapping[str, str]) -> bytes:
    """One document, UTF-8.

    Args:
        value: text, numbers, booleans, mappings, and lists of mappings.
        items: name of a list -> name of its items' elements.
    """
    return (_HEAD + "".join(_element(root, value, items))).encode()


def _element(name: str, value: Any, items: Mapping[str, str]) -> list[str]:
    if isinstance(value, Mapping):
        inner = [text for key, one in value.items() for text in _element(key, one, items)]
    elif isinstance(value, str):
        inner = [escape(value)]
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        inner = [text for one in value for text in _element(items[name], one, items)]
    else:  # numbers and booleans are spelled as in JSON
        inner = ["" if value is None else msgspec.json.encode(value).decode()]
    return [f"<{name}>", *inner, f"</{name}>"]


def escape(text: str) -> str:
    """Text inside of an element; what XML cannot hold becomes U+FFFD."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _NOT_XML.sub("\ufffd", text)
