"""The operator's route for signatures: what it changes, shows once, and refuses by name."""

import asyncio
import json
from typing import Any

import pytest

from homing.api.app import assemble
from homing.api.signing_routes import routes
from homing.runtime.accounts import Accounts
from homing.runtime.clock import Clock
from homing.runtime.keyfile import KeyFile
from homing.store.contract import PutAccount

KEY = "abcd1234"


class Site:
    """The route alone, before accounts whose changes last at once."""

    def __init__(self) -> None:
        clock = Clock(lambda: 1_790_000_000_000, lambda: 0.0)
        self.accounts = Accounts(self, KeyFile(b"k" * 32), clock)  # type: ignore[arg-type]
        asyncio.run(self.accounts.add("acme", api_key=KEY))
        self.app = assemble(routes(self))  # type: ignore[arg-type]

    def write(self, change: PutAccount, when_durable: Any) -> None:
        when_durable(change)

    def ask(self, order: Any, key: str = KEY) -> tuple[int, Any]:
        path = f"/homing/v1/accounts/{key}/signature"
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
            "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": b"", "headers": [], "client": None, "server": None,
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": json.dumps(order).encode(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))
        return sent[0]["status"], json.loads(b"".join(one.get("body", b"") for one in sent[1:]))


@pytest.fixture
def site() -> Site:
    return Site()


def test_one_order_makes_a_secret_and_begins_to_sign(site: Site) -> None:
    status, told = site.ask({"method": "sha256", "sign_webhooks": True, "rotate": True})
    assert status == 200
    assert (told["method"], told["sign_webhooks"]) == ("sha256", True)
    (one,) = told["secrets"]
    assert one["accepted_until"] is None
    account = site.accounts.by_key(KEY)
    assert account is not None
    assert account.signature_secrets[0].secret == told["signature_secret"]


def test_an_empty_order_shows_and_changes_nothing(site: Site) -> None:
    _, made = site.ask({"rotate": True})
    status, shown = site.ask({})
    assert status == 200
    assert made["signature_secret"] not in json.dumps(shown)
    assert "signature_secret" not in shown
    assert shown["secrets"] == made["secrets"]


def test_rotating_says_until_when_the_old_secret_is_accepted(site: Site) -> None:
    site.ask({"secret": "TheOneBefore1234"})
    _, told = site.ask({"rotate": True, "overlap_s": 3600})
    assert [one["accepted_until"] for one in told["secrets"]] == [None, "2026-09-21T15:13:20.000Z"]


@pytest.mark.parametrize(
    ("order", "status", "param"),
    [
        ({"sign_webhooks": True}, 400, "signs_webhooks"),
        ({"method": "sha3"}, 400, "method"),
        ({"rotate": True, "overlap_s": -1}, 400, "overlap_s"),
        ({"secret": "short"}, 400, "secret"),
        ({"rotates": True}, 400, "rotates"),
        ({"sign_webhooks": "yes"}, 400, "sign_webhooks"),
    ],
)
def test_a_wrong_order_names_its_field_and_changes_nothing(
    site: Site, order: Any, status: int, param: str
) -> None:
    before = site.ask({})
    got, told = site.ask(order)
    assert (got, told["param"]) == (status, param)
    assert site.ask({}) == before


def test_an_unknown_account_is_404(site: Site) -> None:
    status, told = site.ask({"rotate": True}, key="nobody")
    assert (status, told["code"]) == (404, "unknown_account")
