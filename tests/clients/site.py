"""The gateway that the clients meet: one over http, one over https, before a simulated carrier.

In the test's own process, so that a test can close it, empty an account or give it a secret.
"""

import itertools
import json
import ssl
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from homing.cli.house import House
from homing.core.model.account import Account, SignatureSecret
from homing.core.model.money import read_money
from homing.runtime.settings import (
    CarrierSettings,
    HttpSettings,
    MetricsSettings,
    RouteSettings,
    Settings,
    StoreSettings,
    WebhookSettings,
)
from homing.simulator.carrier import Simulator
from homing.transport.development import DevelopmentFiles
from support.client_peers import Facts
from support.hooks import Hook, Seen
from support.on_thread import LoopThread
from support.waiting import until

ROUTED = ("44", "49")  # no way leads to other numbers
SIGNATURE_SECRET = "SigSecret0123456"
WITHIN_S = 10.0
BALANCE = "10.00000000"
_names = itertools.count(1)


@dataclass
class Site:
    """A gateway that runs. `host`: as clients are told it, `127.0.0.1:PORT`."""

    loop: LoopThread
    house: House
    simulator: Simulator
    hook: Hook
    ca: Path | None  # over https: the authority to trust

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.house.listeners.http[1]}"

    @property
    def hook_url(self) -> str:
        return f"http://127.0.0.1:{self.hook.port}/webhooks/delivery-receipt"

    def add_account(self, *, rate_per_s: int | None = None, balance: str = BALANCE) -> Facts:
        """A new account with a balance, whose receipts come to the hook by GET; its credentials."""
        add = self.house.gateway.accounts.add
        account, secret = self.loop.run(
            add(
                f"account {next(_names)}",
                webhook_url=self.hook_url,
                rate_per_s=rate_per_s,
                balance=read_money(balance),
            )
        )
        return {"host": self.host, "api_key": account.api_key, "api_secret": secret}

    def account(self, facts: Facts) -> Account:
        account = self.house.gateway.accounts.by_key(facts["api_key"])
        assert account is not None
        return account

    def set(self, facts: Facts, **changes: Any) -> None:
        """Change the account itself, as its operator would."""
        self.loop.run(self.house.gateway.accounts.set(facts["api_key"], **changes))

    def choose(self, facts: Facts, **options: Any) -> None:
        """Change the account's options in memory, where every call reads them."""
        account = self.account(facts)
        changed = msgspec.structs.replace(account.options, **options)
        self.loop.call(setattr, account, "options", changed)

    def give_signature_secret(self, facts: Facts) -> None:
        secret = SignatureSecret("s1", SIGNATURE_SECRET, 0)
        self.loop.call(setattr, self.account(facts), "signature_secrets", (secret,))

    @contextmanager
    def closing(self) -> Iterator[None]:
        """As in the last moments of a gateway that was told to end: submits get status 5."""
        submission = self.house.gateway.submission
        submission.open = False
        try:
            yield
        finally:
            submission.open = True

    def told(self, facts: Facts, count: int) -> list[dict[str, str]]:
        """What the account's webhook was sent, once it is `count` posts."""
        return self.posts("api-key", facts["api_key"], count)

    def posts(self, name: str, value: str, count: int) -> list[dict[str, str]]:
        """All that the hook was sent with this field, once it is `count` posts."""

        def found() -> list[dict[str, str]]:
            posts = [read_post(one) for one in list(self.hook.seen)]
            return [post for post in posts if post.get(name) == value]

        assert until(lambda: len(found()) >= count, WITHIN_S), found()
        return found()

    def call(
        self, path: str, body: Mapping[str, str] | None = None, facts: Facts | None = None
    ) -> Any:
        """What one request is answered, by the standard library alone; credentials by Basic."""
        scheme, context = "http", None
        if self.ca is not None:
            scheme, context = "https", ssl.create_default_context(cafile=self.ca)
        data = urlencode(body).encode() if body is not None else None
        request = urllib.request.Request(f"{scheme}://{self.host}{path}", data=data)
        if facts:
            pair = f"{facts['api_key']}:{facts['api_secret']}".encode()
            request.add_header("Authorization", "Basic " + b64encode(pair).decode())
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
        with urllib.request.build_opener(*handlers).open(request, timeout=10) as answer:
            return json.load(answer)

    def get(self, facts: Facts, path: str) -> Any:
        return self.call(path, facts=facts)


def read_post(seen: Seen) -> dict[str, str]:
    """The fields of a receipt's GET, form or JSON."""
    head, _, body = seen.whole.partition(b"\r\n\r\n")
    first, *headers = head.decode("latin-1").split("\r\n")
    if not body:
        return dict(parse_qsl(urlsplit(first.split(" ")[1]).query, keep_blank_values=True))
    if any(one.lower().startswith("content-type: application/json") for one in headers):
        fields: dict[str, str] = msgspec.json.decode(body)
        return fields
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


@contextmanager
def open_site(loop: LoopThread, folder: Path, tls: DevelopmentFiles | None) -> Iterator[Site]:
    simulator, hook = loop.start(Simulator(speed=1000.0)), loop.start(Hook())
    http = HttpSettings("127.0.0.1:0")
    if tls is not None:
        http = HttpSettings("127.0.0.1:0", tls_cert=str(tls.cert), tls_key=str(tls.key))
    carrier = CarrierSettings(f"127.0.0.1:{simulator.port}", system_id="homing", password="pw")
    settings = Settings(
        http=http,
        metrics=MetricsSettings(listen=""),
        store=StoreSettings(f"sqlite://{folder}/homing.db"),
        webhooks=WebhookSettings(allow=["127.0.0.0/8"]),
        carriers={"rig": carrier},
        routes=[RouteSettings(["rig"], prefix=prefix) for prefix in ROUTED],
    )
    house = House(settings)
    loop.run(house.start())
    try:
        assert until(lambda: house.gateway.health().carriers_up == 1)
        yield Site(loop, house, simulator, hook, None if tls is None else tls.ca)
    finally:
        loop.run(house.stop())
