"""Programs that print events as JSON lines and read orders. Imports nothing of homing."""

import json
import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from support.waiting import until

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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it, if it has not ended by itself."""
        self.process.terminate()
        self.process.wait(10)
        self._reader.join(10)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
