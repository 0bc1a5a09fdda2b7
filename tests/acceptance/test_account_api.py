"""The account's calls from outside, on a gateway as it is run: money, webhook URLs, secrets,
prices and numbers, over a restart."""

import asyncio
import json
import threading
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest

from homing.core.model.account import Number
from homing.runtime.offline import offline
from homing.runtime.settings import read_settings
from support.callers import DIRECT, sms
from support.gateways import GatewayProcess
from support.smsc_thread import SmscThread

PRICES = "country,network,price\nGB,,0.04\nGB,23410,0.05\n"
UNIT = 100_000_000


@pytest.fixture
def gateway(tmp_path) -> Iterator[GatewayProcess]:
    (tmp_path / "prices.csv").write_text(PRICES)
    with SmscThread() as smsc:
        found = GatewayProcess(tmp_path, smsc.port, 9, more='[pricing]\nfile = "prices.csv"\n')
        asyncio.run(prepare(found))
        found.start()
        with found:
            yield found
            child = found.child
            assert child is not None
            assert found.stop() == 0
            assert "Traceback" not in child.errors.read_text()


async def prepare(gateway: GatewayProcess) -> None:
    """What the operator chose for the account."""
    async with offline(read_settings(gateway.config)) as accounts:
        await accounts.set(
            gateway.api_key,
            balance=10 * UNIT,
            top_up=5 * UNIT,
            numbers=(Number("447700900001", "GB"),),
        )


def ask(
    gateway: GatewayProcess,
    method: str,
    path: str,
    form: Mapping[str, str] | None = None,
    *,
    secret: str | None = None,
) -> tuple[int, Any]:
    """HTTP status and JSON of one call by Basic."""
    pair = f"{gateway.api_key}:{secret or gateway.api_secret}"
    request = urllib.request.Request(
        f"http://127.0.0.1:{gateway.http_port}{path}",
        data=None if form is None else urlencode(form).encode(),
        headers={"Authorization": "Basic " + b64encode(pair.encode()).decode()},
        method=method,
    )
    try:
        with DIRECT.open(request, timeout=20) as answer:
            body = answer.read()
            return answer.status, json.loads(body) if body else None
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())


@contextmanager
def receiver(status: int) -> Iterator[str]:
    """The URL of an application that answers every GET with this status."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()
        thread.join()


def test_a_message_costs_what_the_prices_say_and_a_top_up_adds_to_what_is_left(gateway):
    (o2,) = sms(gateway, to="447710000000")
    (other,) = sms(gateway, to="447770000000")
    (france,) = sms(gateway, to="33612345678")
    prices = [one["message-price"] for one in (o2, other, france)]
    assert prices == ["0.05000000", "0.04000000", "0.03330000"]
    _, told = ask(gateway, "GET", "/account/get-phone-pricing/outbound/sms?phone=447710000000")
    assert told["price"] == o2["message-price"]
    assert ask(gateway, "GET", "/account/get-balance")[1]["value"] == 9.8767
    success = (200, {"error-code": "200", "error-code-label": "success"})
    assert ask(gateway, "POST", "/account/top-up", {"trx": "00X"}) == success
    assert ask(gateway, "POST", "/account/top-up", {"trx": "00X"}) == success
    gateway.stop()
    gateway.start()
    assert ask(gateway, "GET", "/account/get-balance")[1] == {"value": 14.8767, "autoReload": True}


def test_a_new_webhook_url_is_asked_before_it_is_saved(gateway):
    with receiver(204) as url:
        status, shown = ask(gateway, "POST", "/account/settings", {"moCallbackUrl": url})
        assert (status, shown["mo-callback-url"]) == (200, url)
    before = shown["dr-callback-url"]
    with receiver(404) as url:
        status, told = ask(gateway, "POST", "/account/settings", {"drCallbackUrl": url})
        assert status == 420
        assert told["error-code-label"].startswith("drCallBackUrl: must answer a GET with 2xx")
    status, told = ask(gateway, "POST", "/account/settings", {"drCallbackUrl": "http://10.0.0.1/"})
    assert told["error-code-label"].endswith("its host has no address that webhooks may go to")
    assert ask(gateway, "POST", "/account/settings", {})[1]["dr-callback-url"] == before


def test_secrets_rotate_without_a_gap(gateway):
    path, new = f"/accounts/{gateway.api_key}/secrets", "Example4PISecret"
    old_id = ask(gateway, "GET", path)[1]["_embedded"]["secrets"][0]["id"]
    assert ask(gateway, "DELETE", f"{path}/{old_id}")[0] == 403
    assert ask(gateway, "POST", f"{path}/?", {"secret": new})[0] == 201
    assert ask(gateway, "GET", path, secret=new)[0] == 200
    assert ask(gateway, "DELETE", f"{path}/{old_id}", secret=new) == (204, None)
    assert ask(gateway, "GET", path)[0] == 401
    gateway.stop()
    gateway.start()
    assert len(ask(gateway, "GET", path, secret=new)[1]["_embedded"]["secrets"]) == 1
    assert new not in gateway.store.read_bytes().decode("latin-1")


def test_an_account_points_its_number_at_its_own_url(gateway):
    update = {"country": "GB", "msisdn": "447700900001", "moHttpUrl": "http://a.example/in"}
    assert ask(gateway, "POST", "/number/update", update)[0] == 200
    _, told = ask(gateway, "GET", "/account/numbers?size=100&index=1")
    assert [(one["msisdn"], one["moHttpUrl"]) for one in told["numbers"]] == [
        ("447700900001", "http://a.example/in")
    ]
    assert ask(gateway, "GET", "/ni/basic/json?number=447700900001")[1]["country_code"] == "GB"
    assert ask(gateway, "GET", "/v2/applications?size=1")[1]["total_items"] == 0


def test_prices_are_read_again_and_a_faulty_file_changes_nothing(gateway):
    path, file = "/account/get-pricing/outbound/sms?country=GB", gateway.folder / "prices.csv"
    file.write_text(PRICES.replace("0.04", "cheap"))
    refused = gateway.homing("reload")
    assert refused.returncode != 0
    assert "prices.csv, line 2: price: must be an amount" in refused.stderr
    assert ask(gateway, "GET", path)[1]["defaultPrice"] == "0.04000000"
    file.write_text(PRICES.replace("0.04", "0.06"))
    assert gateway.homing("reload").returncode == 0
    assert ask(gateway, "GET", path)[1]["defaultPrice"] == "0.06000000"
