"""The official clients as child processes that are asked one call after the other.

What a client is asked for and how its answer is read stands in tests/clients. Nothing of homing.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from support.needs import need

CLIENTS = Path(__file__).parents[1] / "clients"
DRIVERS, NODE = CLIENTS / "drivers", CLIENTS / "node"
ENVIRONMENTS = CLIENTS / ".envs"
MODULES = NODE / "node_modules"

Facts = Mapping[str, Any]
Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What a client returned or raised, as far as JSON can hold it.

    returned, of: the value, with every name written `like-this`, and the name of its class.
    raised, text, http_status, response: the error's class, words, HTTP status, and the reply that
        it carries.
    """

    returned: Any = None
    of: str = ""
    raised: str = ""
    text: str = ""
    http_status: int | None = None
    response: Any = None


def read_answer(found: Mapping[str, Any]) -> Answer:
    if "raised" in found:
        return Answer(
            raised=found["raised"],
            text=found["text"],
            http_status=found["http_status"],
            response=hyphened(found["response"]),
        )
    return Answer(returned=hyphened(found["returned"]), of=found["class"])


def hyphened(found: Any) -> Any:
    """`message_id`, `messageId` and `message-id` are one name to the tests; values stay."""
    if isinstance(found, list):
        return [hyphened(one) for one in found]
    if not isinstance(found, dict):
        return found
    return {
        re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=\w)_", "-", name).lower(): hyphened(value)
        for name, value in found.items()
    }


class ClientProcess:
    """One driver with its client, kept for many orders."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the process
        self._process = subprocess.Popen(
            list(command), cwd=folder, text=True, bufsize=1,
            env={**bare_environment(), **environment},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
        )  # fmt: skip

    def ask(self, facts: Facts, calls: Sequence[Call]) -> list[Answer]:
        """Make these calls with one client object, in this order."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"facts": facts, "calls": calls}) + "\n")
        line = self._process.stdout.readline()
        assert line, self._last_words()
        return [read_answer(one) for one in json.loads(line)]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            assert pipe is not None
            pipe.close()

    def _last_words(self) -> str:
        self._process.wait(10)
        self._errors.seek(0)
        return self._errors.read()[-2000:]


def bare_environment() -> dict[str, str]:
    """Ours, without what a client would read its own settings from."""
    prefixes = ("VONAGE_", "NEXMO_", "PYTHON", "NODE_", "REQUESTS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return {**kept, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def python_client(environment: str, driver: str, ca: Path) -> ClientProcess:
    """A driver that sees the standard library, its client's folder and nothing else of ours."""
    return ClientProcess(
        [sys.executable, "-S", "-W", "ignore", f"{driver}.py"],
        DRIVERS,
        {"PYTHONPATH": str(ENVIRONMENTS / environment), "REQUESTS_CA_BUNDLE": str(ca)},
    )


def node_client(driver: str) -> ClientProcess:
    return ClientProcess(["node", f"{driver}.js"], NODE, {})


def python_client_version(environment: str, package: str) -> str:
    """Of what is installed there; empty when it is not."""
    found = metadata.distributions(name=package, path=[str(ENVIRONMENTS / environment)])
    return next((one.version for one in found), "")


def node_client_version(package: str) -> str:
    description = MODULES / package / "package.json"
    if not description.exists():
        return ""
    version: str = json.loads(description.read_text(encoding="utf-8"))["version"]
    return version


def need_client(name: str, version: str) -> None:
    """Go on when it is installed."""
    if name.endswith("(npm)"):
        need("Node.js", shutil.which("node"))
    need(name, version)
