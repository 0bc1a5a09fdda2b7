"""Where a webhook goes: reading its URL strictly, and the key of its endpoint.

A URL comes from an account or from one message's `callback`; both are strangers' words that end
up in a request line and a `Host` header. What this file lets through can be written into a
request as it is. It does not resolve names and does not judge addresses: see `guard`.
"""

import re
from hashlib import blake2b
from urllib.parse import quote

from msgspec import Struct

from homing.core.model.account import WebhookMethod

URL_CHARACTERS_MAX = 2048  # what other software cuts URLs at; `callback` has its own, smaller bound
HOST_CHARACTERS_MAX = 253  # RFC 1035 2.3.4, without the closing dot
DEFAULT_PORTS = {"http": 80, "https": 443}

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_IPV6 = re.compile(r"\[([0-9A-Fa-f:.]{2,45})\]")
_ASCII_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Url(Struct, frozen=True, gc=False, cache_hash=True):
    """A webhook's URL, read. Every field is printable ASCII without a space.

    Made by `read_url` only: whoever holds one may write it into a request.
    """

    scheme: str  # "http" or "https"
    host: str  # lower case; a name, an IPv4 spelling, or an IPv6 address without brackets
    port: int  # 1..65535
    path: str  # begins with a slash
    target: str  # path and query, RFC 9112 3.2.1
    authority: str  # what `Host` says: the port is left out where it is the scheme's own
    origin: str  # scheme, host and port, always with the port


def read_url(url: str, *, characters_max: int = URL_CHARACTERS_MAX) -> Url | str:
    """Read a webhook's URL; a `str` is the rule that it broke, to follow the field's name.

    Refused: CR, LF, tab, space and whatever else does not print; schemes other than http and
    https; user information; a missing or malformed host or port. A fragment is dropped. Other
    characters outside ASCII are percent-encoded as UTF-8 in path and query, and refused in the
    host: the two IDNA standards map some names to different hosts, so the caller must choose.
    """
    if len(url) > characters_max:
        return f"must be at most {characters_max} characters"
    if " " in url or not url.isprintable():
        return "must not contain spaces, line breaks or control characters"
    scheme, colon, rest = url.partition("://")
    scheme = scheme.lower()
    if not colon or scheme not in DEFAULT_PORTS:
        return "must begin with http:// or https://"
    rest = rest.partition("#")[0]
    end = min((at for at in map(rest.find, "/?") if at >= 0), default=len(rest))
    place = _read_authority(rest[:end], DEFAULT_PORTS[scheme])
    if isinstance(place, str):
        return place
    path, mark, query = rest[end:].partition("?")
    path, query = _as_ascii(path or "/"), _as_ascii(query)
    if len(path) + len(query) > 3 * characters_max:
        return f"must be at most {characters_max} characters"
    host, port = place
    target = f"{path}?{query}" if mark else path
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port == DEFAULT_PORTS[scheme] else f"{shown}:{port}"
    return Url(scheme, host, port, path, target, authority, f"{scheme}://{shown}:{port}")


def _read_authority(authority: str, default_port: int) -> tuple[str, int] | str:
    """Host and port; or the rule that was broken."""
    if "@" in authority:
        return "must not contain user information"
    if not authority.isascii():
        return "must spell its host in ASCII (xn--...)"
    bracket = authority.rfind("]")
    host, colon, port_text = authority.rpartition(":")
    if not colon or len(host) < bracket:
        host, port_text = authority, ""
    if not host:
        return "must name a host"
    port = default_port
    if port_text:
        if not port_text.isdigit() or len(port_text) > 5 or not 1 <= int(port_text) <= 65535:
            return "must have a port from 1 to 65535"
        port = int(port_text)
    in_brackets = _IPV6.fullmatch(host)
    if in_brackets is not None:
        return in_brackets[1].lower(), port
    host = host.removesuffix(".")  # the root's dot: the same host, and no certificate spells it
    if len(host) > HOST_CHARACTERS_MAX or _HOST.fullmatch(host) is None:
        return "must have a valid host name"
    return host.lower(), port


def _as_ascii(text: str) -> str:
    return text if text.isascii() else quote(text, safe=_ASCII_PRINTABLE)


def endpoint_key(account_id: int, url: Url, method: WebhookMethod) -> int:
    """63 bits that name an endpoint: account, origin, path and method, without the query.

    Stored; never change what it is made of. The query stays out because `?id=...` differs with
    every message, and an endpoint is what a receiver is slow or fast at.
    """
    name = f"{account_id}\n{url.origin}\n{url.path}\n{method.value}".encode("ascii")
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "big") >> 1
