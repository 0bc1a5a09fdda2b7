"""The rhythm of a carrier's `delivered`: handsets differ, a clock in a carrier's machine does not.

Receipts are judged in blocks. A block with the same delay for every number, or that came at the
same moment whenever its parts were sent, is no handsets' work, and neither is what follows until a
block says otherwise.
"""

from collections.abc import Sequence

from msgspec import Struct

_BLOCK = 20
_NUMBERS_MIN = 5  # one telephone can be as regular as it likes
_SAME_DELAY_MS = 100
_SAME_MOMENT_MS = 1_000
_SENT_OVER_MS = 10_000
_DONE_OVER_MS = 60_000  # a backlog after an outage comes at once too, but its dates differ

SAME_DELAY = "the same delay for every number"
SAME_MOMENT = "the same moment for every number"


class Tempo(Struct):
    """`verdict`: of the last whole block; empty: as handsets are. `block`: what came since, as
    recipient, answered, received, done (ms)."""

    verdict: str = ""
    block: list[tuple[str, int, int, int]] = []

    def observe(
        self, recipient: str, answered_at_ms: int, received_at_ms: int, done_at_ms: int
    ) -> str:
        """One `delivered`; the verdict that holds for it."""
        self.block.append((recipient, answered_at_ms, received_at_ms, done_at_ms))
        if len(self.block) == _BLOCK:
            self.verdict = self._judge()
            self.block.clear()
        return self.verdict

    def _judge(self) -> str:
        recipients, answered_ms, received_ms, done_ms = zip(*self.block, strict=True)
        if len(set(recipients)) < _NUMBERS_MIN:
            return ""
        latency_ms = [
            received - answered for answered, received in zip(answered_ms, received_ms, strict=True)
        ]
        if _span(latency_ms) <= _SAME_DELAY_MS:
            return SAME_DELAY
        if (
            _span(received_ms) <= _SAME_MOMENT_MS
            and _span(answered_ms) >= _SENT_OVER_MS
            and _span(done_ms) < _DONE_OVER_MS
        ):
            return SAME_MOMENT
        return ""


def _span(times_ms: Sequence[int]) -> int:
    return max(times_ms) - min(times_ms)
