"""The OpenAPI documents: every route is described, and nothing else; the page that reads them."""

import json
import re
from typing import Any

import pytest

from homing.api import openapi, try_page
from homing.api.app import operator_app, public_app
from homing.api.call import Call
from homing.api.compat_calls import SMS_FIELDS
from homing.core.submit.options import OPTIONS
from support.compat_site import Site, on_site

BOTH = pytest.mark.parametrize("is_operator", [False, True])


def routes_of(is_operator: bool) -> set[str]:
    """`GET /path`; HEAD comes with GET, and a slash at the end changes nothing."""
    stand_in: Any = object()
    app: Any = (
        operator_app(stand_in, stand_in, stand_in)
        if is_operator
        else public_app(stand_in, stand_in)
    )
    return {
        f"{method} {route.path.rstrip('/')}"
        for route in app._app.routes
        for method in route.methods - {"HEAD"}
    }


def described(is_operator: bool) -> dict[str, Call]:
    return {f"{one.method} {one.path}": one for one in openapi.calls(is_operator=is_operator)}


def document(is_operator: bool) -> Any:
    return json.loads(openapi.document(is_operator=is_operator))


@BOTH
def test_every_route_is_described_and_every_description_is_a_route(is_operator: bool) -> None:
    routes, told = routes_of(is_operator), set(described(is_operator))
    missing, idle = sorted(routes - told), sorted(told - routes)
    assert not missing, (
        f"routes that no table describes: {missing}. Add a Call for each to COMPAT_CALLS in"
        " api/compat_calls.py, or to PUBLIC_CALLS or OPERATOR_CALLS in api/own_calls.py"
    )
    assert not idle, f"described, but no route of app.py: {idle}. Take these Calls out"


@BOTH
def test_no_call_is_described_twice(is_operator: bool) -> None:
    told = openapi.calls(is_operator=is_operator)
    assert len(told) == len(described(is_operator))


@BOTH
def test_path_parameters_are_those_of_the_path(is_operator: bool) -> None:
    for name, call in described(is_operator).items():
        in_path = {one.name for one in call.fields if one.place == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", call.path)), name


@BOTH
def test_every_reference_leads_somewhere_and_every_schema_is_used(is_operator: bool) -> None:
    made = document(is_operator)
    text = json.dumps(made)
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named == set(made["components"]["schemas"])


@BOTH
def test_operation_ids_are_unique(is_operator: bool) -> None:
    found = [
        operation["operationId"]
        for operations in document(is_operator)["paths"].values()
        for operation in operations.values()
    ]
    assert len(found) == len(set(found))


def test_every_parameter_of_the_sms_api_is_described() -> None:
    assert set(OPTIONS) <= {field.name for field in SMS_FIELDS}


def test_the_operators_own_calls_are_not_in_the_public_document() -> None:
    public, own = document(False)["paths"], document(True)["paths"]
    assert "/homing/v1/store/backup" in own
    assert "/homing/v1/store/backup" not in public
    assert "/homing/v1/accounts" not in public


def test_limits_are_those_of_the_code() -> None:
    fields = {
        one["name"]: one["schema"]
        for one in document(False)["paths"]["/sms/json"]["get"]["parameters"]
    }
    assert fields["ttl"]["maximum"] == 604_800_000
    assert fields["text"]["maxLength"] == 3200
    assert fields["type"]["enum"] == ["text", "unicode", "binary"]


def test_the_document_and_the_page_are_served_without_credentials() -> None:
    def routes(site: Site) -> list:
        return [*openapi.routes(is_operator=False), *try_page.routes()]

    async def body(site: Site) -> None:
        answer = await site.ask("GET", "/homing/v1/openapi.json", authorization="")
        assert answer.json["openapi"] == "3.1.0"
        page = await site.ask("GET", "/homing/v1/try", authorization="")
        assert page.status == 200
        assert page.headers["content-type"].startswith("text/html")
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        refused = await site.ask("GET", "/homing/v1/try", query={"x": "1"}, authorization="")
        assert refused.status == 400

    on_site(routes, body)


def test_the_page_names_no_other_origin_and_keeps_nothing() -> None:
    html, _ = try_page.page()
    text = html.decode() if isinstance(html, bytes) else html
    assert "http://" not in text
    assert "https://" not in text
    for word in ("localStorage", "sessionStorage", "document.cookie", "innerHTML", "eval("):
        assert word not in text
