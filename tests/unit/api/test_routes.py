"""Our own API: who may ask what, and the one error body."""

import asyncio
import base64
import json
import logging

import pytest

from homing.api.app import operator_app, public_app
from homing.api.sms import SmsDoor
from homing.runtime.settings import SettingsProblem
from homing.store.contract import Busy
from support.stand_ins import KEY, SECRET, StandInGateway, StandInThrottle

BASIC = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
MESSAGE = "/homing/v1/messages/0A0000000123ABC1"


class Site:
    """Asks an ASGI application directly."""

    def __init__(self, *, is_operator: bool) -> None:
        self.gateway = StandInGateway()
        self.reload_fault: Exception | None = None
        door = SmsDoor(self.gateway.accounts, self.gateway.submission, StandInThrottle())
        self.app = (
            operator_app(self.gateway, door, self.reload)
            if is_operator
            else public_app(self.gateway, door)
        )

    async def reload(self):
        if self.reload_fault is not None:
            raise self.reload_fault
        return {"added": []}

    def ask(self, method, path, body=None, *, authorization=""):
        path, _, query = path.partition("?")
        headers = [(b"authorization", authorization.encode())] if authorization else []
        octets = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": query.encode(), "headers": headers, "client": None, "server": None,
        }  # fmt: skip
        sent = []

        async def receive():
            return {"type": "http.request", "body": octets, "more_body": False}

        async def send(message):
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))
        answer = b"".join(message.get("body", b"") for message in sent[1:])
        self.headers = dict(sent[0]["headers"])
        return sent[0]["status"], json.loads(answer) if answer else None


@pytest.fixture
def public():
    return Site(is_operator=False)


@pytest.fixture
def operator():
    return Site(is_operator=True)


def test_health_is_200_or_503_and_shows_no_details_to_strangers(public):
    assert public.ask("GET", "/health") == (200, {"status": "ok"})
    public.gateway.is_healthy = False
    assert public.ask("GET", "/health") == (503, {"status": "failing"})


@pytest.mark.parametrize("authorization", ["", "Basic x", "Bearer y", "Basic " + "YTpi"])
def test_messages_and_receipts_ask_who_is_calling(public, authorization):
    for path in (MESSAGE, "/homing/v1/receipts"):
        status, answer = public.ask("GET", path, authorization=authorization)
        assert (status, answer["code"], answer["type"]) == (
            401,
            "bad_credentials",
            "authentication",
        )
    assert public.gateway.asked == []


def test_an_account_asks_for_its_own_and_the_operator_for_all(public, operator):
    assert public.ask("GET", MESSAGE, authorization=BASIC) == (200, {"id": MESSAGE[-16:]})
    assert operator.ask("GET", MESSAGE) == (200, {"id": MESSAGE[-16:]})
    assert public.gateway.asked == [(MESSAGE[-16:], 1)]
    assert operator.gateway.asked == [(MESSAGE[-16:], None)]


def test_receipts_take_a_cursor_and_a_limit(public):
    path = f"/homing/v1/receipts?after={MESSAGE[-16:]}&limit=7"
    assert public.ask("GET", path, authorization=BASIC)[0] == 200
    assert public.ask("GET", "/homing/v1/receipts", authorization=BASIC)[0] == 200
    assert public.gateway.asked == [(MESSAGE[-16:], 7, 1), (None, 100, 1)]


@pytest.mark.parametrize("path", ["/homing/v1/receipts", "/homing/v1/receipts/unmatched"])
@pytest.mark.parametrize("after", ["AB", "", "0", "8" + "0" * 15, "0A0000000123ABCG"])
def test_a_cursor_that_is_none_is_refused_by_name_and_does_not_begin_anew(operator, path, after):
    status, answer = operator.ask("GET", f"{path}?after={after}")
    assert (status, answer["code"], answer["param"]) == (400, "invalid_value", "after")
    assert operator.gateway.asked == []


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "", "1e2", "٣"])
def test_a_limit_outside_its_range_is_refused_by_name(operator, limit):
    status, answer = operator.ask("GET", f"/homing/v1/receipts?limit={limit}")
    assert (status, answer["code"], answer["param"]) == (400, "invalid_value", "limit")


def test_an_unknown_parameter_is_refused_by_name(operator):
    status, answer = operator.ask("GET", "/homing/v1/receipts?limits=1")
    assert (status, answer["code"], answer["param"]) == (400, "unknown_field", "limits")


def test_the_error_body_has_its_six_keys(operator):
    status, answer = operator.ask("GET", "/homing/v1/messages/nothing")
    assert status == 404
    assert list(answer) == ["type", "code", "message", "param", "doc_url", "request_id"]
    assert answer["code"] == "unknown_message"
    assert answer["doc_url"].endswith("#unknown_message")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "unknown_path"),
        ("GET", "/sms/json/", 404, "unknown_path"),
        ("PUT", "/sms/json", 405, "method_not_allowed"),
        ("DELETE", "/health", 405, "method_not_allowed"),
        ("GET", "/homing/v1/accounts", 404, "unknown_path"),
        ("POST", "/homing/v1/reload", 404, "unknown_path"),
        ("POST", "/homing/v1/store/backup", 404, "unknown_path"),
    ],
)
def test_the_public_listener_has_no_more_than_it_should(public, method, path, status, code):
    found, answer = public.ask(method, path)
    assert (found, answer["code"]) == (status, code)


def test_head_on_the_sms_api_sends_nothing(public):
    path = f"/sms/json?api_key={KEY}&api_secret={SECRET}&from=A&to=447700900000&text=x"
    for method in ("HEAD", "PUT"):
        assert public.ask(method, path)[0] == 405
        assert set(public.headers[b"allow"].split(b", ")) == {b"GET", b"POST"}
    assert public.gateway.submission.taken == []


def test_an_account_is_made_and_its_secret_shown_this_once(operator):
    given = {
        "name": "shop",
        "webhook_url": "http://127.0.0.1:3000/x",
        "webhook_method": "POST_JSON",
        "rate_per_s": None,
        "balance": "12.5",
    }
    status, made = operator.ask("POST", "/homing/v1/accounts", given)
    assert status == 201
    assert made == {
        **given,
        "api_key": "ffff0000",
        "api_secret": "s",
        "balance": "12.50000000",
        "tell_intermediate": True,
        "created_at": "1970-01-01T00:00:00.000Z",
    }
    _, listed = operator.ask("GET", "/homing/v1/accounts")
    del made["api_secret"]
    assert listed["accounts"][1] == made
    assert operator.ask("GET", "/homing/v1/accounts/ffff0000") == (200, made)


def test_an_account_is_changed_in_what_is_named_alone(operator):
    path = f"/homing/v1/accounts/{KEY}"
    status, changed = operator.ask("PATCH", path, {"webhook_method": "POST", "balance": "1"})
    assert (status, changed["webhook_method"], changed["balance"]) == (200, "POST", "1.00000000")
    assert changed["name"] == "acme"
    assert operator.ask("PATCH", path, {"balance": None})[1]["balance"] is None
    assert operator.ask("PATCH", path, b"{}")[0] == 200


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "invalid_body", None),
        ({"name": "x", "colour": 1}, "unknown_field", "colour"),
        ({"webhook_url": "x"}, "invalid_value", "name"),
        ({"name": 1}, "invalid_value", "name"),
        ({"name": "x", "webhook_method": "PUT"}, "invalid_value", "webhook_method"),
        ({"name": "x", "rate_per_s": 0}, "invalid_value", "rate_per_s"),
        ({"name": "x", "balance": "much"}, "invalid_value", "balance"),
        ({"name": "x", "balance": "-1"}, "invalid_value", "balance"),
        ({"name": "taken"}, "invalid_value", "name"),
        (b"no json", "invalid_body", None),
        (b"[]", "invalid_body", None),
        (b"\xff", "invalid_body", None),
        (b"[" * 60_000, "invalid_body", None),
    ],
)
def test_a_bad_account_is_refused_with_the_fields_name(operator, body, code, param):
    status, answer = operator.ask("POST", "/homing/v1/accounts", body)
    assert (status, answer["code"], answer["param"]) == (400, code, param)


def test_an_unknown_account_is_not_found(operator):
    for method, body in (("GET", None), ("PATCH", {"balance": "1"})):
        status, answer = operator.ask(method, "/homing/v1/accounts/nobody", body)
        assert (status, answer["code"]) == (404, "unknown_account")


def test_the_operator_sees_carriers_store_and_health(operator):
    assert operator.ask("GET", "/homing/v1/carriers") == (200, {"carriers": [{"name": "north"}]})
    assert operator.ask("GET", "/homing/v1/store") == (200, {"path": "homing.db"})
    assert operator.ask("GET", "/homing/v1/health") == (200, {"ok": True, "store": "ok"})
    operator.gateway.is_healthy = False
    assert operator.ask("GET", "/homing/v1/health")[0] == 503


def test_reload_answers_what_changed_or_where_the_settings_are_wrong(operator):
    assert operator.ask("POST", "/homing/v1/reload") == (200, {"added": []})
    operator.reload_fault = SettingsProblem("homing.toml", 7, "carriers.north.window", "too large")
    status, answer = operator.ask("POST", "/homing/v1/reload")
    assert (status, answer["code"]) == (422, "invalid_settings")
    assert answer["param"] == "carriers.north.window"
    assert "homing.toml, line 7" in answer["message"]


def test_a_backup_goes_to_an_absolute_path(operator):
    assert operator.ask("POST", "/homing/v1/store/backup", {"path": "/b.db"})[0] == 200
    assert operator.gateway.backups == ["/b.db"]
    for body in ({"path": "b.db"}, {"path": "/b\0.db"}, {"path": 1}):
        status, answer = operator.ask("POST", "/homing/v1/store/backup", body)
        assert (status, answer["param"]) == (400, "path")
    operator.gateway.fault = FileExistsError(17, "File exists")
    status, answer = operator.ask("POST", "/homing/v1/store/backup", {"path": "/b.db"})
    assert (status, answer["message"]) == (400, "path: File exists")


def test_a_store_that_cannot_is_503_and_a_fault_of_ours_500_without_its_text(operator, caplog):
    with caplog.at_level(logging.DEBUG):
        operator.gateway.fault = Busy("the disk of +447700900000 is full")
        status, answer = operator.ask("GET", MESSAGE)
        assert (status, answer["code"]) == (503, "store_unavailable")
        operator.gateway.fault = RuntimeError("447700900000")
        status, answer = operator.ask("GET", MESSAGE)
        assert (status, answer["code"]) == (500, "server_error")
    assert "RuntimeError at stand_ins.py" in caplog.text
    assert "447700900000" not in caplog.text
