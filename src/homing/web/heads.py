"""The heads of SMS requests seen before, so that they need not be parsed again.

A client that keeps its connection sends the same head with every message, but for the length of the
body; what the parser makes of a head depends on its octets alone. So the short way looks the octets
up, and parses what it does not know. That is worth half the way from the socket to submission.

Only what was parsed is remembered, whole requests only. A head that carries a secret or an
Idempotency-Key (each is a new one), or asks for more than an answer, is always parsed; so is
everything that has a query.
"""

from msgspec import Struct

from homing.api.idempotency import HEADER
from homing.api.sms import Spelling
from homing.web.cycle import FastCycle

HEAD_END = b"\r\n\r\n"
HEADS_MAX = 256  # every client has some, one for each length of its texts
HEAD_OCTETS_MAX = 1024
_NEVER_KEPT = frozenset(
    {b"authorization", b"proxy-authorization", b"cookie", b"expect", b"transfer-encoding",
     b"upgrade", HEADER}
)  # fmt: skip


class KnownHead(Struct, frozen=True):
    """What a request has that begins with these octets, whatever its body. The client stays."""

    spelling: Spelling
    headers: dict[bytes, bytes]  # shared by many requests: only read
    body_octets: int


class KnownHeads:
    """Shared by all connections of a listener; bounded."""

    def __init__(self) -> None:
        self._known: dict[bytes, KnownHead] = {}
        self.find = self._known.get

    def learn(self, data: bytes, cycle: FastCycle) -> None:
        """Remember how `data` begins, if it is exactly the one request `cycle` with its body.

        Args:
            data: what was read, from the first octet of a message on.
            cycle: the last that the parser made of it.
        """
        at = data.find(HEAD_END)
        end = at + len(HEAD_END)
        if at < 0 or end > HEAD_OCTETS_MAX or not cycle.is_whole or not cycle.keep_alive:
            return
        headers = cycle.headers
        # The cycle's body is all that follows the first head: so there is no second request.
        is_one = cycle.body == data[end:]
        if not is_one or headers.get(b"content-length") != b"%d" % (len(data) - end):
            return
        if cycle.query or not _NEVER_KEPT.isdisjoint(headers):
            return
        if len(self._known) >= HEADS_MAX:
            self._known.clear()  # those in use are back at once
        self._known[data[:end]] = KnownHead(cycle.spelling, headers, len(data) - end)
