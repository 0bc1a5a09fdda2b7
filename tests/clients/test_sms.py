"""Every client sends: one part, long, unicode, binary, and with every option that it knows."""

import itertools
import re
from decimal import Decimal

import pytest

from clients.having import having
from clients.libraries import Answer, Client
from clients.site import BALANCE, Site
from support.waiting import until

LONG = "A long text goes out in parts, and comes home as one on the handset. " * 4
UNICODE = "Grüße 👋🏽 из Киева"
MESSAGE_ID = re.compile(r"[0-9A-F]{16}")
MONEY = re.compile(r"\d+\.\d{8}")
_numbers = itertools.count(447_700_100_000)


@pytest.fixture
def to() -> str:
    """A handset of this test alone."""
    return str(next(_numbers))


def check_entries(answer: Answer, to: str, parts: int) -> list[dict[str, str]]:
    """One accepted entry a part, every value a string, the balance falling by the price."""
    assert not answer.raised, answer
    assert answer.returned["message-count"] == str(parts)
    entries: list[dict[str, str]] = answer.returned["messages"]
    assert len(entries) == parts
    left = Decimal(BALANCE)
    for entry in entries:
        assert (entry["to"], entry["status"]) == (to, "0")
        assert MESSAGE_ID.fullmatch(entry["message-id"])
        assert MONEY.fullmatch(entry["message-price"])
        left -= Decimal(entry["message-price"])
        assert Decimal(entry["remaining-balance"]) == left
        assert re.fullmatch(r"(\d{5,6})?", entry["network"])
    assert len({entry["message-id"] for entry in entries}) == parts
    return entries


def check_receipts(site: Site, client: Client, entries: list[dict[str, str]]) -> None:
    """Both receipts of every part come to the account's webhook."""
    told = site.told(client.facts, 2 * len(entries))
    found = sorted((post["messageId"], post["status"]) for post in told)
    ids = [entry["message-id"] for entry in entries]
    assert found == sorted((one, word) for one in ids for word in ("accepted", "delivered"))


def shown(site: Site, to: str) -> list[str]:
    until(lambda: site.simulator.shown(to), 20.0)
    return site.simulator.shown(to)


@having("sms, one part")
def test_one_part_is_sent_and_told(client: Client, site: Site, to: str) -> None:
    text = "hi & bye = ok + 100 % €"
    answer = client.ask("sms", **{"from": "Acme Inc", "to": to, "text": text})
    entries = check_entries(answer, to, 1)
    assert shown(site, to) == [text]
    check_receipts(site, client, entries)


@having("sms, long")
def test_a_long_text_is_one_entry_a_part_and_one_text_on_the_handset(
    client: Client, site: Site, to: str
) -> None:
    answer = client.ask("sms", **{"from": "Acme", "to": to, "text": LONG})
    entries = check_entries(answer, to, 2)
    assert shown(site, to) == [LONG]
    check_receipts(site, client, entries)


@having("sms, unicode")
def test_unicode_arrives_as_it_was(client: Client, site: Site, to: str) -> None:
    answer = client.ask("sms", **{"from": "Acme", "to": to, "text": UNICODE, "type": "unicode"})
    check_entries(answer, to, 1)
    assert shown(site, to) == [UNICODE]


@having("sms, binary")
def test_octets_arrive_as_they_were(client: Client, site: Site, to: str) -> None:
    octets = {"type": "binary", "body": "00ff1b40fe", "udh": "06050415811581"}
    answer = client.ask("sms", **{"from": "Acme", "to": to, **octets})
    check_entries(answer, to, 1)
    assert shown(site, to) == ["00FF1B40FE"]


@having("sms, every option")
def test_every_option_is_taken_and_the_references_come_back(
    client: Client, site: Site, to: str
) -> None:
    options = {
        "type": "unicode", "ttl": 900_000, "status-report-req": True, "message-class": 1,
        "protocol-id": 0, "client-ref": "my ref", "account-ref": "branch 7", "entity-id": "e1",
        "content-id": "c1", "callback": f"{site.hook_url}?for=this",
    }  # fmt: skip
    answer = client.ask("sms", **{"from": "Acme", "to": to, "text": "hi", **options})
    (entry,) = check_entries(answer, to, 1)
    assert (entry["client-ref"], entry["account-ref"]) == ("my ref", "branch 7")
    for post in site.told(client.facts, 2):
        assert (post["for"], post["client-ref"]) == ("this", "my ref")


@having("sms, one part")
def test_no_report_is_told_when_none_is_wanted(client: Client, site: Site, to: str) -> None:
    quiet = {"from": "Acme", "to": to, "text": "quiet", "status-report-req": False}
    check_entries(client.ask("sms", **quiet), to, 1)
    other = str(next(_numbers))
    loud = client.ask("sms", **{"from": "Acme", "to": other, "text": "loud"})
    assert loud.returned["messages"][0]["status"] == "0"
    assert {post["msisdn"] for post in site.told(client.facts, 2)} == {other}


@having("secrets")
def test_a_message_after_a_call_for_secrets_is_sent_too(
    client: Client, site: Site, to: str
) -> None:
    """One client then calls its form JSON, another sends its credentials twice."""
    message = {"from": "Acme", "to": to, "text": "after"}
    _, answer = client.ask_in_turn(("secrets_list", {}), ("sms", message))
    check_entries(answer, to, 1)
    assert shown(site, to) == ["after"]


@having("sms, one part")
def test_a_number_with_a_plus_is_the_number(client: Client, site: Site, to: str) -> None:
    answer = client.ask("sms", **{"from": "+447700900999", "to": f"+{to}", "text": "plus"})
    check_entries(answer, to, 1)
    assert shown(site, to) == ["plus"]
