"""The time zone of a carrier's dates, learned from when its receipts come.

Most receipts come within minutes of their done date. So the difference between the two, to the
quarter of an hour, is the zone; late receipts scatter and are outvoted. Learned dates are for
people and for latencies; what a part's receipts amount to rests on the dates as they were written,
so that it never depends on when a zone was learned.
"""

from collections import Counter

from msgspec import Struct

_VOTES = 64  # the latest count, so a change to summer time is learned as well
_VOTES_MIN = 16
_SHARE = 0.8
_QUARTER_S = 900
_AHEAD_S = 60  # dates of ten digits have no seconds, and clocks differ a little
_WEST_MOST, _EAST_MOST = -48, 56  # quarters: -12:00 to +14:00


class Zone(Struct):
    """`offset_s`: what was learned; east is positive. `votes`: quarters of an hour, in order."""

    offset_s: int = 0
    votes: list[int] = []

    @property
    def is_learned(self) -> bool:
        return len(self.votes) >= _VOTES_MIN

    def observe(self, done_at_ms: int, received_at_ms: int) -> None:
        """One receipt with a done date that was read as UTC."""
        ahead_s = (done_at_ms - received_at_ms) // 1000
        quarters = (ahead_s + _QUARTER_S - _AHEAD_S) // _QUARTER_S
        if not _WEST_MOST <= quarters <= _EAST_MOST:
            return
        self.votes.append(quarters)
        del self.votes[:-_VOTES]
        if len(self.votes) < _VOTES_MIN:
            return
        quarters, count = Counter(self.votes).most_common(1)[0]
        if count >= _SHARE * len(self.votes):
            self.offset_s = quarters * _QUARTER_S

    def utc_ms(self, at_ms: int) -> int:
        """A date of this carrier that was read as UTC, as the moment that it means; 0 stays 0."""
        return at_ms - self.offset_s * 1000 if at_ms else 0
