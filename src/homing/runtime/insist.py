"""Changes that nobody can be refused for: written again until the store can commit.

A carrier's answer and a webhook's answer have happened; a full disk does not undo them. Bounded by
what was in flight when the store stopped: while it cannot commit, nothing new is taken in.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from homing.store.contract import AnyChange, Busy, Store

AGAIN_S = 1.0


class Insist:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.waiting = 0  # changes that could not be committed and are written again soon

    def write(self, change: AnyChange, when_durable: Callable[..., None] | None = None) -> None:
        """Like `Store.write`; but Busy is tried again, and never seen by `when_durable`."""
        # A partial, not a closure that names itself: that would be garbage only the cyclic
        # collector finds, once for each message.
        self._store.write(change, partial(self._after, when_durable))

    def _after(self, when_durable: Callable[..., None] | None, change: AnyChange) -> None:
        if isinstance(change.error, Busy):
            change.error = None
            self.waiting += 1
            asyncio.get_running_loop().call_later(AGAIN_S, self._again, change, when_durable)
        elif when_durable is not None:
            when_durable(change)

    def _again(self, change: AnyChange, when_durable: Callable[..., None] | None) -> None:
        self.waiting -= 1
        self.write(change, when_durable)
