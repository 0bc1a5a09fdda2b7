"""Stacks that are not ours as applications: how each is started, used and read."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from conformance.matrix import Peer
from conformance.programs import Program, python_peer
from conformance.versions import need_python_package, npm_version, python_version
from support.kannel import BUFFERED, DELIVERED, Kannel, need_kannel, package_version
from support.node_peers import NODE, need_node_package

PART_SEPTETS = 153  # of a part with a header, 3GPP TS 23.040 9.2.3.24.1
KANNEL_WORDS = {BUFFERED: "accepted", DELIVERED: "delivered"}


class Application(Protocol):
    """Bound when it is made. Asks for receipts; sends again what was throttled."""

    def send(self, to: str, text: str) -> None: ...

    def told(self) -> list[tuple[str, str]]:
        """(recipient, "accepted" or "delivered") for each receipt, as the stack itself reads it."""

    def leave(self) -> None:
        """Unbind and end."""


class ByProgram:
    """A program of its own, see `conformance.programs`."""

    def __init__(self, program: Program) -> None:
        self._program = program
        program.wait("bound")

    def send(self, to: str, text: str) -> None:
        size = len(text) if len(text) <= 160 else PART_SEPTETS
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        self._program.say(json.dumps({"to": to, "texts": pieces}))

    def told(self) -> list[tuple[str, str]]:
        return [(one["to"], one["word"]) for one in self._program.of("told")]

    def leave(self) -> None:
        self._program.say(json.dumps({"leave": True}))
        self._program.wait("left")
        assert self._program.process.wait(10) == 0


class ByKannel:
    """bearerbox and smsbox. Kannel sends throttled messages again by itself."""

    def __init__(self, kannel: Kannel) -> None:
        self._kannel = kannel
        self.send = kannel.send

    def told(self) -> list[tuple[str, str]]:
        reports = list(self._kannel.reports)
        return [(to, KANNEL_WORDS[kind]) for to, kind in reports if kind in KANNEL_WORDS]

    def leave(self) -> None:
        assert self._kannel.leave() == 0


Opener = Callable[[Path, int], AbstractContextManager[Application]]


def _by_program(make: Callable[[str], Program]) -> Opener:
    @contextmanager
    def opened(folder: Path, port: int) -> Iterator[ByProgram]:
        program = make(str(port))
        try:
            yield ByProgram(program)
            assert program.of("error") == []
        finally:
            program.close()

    return opened


@contextmanager
def _by_kannel(folder: Path, port: int) -> Iterator[ByKannel]:
    with Kannel(folder, port) as kannel:
        yield ByKannel(kannel)


@dataclass(frozen=True)
class Stack:
    """need: skips or fails a test where the stack is not here. open: in a folder, to a port."""

    peer: Peer
    need: Callable[[], None]
    open: Opener


APPLICATIONS = [
    Stack(
        Peer("smpp34", "simulator", lambda: python_version("smpp34")),
        lambda: need_python_package("smpp34"),
        _by_program(lambda port: python_peer("smpp34_application", port)),
    ),
    Stack(
        Peer("smpplib", "simulator", lambda: python_version("smpplib")),
        lambda: need_python_package("smpplib"),
        _by_program(lambda port: python_peer("smpplib_application", port)),
    ),
    Stack(
        Peer("npm smpp", "simulator", lambda: npm_version("smpp")),
        lambda: need_node_package("smpp"),
        _by_program(lambda port: Program(["node", "application.js", port], NODE)),
    ),
    Stack(
        Peer("Kannel bearerbox", "simulator", lambda: package_version("kannel")),
        need_kannel,
        _by_kannel,
    ),
]
