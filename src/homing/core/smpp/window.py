"""Requests sent and not yet answered, their sequence numbers, and how long each may wait.

All wait equally long and time does not go back, so the dict's order of insertion is the order of
their deadlines: the first one tells when the next is due, and expiry stops at the first that is
not. The response time starts when the octets are handed over to be written; requests that leave
in one write share one `Departure`, so that nothing is stamped for each PDU.
"""

from math import inf

from msgspec import Struct

from homing.core.smpp.spec import SEQUENCE_NUMBER_MAX


class Departure(Struct, gc=False):
    """One write. `deadline_s` is inf until it happened."""

    deadline_s: float = inf


class Pending(Struct, gc=False):
    """A request without its answer."""

    sequence_number: int
    command_id: int
    context: object
    departure: Departure


class Window:
    """At most `size` requests may be outstanding; `outstanding` maps sequence_number to request."""

    __slots__ = ("_departure", "_sequence_number", "late", "outstanding", "reserved", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.outstanding: dict[int, Pending] = {}
        self.late: dict[int, Pending] = {}  # given up, for when the answer comes after all
        self.reserved: set[int] = set()  # numbers of bind, unbind, enquire_link under way
        self._sequence_number = 0
        self._departure = Departure()

    def room(self) -> int:
        """How many more fit."""
        return max(0, self.size - len(self.outstanding))

    def number(self) -> int:
        """The next sequence number: 1..0x7FFFFFFF, then again, passing over those under way."""
        number = self._sequence_number
        while True:
            number = number + 1 if number < SEQUENCE_NUMBER_MAX else 1
            if number not in self.outstanding and number not in self.reserved:
                self._sequence_number = number
                return number

    def add(self, command_id: int, context: object) -> int:
        """Count a request in; its sequence number. The caller has looked at `room`."""
        number = self.number()
        self.outstanding[number] = Pending(number, command_id, context, self._departure)
        return number

    def take(self, sequence_number: int, command_id: int) -> Pending | None:
        """The request that this response answers, counted out; None when there is none."""
        pending = self.outstanding.get(sequence_number)
        if pending is None or pending.command_id != command_id:
            return None
        del self.outstanding[sequence_number]
        return pending

    def depart(self, deadline_s: float) -> None:
        """What was added since the last call is being written; it must be answered by then."""
        self._departure.deadline_s = deadline_s
        self._departure = Departure()

    def next_deadline_s(self) -> float:
        """When the oldest request is due; inf when none is."""
        for pending in self.outstanding.values():
            return pending.departure.deadline_s
        return inf

    def expire(self, now_s: float) -> list[Pending]:
        """The requests whose time is over, oldest first, counted out."""
        due: list[Pending] = []
        for pending in self.outstanding.values():
            if pending.departure.deadline_s > now_s:
                break
            due.append(pending)
        for pending in due:
            del self.outstanding[pending.sequence_number]
            self.late[pending.sequence_number] = pending
        while len(self.late) > 2 * self.size:
            del self.late[next(iter(self.late))]
        return due
