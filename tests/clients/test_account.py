"""Balance, top-up, settings, secrets, numbers and prices, as each client hands them over."""

import re
from decimal import Decimal
from typing import Any

from clients.having import having
from clients.libraries import Client
from clients.site import BALANCE, Site
from homing.core.model.account import Number

SECRET, WEAK_SECRET = "Another1Secret", "weak"
AMOUNT = re.compile(r"\d+\.\d{1,8}")
TOP_UP = 500_000_000  # 10^-8 units


@having("balance")
def test_the_balance_is_a_number(client: Client) -> None:
    found = client.returned("balance")
    assert found == {"value": float(BALANCE), "auto-reload": False}
    assert isinstance(found["value"], float | int)
    assert found["auto-reload"] is False


@having("balance")
def test_wrong_credentials_are_http_401(client: Client) -> None:
    answer = client.given(api_secret="Wrong0123456").ask("balance")
    assert client.is_unauthorized(answer)


@having("top-up")
def test_a_top_up_is_refused_until_the_operator_allows_it(client: Client, site: Site) -> None:
    refused = client.ask("top_up", trx="00X123456Y7890123Z")
    assert client.is_unauthorized(refused)
    site.choose(client.facts, top_up=TOP_UP)
    found = client.returned("top_up", trx="00X123456Y7890123Z")
    assert found == {"error-code": "200", "error-code-label": "success"}
    assert client.returned("balance")["value"] == float(BALANCE) + TOP_UP / 1e8


@having("settings")
def test_settings_are_given_back_and_hold(client: Client, site: Site) -> None:
    inbound, receipts = f"{site.hook_url}?inbound", f"{site.hook_url}?receipts"
    found = client.returned("settings", inbound=inbound, receipts=receipts)
    assert found["mo-callback-url"] == inbound
    assert found["dr-callback-url"] == receipts
    for name in ("max-outbound-request", "max-inbound-request", "max-calls-per-second"):
        assert isinstance(found[name], int)
    assert site.account(client.facts).webhook_url == receipts
    assert site.account(client.facts).options.inbound_url == inbound


@having("settings")
def test_an_empty_setting_clears_it_and_leaves_the_other(client: Client, site: Site) -> None:
    client.returned("settings", inbound=site.hook_url, receipts=site.hook_url)
    client.returned("settings", receipts="")
    assert not site.account(client.facts).webhook_url
    assert site.account(client.facts).options.inbound_url == site.hook_url


def secrets(client: Client) -> list[dict[str, Any]]:
    """PyPI `vonage` 4 hands over the list, the others the whole document."""
    found = client.returned("secrets_list")
    if isinstance(found, list):
        return found
    embedded: list[dict[str, Any]] = found["_embedded"]["secrets"]
    return embedded


@having("secrets")
def test_a_secret_is_made_used_and_taken_away(client: Client) -> None:
    (first,) = secrets(client)
    made = client.returned("secrets_create", secret=SECRET)
    assert {first["id"], made["id"]} == {one["id"] for one in secrets(client)}
    assert made["created-at"]
    assert SECRET not in str(made)
    assert client.returned("secrets_get", id=made["id"])["id"] == made["id"]
    assert client.given(api_secret=SECRET).returned("balance")
    renewed = client.given(api_secret=SECRET)
    assert not renewed.ask("secrets_delete", id=first["id"]).raised
    assert [one["id"] for one in secrets(renewed)] == [made["id"]]
    assert client.is_unauthorized(client.ask("balance"))


@having("secrets")
def test_the_last_secret_stays_and_a_weak_one_is_refused(client: Client) -> None:
    (only,) = secrets(client)
    last = client.ask("secrets_delete", id=only["id"])
    assert last.raised
    assert last.http_status in (403, None)
    assert client.ask("secrets_create", secret=WEAK_SECRET).raised
    assert len(secrets(client)) == 1


@having("numbers")
def test_numbers_of_the_account_are_listed(client: Client, site: Site) -> None:
    site.choose(client.facts, numbers=(Number("447700900900", "GB"),))
    found = client.returned("numbers")
    if isinstance(found, list):  # PyPI `vonage` 4: numbers, count, next page
        numbers, count = found[0], found[1]
    else:
        numbers, count = found["numbers"], found["count"]
    assert count == 1
    assert (numbers[0]["msisdn"], numbers[0]["country"]) == ("447700900900", "GB")


def check_country(found: dict[str, Any], code: str, prefix: str) -> None:
    assert (found["country-code"], found["dialing-prefix"]) == (code, prefix)
    assert found["country-name"]
    assert found["country-display-name"]
    assert found["currency"] == "EUR"
    assert AMOUNT.fullmatch(found["default-price"])
    for network in found["networks"]:
        assert AMOUNT.fullmatch(network["price"])
        assert network["network-code"] == network["mcc"] + network["mnc"]


@having("price of a country")
def test_the_price_of_a_country(client: Client) -> None:
    check_country(client.returned("price_country", country="GB"), "GB", "44")


@having("prices of all")
def test_the_prices_of_all_countries(client: Client) -> None:
    found = client.returned("price_all")
    assert found["count"] == len(found["countries"])
    by_code = {one["country-code"]: one for one in found["countries"]}
    for code, prefix in (("GB", "44"), ("DE", "49"), ("US", "1")):
        check_country(by_code[code], code, prefix)


@having("prices of a prefix")
def test_the_prices_of_a_prefix(client: Client) -> None:
    found = client.returned("price_prefix", prefix="44")
    assert found["count"] == len(found["countries"])
    assert "GB" in {one["country-code"] for one in found["countries"]}
    assert {one["dialing-prefix"] for one in found["countries"]} == {"44"}


@having("price of a number")
def test_the_price_of_a_number_is_what_a_message_to_it_costs(client: Client) -> None:
    price = client.returned("price_phone", phone="447700900001")["price"]
    sent = client.returned("sms", **{"from": "Acme", "to": "447700900001", "text": "hi"})
    assert Decimal(price) == Decimal(sent["messages"][0]["message-price"])


@having("price of a country")
def test_an_unknown_country_raises(client: Client) -> None:
    assert not client.ask("price_country", country="GB").raised
    answer = client.ask("price_country", country="ZZ")
    assert answer.raised
    assert answer.http_status in (400, 404, None)
