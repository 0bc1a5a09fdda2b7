"""How `homing simulator send` reaches a running simulator: an owner-only socket beside the place
file, named by the simulator's SMPP port. One line of JSON each way.
"""

import asyncio
import json
import logging
import os
import socket
from pathlib import Path
from typing import cast

from homing.cli.place import place_path
from homing.cli.problems import No, Sentence
from homing.runtime.settings import AF_UNIX_PATH_MAX
from homing.simulator.carrier import Simulator
from homing.simulator.inbound import CannotSend
from homing.web.listening import ListenProblem, listen_unix

LINE_OCTETS_MAX = 256 * 1024
TIMEOUT_S = 10.0

log = logging.getLogger(__name__)


def socket_of(port: int) -> Path:
    return place_path().parent / f"simulator-{port}.sock"


class HandsetDesk:
    """Takes what the simulator's handsets shall send. Where it cannot listen, the carrier works
    all the same, and the log says so."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._server: asyncio.Server | None = None
        self._path = Path()

    async def start(self) -> None:
        """After the simulator, whose port names the socket."""
        self._path = socket_of(self._simulator.port)
        try:
            if len(os.fsencode(self._path)) > AF_UNIX_PATH_MAX:
                raise ListenProblem(str(self._path), "the path is too long for a socket")
            self._server = await listen_unix(lambda: _Line(self._simulator), self._path)
        except ListenProblem as problem:
            log.warning("`homing simulator send` will not work: %s", problem)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self._path.unlink(missing_ok=True)


class _Line(asyncio.Protocol):
    """One order, one answer."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator, self._got = simulator, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._got += data
        if b"\n" in data:
            self._transport.write(json.dumps(self._answer()).encode() + b"\n")
            self._transport.close()
        elif len(self._got) > LINE_OCTETS_MAX:
            self._transport.close()

    def _answer(self) -> dict[str, object]:
        try:
            order = json.loads(self._got)
            from_, to, text = (str(order[name]) for name in ("from", "to", "text"))
            return {"parts": self._simulator.send(from_, to, text)}
        except CannotSend as fault:
            return {"fault": str(fault)}
        except (ValueError, KeyError, TypeError):
            return {"fault": "the order must be an object with from, to and text"}


def ask_to_send(port: int, from_: str, to: str, text: str) -> int:
    """How many parts it became. Raises No, Sentence."""
    path = socket_of(port)
    order = json.dumps({"from": from_, "to": to, "text": text}).encode() + b"\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(TIMEOUT_S)
            link.connect(str(path))
            link.sendall(order)
            with link.makefile("rb") as answers:
                answer = json.loads(answers.readline())
    except (OSError, ValueError) as fault:
        raise Sentence(
            f"no simulator answers on SMPP port {port}: start `homing up` or `homing simulator`, "
            "or name its port with --port"
        ) from fault
    if "fault" in answer:
        raise No(str(answer["fault"]))
    return int(answer["parts"])
