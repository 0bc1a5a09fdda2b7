"""A ledger for a carrier that keeps none: reads what passes between it and its application.

Listens on a port of 127.0.0.1, passes every octet on, and writes the lines `submitted`, `reported`
and `acknowledged` of the simulator's ledger. Imports nothing of homing. Reads only what such a
carrier says: ids in hex in answers, in decimal in text receipts, user data with or without a UDH.
Source: SMPP 3.4 3.2.2, 4.4.1, 4.6.1, Appendix B.
"""

import asyncio
import json
import re
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

SUBMIT_SM, DELIVER_SM = 0x00000004, 0x00000005
SUBMIT_SM_RESP, DELIVER_SM_RESP = 0x80000004, 0x80000005
UDHI = 0x40
_HEAD = struct.Struct(">IIII")
_SAID = re.compile(rb"id:(\S*) .* stat:(\w+) ")


@dataclass
class TappedLedger:
    """The ledger of one carrier. `carrier`: its name in the ledger."""

    carrier_port: int
    path: Path
    carrier: str
    port: int = 0
    refs: int = 0
    ref_of: dict[int, int] = field(default_factory=dict)  # by the number that the id spells
    under_way: int = 0  # receipts that were not acknowledged yet

    async def start(self) -> int:
        self.file: TextIO = self.path.open("a", buffering=1 << 16)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        self._server.close()
        self.file.close()

    def flush(self) -> None:
        self.file.flush()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", self.carrier_port)
        link = _Link(self)
        await asyncio.gather(
            _pass(reader, here, link.by_application), _pass(there, writer, link.by_carrier)
        )

    def note(self, event: str, **more: Any) -> None:
        head = {"at_ms": int(time.time() * 1000), "carrier": self.carrier, "event": event}
        self.file.write(json.dumps(head | more) + "\n")


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, keep: Any) -> None:
    octets = b""
    try:
        while some := await reader.read(65_536):
            octets += some
            while len(octets) >= _HEAD.size:
                length, command_id, status, number = _HEAD.unpack_from(octets)
                if len(octets) < length:
                    break
                keep(command_id, status, number, octets[_HEAD.size : length])
                octets = octets[length:]
            writer.write(some)
    except ConnectionError:
        pass
    finally:
        writer.close()


class _Link:
    """One connection: joins requests and answers by their sequence numbers."""

    def __init__(self, ledger: TappedLedger) -> None:
        self._ledger = ledger
        self._submits: dict[int, dict[str, Any]] = {}
        self._receipts: dict[int, dict[str, Any]] = {}

    def by_application(self, command_id: int, status: int, number: int, body: bytes) -> None:
        if command_id == SUBMIT_SM:
            self._submits[number] = _read_submit(body)
        elif command_id == DELIVER_SM_RESP and number in self._receipts:
            self._ledger.under_way -= 1
            self._ledger.note("acknowledged", **self._receipts.pop(number), status=status)

    def by_carrier(self, command_id: int, status: int, number: int, body: bytes) -> None:
        ledger = self._ledger
        if command_id == SUBMIT_SM_RESP and number in self._submits:
            ledger.refs += 1
            id = body.partition(b"\0")[0]
            if id:
                ledger.ref_of[int(id, 16)] = ledger.refs
            facts = self._submits.pop(number)
            ledger.note("submitted", ref=ledger.refs, id=id.decode(), status=status, **facts)
        elif command_id == DELIVER_SM and (said := _SAID.search(body)):
            ref = ledger.ref_of[int(said.group(1))]
            ledger.under_way += 1
            facts = {"ref": ref, "id": said.group(1).decode(), "stat": said.group(2).decode()}
            self._receipts[number] = facts
            ledger.note("reported", **facts)


def _read_submit(body: bytes) -> dict[str, Any]:
    """Recipient and user data of a submit_sm."""
    rest = body.partition(b"\0")[2]  # service_type
    rest = rest[2:].partition(b"\0")[2]  # source_addr_ton, source_addr_npi, source_addr
    recipient, _, rest = rest[2:].partition(b"\0")
    esm_class = rest[0]
    rest = rest[3:].partition(b"\0")[2].partition(b"\0")[2]  # up to validity_period
    length = rest[4]
    octets = rest[5 : 5 + length]
    if esm_class & UDHI:
        octets = octets[1 + octets[0] :]
    return {"to": recipient.decode(), "octets": octets.decode("latin-1")}
