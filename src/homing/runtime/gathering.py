"""Receipts that memory cannot decide: their parts are looked up in the store, by the batch."""

import asyncio
import logging
from collections.abc import Callable

from homing.core.model import limits
from homing.core.model.message import Part
from homing.core.receipts.forms import forms
from homing.core.receipts.match import wanted
from homing.core.smpp.status import ESME_RX_T_APPN
from homing.runtime.arrival import Arrival
from homing.runtime.clock import Clock
from homing.runtime.open_parts import OpenParts
from homing.runtime.telemetry import Telemetry
from homing.store.contract import Store

# A receipt that may have overtaken its answer is kept so long before it is filed as waiting.
OUTSTANDING_AGAIN_S = 0.1
OUTSTANDING_TRIES = 20

log = logging.getLogger("homing.settlement")


class Gathering:
    """Args:
    choose: what becomes of a receipt, given the parts that it can be about.
    not_taken: the store could not be asked.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        open_parts: OpenParts,
        telemetry: Telemetry,
        choose: Callable[[Arrival, list[Part]], None],
        not_taken: Callable[[Arrival], None],
    ) -> None:
        self._store, self._clock = store, clock
        self._open_parts, self._telemetry = open_parts, telemetry
        self._choose, self._not_taken = choose, not_taken
        self._gathered: list[Arrival] = []
        self._outstanding: list[Arrival] = []
        self._looking_up = False
        self.oldest_answer_ms = 0  # no part that is open was answered before

    def gather(self, arrival: Arrival) -> None:
        self._gathered.append(arrival)
        self._telemetry.add("receipts_looked_up", arrival.raw.carrier)
        if not self._looking_up:
            self._looking_up = True
            asyncio.get_running_loop().call_soon(self._look_up)

    def _look_up(self) -> None:
        batch = self._gathered[: limits.LOOKUP_BATCH_MAX]
        del self._gathered[: limits.LOOKUP_BATCH_MAX]
        if not batch:
            self._looking_up = False
            return
        now_ms = self._clock.wall_ms()
        oldest_ms = self.oldest_answer_ms or now_ms
        looked_up = [wanted(one.raw.carrier, one.receipt, now_ms, oldest_ms) for one in batch]
        known = self._known(batch)

        def found(candidates: list[list[Part]] | None) -> None:
            try:
                self._found(batch, candidates, known)
            finally:
                self._look_up()  # whatever became of this batch, the next one must not wait for it

        self._store.candidates(looked_up, found, known)

    def _known(self, batch: list[Arrival]) -> set[int]:
        """Parts of which memory knows what came for them. To read that again for each receipt of a
        part that has thousands would take as long as all of them together."""
        if any(one.reads_all for one in batch):
            return set()
        known = (
            self._open_parts.find(one.raw.carrier, form)
            for one in batch
            for form in forms(one.receipt).by_relation.values()
        )
        return {part.id for part in known if part is not None}

    def _found(
        self, batch: list[Arrival], candidates: list[list[Part]] | None, known: set[int]
    ) -> None:
        if candidates is None:
            for arrival in batch:
                self._not_taken(arrival)
        else:
            for arrival, parts in zip(batch, candidates, strict=True):
                if any(one.id in known and self._open_parts.known(one) is one for one in parts):
                    arrival.reads_all = True
                    self.gather(arrival)
                    continue
                try:
                    self._choose(arrival, parts)
                except Exception:  # one that we do not understand must not keep the others
                    log.exception("a receipt could not be settled")
                    arrival.reply(ESME_RX_T_APPN)

    def gather_later(self, arrival: Arrival) -> bool:
        """Once more in a moment, when an answer may have come; False: it waited enough."""
        if arrival.tries >= OUTSTANDING_TRIES or len(self._outstanding) >= limits.LOOKUP_BATCH_MAX:
            return False
        arrival.tries += 1
        if not self._outstanding:
            asyncio.get_running_loop().call_later(OUTSTANDING_AGAIN_S, self._try_outstanding)
        self._outstanding.append(arrival)
        return True

    def _try_outstanding(self) -> None:
        again, self._outstanding = self._outstanding, []
        for arrival in again:
            self.gather(arrival)
