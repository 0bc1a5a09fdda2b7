"""How `homing simulator send` reaches a running simulator: an owner-only socket beside the place
file, named by the simulator's SMPP port. One line of JSON each way: the order, and when the
application answered all parts, or did not in time, how many they were and its answers.
"""

import asyncio
import json
import logging
import os
import socket
from pathlib import Path
from typing import Any, cast

from homing.cli.place import place_path
from homing.cli.problems import No, NotInTime, Sentence
from homing.core.smpp import status
from homing.runtime.settings import AF_UNIX_PATH_MAX
from homing.simulator.carrier import Simulator
from homing.simulator.inbound import CannotSend
from homing.web.listening import ListenProblem, listen_unix

LINE_OCTETS_MAX = 256 * 1024
HEARD_WITHIN_S = 5.0
TIMEOUT_S = 2 * HEARD_WITHIN_S

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
        self._parts, self._heard = 0, list[int]()  # command_status of each answer
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        if self._late is not None:
            return  # its order is under way
        self._got += data
        if b"\n" in data:
            self._take()
        elif len(self._got) > LINE_OCTETS_MAX:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._late is not None:
            self._late.cancel()

    def _take(self) -> None:
        try:
            order = json.loads(self._got)
            from_, to, text = (str(order[name]) for name in ("from", "to", "text"))
            self._parts = self._simulator.send(from_, to, text, heard=self._on_heard)
        except CannotSend as fault:
            self._answer({"fault": str(fault)})
        except (ValueError, KeyError, TypeError):
            self._answer({"fault": "the order must be an object with from, to and text"})
        else:
            self._late = asyncio.get_running_loop().call_later(HEARD_WITHIN_S, self._tell)

    def _on_heard(self, command_status: int) -> None:
        self._heard.append(command_status)
        if len(self._heard) == self._parts:
            self._tell()

    def _tell(self) -> None:
        self._answer({"parts": self._parts, "heard": self._heard})

    def _answer(self, told: dict[str, object]) -> None:
        if not self._transport.is_closing():
            self._transport.write(json.dumps(told).encode() + b"\n")
            self._transport.close()


def ask_to_send(port: int, from_: str, to: str, text: str) -> int:
    """How many parts it became, all taken. Raises No, NotInTime, Sentence."""
    answer = _ask(port, {"from": from_, "to": to, "text": text})
    if "fault" in answer:
        raise No(str(answer["fault"]))
    parts, heard = int(answer["parts"]), answer["heard"]
    refused = [one for one in heard if one]
    if refused:
        many = f"{len(refused)} of {parts} parts" if parts > 1 else "it"
        why = f"{status.name(refused[0])} ({status.text(refused[0])})"
        raise No(f"the application refused {many}: {why}")
    if len(heard) < parts:
        raise NotInTime(
            f"sent in {shown_parts(parts)}, of which the application answered {len(heard)} within "
            f"{HEARD_WITHIN_S:.0f} s"
        )
    return parts


def shown_parts(count: int) -> str:
    return f"{count} part{'s' if count > 1 else ''}"


def _ask(port: int, words: dict[str, str]) -> dict[str, Any]:
    path = socket_of(port)
    order = json.dumps(words).encode() + b"\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(TIMEOUT_S)
            link.connect(str(path))
            link.sendall(order)
            with link.makefile("rb") as answers:
                answer: dict[str, Any] = json.loads(answers.readline())
                return answer
    except (OSError, ValueError) as fault:
        raise Sentence(
            f"no simulator answers on SMPP port {port}: start `homing up` or `homing simulator`, "
            "or name its port with --port"
        ) from fault
