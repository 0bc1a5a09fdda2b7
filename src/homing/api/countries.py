"""What countries' networks do with an SMS, as rows with their sources and as words.

The same for the operator and for accounts: whoever may send may know what becomes of it.
"""

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.errors import ApiError, Code
from homing.api.gateway import Gateway
from homing.api.homing import caller_id
from homing.api.reading import read_query, reply
from homing.core.numbering.features import Features
from homing.core.numbering.rules import sender_rules, worth

PATH = "/homing/v1/countries"


class CountryView(Struct):
    """One country; the words of its columns are those of docs/reference/numbering.md."""

    country: str  # ISO 3166 alpha-2; XK is Kosovo
    name: str
    calling_code: str
    receipts: str
    delivered: str  # what a `delivered` from there is worth, in sentences
    alphanumeric: str
    letters: str  # what becomes of a sender of letters, in words
    numeric: str
    digits: str  # what becomes of a sender of digits, in words
    concat: str
    unicode: str
    two_way: str
    notes: str
    sources: tuple[str, ...]


class CountryPage(Struct):
    """All of them, by their two letters."""

    countries: list[CountryView]


def view(row: Features) -> CountryView:
    letters, digits = sender_rules(row)
    return CountryView(
        country=row.country,
        name=row.name,
        calling_code=row.calling_code,
        receipts=row.receipts,
        delivered=worth(row),
        alphanumeric=row.alphanumeric,
        letters=letters,
        numeric=row.numeric,
        digits=digits,
        concat=row.concat,
        unicode=row.unicode,
        two_way=row.two_way,
        notes=row.notes,
        sources=row.sources,
    )


def routes(gateway: Gateway, *, is_operator: bool) -> list[Route]:
    async def countries(request: Request) -> Response:
        """GET /homing/v1/countries"""
        _check(request, gateway, is_operator)
        rows = gateway.rules.rows
        return reply(CountryPage([view(rows[country]) for country in sorted(rows)]))

    async def country(request: Request) -> Response:
        """GET /homing/v1/countries/{country}: two letters, large or small."""
        _check(request, gateway, is_operator)
        row = gateway.rules.rows.get(request.path_params["country"].upper())
        if row is None:
            raise ApiError(Code.UNKNOWN_COUNTRY, param="country")
        return reply(view(row))

    return [
        Route(PATH, countries, methods=["GET"]),
        Route(f"{PATH}/{{country}}", country, methods=["GET"]),
    ]


def _check(request: Request, gateway: Gateway, is_operator: bool) -> None:
    if not is_operator:
        caller_id(request, gateway)
    read_query(request, ())
