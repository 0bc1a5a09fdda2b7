"""A stream of octets to frames, however TCP cut it. Holds at most one frame that is not whole.

The state of a `Framer` is the octets not yet handed out and the number needed before it is worth
looking again, so that a frame that comes octet by octet costs no more than its length.
"""

from collections.abc import Iterator

from homing.core.smpp.errors import FramingLost
from homing.core.smpp.pdu import HEADER, HEADER_OCTETS

Frame = tuple[int, int, int, bytes]  # command_id, command_status, sequence_number, body


class Framer:
    """Feed octets, then iterate over the frames that are whole.

    `pdu_octets_max` is the most a command_length may say; it may be changed between reads (an
    unbound peer gets less room than a bound one). After FramingLost nothing is read any more.
    """

    __slots__ = ("_held", "_is_lost", "_need", "_octets", "pdu_octets_max")

    def __init__(self, pdu_octets_max: int) -> None:
        self.pdu_octets_max = pdu_octets_max
        self._octets = b""
        self._held = bytearray()  # an unfinished frame, until `_need` octets are there
        self._need = 0
        self._is_lost = False

    def feed(self, octets: bytes) -> None:
        """Take what was read. Iterate before feeding again."""
        if self._is_lost:
            return
        if not self._need:
            self._octets = octets
            return
        self._held += octets
        if len(self._held) >= self._need:
            self._octets, self._need = bytes(self._held), 0
            self._held.clear()

    def held(self) -> int:
        """Octets kept of a frame that is not whole."""
        return len(self._held) + len(self._octets)

    def __iter__(self) -> Iterator[Frame]:
        """The whole frames, in order. Iterate to the end before feeding again.

        Raises:
            FramingLost: a command_length below 16 or above the bound, as soon as it can be seen.
        """
        octets, self._octets = self._octets, b""
        size, at = len(octets), 0
        unpack_from = HEADER.unpack_from
        while size - at >= HEADER_OCTETS:
            length, command_id, command_status, sequence_number = unpack_from(octets, at)
            if not HEADER_OCTETS <= length <= self.pdu_octets_max:
                self._lose(length)
            end = at + length
            if end > size:
                break
            yield command_id, command_status, sequence_number, octets[at + HEADER_OCTETS : end]
            at = end
        if at < size:
            self._keep(octets[at:] if at else octets)

    def _keep(self, rest: bytes) -> None:
        """Hold the start of a frame. Its length is judged as soon as its four octets are there."""
        need = 4
        if len(rest) >= 4:
            need = int.from_bytes(rest[:4], "big")
            if not HEADER_OCTETS <= need <= self.pdu_octets_max:
                self._lose(need)
        self._held += rest
        self._need = need

    def _lose(self, length: int) -> None:
        self._is_lost = True
        raise FramingLost(
            f"command_length {length} is not within {HEADER_OCTETS}..{self.pdu_octets_max}"
        )
