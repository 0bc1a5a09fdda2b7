"""A submit under an Idempotency-Key happens once: a retry gets the first answer again.

What was accepted is remembered in the commit that accepted it, so for a retry after a crash too. A
refusal is not: nothing was stored or charged for it, and its cause (no credit, too fast) may be
mended before the retry. A retry that comes while the first is being made waits for it.

Memory holds only what is being made; the rest is one read of the store for each such submit.
Several gateways would need more: the key is looked up before, and not in, the commit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from homing.core.model.account import Account
from homing.core.model.limits import IDEMPOTENCY_MS
from homing.core.submit.request import Refusal, SmsRequest
from homing.core.submit.status import Status, error_text
from homing.runtime.clock import Clock
from homing.store.contract import FirstAnswer, Store

if TYPE_CHECKING:
    from homing.runtime.submission import Submission, SubmitAnswer

_OTHER_REQUEST = Refusal(
    Status.INVALID,
    "Invalid Idempotency-Key: Idempotency-Key was used for another request within a day",
)
_FAULT = Refusal(Status.PLATFORM, error_text(Status.PLATFORM))
_UNREADABLE = Refusal(Status.PLATFORM, "Server Error - the store cannot be read, please retry")


class _Making(Struct):
    """A first answer that is not there yet, and who waits for it."""

    request: bytes
    waiting: list[Callable[[Any], None]]


class Once:
    def __init__(self, submission: Submission, store: Store, clock: Clock) -> None:
        self._submission, self._store, self._clock = submission, store, clock
        self._making: dict[bytes, _Making] = {}

    def submit(
        self,
        account: Account,
        request: SmsRequest,
        key: str,
        answer: Callable[[SubmitAnswer], None],
    ) -> None:
        """Calls `answer` once: with the first answer under this key of this account, which may be
        made now; or with a refusal, when it is another request's."""
        known_as, asked = _digest((account.id, key)), _digest(request)
        making = self._making.get(known_as)
        if making is None:
            self._making[known_as] = _Making(asked, [answer])
            since_ms = self._clock.wall_ms() - IDEMPOTENCY_MS
            found = partial(self._found, account, request, FirstAnswer(known_as, asked))
            self._store.first_answer(known_as, since_ms, found)
        elif making.request == asked:
            making.waiting.append(answer)
        else:
            answer(self._submission.refused(account, request, _OTHER_REQUEST))

    def _found(
        self,
        account: Account,
        request: SmsRequest,
        first: FirstAnswer,
        stored: list[FirstAnswer] | None,
    ) -> None:
        submission, made = self._submission, partial(self._made, first.key)
        refused = partial(submission.refused, account, request)
        if stored is None:  # perhaps it was sent: not again on a guess
            made(refused(_UNREADABLE))
        elif not stored:
            try:
                submission.submit(account, request, made, first)
            except Exception:  # a bug of ours must not keep the key, and who waits for it
                made(refused(_FAULT))
                raise
        elif stored[0].request != first.request:
            made(refused(_OTHER_REQUEST))
        else:
            made(submission.again(request, stored[0]))

    def _made(self, key: bytes, answer: SubmitAnswer) -> None:
        making = self._making.pop(key, None)
        for one in making.waiting if making is not None else ():
            one(answer)


def _digest(value: Any) -> bytes:
    return blake2b(msgspec.msgpack.encode(value), digest_size=16).digest()
