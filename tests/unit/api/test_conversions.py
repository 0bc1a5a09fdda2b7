"""Conversions: what is taken, and how each wrong value is answered."""

import msgspec
import pytest

from homing.api.conversions import routes
from homing.runtime.conversions import UnknownMessage
from support.compat_site import on_site

ID = "0A0000000123ABC1"
PATH = "/conversions/sms"


class StandInConversions:
    def __init__(self):
        self.taken = []

    async def take(self, id_text, account_id, *, delivered, at_ms):
        if id_text != ID:
            raise UnknownMessage(id_text)
        self.taken.append((account_id, delivered, at_ms))


def on_conversions(body, **options):
    async def with_conversions(site):
        site.conversions = StandInConversions()
        if options:
            site.account.options = msgspec.structs.replace(site.account.options, **options)
        await body(site)

    on_site(routes, with_conversions)


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [("1", True), ("0", False), ("true", True), ("false", False), ("True", True),
     ("False", False), ("TRUE", True)],
)  # fmt: skip
def test_every_spelling_of_a_boolean_is_taken_in_form_and_query(spelled, meant):
    async def body(site):
        given = {"message-id": ID, "delivered": spelled}
        for answer in (await site.ask("POST", PATH, given),
                       await site.ask("POST", PATH, query=given)):  # fmt: skip
            assert (answer.status, answer.json) == (200, {})
        assert site.conversions.taken == [(site.account.id, meant, None)] * 2

    on_conversions(body)


def test_json_and_a_timestamp_are_taken():
    async def body(site):
        octets = f'{{"message-id": "{ID}", "delivered": true, "timestamp": "2026-01-31 12:00:00"}}'
        answer = await site.ask("POST", PATH, octets.encode(), kind="application/json")
        assert (answer.status, answer.json) == (200, {})
        assert site.conversions.taken == [(site.account.id, True, 1_769_860_800_000)]

    on_conversions(body)


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({"delivered": "1"}, 423, "message-id"),
        ({"message-id": " ", "delivered": "1"}, 423, "message-id"),
        ({"message-id": ID}, 423, "delivered"),
        ({"message-id": ID, "delivered": "yes"}, 420, "delivered"),
        ({"message-id": "0A0000000123ABC2", "delivered": "1"}, 420, "message-id"),
        ({"message-id": "x" * 4_000, "delivered": "1"}, 420, "message-id"),
        ({"message-id": ID, "delivered": "1", "timestamp": "now"}, 420, "timestamp"),
        ({"message-id": ID, "delivered": "1", "timestamp": "2026-02-30 12:00:00"}, 420,
         "timestamp"),
        ({"message-id": ID, "delivered": "1", "timestamp": "2026-02-20T12:00:00"}, 420,
         "timestamp"),
        ({"message-id": ID, "delivered": "1", "timestamp": "٢٠٢٦-02-20 12:00:00"}, 420,
         "timestamp"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_answered_with_its_status_and_its_name(given, status, field):
    async def body(site):
        answer = await site.ask("POST", PATH, given)
        assert answer.status == status
        assert answer.json["error-code"] == str(status)
        assert answer.json["error-code-label"].startswith(f"{field}: ")
        assert site.conversions.taken == []

    on_conversions(body)


def test_credentials_and_the_operators_choice_come_first():
    async def body(site):
        given = {"message-id": ID, "delivered": "1"}
        unknown = await site.ask("POST", PATH, given, authorization="")
        assert (unknown.status, unknown.json["error-code"]) == (401, "401")
        for path in (PATH, "/conversions/voice"):
            refused = await site.ask("POST", path, given)
            assert (refused.status, refused.json["error-code"]) == (402, "402")
        assert site.conversions.taken == []

    on_conversions(body, takes_conversions=False)


def test_a_get_is_not_allowed_and_there_are_no_calls_to_convert():
    async def body(site):
        given = {"message-id": ID, "delivered": "1"}
        assert (await site.ask("GET", PATH, query=given)).status == 405
        voice = await site.ask("POST", "/conversions/voice", given)
        assert (voice.status, voice.json["error-code"]) == (420, "420")
        assert "no calls" in voice.json["error-code-label"]
        assert site.conversions.taken == []

    on_conversions(body)
