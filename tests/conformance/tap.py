"""Between an application and a carrier: passes every octet on and keeps the heads of the PDUs.

What was truly said, whatever either side believes of it. Imports nothing of homing.
"""

import asyncio
import struct
from dataclasses import dataclass, field

# command_id, SMPP 3.4 5.1.2.1
SUBMIT_SM_RESP, DELIVER_SM_RESP = 0x80000004, 0x80000005
UNBIND, UNBIND_RESP = 0x00000006, 0x80000006
BIND_RESPS = {0x80000001: "receiver", 0x80000002: "transmitter", 0x80000009: "transceiver"}
ESME_RTHROTTLED = 0x58  # 5.1.3
_HEAD = struct.Struct(">IIII")


@dataclass(frozen=True)
class Head:
    by_application: bool
    command_id: int
    command_status: int
    sequence_number: int


@dataclass
class Tap:
    """Listens on a port of 127.0.0.1 for the carrier at `carrier_port`."""

    carrier_port: int
    port: int = 0
    heads: list[Head] = field(default_factory=list)

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        self._server.close()

    def of(self, command_id: int, command_status: int = 0) -> list[Head]:
        """Those that were sent, oldest first."""
        return [
            one
            for one in list(self.heads)
            if (one.command_id, one.command_status) == (command_id, command_status)
        ]

    def binds(self) -> list[str]:
        """The kinds of binds that the carrier took."""
        return [BIND_RESPS[one.command_id] for one in list(self.heads)
                if one.command_id in BIND_RESPS and one.command_status == 0]  # fmt: skip

    def leaves(self, *, by_application: bool) -> tuple[int, int]:
        """How often this side unbound, and how often the other answered."""
        asked = [one for one in self.of(UNBIND) if one.by_application == by_application]
        answers = [one for one in self.of(UNBIND_RESP) if one.by_application != by_application]
        return len(asked), len(answers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, here = await asyncio.open_connection("127.0.0.1", self.carrier_port)
        except OSError:  # no carrier yet: the application meets a closed link and tries again
            writer.close()
            return
        await asyncio.gather(self._pass(reader, here, True), self._pass(there, writer, False))

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, by_application: bool
    ) -> None:
        octets = b""
        try:
            while some := await reader.read(65_536):
                octets = self._keep(octets + some, by_application)
                writer.write(some)
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _keep(self, octets: bytes, by_application: bool) -> bytes:
        """Note each whole PDU; what is left of the stream."""
        while len(octets) >= _HEAD.size:
            length, command_id, command_status, sequence_number = _HEAD.unpack_from(octets)
            if len(octets) < max(length, _HEAD.size):
                break
            self.heads.append(Head(by_application, command_id, command_status, sequence_number))
            octets = octets[max(length, _HEAD.size) :]
        return octets
