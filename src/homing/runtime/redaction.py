"""Takes the text and the numbers out of a message when its owner asks.

Works at once, as far as nobody needs them: see `store.sqlite.redaction` for what waits until the
message has its final word, and `Sweeps` for the beat that goes on with it.
"""

from asyncio import Future, get_running_loop

from homing.core.model.ids import read_id
from homing.runtime.clock import Clock
from homing.store.contract import Conflict, Redact
from homing.store.sqlite import SqliteStore


class Redactions:
    def __init__(self, store: SqliteStore, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def redact(self, id_text: str, account_id: int) -> bool:
        """Returns when it is durable. False: the account has no message by this name. Raises
        StoreError. Repeat: changes nothing more.

        Args:
            id_text: id of the message or of any of its parts, or its uuid; the whole goes.
        """
        found = read_id(id_text)
        message_id = await self._store.find_message(id_text if found is None else found, account_id)
        if message_id is None:
            return False
        change = Redact(message_id=message_id, at_ms=self._clock.wall_ms())
        done: Future[None] = get_running_loop().create_future()

        def durable(change: Redact) -> None:
            if not done.done():
                done.set_result(None)

        self._store.write(change, durable)
        await done
        if isinstance(change.error, Conflict):  # retention took it meanwhile
            return False
        if change.error is not None:
            raise change.error
        return True
