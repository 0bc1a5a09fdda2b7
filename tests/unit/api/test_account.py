"""Balance, top-up and settings: the documented shapes in JSON and XML, and each wrong value."""

import asyncio
from xml.etree import ElementTree

import pytest

from homing.api.account import routes
from homing.api.xml import wants_xml, write_xml
from homing.core.model.account import WebhookMethod
from support.compat_site import KEY, SECRET, on_site

ONE = 100_000_000
BALANCE, TOP_UP, SETTINGS = "/account/get-balance", "/account/top-up", "/account/settings"
SUCCESS = {"error-code": "200", "error-code-label": "success"}
REFUSED = {"error-code": "401", "error-code-label": "authentication failed"}


def test_the_balance_is_a_json_number_with_every_decimal():
    async def body(site):
        found = await site.ask("GET", BALANCE)
        assert (found.status, found.body) == (200, b'{"value":3.14159265,"autoReload":false}')

    on_site(routes, body, balance=314_159_265)


def test_an_account_without_a_balance_shows_the_figure_of_the_sms_api():
    async def body(site):
        assert (await site.ask("GET", BALANCE)).json == {"value": 1_000_000, "autoReload": False}

    on_site(routes, body)


def test_auto_reload_says_whether_top_ups_are_enabled():
    async def body(site):
        assert (await site.ask("GET", BALANCE)).json["autoReload"] is True

    on_site(routes, body, top_up=ONE)


def test_the_balance_comes_in_xml_for_those_who_want_xml():
    async def body(site):
        found = await site.ask("GET", BALANCE, accept="application/xml")
        assert found.headers["content-type"].startswith("application/xml")
        root = ElementTree.fromstring(found.body)
        assert root.tag == "accountBalance"
        assert [(one.tag, one.text) for one in root] == [
            ("value", "10.28000000"),
            ("autoReload", "false"),
        ]

    on_site(routes, body, balance=1_028_000_000)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", BALANCE), ("POST", TOP_UP), ("POST", SETTINGS)]
)
def test_credentials_are_asked_for_in_every_form_and_refused_as_a_pair(method, path):
    async def body(site):
        pair = {"api_key": KEY, "api_secret": SECRET, "trx": "a"}
        assert (await site.ask(method, path, query=pair, authorization="")).status == 200
        wrong = pair | {"api_secret": "no"}
        found = await site.ask(method, path, query=wrong, authorization="")
        assert (found.status, found.json) == (401, REFUSED)
        assert (await site.ask(method, path, authorization="")).json == REFUSED
        found = await site.ask(method, path, authorization="", accept="text/xml")
        assert b"<error-code>401</error-code>" in found.body

    on_site(routes, body, balance=0, top_up=ONE)


def test_a_top_up_is_refused_until_the_operator_enables_it():
    async def body(site):
        found = await site.ask("POST", TOP_UP, {"trx": "a"})
        assert (found.status, found.json["error-code"]) == (401, "401")
        assert found.json["error-code-label"] == "not auto-reload enabled"
        assert site.account.balance == 5

    on_site(routes, body, balance=5)


def test_a_top_up_adds_the_amount_once_for_each_trx():
    async def body(site):
        for _ in range(2):
            found = await site.ask("POST", TOP_UP, {"trx": "00X123456Y7890123Z"})
            assert (found.status, found.json) == (200, SUCCESS)
        assert site.account.balance == 5 + ONE
        await site.ask("POST", TOP_UP, query={"trx": "another"})
        assert site.account.balance == 5 + 2 * ONE

    on_site(routes, body, balance=5, top_up=ONE)


def test_top_ups_at_once_are_all_added():
    async def body(site):
        names = [f"t{n}" for n in range(5)] + ["t0"]
        await asyncio.gather(*[site.ask("POST", TOP_UP, {"trx": name}) for name in names])
        assert site.account.balance == 5 * ONE

    on_site(routes, body, balance=0, top_up=ONE)


@pytest.mark.parametrize("trx", ["", "x" * 101, "a\nb"])
def test_a_bad_trx_is_named_and_adds_nothing(trx):
    async def body(site):
        found = await site.ask("POST", TOP_UP, {"trx": trx})
        assert (found.status, found.json["error-code"]) == (420, "420")
        assert found.json["error-code-label"].startswith("trx: must be 1 to 100")
        assert site.account.balance == 0

    on_site(routes, body, balance=0, top_up=ONE)


def test_there_is_nothing_to_top_up_where_nothing_is_charged():
    async def body(site):
        found = await site.ask("POST", TOP_UP, {"trx": "a"})
        assert found.json["error-code-label"].startswith("trx: the account is not charged")
        assert site.account.balance is None

    on_site(routes, body, top_up=ONE)


def test_settings_without_a_parameter_are_the_present_ones():
    async def body(site):
        found = await site.ask("POST", SETTINGS)
        assert (found.status, site.probed) == (200, [])
        assert found.json == {
            "mo-callback-url": "http://a.example/mo",
            "dr-callback-url": "",
            "max-outbound-request": 7,
            "max-inbound-request": 7,
            "max-calls-per-second": 7,
        }
        found = await site.ask("POST", SETTINGS, accept="application/xml")
        root = ElementTree.fromstring(found.body)
        assert root.tag == "account-settings"
        assert root.findtext("mo-callback-url") == "http://a.example/mo"

    on_site(routes, body, inbound_url="http://a.example/mo", rate_per_s=7)


@pytest.mark.parametrize(
    "spelled", [("moCallBackUrl", "drCallBackUrl"), ("moCallbackUrl", "drCallbackUrl")]
)
def test_settings_are_taken_whatever_their_case_and_checked_first(spelled):
    async def body(site):
        urls = ("https://a.example/mo", "https://a.example/dr?x=1")
        found = await site.ask("POST", SETTINGS, dict(zip(spelled, urls, strict=True)))
        assert found.json["mo-callback-url"] == site.account.options.inbound_url == urls[0]
        assert found.json["dr-callback-url"] == site.account.webhook_url == urls[1]
        assert site.probed == list(urls)
        await site.ask("POST", SETTINGS, {spelled[1]: urls[1]})
        assert len(site.probed) == 2  # what is there already was checked

    on_site(routes, body)


def test_an_empty_url_clears_and_leaves_the_other():
    async def body(site):
        found = await site.ask("POST", SETTINGS, {"drCallbackUrl": ""})
        assert (found.json["dr-callback-url"], found.json["mo-callback-url"]) == ("", "http://m/")
        assert (site.account.webhook_url, site.probed) == (None, [])

    on_site(routes, body, webhook_url="http://d/", inbound_url="http://m/")


@pytest.mark.parametrize(
    ("word", "method"),
    [("POST_JSON", WebhookMethod.POST_JSON), ("post_query_string", WebhookMethod.POST),
     ("GET_QUERY_STRING", WebhookMethod.GET)],
)  # fmt: skip
def test_the_forward_method_has_the_names_of_the_platform(word, method):
    async def body(site):
        assert (await site.ask("POST", SETTINGS, {"HttpForwardMethod": word})).status == 200
        assert site.account.webhook_method is method

    on_site(routes, body)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"moCallBackUrl": "ftp://x/"}, "moCallBackUrl: must begin with http"),
        ({"drcallbackurl": "http://"}, "drCallBackUrl: must name a host"),
        ({"httpForwardMethod": "PUT"}, "httpForwardMethod: must be one of GET_QUERY_PARAMS"),
        ({"httpForwardMethod": ""}, "httpForwardMethod: must be one of"),
        ({"newSecret": "Abcdef123"}, "newSecret: secrets are changed under /accounts"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_saved(given, named):
    async def body(site):
        found = await site.ask("POST", SETTINGS, given | {"x": "y"})
        assert (found.status, found.json["error-code"]) == (420, "420")
        assert found.json["error-code-label"].startswith(named)
        assert (site.account.webhook_url, site.account.options.inbound_url) == (None, None)

    on_site(routes, body)


def test_a_url_that_fails_its_check_saves_nothing_at_all():
    async def body(site):
        site.probe_fault = "must answer a GET with 2xx before it is saved, not 404"
        given = {"drCallBackUrl": "http://a.example/", "httpForwardMethod": "POST_JSON"}
        found = await site.ask("POST", SETTINGS, given)
        label = "drCallBackUrl: must answer a GET with 2xx before it is saved, not 404"
        assert (found.status, found.json["error-code-label"]) == (420, label)
        assert site.account.webhook_url is None
        assert site.account.webhook_method is WebhookMethod.GET

    on_site(routes, body)


def test_what_cannot_be_read_at_all_is_400():
    async def body(site):
        found = await site.ask("POST", SETTINGS, b'{"moCallBackUrl":', kind="application/json")
        assert (found.status, found.json["error-code"]) == (400, "400")

    on_site(routes, body)


@pytest.mark.parametrize(
    ("accept", "is_xml"),
    [
        ("", False), ("*/*", False), ("application/json", False), ("application/xml", True),
        ("text/xml", True), ("application/json, text/xml", False), ("text/xml;q=0.5", True),
        ("application/json;q=0.2, application/xml;q=0.9", True), ("text/xml;q=x", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("application/xml, */*;q=0.5", True), ("text/html, application/xml;q=0.9", True),
        ("application/xml, */*", False), ("text/html, text/xml;q=0.9, text/json;q=0.1", True),
        ("text/html;q=0.5, application/xml, */*;q=0.1", True),
    ],
)  # fmt: skip
def test_xml_is_written_when_it_is_liked_better(accept, is_xml):
    assert wants_xml(accept) is is_xml


def test_xml_escapes_what_would_be_markup_and_replaces_what_it_cannot_hold():
    octets = write_xml("r", {"a": "<&>\x00", "b": True, "c": [{"d": 1}]}, {"c": "item"})
    root = ElementTree.fromstring(octets)
    assert root.findtext("a") == "<&>\ufffd"
    assert root.findtext("b") == "true"
    assert root.findtext("c/item/d") == "1"
