"""API secrets as HAL: every call, every refusal as a problem document, no secret ever shown."""

import json

import pytest

from homing.api.secret_routes import routes
from support.compat_site import KEY, SECRET, on_site

PATH = f"/accounts/{KEY}/secrets"
NEW = "Example4PISecret"


def test_the_list_is_hal_with_one_item_a_secret():
    async def body(site):
        found = await site.ask("GET", PATH)
        (one,) = site.account.secrets
        assert found.status == 200
        assert found.json == {
            "_links": {"self": {"href": PATH}},
            "_embedded": {
                "secrets": [
                    {
                        "_links": {"self": {"href": f"{PATH}/{one.id}"}},
                        "id": one.id,
                        "created_at": "2026-09-21T14:13:20Z",
                    }
                ]
            },
        }

    on_site(routes, body)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (json.dumps({"secret": NEW}).encode(), "application/json"),
        ({"secret": NEW}, "application/x-www-form-urlencoded"),
    ],
)
def test_a_secret_is_added_by_json_or_form_and_opens_the_account(slash, form, kind):
    async def body(site):
        made = await site.ask("POST", PATH + slash, form, kind=kind)
        assert made.status == 201
        assert set(made.json) == {"_links", "id", "created_at"}
        assert NEW.encode() not in made.body
        assert site.accounts.check(KEY, NEW) is site.account
        assert site.accounts.check(KEY, SECRET) is site.account
        one = await site.ask("GET", f"{PATH}/{made.json['id']}{slash}")
        assert (one.status, one.json) == (200, made.json)

    on_site(routes, body)


def test_a_removed_secret_opens_nothing_from_then_on():
    async def body(site):
        await site.ask("POST", PATH, {"secret": NEW})
        found = await site.ask("DELETE", f"{PATH}/{site.account.secrets[1].id}")
        assert (found.status, found.body) == (204, b"")
        assert site.accounts.check(KEY, NEW) is None

    on_site(routes, body)


@pytest.mark.parametrize(
    "secret", [None, "", "Ab1", "a" * 26, "alllower123", "ALLUPPER123", "NoDigitsHere", "12345678"]
)
def test_a_weak_secret_is_refused_with_the_field_and_the_rule(secret):
    async def body(site):
        found = await site.ask("POST", PATH, {} if secret is None else {"secret": secret})
        assert found.status == 400
        assert set(found.json) == {"type", "title", "detail", "instance", "invalid_parameters"}
        (one,) = found.json["invalid_parameters"]
        assert one["name"] == "secret"
        assert "8 to 25 characters" in one["reason"]
        assert len(site.account.secrets) == 1

    on_site(routes, body)


def test_a_third_secret_is_refused():
    async def body(site):
        await site.ask("POST", PATH, {"secret": NEW})
        found = await site.ask("POST", PATH, {"secret": NEW + "2"})
        assert (found.status, found.json["title"]) == (400, "Maximum Secrets Allowed")
        assert "at most 2 secrets" in found.json["detail"]

    on_site(routes, body)


def test_the_last_secret_stays():
    async def body(site):
        found = await site.ask("DELETE", f"{PATH}/{site.account.secrets[0].id}")
        assert (found.status, found.json["title"]) == (403, "Secret Deletion Forbidden")
        assert site.accounts.check(KEY, SECRET) is site.account

    on_site(routes, body)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_id_is_404_and_named(method):
    async def body(site):
        found = await site.ask(method, f"{PATH}/07239aeb")
        assert (found.status, found.json["title"]) == (404, "Invalid ID")
        assert "'07239aeb'" in found.json["detail"]

    on_site(routes, body)


def test_the_key_of_another_account_looks_as_one_that_does_not_exist():
    async def body(site):
        await site.accounts.add("other", api_key="ffff0000")
        answers = []
        for key in ("ffff0000", "nobody00"):
            found = await site.ask("GET", f"/accounts/{key}/secrets")
            answers.append((found.status, found.json["title"], key in found.json["detail"]))
        assert answers == [(404, "Invalid API Key", True)] * 2

    on_site(routes, body)


def test_wrong_credentials_are_a_problem_document():
    async def body(site):
        found = await site.ask("GET", PATH, authorization="Basic YTpi")
        assert found.status == 401
        assert set(found.json) == {"type", "title", "detail", "instance"}
        assert found.headers["www-authenticate"].startswith("Basic")
        found = await site.ask("POST", PATH, b'{"secret":', kind="application/json")
        assert (found.status, found.json["title"]) == (400, "Bad Request")

    on_site(routes, body)
