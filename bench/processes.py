"""The processes of one measurement: the rig's tools, the reference `limit.py`, the gateway.

Owns starting, watching (CPU, resident memory, progress) and ending them. Every process is a child
of the driver, listens on 127.0.0.1 only, on a port that was free a moment ago, and is ended by its
own id. Knows nothing of what is measured.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

BENCH = Path(__file__).resolve().parent
RIG = BENCH / "rig"
BUILD = RIG / "build"
EXACT_IDS = BENCH / "exact_ids"  # on its PYTHONPATH, a gateway matches by the exact id alone
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
START_TIMEOUT_S = 30.0


def build_rig() -> None:
    """Compile the rig's tools; says nothing when they are fresh."""
    subprocess.run(["make", "-s", "-C", str(RIG), "BUILD=build"], check=True)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, *, process: subprocess.Popen[str], name: str) -> None:
    """Return once something accepts on `port`; RuntimeError when the process ends first."""
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with {process.returncode} before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"{name} does not listen on port {port}")


@dataclass
class Child:
    """One process, with what it wrote on standard error kept in a file."""

    name: str
    process: subprocess.Popen[str]
    errors: Path

    def cpu_s(self) -> float:
        """User and system seconds used so far, all threads."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        # proc(5), fields 14 and 15, counted after the name, which may hold spaces.
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def resident_octets(self) -> int:
        """Resident memory now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def check(self) -> None:
        """RuntimeError, with the end of standard error, when the process is gone."""
        if self.process.poll() is not None:
            tail = self.errors.read_text()[-2000:]
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}\n{tail}")

    def stop(self) -> str:
        """SIGTERM, wait, SIGKILL after 15 s; returns the rest of standard output."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.communicate(timeout=15)[0] or ""
        except subprocess.TimeoutExpired:
            print(f"  {self.name} did not end within 15 s of SIGTERM", flush=True)
            self.process.kill()
            return self.process.communicate()[0] or ""


def start(
    name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Child:
    """Start `command` with pipes for output; standard error goes to FOLDER/NAME.err."""
    errors = folder / f"{name}.err"
    with errors.open("w") as sink:
        process = subprocess.Popen(
            list(command),
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            cwd=folder,
            env={**os.environ, **(environment or {})},
        )
    return Child(name, process, errors)


def first_line(child: Child) -> str:
    """The line that a process prints when it is ready."""
    assert child.process.stdout is not None
    line = child.process.stdout.readline()
    if not line:
        child.process.wait()
        child.check()
    return line


@dataclass
class Rig:
    """One SMSC and one webhook sink, fresh for each run. Options as in the heads of the sources."""

    folder: Path
    sink_key: str
    smsc_options: dict[str, str] = field(default_factory=dict)
    smsc_port: int = 0
    sink_port: int = 0
    children: list[Child] = field(default_factory=list)

    @property
    def sink_stats(self) -> Path:
        return self.folder / "sink.stats"

    @property
    def sink_log(self) -> Path:
        return self.folder / "sink.log"

    def __enter__(self) -> "Rig":
        self.smsc_port, self.sink_port = free_port(), free_port()
        smsc = [str(BUILD / "smsc"), "--port", str(self.smsc_port)]
        smsc += ["--stats", str(self.folder / "smsc.stats")]
        for name, value in self.smsc_options.items():
            smsc += [f"--{name}", value]
        sink = [str(BUILD / "sink"), "--port", str(self.sink_port), "--key", self.sink_key]
        sink += ["--stats", str(self.sink_stats), "--log", str(self.sink_log)]
        for name, command, port in (("smsc", smsc, self.smsc_port), ("sink", sink, self.sink_port)):
            child = start(name, command, self.folder)
            self.children.append(child)
            wait_for_port(port, process=child.process, name=name)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End both; the sink writes its log now."""
        for child in self.children:
            child.stop()
        self.children.clear()

    def seen(self) -> dict[str, float]:
        """The sink's counts: total, unique, t_first, t_last; zeros before the first request."""
        try:
            read: dict[str, float] = json.loads(self.sink_stats.read_text())
        except (OSError, ValueError):  # not written yet
            return {"total": 0, "unique": 0, "t_first": 0.0, "t_last": 0.0}
        return read


@dataclass
class Subject:
    """A running pipeline under measurement: ours or the reference."""

    child: Child
    http_port: int
    path: str
    form: str  # {ref} stands for the recipient's number and for our reference; {text} for the text


def start_limit(folder: Path, rig: Rig) -> Subject:
    """The reference, as it is."""
    port = free_port()
    command = [sys.executable, str(RIG / "limit.py"), str(folder / "limit.db")]
    command += [str(port), str(rig.smsc_port), str(rig.sink_port)]
    child = start("limit", command, folder)
    if first_line(child).strip() != "ready":
        raise RuntimeError("limit.py did not say ready")
    form = "api_key=k&api_secret=s&from=Acme&to={ref}&text={text}&client-ref={ref}"
    return Subject(child, port, "/sms/json", form)


@dataclass
class GatewaySettings:
    """What varies between measurements; all else is the gateway's default."""

    on_unknown: str = "resend"
    open_parts_in_memory: int | None = None
    window: int = 200  # limit.py's WINDOW
    signs_webhooks: bool = False
    python_path: str = ""  # folders that its interpreter looks in first, as in PYTHONPATH

    @property
    def environment(self) -> dict[str, str]:
        if not self.python_path:
            return {}
        inherited = os.environ.get("PYTHONPATH")
        folders = [self.python_path, inherited] if inherited else [self.python_path]
        return {"PYTHONPATH": os.pathsep.join(folders)}

    def toml(self, *, http_port: int, metrics_port: int, smsc_port: int, database: Path) -> str:
        """The whole homing.toml of a run."""
        lines = ["[http]", f'listen = "127.0.0.1:{http_port}"', "[store]"]
        lines.append(f'url = "sqlite:///{database}"')
        if self.open_parts_in_memory is not None:
            lines += ["[limits]", f"open_parts_in_memory = {self.open_parts_in_memory}"]
        lines += ["[webhooks]", 'allow = ["127.0.0.0/8"]']
        lines += ["[metrics]", f'listen = "127.0.0.1:{metrics_port}"']
        lines += ["[carriers.rig]", f'address = "127.0.0.1:{smsc_port}"']
        lines += ['system_id = "sys"', 'password = "pw"', f"window = {self.window}"]
        lines += [f'on_unknown = "{self.on_unknown}"']
        lines += ["[[routes]]", 'prefix = ""', 'carriers = ["rig"]', ""]
        return "\n".join(lines)


def homing_command() -> list[str]:
    """The installed command beside this interpreter, or the module when it is not there."""
    installed = Path(sys.executable).parent / "homing"
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "homing.cli.main"]


def add_account(config: Path, sink_port: int) -> tuple[str, str]:
    """Make an account without throttle; returns its key and secret. The gateway is down."""
    command = [*homing_command(), "accounts", "add", "bench"]
    command += ["--webhook", f"http://127.0.0.1:{sink_port}/webhooks/delivery-receipt"]
    command += ["--webhook-method", "POST_JSON", "--rate-per-s", "none", "--json"]
    done = subprocess.run(
        [*command, "--config", str(config)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"homing accounts add: {done.stderr.strip()[-1000:]}")
    made = json.loads(done.stdout)
    return made["api_key"], made["api_secret"]


def sign_webhooks(config: Path, api_key: str) -> None:
    """By HMAC-SHA256, with a new secret. The gateway is down."""
    command = [*homing_command(), "accounts", "signature", api_key, "--config", str(config)]
    command += ["--method", "sha256", "--rotate", "--sign-webhooks"]
    subprocess.run(command, check=True, capture_output=True)


def start_gateway(
    folder: Path, rig: Rig, settings: GatewaySettings, *, database: Path | None = None
) -> Subject:
    """`homing serve` on a fresh store, or on `database` when it was prepared before."""
    http_port = free_port()
    config = folder / "homing.toml"
    text = settings.toml(
        http_port=http_port,
        metrics_port=free_port(),
        smsc_port=rig.smsc_port,
        database=database or folder / "homing.db",
    )
    config.write_text(text)
    key, secret = add_account(config, rig.sink_port)
    if settings.signs_webhooks:
        sign_webhooks(config, key)
    command = [*homing_command(), "serve", "--config", str(config), "--json"]
    child = start("homing", command, folder, settings.environment)
    json.loads(first_line(child))
    form = f"api_key={key}&api_secret={secret}&from=Acme&to={{ref}}&text={{text}}"
    return Subject(child, http_port, "/sms/json", form + "&client-ref={ref}")


@contextmanager
def simulator(folder: Path) -> Iterator[int]:
    """`homing simulator` with its ledger, handsets as fast as it can be; gives its port."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [*homing_command(), "simulator", "--port", "0", "--speed", "1000", "--json"]
    child = start("simulator", [*command, "--ledger", str(folder / "ledger.jsonl")], folder)
    try:
        address: str = json.loads(first_line(child))["smpp"]
        yield int(address.rpartition(":")[2])
    finally:
        child.stop()


def receipt_us_with(settings: GatewaySettings) -> float:
    """The chain `receipt` of `micro.py` in an interpreter of these settings, microseconds."""
    command = [sys.executable, str(BENCH / "micro.py"), "--only", "receipt", "--repeats", "300"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **settings.environment},
    )
    return float(done.stdout.split()[1])
