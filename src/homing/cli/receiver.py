"""A webhook receiver as a process of its own: prints each request as one JSON line.

`python -m homing.cli.receiver [PORT]`. The first line is {"port": N}. Each further line holds the
parameters in the order in which they came, then `received_at`, `webhook_id`, and the level and
source that the gateway's headers name. Everything is taken with 204. SIGTERM ends it.
"""

import json
import signal
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl

from homing.cli.screen import iso_now

BODY_OCTETS_MAX = 64 * 1024
HEADERS = {"level": "X-Homing-Level", "source": "X-Homing-Source"}
_printing = Lock()


class Receiver(BaseHTTPRequestHandler):
    """Takes GET, form and JSON, as the gateway sends them."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        self._take(b"")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._take(self.rfile.read(min(length, BODY_OCTETS_MAX)))

    def _take(self, body: bytes) -> None:
        received_at = iso_now(datetime.now(UTC))
        told: dict[str, Any] = dict(parse_qsl(self.path.partition("?")[2], keep_blank_values=True))
        if self.headers.get_content_type() == "application/json":
            told |= json.loads(body)
        else:
            told |= parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        told |= {"received_at": received_at, "webhook_id": self.headers.get("webhook-id", "")}
        told |= {
            name: self.headers[header] for name, header in HEADERS.items() if header in self.headers
        }
        with _printing:
            print(json.dumps(told, ensure_ascii=False), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """No access log: the lines are the log."""


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with ThreadingHTTPServer(("127.0.0.1", port), Receiver) as server:
        print(json.dumps({"port": server.server_address[1]}), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
