"""The accounts, whole in memory: who may submit, and where receipts go."""

import hmac
import secrets
from asyncio import Future, Lock, get_running_loop
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from homing.core.model.account import Account, WebhookMethod
from homing.core.model.limits import API_RATE_PER_S
from homing.core.webhooks.endpoint import read_url
from homing.runtime.clock import Clock
from homing.runtime.keyfile import KeyFile
from homing.store.contract import PutAccount, Store

KEY_CHARACTERS = "0123456789abcdef"


class AccountProblem(Exception):
    """A value that an account cannot have; `param` names it, the text says the rule."""

    def __init__(self, param: str, reason: str) -> None:
        self.param = param
        super().__init__(reason)


class Accounts:
    """Reads never touch the store. Changes are durable before they return."""

    def __init__(self, store: Store, keys: KeyFile, clock: Clock) -> None:
        self._store, self._keys, self._clock = store, keys, clock
        self._by_key: dict[str, Account] = {}
        self._by_id: dict[int, Account] = {}
        self._changing = Lock()
        self.on_change: Callable[[Account], None] = lambda account: None

    def load(self, accounts: Iterable[Account]) -> None:
        for account in accounts:
            self._remember(account)

    def by_key(self, api_key: str) -> Account | None:
        return self._by_key.get(api_key)

    def by_id(self, account_id: int) -> Account | None:
        return self._by_id.get(account_id)

    def all(self) -> list[Account]:
        return sorted(self._by_key.values(), key=lambda account: account.id)

    def check(self, api_key: str, secret: str) -> Account | None:
        """The account, when the secret is one of its own; compared in constant time."""
        account = self._by_key.get(api_key)
        digest = self._keys.digest(secret)
        if account is None:
            return None
        fits = False
        for known in account.secret_digests:
            fits |= hmac.compare_digest(known, digest)
        return account if fits else None

    async def add(
        self,
        name: str,
        *,
        webhook_url: str | None = None,
        webhook_method: str = "GET",
        rate_per_s: int | None = API_RATE_PER_S,
        balance: int | None = None,
        api_key: str | None = None,
        secret: str | None = None,
    ) -> tuple[Account, str]:
        """A new account and its secret, which is shown here once and kept nowhere.

        Raises AccountProblem.
        """
        if not 1 <= len(name) <= 64 or not name.isprintable():
            raise AccountProblem("name", "must be 1 to 64 printable characters")
        if any(account.name == name for account in self._by_key.values()):
            raise AccountProblem("name", f"an account is already named {name!r}")
        secret = secret or "".join(secrets.choice(KEY_CHARACTERS) for _ in range(16))
        account = Account(
            id=max(self._by_id, default=0) + 1,
            api_key=api_key or self._new_key(),
            name=name,
            secret_digests=(self._keys.digest(secret),),
            webhook_url=_checked_url(webhook_url),
            webhook_method=_checked_method(webhook_method),
            rate_per_s=_checked_rate(rate_per_s),
            balance=_checked_balance(balance),
            created_at_ms=self._clock.wall_ms(),
        )
        self._remember(account)  # before the wait: two adds at once must not take one id
        try:
            await self._put(account, balance_too=True)
        except BaseException:
            self._by_key.pop(account.api_key, None)
            self._by_id.pop(account.id, None)
            raise
        return account, secret

    async def set(self, api_key: str, /, **changes: Any) -> Account:
        """Change webhook_url, webhook_method, rate_per_s, balance or tell_intermediate.

        Raises AccountProblem; KeyError when there is no such account.
        """
        async with self._changing:  # two at once would each write the other's old values
            return await self._set(self._by_key[api_key], changes)

    async def _set(self, account: Account, changes: dict[str, Any]) -> Account:
        for param, value in changes.items():
            check = _CHECKS.get(param)
            if check is None:
                raise AccountProblem(param, "no such setting of an account")
            changes[param] = check(value)
        changed = msgspec.structs.replace(account, **changes)
        before = account.balance
        await self._put(changed, balance_too="balance" in changes)
        if changes.get("balance") is not None and before is not None:
            # What was spent while the commit was on its way is spent from the new balance.
            changes["balance"] += (account.balance or 0) - before
        # The object stays the same: messages on their way hold it.
        for param, value in changes.items():
            setattr(account, param, value)
        self.on_change(account)
        return account

    def _remember(self, account: Account) -> None:
        self._by_key[account.api_key] = account
        self._by_id[account.id] = account

    def _new_key(self) -> str:
        while True:
            key = "".join(secrets.choice(KEY_CHARACTERS) for _ in range(8))
            if key not in self._by_key:
                return key

    async def _put(self, account: Account, *, balance_too: bool) -> None:
        done: Future[None] = get_running_loop().create_future()

        def durable(change: PutAccount) -> None:
            if done.done():
                return
            if change.error is None:
                done.set_result(None)
            else:
                done.set_exception(change.error)

        self._store.write(PutAccount(account=account, balance_too=balance_too), durable)
        await done


def _checked_url(url: str | None) -> str | None:
    if not url:
        return None
    parsed = read_url(url)
    if isinstance(parsed, str):
        raise AccountProblem("webhook_url", parsed)
    return url


def _checked_method(method: str) -> WebhookMethod:
    try:
        return WebhookMethod(method)
    except ValueError:
        raise AccountProblem("webhook_method", "must be GET, POST or POST_JSON") from None


def _checked_rate(rate_per_s: int | None) -> int | None:
    if rate_per_s is not None and rate_per_s < 1:
        raise AccountProblem("rate_per_s", "must be 1 or more, or none")
    return rate_per_s


def _checked_balance(balance: int | None) -> int | None:
    if balance is not None and not 0 <= balance < 1 << 62:
        raise AccountProblem("balance", "must be 0 or more, in units of 10^-8")
    return balance


def _checked_flag(value: bool) -> bool:
    return bool(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "webhook_url": _checked_url,
    "webhook_method": _checked_method,
    "rate_per_s": _checked_rate,
    "balance": _checked_balance,
    "tell_intermediate": _checked_flag,
}
