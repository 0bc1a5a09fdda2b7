"""The key under which API secrets are kept: a 0600 file outside the store.

A copy of the store alone does not let anybody test guesses of a secret.
"""

import os
import secrets
from hashlib import sha256
from pathlib import Path

KEY_OCTETS = 32
_BLOCK_OCTETS = 64  # of SHA-256; Source: RFC 2104 2
_INNER_PAD, _OUTER_PAD = 0x36, 0x5C


class KeyFile:
    """Digests of secrets. HMAC-SHA256, since a secret is checked for each message: secrets are
    random and long, so a slow hash would protect nothing more."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == KEY_OCTETS
        # Each message costs a digest: the two blocks that hold the key are hashed once, here.
        block = key.ljust(_BLOCK_OCTETS, b"\0")
        self._inner = sha256(bytes(octet ^ _INNER_PAD for octet in block))
        self._outer = sha256(bytes(octet ^ _OUTER_PAD for octet in block))

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
