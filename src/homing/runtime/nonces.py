"""Nonces: those seen in signed requests, and those that our signed webhooks get.

A nonce is remembered for as long as its request could come again: `timestamp` may lie the tolerance
ahead of our clock, and is accepted until the tolerance after it.

What is remembered is bounded for each account. Beyond it the oldest are forgotten early: an account
that signs so much keeps a shorter memory rather than losing messages.

A restart forgets all, so what was caught on its way just before can come once more. To remember
would cost each signed request a row to write and one to remove, and keep out little: official
clients send no nonce. To refuse what was signed before the start would refuse honest retries.
"""

import os

from homing.core.webhooks.signing import TOLERANCE_S

NONCES_MAX = 1 << 18  # for each account: about 440 signed requests a second for ten minutes
_BATCH = 256  # UUIDs that one call of the system's random source makes


class Nonces:
    """Which nonces were used already, by account."""

    def __init__(self, tolerance_s: int = TOLERANCE_S, *, most: int = NONCES_MAX) -> None:
        self.window_s, self._most = 2 * tolerance_s, most
        self._seen: dict[int, _Seen] = {}

    def use(self, account_id: int, nonce: str, now_s: float) -> bool:
        """Whether this nonce is new; from now on it is not."""
        seen = self._seen.get(account_id)
        if seen is None:
            seen = self._seen[account_id] = _Seen(now_s)
        # The hash takes less room than the text. It has 64 bits and is seeded anew in each process,
        # so nobody can make two of them meet, and chance hardly ever does.
        return seen.use(hash(nonce), now_s, self.window_s, self._most)


class _Seen:
    """Two sets, of which the older goes as a whole: no nonce needs a time of its own."""

    __slots__ = ("new", "old", "since_s")

    def __init__(self, now_s: float) -> None:
        self.new: set[int] = set()
        self.old: set[int] = set()
        self.since_s = now_s  # when `new` was begun

    def use(self, nonce: int, now_s: float, window_s: float, most: int) -> bool:
        age_s = now_s - self.since_s
        if age_s > window_s or 2 * len(self.new) >= most:
            self.old = self.new if age_s <= 2 * window_s else set()
            self.new, self.since_s = set(), now_s
        if nonce in self.new or nonce in self.old:
            return False
        self.new.add(nonce)
        return True


class NonceSource:
    """UUIDs of version 4, from random octets that are asked for in batches. Source: RFC 9562 5.4"""

    def __init__(self) -> None:
        self._octets = b""
        self._at = 0

    def take(self) -> str:
        at = self._at
        if at == len(self._octets):
            self._octets, at = os.urandom(16 * _BATCH), 0
        self._at = at + 16
        text = self._octets[at : at + 16].hex()
        variant = "89ab"[self._octets[at + 8] & 3]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"
