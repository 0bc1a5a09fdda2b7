"""Accounts are whole in memory, durable before they are told of, and checked in constant time."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from homing.core.model.account import Account, SignatureMethod, WebhookMethod
from homing.core.webhooks.signing import sign
from homing.runtime.accounts import (
    AccountProblem,
    Accounts,
    LastSecret,
    TooManySecrets,
    UnknownSecret,
)
from homing.runtime.clock import Clock
from homing.runtime.keyfile import KeyFile
from homing.runtime.offline import offline
from homing.runtime.settings import Settings, StoreSettings
from homing.store.contract import Busy, PutAccount, Unusable
from homing.store.sqlite import SqliteStore
from support.house import House

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
        assert secret.encode() not in b"".join(secret.digest for secret in one.secrets)

    with_store(body)


def test_each_of_two_secrets_opens_while_they_rotate() -> None:
    async def body(accounts: Accounts) -> None:
        account, secret = await accounts.add("one")
        account.secrets += (accounts.new_secret("next"),)
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


# --- several API secrets

NEXT = "Second0Secret"


def test_a_secret_is_added_and_the_old_one_removed_while_one_always_opens(tmp_path: Path) -> None:
    settings = Settings(store=StoreSettings(url=f"sqlite://{tmp_path}/homing.db"))

    async def main() -> None:
        async with offline(settings) as accounts:
            account, secret = await accounts.add("one")
            added = await accounts.add_secret(account.api_key, NEXT)
            assert accounts.check(account.api_key, secret) is account
            assert accounts.check(account.api_key, NEXT) is account
            first = account.secrets[0]
            assert account.secrets == (first, added)
            await accounts.remove_secret(account.api_key, first.id)
            assert accounts.check(account.api_key, secret) is None
        async with offline(settings) as accounts:
            assert accounts.check(account.api_key, secret) is None
            assert accounts.check(account.api_key, NEXT) is not None

    asyncio.run(main())


@pytest.mark.parametrize(
    "secret", ["", "aB3defg", "aB3" + "x" * 23, "ABCDEFG1", "abcdefg1", "ABCDefgh", "aB3defg\n"]
)
def test_an_api_secret_that_breaks_a_rule_is_refused_with_all_of_them(secret: str) -> None:
    async def body(accounts: Accounts) -> None:
        account, _ = await accounts.add("one")
        with pytest.raises(AccountProblem, match=r"8 to 25 .* lower-case .* upper-case .* digit"):
            await accounts.add_secret(account.api_key, secret)
        assert len(account.secrets) == 1

    with_store(body)


@pytest.mark.parametrize("secret", ["aB3defgh", "aB3" + "x" * 22])
def test_api_secrets_at_the_bounds_of_the_rule_are_taken(secret: str) -> None:
    async def body(accounts: Accounts) -> None:
        account, _ = await accounts.add("one")
        await accounts.add_secret(account.api_key, secret)
        assert accounts.check(account.api_key, secret) is account

    with_store(body)


def test_two_secrets_are_the_most_and_one_the_least() -> None:
    async def body(accounts: Accounts) -> None:
        account, _ = await accounts.add("one")
        with pytest.raises(LastSecret):
            await accounts.remove_secret(account.api_key, account.secrets[0].id)
        await accounts.add_secret(account.api_key, NEXT)
        with pytest.raises(TooManySecrets, match="at most 2"):
            await accounts.add_secret(account.api_key, NEXT + "x")
        with pytest.raises(UnknownSecret):
            await accounts.remove_secret(account.api_key, "absent")
        with pytest.raises(KeyError):
            await accounts.add_secret("absent", NEXT)
        assert len(account.secrets) == 2

    with_store(body)


# --- secrets for signing


class Hands:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now_ms = 1_790_000_000_000
        self.clock = Clock(lambda: self.now_ms, lambda: 0.0)


def in_file(
    path: Path, body: Callable[[Accounts, Hands], Coroutine[Any, Any, None]], key: bytes = b"k" * 32
) -> None:
    """Accounts of a store in a file, as they are after a start."""

    async def main() -> None:
        hands, store = Hands(), SqliteStore(path)
        start = await store.start()
        accounts = Accounts(store, KeyFile(key), hands.clock)
        accounts.load(start.accounts)
        try:
            await body(accounts, hands)
        finally:
            await store.stop()

    asyncio.run(main())


def request(hands: Hands, secret: str, **more: str) -> dict[str, str]:
    made = {"from": "Acme", "to": "447700900000", "timestamp": str(hands.now_ms // 1000)} | more
    return made | {"sig": sign(made.items(), secret, SignatureMethod.MD5HASH)}


def test_a_rotated_out_secret_is_accepted_until_it_retires_and_signs_nothing(
    tmp_path: Path,
) -> None:
    async def body(accounts: Accounts, hands: Hands) -> None:
        account, _ = await accounts.add("one")
        _, old = await accounts.rotate_signature_secret(account.api_key)
        await accounts.set(account.api_key, signs_webhooks=True)
        _, new = await accounts.rotate_signature_secret(account.api_key, overlap_s=60)
        assert old != new
        stamp = accounts.stamp(account)
        assert stamp is not None
        assert stamp.secret == new
        assert accounts.check_signature(account, request(hands, old)) is None
        assert accounts.check_signature(account, request(hands, new)) is None
        hands.now_ms += 59_999
        assert accounts.check_signature(account, request(hands, old)) is None
        hands.now_ms += 1
        assert "sig does not fit" in str(accounts.check_signature(account, request(hands, old)))
        assert accounts.check_signature(account, request(hands, new)) is None

    in_file(tmp_path / "homing.db", body)


def test_an_overlap_of_nothing_retires_all_others_at_once(tmp_path: Path) -> None:
    async def body(accounts: Accounts, hands: Hands) -> None:
        account, _ = await accounts.add("one")
        made = [(await accounts.rotate_signature_secret(account.api_key))[1] for _ in range(4)]
        with pytest.raises(TooManySecrets, match="overlap_s 0"):
            await accounts.rotate_signature_secret(account.api_key)
        _, last = await accounts.rotate_signature_secret(account.api_key, overlap_s=0)
        assert [one.secret for one in account.signature_secrets] == [last]
        for secret in made:
            assert accounts.check_signature(account, request(hands, secret)) is not None

    in_file(tmp_path / "homing.db", body)


def test_secrets_for_signing_are_there_after_a_start_and_never_readable_in_the_store(
    tmp_path: Path,
) -> None:
    path, mine = tmp_path / "homing.db", "MyOwnSecret123456"

    async def first(accounts: Accounts, hands: Hands) -> None:
        await accounts.add("one", api_key="aaaaaaaa")
        await accounts.rotate_signature_secret("aaaaaaaa", mine)
        await accounts.set("aaaaaaaa", signs_webhooks=True, signature_method="sha256")

    async def again(accounts: Accounts, hands: Hands) -> None:
        account = accounts.all()[0]
        stamp = accounts.stamp(account)
        assert stamp is not None
        assert (stamp.secret, stamp.method) == (mine, SignatureMethod.SHA256)
        await accounts.set("aaaaaaaa", rate_per_s=5)  # other changes keep them

    in_file(path, first)
    in_file(path, again)
    in_file(path, again)
    for file in tmp_path.iterdir():
        assert mine.encode() not in file.read_bytes(), file.name
        assert mine.encode().hex().encode() not in file.read_bytes(), file.name
    with sqlite3.connect(path) as connection:
        (sealed,) = connection.execute("select secrets from signature_secret").fetchone()
    connection.close()
    assert len(sealed) > len(mine)


def test_under_another_key_file_an_account_has_no_signature_secret_and_can_have_a_new_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "homing.db"

    async def first(accounts: Accounts, hands: Hands) -> None:
        await accounts.add("one", api_key="aaaaaaaa")
        await accounts.rotate_signature_secret("aaaaaaaa")

    async def other(accounts: Accounts, hands: Hands) -> None:
        account = accounts.all()[0]
        assert account.signature_secrets == ()
        _, secret = await accounts.rotate_signature_secret("aaaaaaaa")
        assert accounts.check_signature(account, request(hands, secret)) is None

    in_file(path, first)
    with caplog.at_level(logging.ERROR):
        in_file(path, other, b"o" * 32)
    assert "aaaaaaaa" in caplog.text
    assert "another key file" in caplog.text


def test_a_seal_opens_for_its_own_account_alone(tmp_path: Path) -> None:
    path = tmp_path / "homing.db"

    async def first(accounts: Accounts, hands: Hands) -> None:
        for name in ("one", "two"):
            account, _ = await accounts.add(name)
            await accounts.rotate_signature_secret(account.api_key)

    async def moved(accounts: Accounts, hands: Hands) -> None:
        assert [len(account.signature_secrets) for account in accounts.all()] == [1, 0]

    in_file(path, first)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "update signature_secret set secrets = (select secrets from signature_secret"
            " where account_id = 1) where account_id = 2"
        )
    connection.close()
    in_file(path, moved)


def test_no_repr_and_no_log_line_shows_a_secret_for_signing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def body(accounts: Accounts, hands: Hands) -> None:
        account, _ = await accounts.add("one")
        _, secret = await accounts.rotate_signature_secret(account.api_key)
        await accounts.set(account.api_key, signs_webhooks=True)
        await accounts.rotate_signature_secret(account.api_key, secret + "x")
        shown = f"{account!r} {account.signature_secrets} {accounts.stamp(account)}"
        fault = accounts.check_signature(account, request(hands, "wrong secret"))
        assert secret not in shown + str(fault)

    with caplog.at_level(logging.DEBUG):
        in_file(tmp_path / "homing.db", body)
    assert "Secret" not in caplog.text


def test_a_nonce_is_used_once_and_only_a_sound_signature_uses_it(tmp_path: Path) -> None:
    async def body(accounts: Accounts, hands: Hands) -> None:
        account, _ = await accounts.add("one")
        _, secret = await accounts.rotate_signature_secret(account.api_key)
        assert accounts.check_signature(account, request(hands, "wrong", nonce="n")) is not None
        assert accounts.check_signature(account, request(hands, secret, nonce="n")) is None
        found = accounts.check_signature(account, request(hands, secret, nonce="n", to="4477"))
        assert found == "nonce was used already in the last 600 s"
        assert accounts.check_signature(account, request(hands, secret, nonce="m")) is None

    in_file(tmp_path / "homing.db", body)


def test_a_request_without_a_nonce_may_come_twice(tmp_path: Path) -> None:
    async def body(accounts: Accounts, hands: Hands) -> None:
        account, _ = await accounts.add("one")
        _, secret = await accounts.rotate_signature_secret(account.api_key)
        for _ in range(2):
            assert accounts.check_signature(account, request(hands, secret)) is None
        old = request(hands, secret)
        hands.now_ms += 301_000
        assert "timestamp" in str(accounts.check_signature(account, old))

    in_file(tmp_path / "homing.db", body)


def test_how_far_a_signed_time_may_lie_from_ours_is_a_setting(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={})
    house.settings.http.signature_tolerance_s = 20

    async def life() -> None:
        accounts, hands = house.gateway.accounts, Hands()
        _, secret = await accounts.rotate_signature_secret(house._account.api_key)
        faults = []
        for away_s in (-21, -20, 20, 21):
            hands.now_ms = house.wall_ms() + away_s * 1000
            found = accounts.check_signature(house._account, request(hands, secret, nonce="n"))
            faults.append(found)
        assert faults == [
            "timestamp is more than 20 s away from the time here",
            None,
            "nonce was used already in the last 40 s",
            "timestamp is more than 20 s away from the time here",
        ]

    house.live(life)


def test_an_account_signs_webhooks_only_when_it_was_told_to_and_has_a_secret() -> None:
    async def body(accounts: Accounts) -> None:
        account, _ = await accounts.add("one")
        assert accounts.stamp(account) is None
        with pytest.raises(AccountProblem) as caught:
            await accounts.set(account.api_key, signs_webhooks=True)
        assert caught.value.param == "signs_webhooks"
        await accounts.rotate_signature_secret(account.api_key)
        assert accounts.stamp(account) is None
        await accounts.set(account.api_key, signs_webhooks=True)
        nonces = {accounts.stamp(account).nonce for _ in range(3)}  # type: ignore[union-attr]
        assert len(nonces) == 3

    with_store(body)


@pytest.mark.parametrize(
    ("param", "given"),
    [
        ("signature_method", "sha3"), ("inbound_url", "ftp://x"), ("top_up", -1),
        ("whitelist", ["+447700900000"]),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_names_its_parameter(param: str, given: Any) -> None:
    async def body(accounts: Accounts) -> None:
        account, _ = await accounts.add("one")
        before = account.options
        with pytest.raises(AccountProblem) as caught:
            await accounts.set(account.api_key, **{param: given})
        assert caught.value.param == param
        assert account.options == before

    with_store(body)


@pytest.mark.parametrize("secret", ["short", "s" * 65, "with a blank in it", "Grüße-und-mehr"])
def test_a_signature_secret_of_ones_own_has_a_rule(secret: str) -> None:
    async def body(accounts: Accounts) -> None:
        account, _ = await accounts.add("one")
        with pytest.raises(AccountProblem, match="8 to 64") as caught:
            await accounts.rotate_signature_secret(account.api_key, secret)
        assert secret not in str(caught.value)
        with pytest.raises(AccountProblem, match="seconds"):
            await accounts.rotate_signature_secret(account.api_key, overlap_s=-1)
        assert account.signature_secrets == ()

    with_store(body)


def test_a_rotation_that_was_not_stored_changes_nothing() -> None:
    store = Held()

    async def body(accounts: Accounts) -> None:
        account = Account(1, "k", "one", ())
        accounts.load([account])
        rotating = asyncio.create_task(accounts.rotate_signature_secret("k"))
        await asyncio.sleep(0)
        store.end(Busy("full"))
        with pytest.raises(Busy):
            await rotating
        assert account.signature_secrets == ()

    on(store, body)
