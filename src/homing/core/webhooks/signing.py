"""Signatures, for both directions: requests that come in and webhooks that go out.

A signature is a digest of all parameters and a secret that both sides know. Sorted by name, each is
spelled `&name=value`, where `&` and `=` of a value become `_`; nothing is URL-encoded. `sig` and
`api_secret` are left out. What is sent keeps the original values.

Names are cleaned as values are. Some clients clean values only, which is the same for every name
that there is; a name like `a=1&b` that was not cleaned would pass for two parameters.

We write one spelling and accept that of Java too, which leaves blank values out. A client that
signs fields it does not send is let in only where the account says so (`signs_none`).

A parameter that is given twice is signed twice, so a repeat does not pass for the single one.
Callers with a mapping have one value for each name, the one that they act on.

Source: the compatible API, signing: algorithm, vectors, clients' deviations.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hmac import compare_digest
from operator import itemgetter
from typing import Any

from msgspec import Struct

from homing.core.model.account import SignatureMethod

Pairs = list[tuple[str, str]]

TOLERANCE_S = 300  # between `timestamp` and our clock, either way
_UNSIGNED = ("sig", "api_secret")
_TIMESTAMP_DIGITS_MAX = 12
_SIG_CHARACTERS_MAX = 128  # hex of SHA-512

# HMAC's own parts, since two copies of a started hash cost half of what `hmac` does for a message.
# Source: RFC 2104 2. None of these digests protects by its strength alone: the secret does.
_HASHES: dict[SignatureMethod, Callable[[bytes], Any]] = {
    SignatureMethod.MD5: lambda octets: hashlib.md5(octets, usedforsecurity=False),
    SignatureMethod.SHA1: lambda octets: hashlib.sha1(octets, usedforsecurity=False),
    SignatureMethod.SHA256: hashlib.sha256,
    SignatureMethod.SHA512: hashlib.sha512,
}
_name = itemgetter(0)
_MD5HASH = SignatureMethod.MD5HASH
_INNER_PAD = bytes(octet ^ 0x36 for octet in range(256))
_OUTER_PAD = bytes(octet ^ 0x5C for octet in range(256))

# What PyPI `vonage` 4 signs as `None` without sending it; not all of its
# versions know the last name.
_NONE_FIELDS = (
    "client-ref", "type", "ttl", "status-report-req", "callback", "message-class", "body", "udh",
    "protocol-id", "account-ref", "entity-id", "content-id", "trusted-number",
)  # fmt: skip


class Stamp(Struct, frozen=True):
    """What signs one request of ours. The secret is for signing, never for showing."""

    secret: str
    method: SignatureMethod
    nonce: str  # a UUID, new for each request

    def __repr__(self) -> str:
        return f"Stamp({self.method.value})"


def string_to_sign(pairs: Iterable[tuple[str, str]]) -> str:
    """The text under a signature, from pairs in any order; with a leading `&`, or empty."""
    return _spell(_sorted(pairs))


def sign(pairs: Iterable[tuple[str, str]], secret: str, method: SignatureMethod) -> str:
    """The signature, in the case that exact checkers want: HMAC in upper case, md5hash in lower."""
    return _digest(string_to_sign(pairs), secret, method)


def add_signature(pairs: Pairs, stamp: Stamp, now_ms: int) -> None:
    """Append `timestamp`, `nonce` and `sig`, which signs everything before it."""
    pairs.append(("timestamp", str(now_ms // 1000)))
    pairs.append(("nonce", stamp.nonce))
    pairs.append(("sig", sign(pairs, stamp.secret, stamp.method)))


def verify(
    parameters: Mapping[str, str],
    secrets: Sequence[str],
    method: SignatureMethod,
    now_s: float,
    *,
    tolerance_s: float = TOLERANCE_S,
    signs_none: bool = False,
) -> str | None:
    """Why these parameters are not signed by one of the secrets; None: they are.

    Args:
        parameters: all that came, `sig` and `timestamp` (Unix seconds) among them.
        secrets: those accepted now; each is tried, whichever fits.
        signs_none: take the signatures of PyPI `vonage` 4 too.

    Takes as long for a signature that is nearly right. Names the parameter, quotes nothing.
    """
    given = parameters.get("sig")
    if not given:
        return "sig is required"
    fault = _timestamp_fault(parameters.get("timestamp"), now_s, tolerance_s)
    if fault is not None:
        return fault
    if len(given) <= _SIG_CHARACTERS_MAX:
        offered = given.lower().encode("utf-8", "replace")
        for text in _spellings(parameters, signs_none):
            fits = False
            for secret in secrets:
                made = _digest(text, secret, method).lower().encode()
                fits |= compare_digest(made, offered)
            if fits:
                return None
    return f"sig does not fit the parameters; this account signs by {method.value}"


def _timestamp_fault(given: str | None, now_s: float, tolerance_s: float) -> str | None:
    if not given:
        return "timestamp is required with sig"
    if len(given) > _TIMESTAMP_DIGITS_MAX or not (given.isascii() and given.isdigit()):
        return "timestamp must be Unix seconds"
    if abs(int(given) - now_s) > tolerance_s:
        return f"timestamp is more than {tolerance_s:g} s away from the time here"
    return None


def _sorted(pairs: Iterable[tuple[str, str]]) -> Pairs:
    # By code point, which is the order of the UTF-8 octets; repeats stay in the order given.
    return sorted([pair for pair in pairs if pair[0] not in _UNSIGNED], key=_name)


def _spell(pairs: Pairs) -> str:
    """Of sorted pairs: cleaning comes after, as in Java and .NET."""
    text = "".join([f"&{name}={value}" for name, value in pairs])
    if text.count("&") == text.count("=") == len(pairs):
        return text  # nearly all: nothing is there to be cleaned
    return "".join([f"&{_clean(name)}={_clean(value)}" for name, value in pairs])


def _clean(text: str) -> str:
    return text.replace("&", "_").replace("=", "_")


def _spellings(parameters: Mapping[str, str], signs_none: bool) -> Iterator[str]:
    """The texts that sound clients sign for these parameters, the usual one first."""
    pairs = _sorted(parameters.items())
    yield _spell(pairs)
    if not all(value.strip() for _, value in pairs):  # Java
        yield _spell([pair for pair in pairs if pair[1].strip()])
    if signs_none:
        for fields in (_NONE_FIELDS, _NONE_FIELDS[:-1]):
            unset = [(name, "None") for name in fields if name not in parameters]
            # Its own unset `sig` is signed too, so this is sorted here and not by `_sorted`.
            yield _spell(sorted([*pairs, *unset, ("sig", "None")], key=_name))


def _digest(text: str, secret: str, method: SignatureMethod) -> str:
    # A lone surrogate is told as a question mark (see `payload`): so it is signed.
    octets = text.encode("utf-8", "replace")
    if method is _MD5HASH:
        salted = octets + secret.encode("utf-8", "replace")
        return hashlib.md5(salted, usedforsecurity=False).hexdigest()
    inner, outer = _started(secret, method)
    inner, outer = inner.copy(), outer.copy()
    inner.update(octets)
    outer.update(inner.digest())
    mac: str = outer.hexdigest()
    return mac.upper()


@lru_cache(maxsize=1024)
def _started(secret: str, method: SignatureMethod) -> tuple[Any, Any]:
    """The inner and the outer hash of an HMAC, with the key already in them."""
    make = _HASHES[method]
    key, block_size = secret.encode("utf-8", "replace"), make(b"").block_size
    if len(key) > block_size:
        key = make(key).digest()
    block = key.ljust(block_size, b"\0")
    return make(block.translate(_INNER_PAD)), make(block.translate(_OUTER_PAD))
