"""Accounts are whole in memory, durable before they are told of, and checked in constant time."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from homing.core.model.account import Account, WebhookMethod
from homing.runtime.accounts import AccountProblem, Accounts
from homing.runtime.clock import Clock
from homing.runtime.keyfile import KeyFile
from homing.runtime.offline import offline
from homing.runtime.settings import Settings, StoreSettings
from homing.store.contract import Busy, PutAccount, Unusable
from homing.store.sqlite import SqliteStore

KEYS = KeyFile(b"k" * 32)
CLOCK = Clock(lambda: 1_790_000_000_000, lambda: 0.0)


class Held:
    """A store that keeps changes until it is told how they ended."""

    pending = 0

    def __init__(self) -> None:
        self.changes: list[tuple[PutAccount, Callable[..., None]]] = []

    def write(self, change: PutAccount, when_durable: Callable[..., None]) -> None:
        self.changes.append((change, when_durable))

    def end(self, error: Exception | None = None) -> None:
        change, when_durable = self.changes.pop(0)
        change.error = error
        when_durable(change)


def on(store: Any, body: Callable[[Accounts], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(body(Accounts(store, KEYS, CLOCK)))


def with_store(body: Callable[[Accounts], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        store = SqliteStore(":memory:")
        await store.start()
        await body(Accounts(store, KEYS, CLOCK))
        await store.stop()

    asyncio.run(main())


def test_a_secret_opens_its_own_account_and_no_other() -> None:
    async def body(accounts: Accounts) -> None:
        one, secret = await accounts.add("one")
        two, other_secret = await accounts.add("two")
        assert accounts.check(one.api_key, secret) is one
        assert accounts.check(one.api_key, other_secret) is None
        assert accounts.check(two.api_key, secret) is None
        assert accounts.check("absent", secret) is None
        assert secret.encode() not in b"".join(one.secret_digests)

    with_store(body)


def test_each_of_two_secrets_opens_while_they_rotate() -> None:
    async def body(accounts: Accounts) -> None:
        account, secret = await accounts.add("one")
        account.secret_digests += (KEYS.digest("next"),)
        assert accounts.check(account.api_key, secret) is account
        assert accounts.check(account.api_key, "next") is account

    with_store(body)


@pytest.mark.parametrize(
    ("param", "given"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "n" * 65}),
        ("name", {"name": "a\nb"}),
        ("name", {"name": "taken"}),
        ("webhook_url", {"webhook_url": "ftp://x"}),
        ("webhook_url", {"webhook_url": "http://u:p@x/"}),
        ("webhook_method", {"webhook_method": "PUT"}),
        ("rate_per_s", {"rate_per_s": 0}),
        ("balance", {"balance": -1}),
        ("balance", {"balance": 1 << 62}),
    ],
)
def test_a_value_that_an_account_cannot_have_names_its_parameter(
    param: str, given: dict[str, Any]
) -> None:
    async def body(accounts: Accounts) -> None:
        await accounts.add("taken")
        with pytest.raises(AccountProblem) as caught:
            await accounts.add(**{"name": "new"} | given)
        assert caught.value.param == param
        assert [account.name for account in accounts.all()] == ["taken"]
        if param != "name":
            with pytest.raises(AccountProblem):
                await accounts.set(accounts.all()[0].api_key, **given)

    with_store(body)


def test_a_setting_that_does_not_exist_is_refused() -> None:
    async def body(accounts: Accounts) -> None:
        account, _ = await accounts.add("one")
        with pytest.raises(AccountProblem, match="no such setting"):
            await accounts.set(account.api_key, id=7)
        with pytest.raises(KeyError):
            await accounts.set("absent", balance=1)

    with_store(body)


def test_an_account_that_was_not_stored_does_not_exist() -> None:
    store = Held()

    async def body(accounts: Accounts) -> None:
        adding = asyncio.create_task(accounts.add("one", api_key="aaaaaaaa"))
        await asyncio.sleep(0)
        store.end(Busy("full"))
        with pytest.raises(Busy):
            await adding
        assert accounts.all() == []

    on(store, body)


def test_two_accounts_added_at_once_do_not_share_an_id() -> None:
    store = Held()

    async def body(accounts: Accounts) -> None:
        adding = [asyncio.create_task(accounts.add(name)) for name in ("one", "two")]
        await asyncio.sleep(0)
        store.end()
        store.end()
        ids = {(await task)[0].id for task in adding}
        assert len(ids) == 2

    on(store, body)


def test_what_was_spent_while_a_new_balance_was_written_is_spent_from_it() -> None:
    store = Held()

    async def body(accounts: Accounts) -> None:
        account = Account(1, "k", "one", (), balance=100)
        accounts.load([account])
        setting = asyncio.create_task(accounts.set("k", balance=1000))
        await asyncio.sleep(0)
        account.balance = 70
        store.end()
        assert await setting is account, "messages on their way hold this object"
        assert account.balance == 970

    on(store, body)


def test_a_change_that_was_not_stored_changes_nothing() -> None:
    store = Held()

    async def body(accounts: Accounts) -> None:
        told: list[Account] = []
        accounts.on_change = told.append
        accounts.load([Account(1, "k", "one", (), rate_per_s=30)])
        setting = asyncio.create_task(accounts.set("k", rate_per_s=5))
        await asyncio.sleep(0)
        store.end(Busy("full"))
        with pytest.raises(Busy):
            await setting
        assert accounts.all()[0].rate_per_s == 30
        assert told == []

    on(store, body)


def test_accounts_of_a_gateway_that_is_down_are_there_when_it_starts(tmp_path: Path) -> None:
    settings = Settings(store=StoreSettings(url=f"sqlite://{tmp_path}/homing.db"))

    async def main() -> None:
        async with offline(settings) as accounts:
            account, secret = await accounts.add("one", webhook_method="POST", balance=5)
            with pytest.raises(Unusable):
                async with offline(settings):
                    pass
        async with offline(settings) as accounts:
            found = accounts.check(account.api_key, secret)
            assert found is not None
            assert (found.webhook_method, found.balance) == (WebhookMethod.POST, 5)

    asyncio.run(main())
