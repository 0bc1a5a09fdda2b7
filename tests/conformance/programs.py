"""Peers as programs: orders go in and events come out as JSON lines. Imports nothing of homing.

An application is told its port and `{"to": ..., "texts": [...]}`, the pieces of one text, each at
most one part long; it asks for receipts, and sends again what was throttled. `{"leave": true}`
makes it unbind. It says `bound`, `answered` (to, status), `told` (to, word) and `left`.

A carrier says `listening` (port), `submitted` (destination, udh, text, id) and `throttled`; the
line `throttle N` makes it refuse the next N submits, `unbind` makes it take leave of every bind and
say `let go`.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.waiting import until

PEERS = Path(__file__).parent / "peers"
Event = dict[str, Any]


class Program:
    """One program; `events` is what it has said so far."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.events: list[Event] = []
        self.process = subprocess.Popen(
            list(command), cwd=folder, text=True, bufsize=1, env={**os.environ, "TZ": "UTC"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                self.events.append(json.loads(line))
            except ValueError:  # a traceback
                self.events.append({"event": "error", "text": line})

    def say(self, line: str) -> None:
        """One line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")

    def of(self, event: str, **facts: Any) -> list[Event]:
        """The events of this kind with these facts, in order."""
        return [
            one for one in list(self.events)
            if one["event"] == event and all(one.get(name) == fact for name, fact in facts.items())
        ]  # fmt: skip

    def wait(self, event: str, count: int = 1, **facts: Any) -> list[Event]:
        """Those events, once there are `count` of them."""
        assert until(lambda: len(self.of(event, **facts)) >= count, 20.0), self.events[-30:]
        return self.of(event, **facts)

    def close(self) -> None:
        """End it, if it has not ended by itself."""
        self.process.terminate()
        self.process.wait(10)
        self._reader.join(10)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


def python_peer(name: str, *arguments: str) -> Program:
    """A program of the folder `peers`."""
    return Program([sys.executable, "-W", "ignore", f"{name}.py", *arguments], PEERS)
