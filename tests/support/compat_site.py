"""Routes of the compatible API over real accounts in a store in memory; the rest stands in."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from homing.api.app import assemble
from homing.core.model.account import Account
from homing.core.pricing.table import PriceTable, shipped
from homing.runtime.accounts import Accounts
from homing.runtime.clock import Clock
from homing.runtime.keyfile import KeyFile
from homing.runtime.numbers import Numbers
from homing.store.sqlite import SqliteStore

KEY, SECRET = "abcd1234", "abcdef0123456789"
BASIC = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()


class Answer:
    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)


class Site:
    """A gateway as these routes see it, and a caller who knows the account's secret."""

    def __init__(self, store: Any) -> None:
        self.accounts = Accounts(store, KeyFile(b"k" * 32), Clock(lambda: 1_790_000_000_000, float))
        self.numbers = Numbers(self.accounts)
        self.prices: PriceTable = shipped()
        self.probed: list[str] = []
        self.probe_fault: str | None = None
        self.account: Account
        self.app: Any = None

    async def probe(self, url: str) -> str | None:
        self.probed.append(url)
        return self.probe_fault

    async def ask(
        self,
        method: str,
        path: str,
        form: Mapping[str, str] | bytes = b"",
        *,
        query: Mapping[str, str] | None = None,
        authorization: str = BASIC,
        kind: str = "application/x-www-form-urlencoded",
        accept: str = "*/*",
    ) -> Answer:
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        headers = {"authorization": authorization, "accept": accept, "content-type": kind}
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": urlencode(query or {}).encode(), "client": None, "server": None,
            "headers": [(k.encode(), v.encode()) for k, v in headers.items() if v],
        }  # fmt: skip
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], told, b"".join(one.get("body", b"") for one in sent[1:]))


def on_site(
    routes: Callable[..., list[Any]], body: Callable[[Site], Awaitable[None]], **account: Any
) -> None:
    """Run a test body on a site with one account."""

    async def main() -> None:
        store = SqliteStore(":memory:")
        await store.start()
        site = Site(store)
        site.account, _ = await site.accounts.add("acme", api_key=KEY, secret=SECRET)
        if account:
            await site.accounts.set(KEY, **account)
        site.app = assemble(routes(site))
        await body(site)
        await store.stop()

    asyncio.run(main())
