"""Countries over HTTP: rows with their sources and words."""

from homing.api import countries
from homing.core.numbering.features import shipped, with_rows
from homing.core.numbering.rules import Rules
from support.compat_site import Site, on_site


def public(site: Site) -> list:
    site.rules = Rules(shipped())
    return countries.routes(site, is_operator=False)


def test_a_country_has_its_sources_and_says_what_delivered_is_worth() -> None:
    async def body(site: Site) -> None:
        answer = await site.ask("GET", "/homing/v1/countries/us")
        assert answer.status == 200
        told = answer.json
        assert (told["country"], told["receipts"], told["alphanumeric"]) == ("US", "carrier", "no")
        assert "carrier's word alone" in told["delivered"]
        assert told["letters"].startswith("refused with status 15")
        assert "govuk-notify" in told["sources"]

    on_site(public, body)


def test_all_countries_are_listed_in_order() -> None:
    async def body(site: Site) -> None:
        told = (await site.ask("GET", "/homing/v1/countries")).json["countries"]
        letters = [one["country"] for one in told]
        assert letters == sorted(shipped())

    on_site(public, body)


def test_an_operators_rows_are_the_ones_that_are_shown() -> None:
    def routes(site: Site) -> list:
        own = with_rows(shipped(), "iso2,dlr_kind,notes\nGB,handset,by contract\n", file="f")
        site.rules = Rules(own)
        return countries.routes(site, is_operator=True)

    async def body(site: Site) -> None:
        told = (await site.ask("GET", "/homing/v1/countries/GB", authorization="")).json
        assert (told["receipts"], told["notes"]) == ("handset", "by contract")
        assert "operator" in told["sources"]

    on_site(routes, body)


def test_faults_are_told_in_the_error_body() -> None:
    async def body(site: Site) -> None:
        assert (await site.ask("GET", "/homing/v1/countries", authorization="")).status == 401
        unknown = await site.ask("GET", "/homing/v1/countries/QQ")
        assert (unknown.status, unknown.json["code"]) == (404, "unknown_country")
        odd = await site.ask("GET", "/homing/v1/countries", query={"x": "1"})
        assert (odd.status, odd.json["param"]) == (400, "x")

    on_site(public, body)
