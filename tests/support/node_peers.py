"""Programs of tests/acceptance/node as processes that print JSON lines. Nothing of homing."""

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

from support.needs import need
from support.waiting import until

NODE = Path(__file__).parents[1] / "acceptance" / "node"
Event = dict[str, Any]


def need_node_package(package: str) -> None:
    """Go on when Node.js and this package of npm are here."""
    need("Node.js", shutil.which("node"))
    need(f"{package} from npm", (NODE / "node_modules" / package).is_dir())


class NodePeer:
    """One program; `events` is what it has printed so far."""

    def __init__(self, program: str, *arguments: str) -> None:
        self.events: list[Event] = []
        self.process = subprocess.Popen(
            ["node", program, *arguments], cwd=NODE, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "TZ": "UTC"},
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> "NodePeer":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)
        self._reader.join(10)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                self.events.append(json.loads(line))
            except ValueError:  # Node's own words about a fault
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

    def wait(self, event: str, count: int = 1, seconds: float = 20.0, **facts: Any) -> list[Event]:
        """Those events, once there are `count` of them."""
        assert until(lambda: len(self.of(event, **facts)) >= count, seconds), self.events[-30:]
        return self.of(event, **facts)
