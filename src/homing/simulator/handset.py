"""The telephones: they take their time, join parts, and show a text when all of it is there.

Owns what arrived and what a person saw. Pure but for its own memory: time and the carrier's timers
are its owner's. A recipient costs nothing until something of it must be remembered, and all
memories are bounded: the oldest goes first.
"""

from collections import deque

from msgspec import Struct, field

from homing.core.encoding.decode import decode
from homing.simulator.submission import Submission

HANDSETS_MAX = 20_000
TEXTS_MAX = 100  # remembered for each handset
JOINING_MAX = 50  # long texts under way for each handset; more than that and the oldest is lost
WAITING_MAX = 10_000  # parts that the carrier keeps for a handset that is off


class Handset(Struct):
    """One telephone. `joining`: (sender, reference, count, wide) -> the parts that are there."""

    is_on: bool = True
    texts: deque[str] = field(default_factory=lambda: deque(maxlen=TEXTS_MAX))
    joining: dict[tuple[bytes, int, int, bool], dict[int, Submission]] = {}
    waiting: list[Submission] = []


class Shown(Struct):
    """A person saw this text; `parts` in their order."""

    text: str
    parts: list[Submission]


class Handsets:
    """All telephones behind one carrier, by number as it was submitted."""

    def __init__(self) -> None:
        self._all: dict[bytes, Handset] = {}

    def is_off(self, number: bytes) -> bool:
        handset = self._all.get(number)
        return handset is not None and not handset.is_on

    def shown(self, number: bytes) -> list[str]:
        """The texts that a person saw there, oldest first; the last hundred."""
        handset = self._all.get(number)
        return list(handset.texts) if handset else []

    def switch(self, number: bytes, *, on: bool) -> list[Submission]:
        """Turn it on or off; returns what waited for it and can be tried again now."""
        handset = self._get(number)
        handset.is_on = on
        if not on:
            return []
        waiting, handset.waiting = handset.waiting, []
        return waiting

    def keep(self, submission: Submission) -> Submission | None:
        """The handset is off: keep this for later. Returns what had to go to make room."""
        waiting = self._get(submission.pdu.destination_addr).waiting
        waiting.append(submission)
        return waiting.pop(0) if len(waiting) > WAITING_MAX else None

    def forget(self, submission: Submission) -> None:
        """It expired before the handset came back."""
        waiting = self._get(submission.pdu.destination_addr).waiting
        waiting[:] = [kept for kept in waiting if kept is not submission]

    def arrive(self, submission: Submission) -> Shown | None:
        """This part is there. Returns the text once all of it is, and None before."""
        handset = self._get(submission.pdu.destination_addr)
        parts = [submission]
        if submission.concat is not None:
            whole = _join(handset, submission)
            if whole is None:
                return None
            parts = whole
        octets = b"".join([part.octets for part in parts])
        text = decode(octets, submission.pdu.data_coding)
        handset.texts.append(text)
        return Shown(text, parts)

    def _get(self, number: bytes) -> Handset:
        handset = self._all.get(number)
        if handset is None:
            handset = self._all[number] = Handset()
            if len(self._all) > HANDSETS_MAX:
                self._drop_oldest()
        return handset

    def _drop_oldest(self) -> None:
        """Those with nothing under way go first; the search is short, so that it stays cheap."""
        oldest = next(iter(self._all))
        for count, (number, handset) in enumerate(self._all.items()):
            if handset.is_on and not handset.joining:
                oldest = number
                break
            if count == 100:
                break
        del self._all[oldest]


def _join(handset: Handset, submission: Submission) -> list[Submission] | None:
    concat = submission.concat
    assert concat is not None
    key = (submission.pdu.source_addr, concat.reference, concat.count, concat.wide)
    parts = handset.joining.setdefault(key, {})
    parts[concat.index] = submission
    if len(parts) < concat.count:
        if len(handset.joining) > JOINING_MAX:
            del handset.joining[next(iter(handset.joining))]
        return None
    del handset.joining[key]
    return [parts[index] for index in sorted(parts)]
