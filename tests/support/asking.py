"""Asks a gateway as an application does, one call after the other, and reads its metrics."""

import http.client
import json
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from support.gateways import GatewayProcess
from support.waiting import until


@dataclass
class Caller:
    """One kept connection. `api_key` and `api_secret`: those of the gateway unless given."""

    gateway: GatewayProcess
    api_key: str = ""
    api_secret: str = ""

    def __post_init__(self) -> None:
        self.api_key = self.api_key or self.gateway.api_key
        self.api_secret = self.api_secret or self.gateway.api_secret
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", self.gateway.http_port, timeout=20
        )

    def send(
        self, sender: str, to: str = "447700900001", text: str = "hello", **more: str
    ) -> dict[str, str]:
        """The first entry of the answer."""
        form = {"api_key": self.api_key, "api_secret": self.api_secret,
                "from": sender, "to": to, "text": text, **more}  # fmt: skip
        return self.ask("POST", "/sms/json", urlencode(form))["messages"][0]

    def ask(self, method: str, path: str, body: str = "") -> dict:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        self._connection.request(method, path, body, headers)
        return json.loads(self._connection.getresponse().read())

    def close(self) -> None:
        self._connection.close()


def metrics(gateway: GatewayProcess) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.metrics_port, timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def metric(gateway: GatewayProcess, name: str) -> float:
    """The sum over labels of `homing_NAME`."""
    rows = re.findall(rf"(?m)^homing_{name}(?:_total)?(?:{{[^}}]*}})? (\S+)$", metrics(gateway))
    return sum(float(value) for value in rows)


def bound(gateway: GatewayProcess) -> bool:
    """True once every bind is up."""
    return until(lambda: metric(gateway, "carrier_binds") > 0)


def add_account(gateway: GatewayProcess, name: str, url: str, method: str = "POST") -> Caller:
    """An account without throttle; the gateway may be up or down."""
    made = gateway.homing("accounts", "add", name, "--webhook", url, "--webhook-method", method,
                          "--rate-per-s", "none", "--json")  # fmt: skip
    assert made.returncode == 0, made.stderr
    account = json.loads(made.stdout)
    return Caller(gateway, account["api_key"], account["api_secret"])
