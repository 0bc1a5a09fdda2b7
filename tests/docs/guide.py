"""Runs a guide: its code blocks in order, as a reader would type them, in one folder.

A comment before a block says what the block is, and does not show on the page:

    <!-- guide: file NAME -->          save it
    <!-- guide: start NAME [PORT] -->  run it in the background; wait until PORT is open
    <!-- guide: stop NAME -->          end that one; then run the block
    <!-- guide: output -->             what the last command printed
    <!-- guide: output last line -->   its last line
    <!-- guide: output of NAME -->     what NAME printed since it was last looked at
    <!-- guide: skip output of NAME -->     look away; stands alone
    <!-- guide: wait for N receipts at NAME -->  stands alone
    <!-- guide: wait for carriers N -->  N of them are up; stands alone
    <!-- guide: not run: WHY -->       or "not compared"; WHY is for the next writer
    <!-- guide: credentials -->        run it; the key and secret in it are those of the screen
    <!-- guide: account -->            run it; it prints the key and secret of the next block
    <!-- guide: wire METHOD -->        the request that a webhook is sent by this method

A bash block without a comment is run to its end and must succeed. A block of any other language
must have one: nothing on the page is left out. Ids, times and ports are masked before comparing.
Ports of the page are replaced by free ones, so that guides can run side by side.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from processes import free_port, wait_for_port
from support.waiting import until

BLOCK = re.compile(
    r"(?:^<!-- guide: (?P<what>[^\n]*?) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$"
    r"|^<!-- guide: (?P<alone>[^\n]*?) -->\n(?!```)",
    re.MULTILINE | re.DOTALL,
)
PORTS = ("3000", "3001", "8080", "8443", "9464", "2775", "2776")
MASKS = [
    (re.compile(pattern, re.MULTILINE), words)
    for pattern, words in (
        (r"\b[0-9A-F]{16}\b", "<id>"),
        (r"\d{4}-\d\d-\d\d[ T+]\d\d(:|%3A)\d\d(:|%3A)\d\d(\.\d+)?Z?", "<time>"),
        (r"\b\d{10}\b", "<scts>"),
        (r"^ *\d+\.\d\d s ", "<seconds> "),
        (r"(127\.0\.0\.1|localhost):\d+", r"\1:<port>"),
        (r"Homing/[\d.]+", "Homing/<version>"),
        (r"^socket +/.*", "socket <path>"),
        (r"[ \r]+$", ""),
        (r"(?<=\S) {2,}", "  "),  # columns are as wide as the ports in them
    )
]
WITHIN_S = 30.0


def mask(text: str) -> str:
    for pattern, words in MASKS:
        text = pattern.sub(words, text)
    return text.strip("\n")


@dataclass
class Background:
    process: subprocess.Popen[bytes]
    output: Path
    looked_at: int = 0

    def news(self) -> str:
        return self.output.read_text()[self.looked_at :]

    def lines(self) -> int:
        return len(self.news().rstrip("\n").splitlines())

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def look_away(self) -> None:
        self.looked_at = len(self.output.read_text())


@dataclass
class Guide:
    """One page and the folder in which it is followed."""

    page: Path
    folder: Path
    ports: dict[str, str] = field(default_factory=lambda: {p: str(free_port()) for p in PORTS})
    real: dict[str, str] = field(default_factory=dict)  # what the page shows -> what is so here
    running: dict[str, Background] = field(default_factory=dict)
    printed: str = ""
    _new_account: bool = False

    def __post_init__(self) -> None:
        self.environment = {
            **os.environ,
            "PATH": f"{self.folder}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder / "state"),
        }

    def run(self) -> int:
        """Follow the whole page; returns how many blocks there were."""
        count = 0
        try:
            for found in BLOCK.finditer(self.page.read_text(encoding="utf-8")):
                if found["alone"]:
                    self._alone(found["alone"])
                    continue
                count += 1
                self._block(found["what"] or "", found["language"], found["text"])
        finally:
            for one in list(self.running):
                self._stop(one)
        return count

    # --- what a block is

    def _alone(self, what: str) -> None:
        if match := re.fullmatch(r"skip output of (\w+)", what):
            self.running[match[1]].look_away()
        elif match := re.fullmatch(r"wait for (\d+) receipts at (\w+)", what):
            one = self.running[match[2]]
            assert until(lambda: one.news().count("messageId") >= int(match[1]), 120), one.news()
            one.look_away()
        elif match := re.fullmatch(r"wait for carriers (\d+)", what):
            up = int(match[1])
            assert until(lambda: self._carriers_up() == up, WITHIN_S), self.printed
        else:
            raise AssertionError(f"{self.page.name}: {what!r} stands before no block")

    def _block(self, what: str, language: str, text: str) -> None:
        if re.match(r"not (run|compared): ", what):
            return
        word, _, rest = what.partition(" ")
        match word:
            case "" if language == "bash":
                self._bash(text)
            case "credentials":
                self._credentials(text)
            case "stop":
                self._stop(rest)
                self._bash(text)
            case "start":
                self._start(*rest.split(), script=text)
            case "file":
                (self.folder / rest).write_text(self._here(text))
            case "account":
                self._bash(text)
                self._new_account = True
            case "output" if rest == "last line":
                self._compare(text, self.printed.rstrip("\n").rpartition("\n")[2], language)
            case "output" if rest:
                self._compare_running(rest.removeprefix("of "), text)
            case "output":
                self._compare(text, self.printed, language)
            case "wire":
                self._compare(text, self._wire(rest), language)
            case _:
                raise AssertionError(f"{self.page.name}: no rule for {what!r} {language}")

    # --- doing it

    def _here(self, text: str) -> str:
        """The page's text, with the ports and credentials of this run."""
        for shown, real in self.real.items():
            text = text.replace(shown, real)
        return re.sub(
            r"(?<=:)(\d{4})\b|(?<=listen\()(\d{4})\b|(?<=--port )(\d{4})\b|(?<=\|\| )(\d{4})\b",
            lambda found: self.ports.get(found[0], found[0]),
            text,
        )

    def _bash(self, text: str) -> None:
        kept = self.folder / "environment.sh"
        kept.touch()
        script = f". {kept}\n{self._here(text)}\nexport -p > {kept}\n"
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", script], cwd=self.folder, check=False,
            env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        self.printed = done.stdout

    def _start(self, name: str, port: str = "", *, script: str) -> None:
        command = self._here(script).strip()
        if command.startswith("homing up"):  # the page takes the default; here it may be busy
            command += f" --port {self.ports['8080']}"
        output = self.folder / f"{name}.output"
        with output.open("wb") as sink, (self.folder / f"{name}.errors").open("wb") as errors:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=sink, stderr=errors,
            )  # fmt: skip
        self.running[name] = Background(process, output)
        if port:
            wait_for_port(int(self.ports[port]), process=process, name=name)

    def _stop(self, name: str) -> None:
        process = self.running.pop(name).process
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _credentials(self, text: str) -> None:
        """The page's own key and secret stand for those that this screen shows."""
        shown = re.findall(r"=(\w+)", text)
        screen = self.folder / "up.output"
        real = [re.search(rf"^  {name} +(\w+)$", screen.read_text(), re.MULTILINE)
                for name in ("key", "secret")]  # fmt: skip
        self.real |= {one: found[1] for one, found in zip(shown, real, strict=True) if found}
        self._bash(text)

    def _carriers_up(self) -> int:
        self._bash("homing carriers --json")
        return sum(one["state"] == "up" for one in json.loads(self.printed)["carriers"])

    def _wire(self, method: str) -> str:
        """The first of the two requests that a message makes; both are taken."""
        place = "/webhooks/delivery-receipt"
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(WITHIN_S)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}{place}"
            self._bash(f"homing accounts set demo --webhook-method {method} --webhook {url}")
            self._bash('homing sms 447700900000 "Hello from Homing" --no-follow')
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(WITHIN_S)
                requests = [_read_request(connection) for _ in range(2)]
        self._bash(self._here(f"homing accounts set demo --webhook http://127.0.0.1:3000{place}"))
        return requests[0]

    # --- comparing

    def _compare(self, shown: str, printed: str, language: str = "text") -> None:
        if self._new_account:
            self._new_account = False
            pairs = zip(_credentials(shown), _credentials(printed), strict=True)
            self.real |= dict(pairs)
        printed = printed.replace(f"{self.folder}/", "/home/you/homing/")
        for on_page, real in self.real.items():
            printed = printed.replace(real, on_page)
        if language == "json":
            assert json.loads(mask(printed)) == json.loads(mask(shown))
            return
        if not self.real:  # the screen itself
            printed, shown = _without_credentials(printed), _without_credentials(shown)
        assert mask(printed) == mask(shown)

    def _compare_running(self, name: str, shown: str) -> None:
        one = self.running[name]
        lines = shown.rstrip("\n").count("\n") + 1
        enough = until(lambda: one.lines() >= lines or one.has_ended(), WITHIN_S)
        said = one.news() + (self.folder / f"{name}.errors").read_text()
        assert enough, said
        assert not one.has_ended(), said
        self._compare(shown, one.news())
        one.look_away()


def _without_credentials(screen: str) -> str:
    return re.sub(r"(key +|secret +|api_key=|api_secret=)[0-9a-f]+", r"\1<hidden>", screen)


def _credentials(printed: str) -> list[str]:
    return re.findall(r"^(?:key|secret) +(\w+)", printed, re.MULTILINE)


def _read_request(connection: socket.socket) -> str:
    octets = b""
    while b"\r\n\r\n" not in octets:
        octets += _some(connection)
    head, _, body = octets.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    while length and len(body) < int(length[1]):
        body += _some(connection)
    connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    return (head + b"\n\n" + body).decode().replace("\r\n", "\n")


def _some(connection: socket.socket) -> bytes:
    octets = connection.recv(65_536)
    assert octets, "the sender closed before its request was whole"
    return octets
