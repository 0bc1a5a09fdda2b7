"""What truly happened, as JSON lines: the truth that receipts are compared with afterwards.

Each line has `at_ms` (wall time) and `event`:

- `submitted`: id, system_id, from, to, part, parts, status (of the answer; 0: accepted)
- `shown`: from, to, text, ids: the handset showed it to a person
- `reported`: id, to, stat: a receipt was written to a link
- `acknowledged`: id, stat, status: the application answered it
- `dropped`: id, stat: a receipt for which there was no room, or that was refused too often

It holds texts and numbers, so the file is its owner's alone.
"""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from homing.core.smpp.short import SubmitSm
from homing.simulator.handset import Shown
from homing.simulator.outbox import Report
from homing.simulator.submission import STAT, user_data

_FLUSH_AT_LINES = 2_000


class Ledger:
    """Appends to one file; lines reach it at `flush`, or when many have gathered."""

    def __init__(self, path: Path, wall_s: Callable[[], float]) -> None:
        """Opens for appending, readable by its owner only. Raises OSError."""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.fchmod(self._file, 0o600)  # it may have existed with other rights
        self._wall_s = wall_s
        self._lines: list[bytes] = []
        self._encode = msgspec.json.Encoder().encode

    def submitted(
        self, system_id: str, message_id: bytes, command_status: int, pdu: SubmitSm
    ) -> None:
        """A submit_sm was taken (`command_status` 0) or refused."""
        concat = user_data(pdu)[1]
        self._note(
            {
                "event": "submitted",
                "id": _word(message_id),
                "system_id": system_id,
                "from": _word(pdu.source_addr),
                "to": _word(pdu.destination_addr),
                "part": concat.index if concat else 1,
                "parts": concat.count if concat else 1,
                "status": command_status,
            }
        )

    def shown(self, shown: Shown) -> None:
        """A person saw a text."""
        pdu = shown.parts[0].pdu
        self._note(
            {
                "event": "shown",
                "from": _word(pdu.source_addr),
                "to": _word(pdu.destination_addr),
                "text": shown.text,
                "ids": [_word(part.id) for part in shown.parts],
            }
        )

    def reported(self, report: Report) -> None:
        """A receipt was written to a link."""
        to = _word(report.submission.pdu.destination_addr)
        self._note({"event": "reported", **_of(report), "to": to})

    def acknowledged(self, report: Report, command_status: int) -> None:
        """The application answered a receipt."""
        self._note({"event": "acknowledged", **_of(report), "status": command_status})

    def dropped(self, report: Report) -> None:
        """There was no room for a receipt, or it was refused too often."""
        self._note({"event": "dropped", **_of(report)})

    def flush(self) -> None:
        """Hand what has gathered to the system. Raises OSError when the disk will not take it."""
        if not self._lines:
            return
        octets = memoryview(b"\n".join(self._lines) + b"\n")
        self._lines.clear()
        while octets:
            octets = octets[os.write(self._file, octets) :]

    def close(self) -> None:
        """Flush and close. Nothing may be noted afterwards."""
        self.flush()
        os.close(self._file)

    def _note(self, line: dict[str, object]) -> None:
        self._lines.append(self._encode({"at_ms": int(self._wall_s() * 1000), **line}))
        if len(self._lines) >= _FLUSH_AT_LINES:
            self.flush()


def _word(octets: bytes) -> str:
    return octets.decode("latin-1")


def _of(report: Report) -> dict[str, object]:
    return {"id": _word(report.submission.id), "stat": _word(STAT[report.state])}
