"""Takes the text and the numbers out of a message when its owner asks.

Works at once, as far as nobody needs them: see `store.sqlite.redaction` for what waits until the
message has its final word, and `Sweeps` for the beat that goes on with it.

A receipt can still come: once more, or with another word. Its recipient must agree, and so a digest
of the message's own is kept until no receipt is awaited; under the key file, since there are too
few numbers for a digest that anybody can make.
"""

from asyncio import Future, get_running_loop

from msgspec.structs import replace

from homing.core.model.ids import read_id
from homing.core.model.message import Part
from homing.core.model.receipt import Receipt
from homing.core.numbering.msisdn import tail
from homing.runtime.clock import Clock
from homing.runtime.keyfile import KeyFile
from homing.store.contract import Conflict, Redact
from homing.store.sqlite import SqliteStore


class Redactions:
    def __init__(self, store: SqliteStore, clock: Clock, keys: KeyFile) -> None:
        self._store, self._clock, self._keys = store, clock, keys

    async def redact(self, id_text: str, account_id: int) -> bool:
        """Returns when it is durable. False: the account has no message by this name. Raises
        StoreError. Repeat: changes nothing more.

        Args:
            id_text: id of the message or of any of its parts, or its uuid; the whole goes.
        """
        found = read_id(id_text)
        story = await self._store.message_story(id_text if found is None else found, account_id)
        if story is None:
            return False
        message = story.message
        change = Redact(
            message_id=message.id,
            at_ms=self._clock.wall_ms(),
            recipient_digest=self._digest(message.recipient),
        )
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

    def recall(self, part: Part, receipt: Receipt) -> Part:
        """The part, in memory alone with the numbers of a receipt that names its recipient."""
        if not part.recipient_digest or part.message.recipient:
            return part
        for number, other in (
            (receipt.recipient, receipt.sender),
            (receipt.sender, receipt.recipient),
        ):
            if self._digest(number) == part.recipient_digest:
                part.message = replace(part.message, recipient=number, sender=other)
                break
        return part

    def _digest(self, number: str) -> bytes:
        return self._keys.digest(f"redacted recipient {tail(number)}")
