"""Whose a message is, and where it goes."""

import pytest

from homing.core.inbound.owner import Book, url_of
from homing.core.model.account import Account, AccountOptions, Number
from homing.core.model.inbound import Inbound, InboundType


def account(id, *numbers, **options):
    return Account(id, f"key{id}", "", (), options=AccountOptions(numbers=numbers, **options))


BOOK = Book(
    [
        account(1, Number("447700900999"), Number("12345", keyword="WIN")),
        account(2, Number("12345")),
        account(3, Number("12345", keyword="WIN"), Number("12345", keyword="PLAY")),
        account(4, Number("99999", keyword="GO")),
    ]
)


@pytest.mark.parametrize(
    ("recipient", "word", "owner"),
    [
        ("447700900999", "ANYTHING", 1),
        ("12345", "WIN", 1),
        ("12345", "PLAY", 3),
        ("12345", "WINNER", 2),
        ("12345", "", 2),
        ("99999", "GO", 4),
        ("99999", "STAY", None),
        ("4477", "WIN", None),
    ],
)
def test_a_keyword_has_one_owner_and_the_number_without_one_the_rest(recipient, word, owner):
    assert BOOK.owner(recipient, word) == owner


def test_only_shared_numbers_ask_for_the_first_word():
    asked = [BOOK.asks_for_keyword(n) for n in ("447700900999", "12345", "99999", "1")]
    assert asked == [False, True, True, False]
    assert [BOOK.knows(n) for n in ("99999", "1")] == [True, False]


def inbound(word):
    return Inbound(1, 1, "4477", "12345", InboundType.TEXT, word.lower(), word, 0)


def test_the_numbers_own_url_comes_before_the_accounts_and_the_one_for_receipts_never():
    own = account(
        1,
        Number("12345", inbound_url="http://a/all"),
        Number("12345", keyword="WIN", inbound_url="http://a/win"),
        inbound_url="http://a/inbound",
    )
    own.webhook_url = "http://a/receipts"
    assert url_of(own, inbound("WIN")) == "http://a/win"
    assert url_of(own, inbound("LOSE")) == "http://a/all"
    own.options.numbers = (Number("12345"),)
    assert url_of(own, inbound("WIN")) == "http://a/inbound"
    own.options.inbound_url = None
    assert url_of(own, inbound("WIN")) is None
