"""What a message costs, by country, prefix or number, from the gateway's price table.

A country has the names of two generations of clients: `defaultPrice` and `mt`, `price` and
`mtPrice`. Prices of one country come in XML too, in the older names alone. The type may be left
out, and one client puts the country in its place. The hosted platform takes one request a second
here; this is not enforced.

Errors: 401 as a pair, 400 as `{type, error_title, invalid_parameters}`.
Source: the compatible API, pricing API.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.account import told
from homing.api.caller import CompatError, identify
from homing.api.gateway import Gateway
from homing.api.xml import answer, wants_xml
from homing.core.model.money import show_money
from homing.core.numbering.country import country_of
from homing.core.numbering.msisdn import DIGITS_MAX, DIGITS_MIN, is_digits, read_msisdn
from homing.core.numbering.network import network_name, network_of
from homing.core.pricing.places import Country, Network, countries, countries_of
from homing.core.pricing.table import CURRENCY, PriceTable

TYPES = ("sms", "sms-transit")  # Homing has no calls, so no price for `voice`
_ROOT = "outbound-country-pricing"


def routes(gateway: Gateway) -> list[Route]:
    desk = PriceDesk(gateway)
    found = []
    for name, endpoint in (
        ("get-pricing", desk.country),
        ("get-full-pricing", desk.all),
        ("get-prefix-pricing", desk.prefix),
        ("get-phone-pricing", desk.phone),
    ):
        for rest in ("", "/{type}"):
            path = f"/account/{name}/outbound{rest}"
            found.append(Route(path, told(endpoint, "response"), methods=["GET"]))
    return found


def bad_request(param: str, rule: str) -> CompatError:
    """A value that will not do: names the field and the rule."""
    body = {
        "type": "BAD_REQUEST",
        "error_title": "Bad Request",
        "invalid_parameters": {param: rule},
    }
    return CompatError(400, body)


class PriceDesk:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def country(self, request: Request) -> Response:
        """GET /account/get-pricing/outbound[/{type}]?country=GB"""
        _, given = await identify(request, self._gateway)
        kind, code = request.path_params.get("type", TYPES[0]), given.get("country", "")
        if len(kind) == 2:  # one client writes /outbound/GB?country=
            kind, code = TYPES[0], code or kind
        _check_type(kind)
        country = countries().get(code.upper())
        if country is None:
            raise bad_request("country", "must be two letters of a country, as in GB")
        if wants_xml(request.headers.get("accept", "")):
            value = _old_country(country, self._gateway.prices)
            return answer(request, _ROOT, value, items={"networks": "network"})
        return _json(_country(country, self._gateway.prices))

    async def all(self, request: Request) -> Response:
        """GET /account/get-full-pricing/outbound[/{type}]"""
        await identify(request, self._gateway)
        _check_type(request.path_params.get("type", TYPES[0]))
        return _octets(_everything(self._gateway.prices))

    async def prefix(self, request: Request) -> Response:
        """GET /account/get-prefix-pricing/outbound[/{type}]?prefix=44: none is an empty list."""
        _, given = await identify(request, self._gateway)
        _check_type(request.path_params.get("type", TYPES[0]))
        prefix = given.get("prefix", "").removeprefix("+")
        if not is_digits(prefix) or len(prefix) > DIGITS_MAX:
            raise bad_request("prefix", f"must be 1 to {DIGITS_MAX} digits, as in 44")
        return _octets(_list(countries_of(prefix), self._gateway.prices))

    async def phone(self, request: Request) -> Response:
        """GET /account/get-phone-pricing/outbound[/{type}]?phone=447700900000"""
        _, given = await identify(request, self._gateway)
        _check_type(request.path_params.get("type", TYPES[0]))
        phone = read_msisdn(given.get("phone", ""))
        if phone is None:
            rule = f"must be a number of {DIGITS_MIN} to {DIGITS_MAX} digits with its country code"
            raise bad_request("phone", rule)
        network = network_of(phone)
        return _json(
            {
                "phone": phone,
                "countryCode": country_of(phone),
                "networkCode": network,
                "networkName": network_name(network),
                "currency": CURRENCY,
                "price": show_money(self._gateway.prices.price_of(phone, network)),
            }
        )


def _check_type(kind: str) -> None:
    if kind not in TYPES:
        raise bad_request("type", f"must be {' or '.join(TYPES)}")


def _json(value: Any) -> Response:
    return _octets(msgspec.json.encode(value))


def _octets(body: bytes) -> Response:
    return Response(body, media_type="application/json")


@lru_cache(maxsize=1)  # a megabyte that changes with the table alone
def _everything(prices: PriceTable) -> bytes:
    return _list(countries().values(), prices)


def _list(found: Iterable[Country], prices: PriceTable) -> bytes:
    shown = [_country(country, prices) for country in found]
    return msgspec.json.encode({"count": len(shown), "countries": shown})


def _country(country: Country, prices: PriceTable) -> dict[str, Any]:
    """Both generations of names."""
    new = {
        "countryCode": country.code,
        "countryName": country.name,
        "countryDisplayName": country.name,
        "currency": CURRENCY,
        "defaultPrice": show_money(prices.price_in(country.code)),
        "dialingPrefix": country.calling_code,
    }
    networks = _networks(country, prices, lambda network: _network(country, network, prices))
    return _old_country(country, prices) | new | {"networks": networks}


def _network(country: Country, network: Network, prices: PriceTable) -> dict[str, Any]:
    new = {
        "type": "mobile",
        "price": show_money(prices.price_in(country.code, network.code)),
        "currency": CURRENCY,
        "aliases": [],
        "mcc": network.code[:3],
        "mnc": network.code[3:],
        "networkCode": network.code,
        "networkName": network.name,
        "ranges": network.ranges,
    }
    return new | {"network": network.name} | _old_network(country, network, prices, "code")


def _old_country(country: Country, prices: PriceTable) -> dict[str, Any]:
    return {
        "country": country.code,
        "name": country.name,
        "countryDisplayName": country.name,
        "prefix": country.calling_code,
        "mt": show_money(prices.price_in(country.code)),
        "networks": _networks(
            country, prices, lambda network: _old_network(country, network, prices, "code", "name")
        ),
    }


def _old_network(
    country: Country, network: Network, prices: PriceTable, *names: str
) -> dict[str, Any]:
    values = {"code": network.code, "name": network.name}
    price = show_money(prices.price_in(country.code, network.code))
    return {name: values[name] for name in names} | {"mtPrice": price}


def _networks(
    country: Country, prices: PriceTable, show: Callable[[Network], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Those that prefixes lead to, and those that the operator priced beside them."""
    known = {network.code for network in country.networks}
    more = [
        Network(code, network_name(code), ())
        for code in prices.networks(country.code)
        if code not in known
    ]
    return [show(network) for network in (*country.networks, *more)]
