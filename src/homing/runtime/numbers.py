"""The numbers that the operator gave to accounts: a number, or a keyword on it, has one owner."""

from asyncio import Lock

from msgspec.structs import replace

from homing.core.model.account import Account, Number
from homing.core.numbering.country import country_of
from homing.core.numbering.features import features
from homing.core.numbering.msisdn import DIGITS_MIN
from homing.runtime.accounts import AccountProblem, Accounts


class Numbers:
    """Each change is durable before it returns. All raise AccountProblem, and KeyError when there
    is no such account."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._changing = Lock()  # a change is made of what was there before

    async def add(self, api_key: str, number: Number) -> Account:
        """Give an account a number, or one keyword of it.

        An empty country is found out, except that of a short code, whose digits do not say it.
        """
        country = number.country.upper()
        if not country and len(number.msisdn) >= DIGITS_MIN:
            country = country_of(number.msisdn)
        if country and features(country) is None:
            raise AccountProblem("country", "must be two letters of a country, as in GB")
        async with self._changing:
            account = _known(self._accounts, api_key)
            owner = self._owner(number)
            if owner is not None:
                what = f"{number.msisdn} {number.keyword}".strip()
                raise AccountProblem("msisdn", f"{what} belongs to account {owner.name!r} already")
            added = replace(number, country=country)
            return await self._accounts.set(api_key, numbers=(*account.options.numbers, added))

    async def remove(self, api_key: str, msisdn: str, keyword: str = "") -> Account:
        """Take it away: what comes to it belongs to nobody from now on."""
        async with self._changing:
            numbers = _known(self._accounts, api_key).options.numbers
            left = tuple(one for one in numbers if (one.msisdn, one.keyword) != (msisdn, keyword))
            if len(left) == len(numbers):
                raise AccountProblem("msisdn", "the account has no such number and keyword")
            return await self._accounts.set(api_key, numbers=left)

    async def redirect(self, api_key: str, msisdn: str, inbound_url: str | None) -> Account:
        """Where messages to a number go, whatever their keyword; None: where the account says."""
        async with self._changing:
            numbers = _known(self._accounts, api_key).options.numbers
            if all(one.msisdn != msisdn for one in numbers):
                raise AccountProblem("msisdn", "the account has no such number")
            changed = tuple(
                replace(one, inbound_url=inbound_url) if one.msisdn == msisdn else one
                for one in numbers
            )
            return await self._accounts.set(api_key, numbers=changed)

    def _owner(self, number: Number) -> Account | None:
        for account in self._accounts.all():
            for one in account.options.numbers:
                if (one.msisdn, one.keyword) == (number.msisdn, number.keyword):
                    return account
        return None


def _known(accounts: Accounts, api_key: str) -> Account:
    account = accounts.by_key(api_key)
    if account is None:
        raise KeyError(api_key)
    return account
