"""What truly happened, as JSON lines: the truth that receipts are compared with afterwards.

Each line has `at_ms` (wall time), `carrier` (its name) and `event`. `ref` counts the submissions of
one carrier and never goes over the wire: (carrier, ref) joins all lines about one short message.
Octets are written as characters U+0000..U+00FF; numbers of links count from 1.

- `submitted`: ref, id (as in the answer; empty when refused), system_id, bind, sequence, from, to,
  part, parts, reference (of the UDH or the sar_ TLVs; null for one part), data_coding, octets
  (of the text without its UDH), status (of the answer; 0: accepted)
- `cut`: ref, bind: the link was cut before the answer
- `arrived`: ref: the part is in the handset
- `lost`: ref: it never will be, and nobody will say so
- `shown`: from, to, text, ids, refs: the handset showed it to a person
- `reported`: ref, id (as written), answered (as in the answer), to, stat, of, bind: a receipt was
  written to a link. `of` is for whom it truly testifies: `carrier`, `handset` (it showed the part,
  or was tried in vain), or `false` (it says delivered and no handset was asked)
- `acknowledged`: ref, id, stat, status: the application answered a receipt
- `dropped`: ref, id, stat: a receipt for which there was no room, or that was refused too often
- `said`: said, from, to, octets (with the UDH), bind: a short message that a handset sent was
  written to a link; `said` counts these
- `heard`: said, status: the application answered it
- `unheard`: said: there was no room for it, or it was refused too often

It holds texts and numbers, so the file is its owner's alone. Carriers may share one file: lines
reach it whole.
"""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from homing.core.smpp.short import SubmitSm, read_deliver_body
from homing.simulator.handset import Shown
from homing.simulator.outbox import Delivery, HandsetMessage, Report
from homing.simulator.receipt_text import written_id
from homing.simulator.script import truth
from homing.simulator.submission import STAT, Submission, user_data

_FLUSH_AT_LINES = 2_000


class Ledger:
    """Appends to one file; lines reach it at `flush`, or when many have gathered."""

    def __init__(self, path: Path, carrier: str, wall_s: Callable[[], float]) -> None:
        """Opens for appending, readable by its owner only. Raises OSError."""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.fchmod(self._file, 0o600)  # it may have existed with other rights
        self._carrier, self._wall_s = carrier, wall_s
        self._lines: list[bytes] = []
        self._encode = msgspec.json.Encoder().encode

    def submitted(
        self,
        pdu: SubmitSm,
        *,
        ref: int,
        message_id: bytes,
        system_id: str,
        bind: int,
        sequence_number: int,
        command_status: int,
    ) -> None:
        """A submit_sm was taken (`command_status` 0) or refused."""
        octets, concat = user_data(pdu)
        self._note(
            {
                "event": "submitted",
                "ref": ref,
                "id": _word(message_id),
                "system_id": system_id,
                "bind": bind,
                "sequence": sequence_number,
                "from": _word(pdu.source_addr),
                "to": _word(pdu.destination_addr),
                "part": concat.index if concat else 1,
                "parts": concat.count if concat else 1,
                "reference": concat.reference if concat else None,
                "data_coding": pdu.data_coding,
                "octets": _word(octets),
                "status": command_status,
            }
        )

    def cut(self, submission: Submission) -> None:
        """Its link was cut before the answer."""
        self._note({"event": "cut", "ref": submission.ref, "bind": submission.bind})

    def arrived(self, submission: Submission) -> None:
        """The part is in the handset."""
        self._note({"event": "arrived", "ref": submission.ref})

    def lost(self, submission: Submission) -> None:
        """It will never arrive, and nothing is said about it."""
        self._note({"event": "lost", "ref": submission.ref})

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
                "refs": [part.ref for part in shown.parts],
            }
        )

    def reported(self, report: Delivery, bind: int) -> None:
        """A receipt, or a message of a handset, was written to a link."""
        if isinstance(report, HandsetMessage):
            self._said(report, bind)
            return
        submission = report.submission
        self._note(
            {
                "event": "reported",
                **_of(report),
                "answered": _word(submission.id),
                "to": _word(submission.pdu.destination_addr),
                "of": truth(submission, report.state).value,
                "bind": bind,
            }
        )

    def _said(self, message: HandsetMessage, bind: int) -> None:
        pdu = read_deliver_body(message.body)
        self._note(
            {
                "event": "said",
                "said": message.number,
                "from": _word(pdu.source_addr),
                "to": _word(pdu.destination_addr),
                "octets": _word(pdu.short_message),
                "bind": bind,
            }
        )

    def acknowledged(self, report: Delivery, command_status: int) -> None:
        """The application answered a receipt, or a message of a handset."""
        if isinstance(report, HandsetMessage):
            self._note({"event": "heard", "said": report.number, "status": command_status})
            return
        self._note({"event": "acknowledged", **_of(report), "status": command_status})

    def dropped(self, report: Delivery) -> None:
        """There was no room for it, or it was refused too often."""
        if isinstance(report, HandsetMessage):
            self._note({"event": "unheard", "said": report.number})
            return
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
        head = {"at_ms": int(self._wall_s() * 1000), "carrier": self._carrier}
        self._lines.append(self._encode({**head, **line}))
        if len(self._lines) >= _FLUSH_AT_LINES:
            self.flush()


def _word(octets: bytes) -> str:
    return octets.decode("latin-1")


def _of(report: Report) -> dict[str, object]:
    return {
        "ref": report.submission.ref,
        "id": _word(written_id(report.submission)),
        "stat": _word(STAT[report.state]),
    }
