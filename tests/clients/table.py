"""The table of clients: calls down, clients across, and what each makes of a refused message."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clients.libraries import LIBRARIES, PEERS, Library
from conformance.matrix import ABSENT, HELD, NOT_RUN, Matrix, Peer
from homing.core.submit.status import ERROR_TEXT, Status

YES = "yes"
_HEAD = """# Official clients

<!-- Made by a run of tests/clients with HOMING_MATRIX_CLIENTS set to this file. -->

The official clients of the hosted platform, unmodified, against this version of Homing: each cell \
is a test that reads what the client itself returned or raised. The Python clients speak TLS with \
the certificate of `homing certificate`, the npm libraries plain http; the two command line tools \
have their host written into them and run with a shim that leads them here.

`–`: the client has no such call.

## Calls

"""
_REFUSALS = """
## Refused messages

The HTTP status is 200; what an application meets is the client's choice. "itself": the client \
refuses the value and sends nothing.

"""
_NEVER = """
## Statuses that are never sent

Clients know these; this version of Homing never answers with them:

"""


@dataclass
class Table:
    """`refusals`: for each status, what each library made of it in this run."""

    rows: tuple[str, ...]
    calls: Matrix = field(init=False)
    refusals: dict[int, dict[Library, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.calls = Matrix(self.rows)

    def record_refusal(self, status: int, library: Library, how: str) -> None:
        self.refusals.setdefault(status, {})[library] = how

    def lines(self) -> list[str]:
        """The calls, for a terminal."""
        return _aligned([["call", *map(heading, PEERS)], *self._call_rows()])

    def page(self) -> str:
        """The page of the documentation."""
        refusals = [
            [f"{status} {words(status)}", *(self._how(status, one) for one in LIBRARIES)]
            for status in sorted(self.refusals)
        ]
        never = [one for one in Status if one and one not in self.refusals]
        parts = [
            _HEAD,
            "\n".join(self.lines()),
            "\n",
            _REFUSALS,
            "\n".join(_aligned([["status", *(heading(one.peer) for one in LIBRARIES)], *refusals])),
            "\n",
            _NEVER,
            "\n".join(f"- {one.value} {words(one)}" for one in never),
            "\n",
        ]
        return "".join(parts)

    def _call_rows(self) -> list[list[str]]:
        return [[row, *(self._word(peer, row) for peer in PEERS)] for row in self.rows]

    def _word(self, peer: Peer, row: str) -> str:
        if peer not in self.calls.cells:
            return peer.cannot.get(row, NOT_RUN)
        word = self.calls.word(peer, row)
        return YES if word == HELD else word

    def _how(self, status: int, library: Library) -> str:
        return self.refusals[status].get(library, "–")


def heading(peer: Peer) -> str:
    name, _, origin = peer.name.partition(" ")
    return f"{name} {peer.version() or ABSENT} {origin}".strip()


def words(status: int) -> str:
    return ERROR_TEXT[Status(status)].removesuffix(" - rejected").removesuffix(".")


def read_cells(text: str) -> Mapping[tuple[str, str], str]:
    """(first cell of the row, heading of the column) -> cell, of all tables of a page."""
    cells: dict[tuple[str, str], str] = {}
    heads: list[str] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            heads = []
            continue
        row = [one.strip() for one in line.strip("|").split("|")]
        if not heads:
            heads = row
        elif not set(row[0]) <= {"-", ":"}:
            cells.update({(row[0], head): cell for head, cell in zip(heads, row, strict=True)})
    return cells


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, ["-" * width for width in widths])
    return [
        "| " + " | ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
