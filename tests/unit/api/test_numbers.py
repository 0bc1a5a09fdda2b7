"""The small calls, and the operator's routes that say whose a number is."""

import json

import pytest

from homing.api import numbers
from homing.core.model.account import Number
from support.compat_site import KEY, on_site

LIST, UPDATE, INSIGHT = "/account/numbers", "/number/update", "/ni/basic/json"
GIVEN = (
    Number("447700900001", "GB", "HELP"),
    Number("447700900001", "GB"),
    Number("33612345678", "FR", "", "http://a.example/mo"),
)


def routes(gateway):
    return [*numbers.routes(gateway), *numbers.operator_routes(gateway)]


def test_an_account_sees_each_of_its_numbers_once():
    async def body(site):
        found = await site.ask("GET", LIST, query={"size": "100", "index": "1"})
        assert found.json == {
            "count": 2,
            "numbers": [
                {"country": "FR", "msisdn": "33612345678", "moHttpUrl": "http://a.example/mo",
                 "type": "mobile-lvn", "features": ["SMS"]},
                {"country": "GB", "msisdn": "447700900001", "moHttpUrl": "",
                 "type": "mobile-lvn", "features": ["SMS"]},
            ],
        }  # fmt: skip

    on_site(routes, body, numbers=GIVEN)


@pytest.mark.parametrize(
    ("query", "count", "shown"),
    [
        ({"size": "1"}, 2, ["33612345678"]),
        ({"size": "1", "index": "2"}, 2, ["447700900001"]),
        ({"index": "9"}, 2, []),
        ({"country": "gb"}, 1, ["447700900001"]),
        ({"pattern": "44"}, 1, ["447700900001"]),
        ({"pattern": "5678"}, 0, []),
        ({"pattern": "5678", "search_pattern": "2"}, 1, ["33612345678"]),
        ({"pattern": "700", "search_pattern": "1"}, 1, ["447700900001"]),
    ],
)
def test_numbers_are_paged_and_chosen(query, count, shown):
    async def body(site):
        found = (await site.ask("GET", LIST, query=query)).json
        assert (found["count"], [one["msisdn"] for one in found["numbers"]]) == (count, shown)

    on_site(routes, body, numbers=GIVEN)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"size": "0"}, "size"), ({"size": "101"}, "size"), ({"size": "x"}, "size"),
        ({"index": "0"}, "index"), ({"search_pattern": "3"}, "search_pattern"),
        ({"pattern": "4" * 33}, "pattern"),
    ],
)  # fmt: skip
def test_a_wrong_way_to_list_is_named(query, param):
    async def body(site):
        found = await site.ask("GET", LIST, query=query)
        assert (found.status, found.json["error-code"]) == (420, "420")
        assert found.json["error-code-label"].startswith(f"{param}: must be")

    on_site(routes, body)


def test_where_messages_to_a_number_go_is_set_left_and_cleared():
    async def body(site):
        async def urls(**more):
            given = {"country": "GB", "msisdn": "447700900001"} | more
            found = await site.ask("POST", UPDATE, given)
            assert found.json == {"error-code": "200", "error-code-label": "success"}
            return [one.inbound_url for one in site.account.options.numbers]

        url = "http://b.example/in"
        assert await urls(moHttpUrl=url) == [url, url, "http://a.example/mo"]
        assert await urls() == [url, url, "http://a.example/mo"]
        assert await urls(moHttpUrl="") == [None, None, "http://a.example/mo"]

    on_site(routes, body, numbers=GIVEN)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "msisdn: must be a number of this account"),
        ({"msisdn": "447700900009", "country": "GB"}, "msisdn: must be a number of this account"),
        ({"msisdn": "447700900001", "country": "FR"}, "country: must be GB"),
        ({"msisdn": "447700900001"}, "country: must be GB"),
        ({"msisdn": "447700900001", "country": "GB", "moHttpUrl": "x"}, "moHttpUrl: must begin"),
    ],
)
def test_a_wrong_update_is_named_and_changes_nothing(given, named):
    async def body(site):
        found = await site.ask("POST", UPDATE, {"moHttpUrl": "http://x/"} | given)
        assert found.status == 420
        assert found.json["error-code-label"].startswith(named)
        assert site.account.options.numbers == GIVEN

    on_site(routes, body, numbers=GIVEN)


def test_insight_says_the_country_of_the_digits():
    async def body(site):
        found = (await site.ask("GET", INSIGHT, query={"number": "447700900001"})).json
        assert (found["status"], found["country_code"], found["country_prefix"]) == (0, "GB", "44")
        assert found["international_format_number"] == "447700900001"
        for wrong in ("", "07700", "999123456789"):
            found = (await site.ask("GET", INSIGHT, query={"number": wrong})).json
            assert found["status"] == 3
            assert found["status_message"].startswith("number: must be")
        found = await site.ask("GET", INSIGHT, authorization="")
        assert (found.status, found.json["status"]) == (401, 4)

    on_site(routes, body)


def test_the_list_of_applications_is_empty_and_in_shape():
    async def body(site):
        found = (await site.ask("GET", "/v2/applications", query={"size": "1"})).json
        assert (found["page_size"], found["page"], found["total_items"]) == (1, 1, 0)
        assert found["_embedded"] == {"applications": []}
        assert found["_links"]["self"]["href"] == "/v2/applications?page_size=1&page=1"
        found = await site.ask("GET", "/v2/applications", query={"page_size": "0"})
        assert found.status == 400
        assert found.json["invalid_parameters"][0]["name"] == "page_size"
        found = await site.ask("GET", "/v2/applications", authorization="")
        assert (found.status, found.json["title"]) == (401, "Unauthorized")

    on_site(routes, body)


# --- the operator

PATH = f"/homing/v1/accounts/{KEY}/numbers"


def post(site, **given):
    return site.ask("POST", PATH, json.dumps(given).encode(), kind="application/json")


def test_the_operator_gives_and_takes_numbers():
    async def body(site):
        made = await post(site, msisdn="+44 7700 900001", keyword="help")
        assert made.status == 201
        one = {"msisdn": "447700900001", "country": "GB", "keyword": "HELP", "inbound_url": None}
        assert made.json == {"api_key": KEY, "numbers": [one]}
        assert (await site.ask("GET", PATH)).json == made.json
        assert (await post(site, msisdn="447700900001")).status == 201  # without a keyword
        left = await site.ask("DELETE", f"{PATH}/447700900001", query={"keyword": "help"})
        assert [one["keyword"] for one in left.json["numbers"]] == [""]
        left = await site.ask("DELETE", f"{PATH}/447700900001")
        assert left.json["numbers"] == []

    on_site(routes, body)


def test_a_number_has_one_owner():
    async def body(site):
        other, _ = await site.accounts.add("other")
        await site.accounts.set(other.api_key, numbers=GIVEN)
        found = await post(site, msisdn="447700900001", keyword="HELP")
        assert (found.status, found.json["param"]) == (400, "msisdn")
        assert "belongs to account 'other' already" in found.json["message"]
        assert (await post(site, msisdn="447700900001", keyword="STOP")).status == 201

    on_site(routes, body)


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"msisdn": "12"}, "numbers"),
        ({"msisdn": "447700900001", "country": "XX"}, "country"),
        ({"msisdn": "447700900001", "keyword": "TWO WORDS"}, "numbers"),
        ({"msisdn": "447700900001", "inbound_url": "x"}, "numbers"),
        ({"msisdn": 1}, "msisdn"),
        ({"msisdn": "447700900001", "colour": 1}, "colour"),
    ],
)
def test_a_wrong_number_is_refused_by_name(given, param):
    async def body(site):
        found = await post(site, **given)
        assert (found.status, found.json["param"]) == (400, param)
        assert site.account.options.numbers == ()

    on_site(routes, body)


def test_what_is_not_there_cannot_be_taken():
    async def body(site):
        found = await site.ask("DELETE", f"{PATH}/447700900001")
        assert (found.status, found.json["param"]) == (400, "msisdn")
        found = await site.ask("GET", "/homing/v1/accounts/nobody/numbers")
        assert (found.status, found.json["code"]) == (404, "unknown_account")

    on_site(routes, body)
