"""Kannel: bearerbox with smsbox as an application, `drive_smpp` as a carrier. Nothing of homing.

All of it listens on free ports of 127.0.0.1 in a folder of its own, and ends with its block.
"""

import os
import shutil
import socket
import subprocess
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from processes import Child, free_port, start, wait_for_port
from support.needs import need
from support.waiting import until

LOOPBACK = Path(__file__).parents[1] / "conformance" / "peers" / "loopback.c"
DRIVE_SMPP = Path("/usr/lib/kannel/test/drive_smpp")
SMSBOX_PORT = 13001  # where drive_smpp looks for a smsbox; it knows no other
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# Kannel's dlr-mask and %d: what is told by submit_sm_resp, by a receipt that is not final, by one.
SUBMITTED, BUFFERED, DELIVERED = 8, 4, 1
_EVERY_REPORT = 31
_TCP_LISTEN = "0A"  # proc_pid_net(5)
_CONFIGURATION = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = x
smsbox-port = {box}
smsbox-interface = 127.0.0.1
dlr-storage = internal
store-type = file
sms-resend-freq = 1

group = smsc
smsc = smpp
smsc-id = carrier
host = 127.0.0.1
port = {carrier}
transceiver-mode = true
smsc-username = kannel
smsc-password = pw
system-type = kannel
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = u
password = p
max-messages = 10
concatenation = true
"""


def need_kannel() -> None:
    """Go on when its boxes are here."""
    need("bearerbox of Debian's kannel", shutil.which("bearerbox", path=_path()))
    need("smsbox of Debian's kannel", shutil.which("smsbox", path=_path()))


def need_drive_smpp() -> None:
    """Go on when it is here, with what keeps it on 127.0.0.1."""
    need("drive_smpp of Debian's kannel-extras", DRIVE_SMPP.exists())
    need("a C compiler", shutil.which("cc"))


def package_version(package: str) -> str:
    """Of a Debian package; empty when it is not here."""
    if shutil.which("dpkg-query") is None:
        return ""
    command = ["dpkg-query", "--show", "--showformat=${Version}", package]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _listens(port: int) -> bool:
    """Whether somebody does; asked of the system, for a connection would be somebody's too."""
    rows = (row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return any(row[1].endswith(f":{port:04X}") and row[3] == _TCP_LISTEN for row in rows)


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin"  # not in every user's PATH


class Kannel:
    """Sends over SMPP to the carrier at `carrier_port`; keeps the reports that it makes of it.

    reports: (recipient, type) as Kannel calls the `dlr-url`, in order.
    """

    def __init__(self, folder: Path, carrier_port: int) -> None:
        self.reports: list[tuple[str, int]] = []
        self._boxes: list[Child] = []
        self._folder = folder
        self._ports = {"admin": free_port(), "box": free_port(), "send": free_port()}
        (folder / "kannel.conf").write_text(
            _CONFIGURATION.format(carrier=carrier_port, **self._ports)
        )

    def __enter__(self) -> "Kannel":
        self._listen()
        for name, port in (("bearerbox", "admin"), ("smsbox", "send")):
            program = shutil.which(name, path=_path())
            assert program is not None
            box = start(name, [program, "-v", "2", "kannel.conf"], self._folder)
            self._boxes.append(box)
            wait_for_port(self._ports[port], process=box.process, name=name)
        assert until(lambda: "(online" in self.status() and "smsbox:" in self.status(), 20.0), (
            self.status()
        )
        return self

    def __exit__(self, *_: object) -> None:
        for box in reversed(self._boxes):
            box.stop()
        self._web.shutdown()
        self._web.server_close()
        self._thread.join(10)

    def leave(self) -> int:
        """SIGTERM to both; the exit status of bearerbox."""
        for box in reversed(self._boxes):
            box.stop()
        return self._boxes[0].process.returncode

    def send(self, to: str, text: str) -> None:
        """One text of any length, by smsbox's `sendsms`; every report is asked for."""
        report = f"http://127.0.0.1:{self._web.server_port}/report?" + "type=%d&to=%p"
        asked = {
            "username": "u", "password": "p", "from": "Acme", "to": to, "text": text,
            "charset": "UTF-8", "dlr-mask": _EVERY_REPORT, "dlr-url": report,
        }  # fmt: skip
        answer = self._get("send", f"/cgi-bin/sendsms?{urlencode(asked)}")
        assert answer.startswith("0: Accepted"), answer

    def status(self) -> str:
        """The status page of bearerbox."""
        return self._get("admin", "/status.txt?password=x")

    def _get(self, port: str, target: str) -> str:
        url = f"http://127.0.0.1:{self._ports[port]}{target}"
        with DIRECT.open(url, timeout=20) as answer:
            page: bytes = answer.read()
        return page.decode()

    def _listen(self) -> None:
        reports = self.reports

        class Reports(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told = parse_qs(urlsplit(self.path).query)
                reports.append((told["to"][0], int(told["type"][0])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Not to standard error."""

        self._web = ThreadingHTTPServer(("127.0.0.1", 0), Reports)
        self._thread = threading.Thread(target=self._web.serve_forever)
        self._thread.start()


class DriveSmpp:
    """The carrier of Kannel's own tests: for one transmitter and one receiver, once.

    It answers each submit with an empty id, sends `messages` short messages to a receiver, asks
    after each whether the link is alive, and ends when a link does.
    """

    def __init__(self, folder: Path, messages: int, port: int = 0) -> None:
        self.port = port or free_port()
        self._log = folder / "drive_smpp.log"
        shim = folder / "loopback.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, LOOPBACK, "-ldl"], check=True)
        # It ends itself when no smsbox takes its connection; nothing needs to be said on it.
        self._smsbox = socket.create_server(("127.0.0.1", 0))
        self._command = [
            "env", f"LD_PRELOAD={shim}", f"LOOPBACK_FROM={SMSBOX_PORT}",
            f"LOOPBACK_TO={self._smsbox.getsockname()[1]}", str(DRIVE_SMPP),
            "-v", "4", "-l", str(self._log), "-p", str(self.port), "-m", str(messages),
        ]  # fmt: skip
        self._folder = folder

    def __enter__(self) -> "DriveSmpp":
        self._child = start("drive_smpp", self._command, self._folder)
        assert until(lambda: _listens(self.port), 20.0), self.log()
        return self

    def __exit__(self, *_: object) -> None:
        self._child.stop()
        self._smsbox.close()

    def log(self) -> str:
        """What it says of itself; texts in it end at their first zero octet."""
        return self._log.read_text("latin-1") if self._log.exists() else ""

    def handled(self, pdu: str) -> int:
        """How many PDUs of this name reached it."""
        return self.log().count(f"Handling SMPP PDU of type {pdu}\n")

    def wait_end(self) -> int:
        """Its exit status, once it has ended by itself."""
        return self._child.process.wait(20)
