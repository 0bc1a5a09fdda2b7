"""The key under which secrets are kept: a 0600 file outside the store.

A copy of the store alone does not let anybody test guesses of an API secret, nor read a secret for
signing.
"""

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_OCTETS = 32
_BLOCK_OCTETS = 64  # of SHA-256; Source: RFC 2104 2
_INNER_PAD, _OUTER_PAD = 0x36, 0x5C
_NONCE_OCTETS = 12  # of AES-GCM, random; Source: NIST SP 800-38D 8.2.2


class WrongKey(Exception):
    """Sealed under another key, or for something else, or damaged."""


class KeyFile:
    """Digests and seals of secrets.

    Digests are HMAC-SHA256, since a secret is checked for each message: secrets are random and
    long, so a slow hash would protect nothing more.
    """

    def __init__(self, key: bytes) -> None:
        assert len(key) == KEY_OCTETS
        # Each message costs a digest: the two blocks that hold the key are hashed once, here.
        block = key.ljust(_BLOCK_OCTETS, b"\0")
        self._inner = sha256(bytes(octet ^ _INNER_PAD for octet in block))
        self._outer = sha256(bytes(octet ^ _OUTER_PAD for octet in block))
        # Another key than that of the digests: HKDF, Source: RFC 5869 2.
        extracted = hmac.digest(b"homing: signature secrets", key, "sha256")
        self._sealing_key = hmac.digest(extracted, b"\x01", "sha256")

    @classmethod
    def open(cls, path: Path) -> "KeyFile":
        """Read the key, or make one. Raises OSError; ValueError when it is no key."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes()
            if len(key) != KEY_OCTETS:
                raise ValueError(f"{path}: not a key of {KEY_OCTETS} octets") from None
            return cls(key)
        key = secrets.token_bytes(KEY_OCTETS)
        with os.fdopen(handle, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        return cls(key)

    def digest(self, secret: str) -> bytes:
        """HMAC-SHA256 of the secret. Source: RFC 2104 2."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(secret.encode("utf-8", "surrogatepass"))
        outer.update(inner.digest())
        return outer.digest()

    def seal(self, octets: bytes, label: bytes) -> bytes:
        """Encrypted and authenticated, by AES-GCM. Opens only under the same `label`: what was
        sealed for one account is worth nothing in the row of another."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        return nonce + self._cipher().encrypt(nonce, octets, label)

    def unseal(self, sealed: bytes, label: bytes) -> bytes:
        """Raises WrongKey."""
        from cryptography.exceptions import InvalidTag

        nonce, rest = sealed[:_NONCE_OCTETS], sealed[_NONCE_OCTETS:]
        try:
            return self._cipher().decrypt(nonce, rest, label)
        except (InvalidTag, ValueError) as fault:  # ValueError: the nonce is too short
            raise WrongKey("not sealed under this key") from fault

    def _cipher(self) -> "AESGCM":
        # Imported late: most commands seal nothing, and start quicker without it.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._sealing_key)
