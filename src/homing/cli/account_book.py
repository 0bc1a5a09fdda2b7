"""The accounts as the commands see them: through the running gateway, or in its closed store."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

import msgspec

from homing.cli.control import Control
from homing.cli.problems import Sentence
from homing.cli.where import Where
from homing.core.model.money import read_money
from homing.runtime.accounts import Accounts
from homing.runtime.settings import Settings

T = TypeVar("T")
View = dict[str, Any]  # as `api.operator.AccountView` is written


class Shelf(Protocol):
    """Where accounts are."""

    def all(self) -> list[View]: ...
    def add(self, **given: Any) -> View: ...
    def set(self, api_key: str, **changes: Any) -> View: ...


class Book:
    """A shelf, searched by key or name."""

    def __init__(self, shelf: Shelf) -> None:
        self.all, self.add, self.set = shelf.all, shelf.add, shelf.set

    def find(self, key_or_name: str) -> View:
        """Raises Sentence. A key wins over another account's name that looks like it."""
        found = self.all()
        for field in ("api_key", "name"):
            for one in found:
                if one[field] == key_or_name:
                    return one
        raise Sentence(f"no account has the key or name {key_or_name!r}")


def account_book(where: Where, *, may_make: bool = False) -> Book:
    """Up: the socket. Down: the store itself, made when `may_make`."""
    control = where.control()
    if where.settings is None or control.is_up():
        return Book(_Running(control))
    if not may_make and not where.settings.store_path.exists():
        raise Sentence(f"there is no store at {where.settings.store_path} yet")
    return Book(_Closed(where.settings))


class _Running:
    def __init__(self, control: Control) -> None:
        self.all, self.add, self.set = control.accounts, control.add_account, control.set_account


class _Closed:
    """Opens and closes the store for each call. Raises Unusable while somebody else has it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def all(self) -> list[View]:
        async def work(accounts: Accounts) -> list[View]:
            return [_view(account) for account in accounts.all()]

        return self._open(work)

    def add(self, **given: Any) -> View:
        async def work(accounts: Accounts) -> View:
            account, secret = await accounts.add(given.pop("name"), **_units(given))
            return _view(account) | {"api_secret": secret}

        return self._open(work)

    def set(self, api_key: str, **changes: Any) -> View:
        async def work(accounts: Accounts) -> View:
            return _view(await accounts.set(api_key, **_units(changes)))

        return self._open(work)

    def _open(self, work: Callable[[Accounts], Coroutine[Any, Any, T]]) -> T:
        from homing.runtime.offline import offline

        async def main() -> T:
            self._settings.store_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            async with offline(self._settings) as accounts:
                return await work(accounts)

        return asyncio.run(main())


def _view(account: Any) -> View:
    from homing.api.operator import view

    shown: View = msgspec.to_builtins(view(account))
    return shown


def _units(given: View) -> View:
    for param in ("balance", "top_up"):
        if given.get(param) is not None:
            given[param] = read_money(given[param])
    return given
