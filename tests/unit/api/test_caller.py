"""Who calls a compatible route: every way of saying it, and one 401 for all that is wrong."""

import asyncio
import base64
import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from homing.api.caller import CompatError, compat_error, identify
from homing.core.model.account import SignatureMethod
from homing.core.webhooks.signing import sign
from homing.runtime.accounts import Accounts
from homing.runtime.clock import Clock
from homing.runtime.keyfile import KeyFile
from homing.store.contract import PutAccount

KEY, SECRET, SIGNATURE_SECRET = "abcd1234", "abcdef0123456789", "SigSecret0123456"
NOW_S = 1_461_605_400
PAIR = f"api_key={KEY}&api_secret={SECRET}"
BASIC = b"Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode())
FORM, JSON = b"application/x-www-form-urlencoded", b"application/json"
REFUSED = {"error-code": "401", "error-code-label": "authentication failed"}


class Site:
    """One compatible route, which tells who called and with what."""

    def __init__(self) -> None:
        clock = Clock(lambda: NOW_S * 1000, lambda: 0.0)
        self.accounts = Accounts(self, KeyFile(b"k" * 32), clock)  # type: ignore[arg-type]
        asyncio.run(self._fill())

        async def told(request: Request) -> Response:
            account, parameters = await identify(request, self)  # type: ignore[arg-type]
            await request.body()  # a route may read it again
            return JSONResponse([account.name, parameters])

        self.app = Starlette(
            routes=[Route("/x", told, methods=["GET", "POST"])],
            exception_handlers={CompatError: compat_error},
        )

    def write(self, change: PutAccount, when_durable: Any) -> None:
        when_durable(change)

    async def _fill(self) -> None:
        await self.accounts.add("acme", api_key=KEY, secret=SECRET)
        await self.accounts.rotate_signature_secret(KEY, SIGNATURE_SECRET)

    def ask(
        self, query: str = "", body: str = "", kind: bytes = FORM, authorization: bytes = b""
    ) -> tuple[int, dict[bytes, bytes], Any]:
        headers = [(b"content-type", kind)] if body else []
        headers += [(b"authorization", authorization)] if authorization else []
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
            "scheme": "http", "path": "/x", "raw_path": b"/x", "root_path": "",
            "query_string": query.encode(), "headers": headers, "client": None, "server": None,
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body.encode(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))
        octets = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], dict(sent[0]["headers"]), json.loads(octets)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.mark.parametrize(
    ("query", "body", "kind", "authorization"),
    [
        ("a=1", "", FORM, BASIC),
        ("", "a=1", FORM, BASIC),
        ("", '{"a": 1}', JSON, BASIC),
        ("", "a=1", JSON, BASIC),
        (f"{PAIR}&a=1", "", FORM, b""),
        ("", f"a=1&{PAIR}", FORM, b""),
        ("", json.dumps({"api_key": KEY, "api_secret": SECRET, "a": "1"}), JSON, b""),
        (PAIR, "a=1", FORM, b""),
        ("a=2", f"a=1&{PAIR}", FORM, BASIC),
        ("", f"a=1&{PAIR}", FORM, b"Bearer abc"),
    ],
)
def test_every_way_of_saying_who_calls_is_understood(
    site: Site, query: str, body: str, kind: bytes, authorization: bytes
) -> None:
    status, _, (name, parameters) = site.ask(query, body, kind, authorization)
    assert (status, name, parameters["a"]) == (200, "acme", "1")


def test_a_signature_says_who_calls(site: Site) -> None:
    made = {"api_key": KEY, "a": "1", "timestamp": str(NOW_S)}
    sig = sign(made.items(), SIGNATURE_SECRET, SignatureMethod.MD5HASH)
    query = f"api_key={KEY}&a=1&timestamp={NOW_S}&sig={sig}"
    assert site.ask(query)[2][0] == "acme"
    assert site.ask(query.replace("a=1", "a=2"))[::2] == (401, REFUSED)


@pytest.mark.parametrize(
    ("query", "authorization"),
    [
        ("", b""),
        (f"api_key={KEY}", b""),
        (f"api_key={KEY}&api_secret=wrong", b""),
        (f"api_key=nobody&api_secret={SECRET}", b""),
        (f"{PAIR}&sig=ab&timestamp=1", b""),
        (f"api_key={KEY}&sig=ab&timestamp={NOW_S}", b""),
        ("", b"Basic " + base64.b64encode(b"abcd1234:wrong")),
        ("", b"Basic ?"),
        ("", b"Bearer abc"),
    ],
)
def test_whatever_is_wrong_with_credentials_is_the_same_401(
    site: Site, query: str, authorization: bytes
) -> None:
    status, headers, body = site.ask(query, authorization=authorization)
    assert (status, body) == (401, REFUSED)
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"www-authenticate"].startswith(b"Basic ")


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("{", JSON, "not valid JSON"),
        ('["a"]', JSON, "must be an object"),
        ('{"a": {}}', JSON, "a must be a string"),
        ("x", b"multipart/form-data; boundary=x", "multipart/form-data is not read"),
    ],
)
def test_a_body_that_cannot_be_read_is_400_and_says_why(
    site: Site, body: str, kind: bytes, words: str
) -> None:
    status, _, told = site.ask("", body, kind, BASIC)
    assert (status, told["error-code"]) == (400, "400")
    assert words in told["error-code-label"]
