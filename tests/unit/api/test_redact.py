"""Redaction over HTTP: 204, whose message it is, and how each wrong value is answered."""

import json

import pytest

from homing.api.redact import routes
from support.compat_site import on_site

ID, PATH = "0A0000000123ABC1", "/v1/redact/transaction"
GIVEN = {"id": ID, "product": "sms", "type": "outbound"}


class StandInRedactions:
    def __init__(self):
        self.asked = []

    async def redact(self, id_text, account_id):
        self.asked.append((id_text, account_id))
        return id_text == ID


def on_redaction(body):
    async def with_redactions(site):
        site.redactions = StandInRedactions()
        await body(site)

    on_site(routes, with_redactions)


def ask(site, given, **options):
    return site.ask("POST", PATH, json.dumps(given).encode(), kind="application/json", **options)


def test_it_answers_204_without_a_body():
    async def body(site):
        answer = await ask(site, GIVEN)
        assert (answer.status, answer.body) == (204, b"")
        assert site.redactions.asked == [(ID, site.account.id)]
        assert (await ask(site, GIVEN | {"product": "SMS"})).status == 204

    on_redaction(body)


def test_an_id_that_is_not_the_accounts_is_404():
    async def body(site):
        answer = await ask(site, GIVEN | {"id": "0A0000000123ABC2"})
        assert answer.status == 404
        assert answer.json["title"] == "Invalid ID"

    on_redaction(body)


@pytest.mark.parametrize(
    ("name", "value"),
    [("id", ""), ("id", "x" * 41), ("product", "voice"), ("product", ""), ("type", "inbound"),
     ("type", "")],
)  # fmt: skip
def test_a_wrong_value_is_422_and_named(name, value):
    async def body(site):
        answer = await ask(site, GIVEN | {name: value})
        assert answer.status == 422
        assert [one["name"] for one in answer.json["invalid_parameters"]] == [name]
        assert site.redactions.asked == []

    on_redaction(body)


def test_without_credentials_nothing_is_redacted():
    async def body(site):
        answer = await ask(site, GIVEN, authorization="")
        assert (answer.status, answer.json["title"]) == (401, "Unauthorized")
        assert site.redactions.asked == []

    on_redaction(body)
