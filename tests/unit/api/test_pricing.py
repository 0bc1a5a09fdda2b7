"""Prices: every path that clients ask, both generations of names, each wrong value."""

from xml.etree import ElementTree

import pytest

from homing.api.pricing import routes
from homing.core.pricing.table import table
from support.compat_site import on_site

OWN = "country,network,price\nGB,,0.04\nGB,23410,0.05\nGB,23499,0.06\n"
COUNTRY, ALL = "/account/get-pricing/outbound", "/account/get-full-pricing/outbound"
PREFIX, PHONE = "/account/get-prefix-pricing/outbound", "/account/get-phone-pricing/outbound"


def with_prices(body):
    async def priced(site):
        site.prices = table(OWN, file="prices.csv")
        await body(site)

    on_site(routes, priced)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"{COUNTRY}/sms", {"country": "GB"}),
        (f"{COUNTRY}/sms-transit", {"country": "gb"}),
        (COUNTRY, {"country": "GB"}),  # nexmo 2.5.2
        (f"{COUNTRY}/GB", {"country": ""}),  # nexmo-cli
        (f"{COUNTRY}/GB", {}),
        (f"{COUNTRY}/US", {"country": "GB"}),
    ],
)
def test_a_country_is_found_in_every_form_that_clients_ask(path, query):
    async def body(site):
        found = await site.ask("GET", path, query=query)
        assert found.status == 200
        shown = found.json
        assert (shown["countryCode"], shown["countryName"]) == ("GB", "United Kingdom")
        assert (shown["defaultPrice"], shown["currency"]) == ("0.04000000", "EUR")
        assert shown["dialingPrefix"] == "44"
        assert (shown["country"], shown["prefix"], shown["mt"]) == ("GB", "44", "0.04000000")

    with_prices(body)


def test_a_network_has_its_own_price_and_the_names_of_both_generations():
    async def body(site):
        shown = (await site.ask("GET", COUNTRY, query={"country": "GB"})).json["networks"]
        networks = {one["networkCode"]: one for one in shown}
        o2 = networks["23410"]
        assert (o2["price"], o2["mtPrice"]) == ("0.05000000", "0.05000000")
        assert (o2["mcc"], o2["mnc"], o2["code"]) == ("234", "10", "23410")
        assert o2["networkName"] == o2["network"] == "O2 (UK)"
        assert (o2["type"], o2["currency"], o2["aliases"]) == ("mobile", "EUR", [])
        assert all(str(one).startswith("44") for one in o2["ranges"])
        assert networks["23415"]["price"] == "0.04000000"
        assert networks["23499"]["price"] == "0.06000000"  # known to the operator alone

    with_prices(body)


def test_the_older_names_come_in_xml():
    async def body(site):
        found = await site.ask("GET", f"{COUNTRY}/sms", query={"country": "GB"}, accept="text/xml")
        root = ElementTree.fromstring(found.body)
        assert root.tag == "outbound-country-pricing"
        assert (root.findtext("country"), root.findtext("mt")) == ("GB", "0.04000000")
        network = next(n for n in root.iter("network") if n.findtext("code") == "23410")
        assert [one.tag for one in network] == ["code", "name", "mtPrice"]
        assert network.findtext("mtPrice") == "0.05000000"

    with_prices(body)


@pytest.mark.parametrize("path", [ALL, f"{ALL}/sms"])
def test_all_countries_are_listed_and_counted(path):
    async def body(site):
        shown = (await site.ask("GET", path)).json
        codes = [one["countryCode"] for one in shown["countries"]]
        assert shown["count"] == len(codes) == len(set(codes)) > 200
        prices = {one["countryCode"]: one["defaultPrice"] for one in shown["countries"]}
        assert (prices["GB"], prices["FR"]) == ("0.04000000", "0.03330000")

    with_prices(body)


@pytest.mark.parametrize(
    ("prefix", "codes"),
    [("44", {"GB", "GG", "IM", "JE"}), ("+33", {"FR"}), ("44771", {"GB"}), ("999", set())],
)
@pytest.mark.parametrize("path", [PREFIX, f"{PREFIX}/sms"])
def test_a_prefix_lists_the_countries_that_it_can_belong_to(path, prefix, codes):
    async def body(site):
        shown = (await site.ask("GET", path, query={"prefix": prefix})).json
        assert {one["countryCode"] for one in shown["countries"]} == codes
        assert shown["count"] == len(codes)

    with_prices(body)


def test_a_number_has_its_price_on_top():
    async def body(site):
        shown = (await site.ask("GET", f"{PHONE}/sms", query={"phone": "+447710 000000"})).json
        assert shown == {
            "phone": "447710000000", "countryCode": "GB", "networkCode": "23410",
            "networkName": "O2 (UK)", "currency": "EUR", "price": "0.05000000",
        }  # fmt: skip
        shown = (await site.ask("GET", PHONE, query={"phone": "881612345678"})).json
        assert (shown["countryCode"], shown["price"]) == ("", "0.03330000")

    with_prices(body)


@pytest.mark.parametrize(
    ("path", "query", "param"),
    [
        (COUNTRY, {}, "country"),
        (COUNTRY, {"country": "XX"}, "country"),
        (f"{COUNTRY}/sms", {"country": "Britain"}, "country"),
        (f"{COUNTRY}/ZZ", {}, "country"),
        (f"{COUNTRY}/voice", {"country": "GB"}, "type"),
        (f"{ALL}/mms", {}, "type"),
        (f"{PREFIX}/voice", {"prefix": "44"}, "type"),
        (PREFIX, {}, "prefix"),
        (PREFIX, {"prefix": "4a"}, "prefix"),
        (PREFIX, {"prefix": "4" * 16}, "prefix"),
        (PHONE, {}, "phone"),
        (PHONE, {"phone": "07700900000"}, "phone"),
        (f"{PHONE}/voice", {"phone": "447700900000"}, "type"),
    ],
)
def test_a_wrong_value_is_400_with_the_field_and_the_rule(path, query, param):
    async def body(site):
        found = await site.ask("GET", path, query=query)
        assert found.status == 400
        assert (found.json["type"], found.json["error_title"]) == ("BAD_REQUEST", "Bad Request")
        assert list(found.json["invalid_parameters"]) == [param]
        assert found.json["invalid_parameters"][param].startswith("must be")

    with_prices(body)


@pytest.mark.parametrize("path", [COUNTRY, ALL, PREFIX, PHONE])
def test_prices_are_for_accounts_alone(path):
    async def body(site):
        found = await site.ask("GET", path, authorization="")
        label = {"error-code": "401", "error-code-label": "authentication failed"}
        assert (found.status, found.json) == (401, label)

    with_prices(body)


def test_a_new_table_is_seen_at_once():
    async def body(site):
        before = (await site.ask("GET", ALL)).body
        site.prices = table("country,network,price\n,,0.01\n", file="x")
        after = (await site.ask("GET", ALL)).json
        assert before != after
        assert {one["defaultPrice"] for one in after["countries"]} == {"0.01000000"}

    with_prices(body)
