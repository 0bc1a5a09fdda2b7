"""A gateway before many simulated carriers at once, and the ledgers that are kept of it.

The gateway is `homing serve`, a process with its own SQLite file; SMPP, HTTP and webhooks go over
real sockets. What is written in the folder is what `persona_checker.py` reads.
"""

import asyncio
import http.client
import json
import re
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlencode

from homing.simulator.carrier import Simulator
from processes import add_account, free_port
from support.gateways import GatewayProcess
from support.on_thread import LoopThread
from support.persona_checker import RANK, Books
from support.persona_mail import Letter, Sender
from support.tapped_ledger import TappedLedger
from support.waiting import until_still

AnyCarrier = Simulator | TappedLedger
STILL_S = 75.0  # nothing new for so long: it will not come any more
RETRY_S = 12.0  # waiting receipts are tried again every ten seconds
PAGE = 1000
# What the checker reads of a receipt; the stories that come with it are long.
KEPT_OF_RECEIPT = (
    "id", "by_gateway", "carrier", "body", "receipted_id", "stat", "state", "part_id", "rung",
    "reason", "seen_count", "copy_of",
)  # fmt: skip


class WebhookLog:
    """Takes every webhook and writes a line about it before it answers."""

    def __init__(self, path: Path) -> None:
        self.final: set[str] = set()  # parts that were told a final word
        self.count = 0
        self.file: TextIO = path.open("w", buffering=1 << 16)

    async def start(self) -> int:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Caller(self), "127.0.0.1", 0, backlog=1024)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def stop(self) -> None:
        self._server.close()
        self.file.close()

    def took(self, head: str, body: bytes, at_ms: int) -> None:
        pairs = json.loads(body)
        source = re.search(r"(?mi)^X-Homing-Source: (\S+)", head)
        level = re.search(r"(?mi)^X-Homing-Level: (\S+)", head)
        line = {
            "at_ms": at_ms,
            "part": pairs["messageId"],
            "status": pairs["status"],
            "source": source.group(1) if source else "",
            "level": level.group(1) if level else "",
            "err_code": pairs["err-code"],
        }
        self.file.write(json.dumps(line) + "\n")
        self.count += 1
        if pairs["status"] in RANK:
            self.final.add(pairs["messageId"])


class _Caller(asyncio.Protocol):
    """One connection of the gateway's."""

    def __init__(self, log: WebhookLog) -> None:
        self._log, self._octets = log, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._octets += data
        while b"\r\n\r\n" in self._octets:
            head, _, rest = self._octets.partition(b"\r\n\r\n")
            found = re.search(rb"(?mi)^content-length: (\d+)", head)
            length = int(found.group(1)) if found else 0
            if len(rest) < length:
                return
            self._octets = rest[length:]
            self._log.took(head.decode("latin-1"), rest[:length], int(time.time() * 1000))
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


class Town(GatewayProcess):
    """A gateway before several carriers.

    Args:
        ports: of the carriers, by name.
        lines: more of `[carriers.NAME]`, by name.
        routes: of `homing.toml`.
    """

    def __init__(
        self,
        folder: Path,
        webhook_port: int,
        ports: dict[str, int],
        routes: str,
        lines: dict[str, str],
    ) -> None:
        self.folder, self.webhook_port, self.child = folder, webhook_port, None
        self.wrap, self.module = [], None
        self.http_port, self.metrics_port = free_port(), free_port()
        text = (
            f'[http]\nlisten = "127.0.0.1:{self.http_port}"\n'
            f'[metrics]\nlisten = "127.0.0.1:{self.metrics_port}"\n'
            f'[store]\nurl = "sqlite://{self.store}"\n'
            '[webhooks]\nallow = ["127.0.0.0/8"]\n'
        )
        for name, port in ports.items():
            text += f'[carriers.{name}]\naddress = "127.0.0.1:{port}"\nsystem_id = "sys"\n'
            text += f'password = "pw"\n{lines.get(name, "")}\n'
        self.config.write_text(text + routes)
        self.api_key, self.api_secret = add_account(self.config, webhook_port)

    def receipts(self) -> Iterable[dict[str, Any]]:
        """All that the operator sees, matched and unmatched."""
        after = ""
        while True:
            query = urlencode({"limit": PAGE, "after": after} if after else {"limit": PAGE})
            page = self._ask(f"/homing/v1/receipts?{query}")
            for row in page["receipts"]:
                yield {key: row[key] for key in KEPT_OF_RECEIPT}
            if len(page["receipts"]) < PAGE:
                return
            after = page["next_after_id"]

    def _ask(self, path: str) -> Any:
        connection = http.client.HTTPConnection("localhost", timeout=30)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.connect(f"{self.store}.sock")
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


class Run:
    """A town with its carriers, its sender and its webhook log; all but the gateway are here.

    Args:
        folder: for all files.
        carriers: by the name that they have for the gateway; they are started here.
        routes: of `homing.toml`.
        lines: more of `[carriers.NAME]`, by name.
    """

    def __init__(
        self,
        folder: Path,
        carriers: Mapping[str, AnyCarrier],
        routes: str,
        lines: dict[str, str] | None = None,
    ) -> None:
        self.folder, self.carriers = folder, carriers
        self._routes, self._lines = routes, lines or {}

    def __enter__(self) -> "Run":
        self._loop = LoopThread().__enter__()
        try:
            self.log = self._loop.start(WebhookLog(self.folder / "webhook.jsonl"))
            ports = {name: self._loop.run(one.start()) for name, one in self.carriers.items()}
            self.town = Town(self.folder, self.log.port, ports, self._routes, self._lines)
            self.town.start()
        except BaseException:
            self.__exit__()
            raise
        self.sender = Sender(self.town, self.folder / "submitted.jsonl")
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "town"):
            self.town.__exit__()
        for one in self.carriers.values():
            self._loop.run(one.stop())
        self._loop.__exit__()

    def call(self, function: Any, *arguments: Any) -> Any:
        """Call something of a carrier's on its loop."""
        return self._loop.call(function, *arguments)

    def send(self, many: Iterable[Letter]) -> None:
        self._loop.run(self.sender.send(many), 300)

    def settle(self) -> None:
        """Until every part was told a final word and no carrier has anything left to say."""
        until_still(lambda: self.call(self._is_over), lambda: self.log.count, STILL_S)

    def _is_over(self) -> bool:
        return self.sender.parts <= self.log.final and not any(
            under_way(one) for one in self.carriers.values()
        )

    def books(self, may_wait: Iterable[str]) -> Books:
        """End the gateway and join the ledgers. Receipts that wait are given two more rounds of the
        gateway's, unless their carrier is one of `may_wait`."""
        allowed = set(may_wait)
        for _ in range(3):
            rows = list(self.town.receipts())
            if not any(row["part_id"] is None and row["carrier"] not in allowed for row in rows):
                break
            until_still(lambda: False, lambda: self.log.count, RETRY_S)
        with (self.folder / "receipts.jsonl").open("w") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        self.call(self.log.file.flush)
        for one in self.carriers.values():
            self.call(one.flush if isinstance(one, TappedLedger) else one._flush_ledger)
        assert self.town.stop() == 0
        return Books(self.folder)


def under_way(carrier: AnyCarrier) -> int:
    """What a carrier has still to do, to say, or to be answered. To be asked on its loop."""
    if isinstance(carrier, TappedLedger):
        return carrier.under_way
    said = sum(len(outbox) for outbox in carrier._outboxes.values())
    connections = [bind.connection for bind in list(carrier.binds)]
    unanswered = sum(len(one.session.pending()) for one in connections if one is not None)
    return len(carrier._timers) + said + unanswered
