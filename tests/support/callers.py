"""Calls to a gateway's SMS API with the standard library alone. Imports nothing of homing."""

import json
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from support.gateways import GatewayProcess

Entry = dict[str, str]
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(
    gateway: GatewayProcess,
    *,
    path: str = "/sms/json",
    query: Mapping[str, str] | str = "",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """One request, POST when there is a body; the body of its 200 answer."""
    text = query if isinstance(query, str) else urlencode(query)
    url = f"http://127.0.0.1:{gateway.http_port}{path}" + (f"?{text}" if text else "")
    request = urllib.request.Request(url, data=body, headers=dict(headers or {}))
    with DIRECT.open(request, timeout=20) as answer:
        assert answer.status == 200
        found: bytes = answer.read()
        return found


def sms(gateway: GatewayProcess, **more: str) -> list[Entry]:
    """A message by POST form; the entries of the JSON answer. `_` in a name stands for `-`."""
    given = {"from": "Acme", "to": "447700900000", "text": "hello", **named(more)}
    form = {"api_key": gateway.api_key, "api_secret": gateway.api_secret, **given}
    answer: dict[str, Any] = json.loads(call(gateway, body=urlencode(form).encode()))
    assert answer["message-count"] == str(len(answer["messages"]))
    entries: list[Entry] = answer["messages"]
    return entries


def accepted(gateway: GatewayProcess, **more: str) -> list[str]:
    """The same for what must be accepted: the message-ids."""
    entries = sms(gateway, **more)
    assert {entry["status"] for entry in entries} == {"0"}, entries
    return [entry["message-id"] for entry in entries]


def named(parameters: Mapping[str, str]) -> dict[str, str]:
    """`client_ref` as the API spells it; `sender` is `from`, which Python keeps for itself."""
    return {
        "from" if name == "sender" else name.replace("_", "-"): value
        for name, value in parameters.items()
    }
