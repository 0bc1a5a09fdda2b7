"""Small calls that command lines and libraries make: the account's own numbers, where messages to
them go, which country a number is in, and the applications, of which there are none.

Numbers belong to an account because the operator said so, on the routes at the end of this file.
Errors of the compatible calls are pairs, 420 for a value, with the field and the rule.
Source: the compatible API, small calls; nexmo-cli.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.account import SUCCESS, failed, told
from homing.api.caller import CompatError, identify
from homing.api.errors import ApiError, Code
from homing.api.gateway import Gateway
from homing.api.reading import read_body, read_query, reply
from homing.api.secret_routes import BAD_REQUEST, problem
from homing.api.secret_routes import told as told_in_documents
from homing.api.xml import answer
from homing.core.model.account import Account, Number
from homing.core.numbering.country import country_of
from homing.core.numbering.features import features
from homing.core.numbering.msisdn import read_msisdn
from homing.runtime.accounts import AccountProblem

SIZE_DEFAULT = 10
SIZE_MAX = 100
INDEX_MAX = 1_000_000
PATTERN_MAX = 32

# `search_pattern` -> where the digits must stand. Source: the compatible API, numbers.
_FITS: dict[str, Callable[[str, str], bool]] = {
    "0": str.startswith,
    "1": str.__contains__,
    "2": str.endswith,
}


def routes(gateway: Gateway) -> list[Route]:
    desk = NumberDesk(gateway)
    return [
        Route("/account/numbers", told(desk.numbers, "response"), methods=["GET"]),
        Route("/number/update", told(desk.update, "response"), methods=["POST"]),
        Route("/ni/basic/json", desk.insight, methods=["GET", "POST"]),
        Route("/v2/applications", told_in_documents(desk.applications), methods=["GET"]),
    ]


class NumberDesk:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def numbers(self, request: Request) -> Response:
        """GET /account/numbers?size=&index=&country=&pattern=&search_pattern="""
        account, given = await identify(request, self._gateway)
        size = _count(given, "size", SIZE_DEFAULT, SIZE_MAX)
        index = _count(given, "index", 1, INDEX_MAX)
        found = _chosen(account, given)
        page = found[(index - 1) * size : index * size]
        return reply({"count": len(found), "numbers": [_shown(one) for one in page]})

    async def update(self, request: Request) -> Response:
        """POST /number/update: `moHttpUrl` empty clears it, absent leaves it."""
        account, given = await identify(request, self._gateway)
        msisdn = read_msisdn(given.get("msisdn", "")) or given.get("msisdn", "")
        own = [one for one in account.options.numbers if one.msisdn == msisdn]
        if not own:
            raise failed("msisdn", "must be a number of this account")
        if given.get("country", "").upper() != own[0].country:
            raise failed("country", f"must be {own[0].country or 'empty'}, where the number is")
        if "moHttpUrl" in given:
            try:
                url = given["moHttpUrl"] or None
                await self._gateway.numbers.redirect(account.api_key, msisdn, url)
            except AccountProblem as fault:
                raise failed("moHttpUrl", str(fault)) from fault
        return answer(request, "response", SUCCESS)

    async def insight(self, request: Request) -> Response:
        """GET /ni/basic/json?number=: what the digits say. The status is in the body too."""
        try:
            _, given = await identify(request, self._gateway)
        except CompatError as error:
            label = error.body.get("error-code-label", "")
            status = 4 if error.status == 401 else 3
            return reply({"status": status, "status_message": label}, error.status)
        number = read_msisdn(given.get("number", ""))
        country = features(country_of(number)) if number else None
        if number is None or country is None:
            message = "number: must be a number with the code of a country"
            return reply({"status": 3, "status_message": message})
        return reply(
            {
                "status": 0,
                "status_message": "Success",
                "request_id": str(uuid4()),
                "international_format_number": number,
                "country_code": country.country,
                "country_name": country.name,
                "country_prefix": country.calling_code,
            }
        )

    async def applications(self, request: Request) -> Response:
        """GET /v2/applications?page_size=&page=: an empty page. One client says `size`."""
        _, given = await identify(request, self._gateway)
        try:
            size = _count(given, "page_size" if "page_size" in given else "size", 10, SIZE_MAX)
            page = _count(given, "page", 1, INDEX_MAX)
        except CompatError as error:
            name, _, reason = str(error.body["error-code-label"]).partition(": ")
            reasons = [{"name": name, "reason": reason}]
            detail = "The request failed due to validation errors"
            raise problem(BAD_REQUEST, detail, invalid_parameters=reasons) from error
        here = f"/v2/applications?page_size={size}&page="
        links = {"self": {"href": f"{here}{page}"}, "first": {"href": f"{here}1"}}
        listed = {
            "page_size": size,
            "page": page,
            "total_items": 0,
            "total_pages": 0,
            "_embedded": {"applications": []},
            "_links": links | {"last": {"href": f"{here}1"}},
        }
        return reply(listed)


def _count(given: dict[str, str], name: str, default: int, most: int) -> int:
    text = given.get(name) or str(default)
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most:
        return int(text)
    raise failed(name, f"must be a number from 1 to {most}")


def _chosen(account: Account, given: dict[str, str]) -> list[Number]:
    """One entry a number, whatever its keywords, in order. Raises CompatError."""
    pattern, where = given.get("pattern", ""), given.get("search_pattern") or "0"
    if len(pattern) > PATTERN_MAX:
        raise failed("pattern", f"must be at most {PATTERN_MAX} characters")
    if where not in _FITS:
        raise failed("search_pattern", f"must be one of {', '.join(_FITS)}")
    country = given.get("country", "").upper()
    unique = {one.msisdn: one for one in reversed(account.options.numbers)}
    return [
        one
        for msisdn, one in sorted(unique.items())
        if _FITS[where](msisdn, pattern) and country in ("", one.country)
    ]


def _shown(number: Number) -> dict[str, Any]:
    return {
        "country": number.country,
        "msisdn": number.msisdn,
        "moHttpUrl": number.inbound_url or "",
        "type": "mobile-lvn",
        "features": ["SMS"],
    }


# --- the operator's own


class NewNumber(Struct, forbid_unknown_fields=True):
    """Body of POST /homing/v1/accounts/{api_key}/numbers. Country empty: that of the digits."""

    msisdn: str
    keyword: str = ""
    country: str = ""
    inbound_url: str | None = None


def operator_routes(gateway: Gateway) -> list[Route]:
    """GET, POST and DELETE of the numbers of any account: only for the operator's socket."""

    async def numbers(request: Request) -> Response:
        account = _account(gateway, request)
        if request.method == "POST":
            given = await read_body(request, NewNumber)
            added = Number(
                read_msisdn(given.msisdn) or given.msisdn,
                given.country,
                given.keyword.upper(),
                given.inbound_url,
            )
            account = await gateway.numbers.add(account.api_key, added)
        return reply(numbers_view(account), 201 if request.method == "POST" else 200)

    async def remove(request: Request) -> Response:
        account, given = _account(gateway, request), read_query(request, ("keyword",))
        msisdn = request.path_params["msisdn"]
        keyword = given.get("keyword", "").upper()
        msisdn = read_msisdn(msisdn) or msisdn
        return reply(numbers_view(await gateway.numbers.remove(account.api_key, msisdn, keyword)))

    path = "/homing/v1/accounts/{api_key}/numbers"
    return [
        Route(path, numbers, methods=["GET", "POST"]),
        Route(f"{path}/{{msisdn}}", remove, methods=["DELETE"]),
    ]


def numbers_view(account: Account) -> dict[str, Any]:
    return {"api_key": account.api_key, "numbers": account.options.numbers}


def _account(gateway: Gateway, request: Request) -> Account:
    account = gateway.accounts.by_key(request.path_params["api_key"])
    if account is None:
        raise ApiError(Code.UNKNOWN_ACCOUNT, param="api_key")
    return account
