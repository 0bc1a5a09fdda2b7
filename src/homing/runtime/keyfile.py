"""The key under which API secrets are kept: a 0600 file outside the store.

A copy of the store alone does not let anybody test guesses of a secret.
"""

import hmac
import os
import secrets
from pathlib import Path

KEY_OCTETS = 32


class KeyFile:
    """Digests of secrets. HMAC-SHA256, since a secret is checked for each message: secrets are
    random and long, so a slow hash would protect nothing more."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == KEY_OCTETS
        self._key = key

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
        return hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), "sha256")
