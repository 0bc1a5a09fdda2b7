"""Receipts that come after a redaction, when memory has forgotten the number too."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from support.house import RECIPIENT, House, Smsc

OTHER = "447700900999"


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A restart after a message was failed, told, and redacted."""
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: house.count("answer"))
        house.smscs["north"].deliver("north1", stat="UNDELIV")
        await house.until(lambda: house.count("attempt"))
        ((uuid,),) = house.query("select uuid from message")
        assert await house.gateway.redactions.redact(uuid, house._account.id)
        assert house.query("select recipient, sender from message") == [("", "")]

    house.live(life)
    return house


def live(house: House, stat: str, recipient: str, is_settled: Callable[[], bool]) -> None:
    """A life in which one receipt comes."""

    async def life() -> None:
        await house.up("north")
        house.smscs["north"].deliver("north1", stat=stat, recipient=recipient)
        await house.until(is_settled)

    house.live(life)


def test_a_receipt_that_comes_once_more_is_a_repeat_and_keeps_no_number(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The house looks for its octets, which went with the text.
    monkeypatch.setattr(Smsc, "replied", lambda self, body, status: self.replies.append(status))

    def is_settled() -> bool:
        rows = house.query("select part_id is null, seen_count, recipient from receipt")
        return rows == [(0, 2, "")] and house.smscs["north"].replies[-1] == 0

    live(house, "UNDELIV", RECIPIENT, is_settled)


@pytest.mark.parametrize("spelled", [RECIPIENT, f"+{RECIPIENT}", "0" + RECIPIENT[2:]])
def test_a_late_correction_is_told_with_the_numbers_that_it_names(
    house: House, spelled: str
) -> None:
    told: list[tuple[str, str, str]] = []
    post = house.webhook.post

    def note(url: object, request: bytes, *rest: object) -> None:
        query = parse_qs(urlsplit(request.split(b" ", 2)[1].decode()).query)
        told.append((query["msisdn"][0], query["to"][0], query["status"][0]))
        post(url, request, *rest)  # type: ignore[arg-type, call-arg]

    house.webhook.post = note  # type: ignore[method-assign, assignment]
    live(house, "DELIVRD", spelled, lambda: bool(told))
    assert told == [(spelled, "Homing", "delivered")]

    async def after() -> None:
        assert house.query("select recipient, sender from message") == [("", "")]

    house.live(after)


def test_a_receipt_of_another_number_is_not_this_messages(house: House) -> None:
    def is_settled() -> bool:
        rows = house.query("select reason from receipt where part_id is null")
        return rows == [("recipient differs",)]

    live(house, "DELIVRD", OTHER, is_settled)
