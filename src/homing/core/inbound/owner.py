"""Whose message it is: by our number that it was sent to, and on shared numbers by its first word.

A keyword's owner comes before the owner of the number without one.
"""

from collections.abc import Iterable

from homing.core.inbound.read import plain
from homing.core.model.account import Account, Number
from homing.core.model.inbound import Inbound


class Book:
    """All numbers of all accounts, made once for many look-ups."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._owners: dict[str, dict[str, int]] = {}  # number -> keyword -> account
        for account in accounts:
            for number in account.options.numbers:
                owners = self._owners.setdefault(plain(number.msisdn), {})
                owners.setdefault(number.keyword.upper(), account.id)

    def knows(self, recipient: str) -> bool:
        """Whether the number belongs to anybody, by whatever keyword."""
        return recipient in self._owners

    def asks_for_keyword(self, recipient: str) -> bool:
        """Whether the first word decides whose it is."""
        return any(self._owners.get(recipient, ()))

    def owner(self, recipient: str, keyword: str) -> int | None:
        """The account; None: it belongs to nobody."""
        owners = self._owners.get(recipient, {})
        return owners.get(keyword, owners.get(""))


def url_of(account: Account, inbound: Inbound) -> str | None:
    """Where it goes: the number's own URL, else the account's for inbound messages.

    Of the account's rows for this number that of the keyword comes first. Receipts have another
    URL, which is never taken for these. None: nobody wants to be told.
    """
    rows = [one for one in account.options.numbers if plain(one.msisdn) == inbound.recipient]
    rows.sort(key=lambda one: _nearness(one, inbound.keyword))
    own = rows[0].inbound_url if rows else None
    return own or account.options.inbound_url


def _nearness(number: Number, keyword: str) -> int:
    if not number.keyword:
        return 1
    return 0 if number.keyword.upper() == keyword else 2
