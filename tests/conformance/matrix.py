"""What each peer held, and the table of it. Knows nothing of pytest and nothing of homing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

RULES = ("bind", "long message", "carrier receipt", "handset receipt", "throttle", "unbind")
HELD, ABSENT, BROKEN, NOT_RUN = "held", "not here", "BROKEN", "not run"
_WORSE = (HELD, ABSENT, BROKEN)


@dataclass(frozen=True, eq=False)
class Peer:
    """An SMPP stack or an API client that is not ours.

    ours: which of our sides it stands against, "link", "simulator" or "API".
    version: reads the version of what is on this machine; empty when it is not here.
    cannot: what the stack itself is unable to do, and in a word why. Tests of it show what our side
        makes of that.
    """

    name: str
    ours: str
    version: Callable[[], str]
    cannot: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Matrix:
    """A row for each peer that a test of this run was about, a column for each of `rules`."""

    rules: tuple[str, ...] = RULES
    cells: dict[Peer, dict[str, str]] = field(default_factory=dict)

    def record(self, peer: Peer, what: str, outcome: str) -> None:
        """Keep this outcome; of several tests of one cell the worst stays."""
        assert what in self.rules, what
        row = self.cells.setdefault(peer, {})
        row[what] = max(outcome, row.get(what, HELD), key=_WORSE.index)

    def lines(self) -> list[str]:
        """The table as Markdown whose columns are aligned, so that a terminal can show it too."""
        table = [["peer", "version", "against our", *self.rules]]
        for peer in sorted(self.cells, key=lambda one: (one.ours, one.name)):
            words = [self.word(peer, what) for what in self.rules]
            table.append([peer.name, peer.version() or ABSENT, peer.ours, *words])
        widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
        table.insert(1, ["-" * width for width in widths])
        return [
            "| "
            + " | ".join(word.ljust(width) for word, width in zip(row, widths, strict=True))
            + " |"
            for row in table
        ]

    def word(self, peer: Peer, what: str) -> str:
        """What the cell says: `cannot` where the peer itself is unable to."""
        outcome = self.cells[peer].get(what, NOT_RUN)
        return peer.cannot.get(what, outcome) if outcome in (HELD, NOT_RUN) else outcome
