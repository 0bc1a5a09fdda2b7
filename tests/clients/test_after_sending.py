"""What clients ask and tell about a message afterwards; and the Messages API."""

import re
from datetime import UTC, datetime
from typing import Any

from clients.having import having
from clients.libraries import Client
from clients.site import Site

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TO, TEXT = "447700900010", "What became of this?"


def sent(client: Client, site: Site) -> str:
    """The id of a message that its handset has."""
    found = client.returned("sms", **{"from": "Acme", "to": TO, "text": TEXT})
    message_id: str = found["messages"][0]["message-id"]
    site.posts("messageId", message_id, 2)
    return message_id


def today() -> str:
    return datetime.now(UTC).date().isoformat()


@having("conversion")
def test_a_conversion_is_taken_and_shown_on_the_message(client: Client, site: Site) -> None:
    message_id = sent(client, site)
    answer = client.ask("conversion", id=message_id, delivered=True)
    assert not answer.raised, answer
    assert answer.returned in ({}, None)
    assert "conver" in str(site.get(client.facts, f"/homing/v1/messages/{message_id}"))


@having("conversion")
def test_a_conversion_of_an_unknown_account_raises(client: Client) -> None:
    wrong = client.given(api_secret="Wrong0123456")
    answer = wrong.ask("conversion", id="037C49FFF70001AE", delivered=True)
    assert client.is_unauthorized(answer)


def check_found(found: dict[str, Any], client: Client, message_id: str) -> None:
    assert found["message-id"] == message_id
    assert found["account-id"] == client.facts["api_key"]
    assert (found["from"], found["to"], found["body"]) == ("Acme", TO, TEXT)
    assert (found["type"], found["final-status"], found["status"]) == ("MT", "DELIVRD", "delivered")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", found["date-received"])


@having("search by id")
def test_a_message_is_found_by_its_id(client: Client, site: Site) -> None:
    message_id = sent(client, site)
    check_found(client.returned("search_one", id=message_id), client, message_id)


@having("search by ids")
def test_messages_are_found_by_their_ids(client: Client, site: Site) -> None:
    ids = [sent(client, site), sent(client, site)]
    found = client.returned("search_ids", ids=ids)
    assert found["count"] == 2
    by_id = {one["message-id"]: one for one in found["items"]}
    for message_id in ids:
        check_found(by_id[message_id], client, message_id)


@having("search by day")
def test_messages_are_found_by_day_and_recipient(client: Client, site: Site) -> None:
    message_id = sent(client, site)
    found = client.returned("search_day", to=TO, date=today())
    assert found["count"] == 1
    check_found(found["items"][0], client, message_id)


@having("search rejections")
def test_rejections_are_a_list(client: Client) -> None:
    found = client.returned("rejections", to=TO, date=today())
    assert isinstance(found["count"], int)
    assert found["count"] == len(found["items"])


@having("search by id")
def test_a_message_of_another_account_is_not_found(client: Client, site: Site) -> None:
    message_id = sent(client, site)
    assert client.returned("search_one", id=message_id)["message-id"] == message_id
    other = Client(client.library, client.process, site.add_account())
    answer = other.ask("search_one", id=message_id)
    assert message_id not in str(answer.returned)


@having("redact")
def test_a_redacted_message_has_no_text_any_more(client: Client, site: Site) -> None:
    message_id = sent(client, site)
    path = f"/search/message?id={message_id}"
    assert TEXT in str(site.get(client.facts, path))
    answer = client.ask("redact", id=message_id)
    assert not answer.raised, answer
    assert answer.returned is None
    assert TEXT not in str(site.get(client.facts, path))


@having("messages v1")
def test_messages_v1_gives_one_uuid_and_tells_one_story(client: Client, site: Site) -> None:
    text = "One message, whatever the parts. " * 8
    found = client.returned("messages", **{"from": "Acme", "to": TO, "text": text})
    uuid = found["message-uuid"]
    assert UUID.fullmatch(uuid)
    posts = site.posts("message_uuid", uuid, 2)
    assert {post["status"] for post in posts} == {"submitted", "delivered"}
    for post in posts:
        assert (post["to"], post["from"], post["channel"]) == (TO, "Acme", "sms")
    assert text in site.simulator.shown(TO)


@having("messages v1")
def test_messages_v1_of_an_unknown_account_raises(client: Client) -> None:
    wrong = client.given(api_secret="Wrong0123456")
    answer = wrong.ask("messages", **{"from": "Acme", "to": TO, "text": "hi"})
    assert client.is_unauthorized(answer)
