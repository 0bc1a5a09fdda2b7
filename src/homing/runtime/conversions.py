"""Takes an application's word that a message did what it was for.

It is evidence of delivery where no receipt can be: a code that somebody typed in was read.
"""

from asyncio import Future, get_running_loop

from homing.core.model.ids import read_id
from homing.runtime.clock import Clock
from homing.store.contract import Conflict, Convert
from homing.store.sqlite import SqliteStore


class UnknownMessage(Exception):
    """The account has no message by this name."""


class Conversions:
    def __init__(self, store: SqliteStore, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def take(
        self, id_text: str, account_id: int, *, delivered: bool, at_ms: int | None
    ) -> None:
        """Returns when it is durable. The last word on a message counts; the same again changes
        nothing.

        Args:
            id_text: id of the message or of any of its parts, or its uuid.
            at_ms: when, as the caller gave it; None: it gave no time.

        Raises UnknownMessage, StoreError.
        """
        found = read_id(id_text)
        message_id = await self._store.find_message(id_text if found is None else found, account_id)
        if message_id is None:
            raise UnknownMessage(id_text)
        change = Convert(
            message_id=message_id,
            account_id=account_id,
            delivered=delivered,
            at_ms=at_ms,
            told_at_ms=self._clock.wall_ms(),
        )
        done: Future[None] = get_running_loop().create_future()

        def durable(change: Convert) -> None:
            if not done.done():
                done.set_result(None)

        self._store.write(change, durable)
        await done
        if isinstance(change.error, Conflict):  # retention took it meanwhile
            raise UnknownMessage(id_text)
        if change.error is not None:
            raise change.error
