"""Changes that nobody can be refused for: written again until the store can commit.

A carrier's answer and a webhook's answer have happened; a full disk does not undo them. Bounded by
what was in flight when the store stopped: while it cannot commit, nothing new is taken in.
"""

import asyncio
from collections.abc import Callable

from homing.store.contract import AnyChange, Busy, Store

AGAIN_S = 1.0


class Insist:
    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, change: AnyChange, when_durable: Callable[..., None] | None = None) -> None:
        """Like `Store.write`; but Busy is tried again, and never seen by `when_durable`."""

        def after(change: AnyChange) -> None:
            if isinstance(change.error, Busy):
                change.error = None
                asyncio.get_running_loop().call_later(AGAIN_S, self._store.write, change, after)
            elif when_durable is not None:
                when_durable(change)

        self._store.write(change, after)
