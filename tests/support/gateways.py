"""Gateways as processes: settings, accounts, start, kill."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from processes import Child, add_account, first_line, free_port, homing_command, start

WHOLE = os.environ.get("HOMING_WHOLE") == "1"  # the long proofs at full length


@dataclass
class GatewayProcess:
    """`homing serve` in a folder of its own, before carriers on this machine."""

    folder: Path
    smsc_port: int
    webhook_port: int
    carrier: str = ""  # more lines for [carriers.rig]
    more: str = ""  # more tables of homing.toml
    wrap: list[str] = field(default_factory=list)  # e.g. strace and its options
    module: list[str] | None = None  # another program than `homing`, with the same arguments
    http_port: int = 0
    metrics_port: int = 0
    api_key: str = ""
    api_secret: str = ""
    child: Child | None = None

    def __post_init__(self) -> None:
        self.http_port, self.metrics_port = free_port(), free_port()
        self.config.write_text(
            f'[http]\nlisten = "127.0.0.1:{self.http_port}"\n'
            f'[metrics]\nlisten = "127.0.0.1:{self.metrics_port}"\n'
            f'[store]\nurl = "sqlite://{self.folder / "homing.db"}"\n'
            '[webhooks]\nallow = ["127.0.0.0/8"]\n'
            f'[carriers.rig]\naddress = "127.0.0.1:{self.smsc_port}"\n'
            f'system_id = "sys"\npassword = "pw"\n{self.carrier}\n'
            '[[routes]]\ncarriers = ["rig"]\n' + self.more
        )
        self.api_key, self.api_secret = add_account(self.config, self.webhook_port)

    def __enter__(self) -> "GatewayProcess":
        return self

    def __exit__(self, *_: object) -> None:
        if self.child is not None:  # the test failed before its own stop
            self.kill()

    @property
    def config(self) -> Path:
        return self.folder / "homing.toml"

    @property
    def store(self) -> Path:
        return self.folder / "homing.db"

    def begin(self) -> None:
        """Start it and do not wait until it is ready."""
        program = self.module or homing_command()
        command = [*self.wrap, *program, "serve", "--config", str(self.config), "--json"]
        self.child = start("homing", command, self.folder)

    def start(self) -> None:
        self.begin()
        assert self.child is not None
        json.loads(first_line(self.child))

    def kill(self) -> None:
        """As a power cut would, as far as a process can."""
        assert self.child is not None
        self.child.process.send_signal(signal.SIGKILL)
        self.child.process.communicate()
        self.child = None

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self.child is not None
        self.child.stop()
        code = self.child.process.returncode
        self.child = None
        return code

    def homing(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command against this gateway."""
        return subprocess.run(
            [*homing_command(), *arguments, "--config", str(self.config)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def mutant(name: str) -> list[str]:
    """A gateway with one promise broken on purpose: the suite must see it."""
    return [sys.executable, str(Path(__file__).parents[1] / "faults" / "mutants" / f"{name}.py")]
