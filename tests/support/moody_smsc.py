"""The small SMSC, with moods: it holds its answers back, repeats texts in receipts, says nonsense.

It keeps the command_status of every `deliver_sm_resp`, and every `submit_sm` that it was sent,
answered or not. Nothing of homing.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from support.smsc import Smsc, _send


@dataclass
class MoodySmsc(Smsc):
    hold_answers: bool = False
    silent_senders: set[str] = field(default_factory=set)  # no receipt for these
    refused_senders: set[str] = field(default_factory=set)  # submit_sm_resp 0x45 for these
    received: list[str] = field(default_factory=list)  # the sender of each submit_sm
    delivery_statuses: list[int] = field(default_factory=list)
    nonsense_statuses: list[int] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)  # sender -> the first octets of its text
    _held: list[tuple[asyncio.StreamWriter, int, bytes]] = field(default_factory=list)
    _sequence_of_nonsense: int = 0x40000000

    def release_answers(self) -> None:
        self.hold_answers = False
        held, self._held = self._held, []
        for one in held:
            self._submit(*one, seen=True)

    def say(self, bodies: list[bytes]) -> None:
        """Send these as `deliver_sm` on some bind."""
        for body in bodies:
            self._sequence_of_nonsense += 1
            _send(self._receivers[0], 0x5, 0, self._sequence_of_nonsense, body)

    def _take(self, writer: Any, command: int, status: int, sequence: int, body: bytes) -> None:
        if command == 0x80000005:
            if sequence > 0x40000000:
                self.nonsense_statuses.append(status)
            else:
                self.delivery_statuses.append(status)
        super()._take(writer, command, status, sequence, body)

    def _submit(self, writer: Any, sequence: int, body: bytes, seen: bool = False) -> None:
        sender = body.split(b"\0", 1)[1][2:].split(b"\0", 1)[0].decode()
        if not seen:
            self.received.append(sender)
            self.texts[sender] = body[-60:]
        if self.hold_answers:
            self._held.append((writer, sequence, body))
        elif sender in self.refused_senders:
            _send(writer, 0x80000004, 0x45, sequence, b"")
        elif writer in self._writers:
            super()._submit(writer, sequence, body)

    def _pump(self) -> None:
        self._ready = [one for one in self._ready if one.sender not in self.silent_senders]
        while self._ready and self._receivers and not self.hold_receipts:
            submit = self._ready.pop()
            writer = self.chance.choice(self._receivers)
            self._sequence += 1
            self._unacked[writer, self._sequence] = submit
            text = (
                f"id:{submit.id} sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 "
                f"stat:{submit.word} err:000 text:"
            ).encode() + self.texts.get(submit.sender, b"")
            _send(writer, 0x5, 0, self._sequence, delivery(submit.recipient, submit.sender, text))


def delivery(source: str, destination: str, text: bytes, *, esm_class: int = 4) -> bytes:
    """The body of a `deliver_sm`."""
    return b"\0\x01\x01%s\0\0\x01%s\0%c\0\0\0\0\0\0\0\0%c%s" % (
        source.encode(), destination.encode(), esm_class, len(text), text,
    )  # fmt: skip
