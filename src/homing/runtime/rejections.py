"""Refused submits of known accounts: kept for who asks later why a message never went out.

What is kept: account, sender, recipient, status, its words, when. Never the text. Only what a
search by number can find, and no refusal that says "come again": the retry has its own answer.

Nobody waits for it: the change rides along with others, and is lost with a store that cannot
commit. An account that is refused all day is kept up to a bound, so that it fills no disk.
"""

from homing.core.model.ids import IdSource
from homing.core.model.limits import REJECTIONS_OF_A_DAY_MAX, SENDER_DIGITS_MAX
from homing.core.model.times import DAY_MS
from homing.core.numbering.msisdn import read_msisdn
from homing.core.submit.refusal import Refusal
from homing.core.submit.status import Status
from homing.runtime.clock import Clock
from homing.store.contract import Reject, Store

_COME_AGAIN = frozenset({Status.THROTTLED, Status.PLATFORM})
_SENDER_MAX = 1 + SENDER_DIGITS_MAX  # with a plus; an illegal one could be a whole text


class Rejections:
    def __init__(
        self, store: Store, clock: Clock, ids: IdSource, *, most: int = REJECTIONS_OF_A_DAY_MAX
    ) -> None:
        self._store, self._clock, self._ids, self._most = store, clock, ids, most
        self._day = 0  # since 1970, UTC
        self._kept: dict[int, int] = {}  # of that day, by account

    def keep(self, account_id: int, refusal: Refusal, sender: str, recipient: str) -> None:
        """`sender`, `recipient`: as the caller gave them, whatever they are."""
        found = read_msisdn(recipient)
        if refusal.status in _COME_AGAIN or found is None:
            return
        now_ms = self._clock.wall_ms()
        if now_ms // DAY_MS != self._day:
            self._day, self._kept = now_ms // DAY_MS, {}
        kept = self._kept.get(account_id, 0)
        if kept >= self._most:
            return
        self._kept[account_id] = kept + 1
        shown = sender[:_SENDER_MAX].encode("utf-8", "replace").decode()  # half a pair is no text
        self._store.write(
            Reject(
                rejection_id=self._ids.take(1, now_ms),
                account_id=account_id,
                sender=shown,
                recipient=found,
                status=refusal.status,
                error_text=refusal.text,
            )
        )
