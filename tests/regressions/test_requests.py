"""What a request must not get past, and what it must not be refused for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from homing.api import account, search
from homing.api.sms import PATHS
from homing.core.model.account import WebhookMethod
from homing.core.model.message import MESSAGES_V1
from homing.core.submit.request import SmsRequest
from homing.core.submit.status import Status
from homing.core.webhooks.signing import sign
from support.compat_site import KEY, on_site
from support.house import RECIPIENT, House
from support.record_site import on_records
from support.stand_ins import answer_of
from unit.api.test_messages_v1 import MESSAGE, Desk
from unit.api.test_signed_requests import FORM
from unit.api.test_signed_requests import Desk as SmsDesk

SIGNATURE_SECRET = "SigSecret0123456"
JSON = b"application/json"


@pytest.mark.parametrize(
    ("word", "method"),
    [
        ("GET_QUERY_PARAMS", WebhookMethod.GET),
        ("POST_QUERY_PARAMS", WebhookMethod.POST),
        ("POST_JSON", WebhookMethod.POST_JSON),
        ("GET_QUERY_STRING", WebhookMethod.GET),
        ("POST_QUERY_STRING", WebhookMethod.POST),
    ],
)
def test_the_documented_words_of_http_forward_method_are_taken(
    word: str, method: WebhookMethod
) -> None:
    async def body(site: Any) -> None:
        found = await site.ask("POST", "/account/settings", {"httpForwardMethod": word})
        assert found.status == 200, found.body
        assert site.account.webhook_method is method

    other = WebhookMethod.POST if method is WebhookMethod.GET else WebhookMethod.GET
    on_site(account.routes, body, webhook_method=other)


def test_a_signed_search_tells_nothing_of_an_id_that_was_not_signed() -> None:
    async def test(site: Any, world: Any) -> None:
        await site.accounts.rotate_signature_secret(KEY, SIGNATURE_SECRET)
        signed, other = [
            f"{one.parts[0].id:016X}" for one in (await world.message(), await world.message())
        ]
        asked = {"api_key": KEY, "timestamp": "1790000000", "ids": signed}
        method = site.account.options.signature_method
        asked["sig"] = sign(asked.items(), SIGNATURE_SECRET, method)
        sound = await site.ask("GET", "/search/messages", query=asked, authorization="")
        assert [one["message-id"] for one in sound.json["items"]] == [signed]
        changed = [("ids", other), *asked.items()]
        answer = await site.ask("GET", "/search/messages", query=changed, authorization="")
        assert (answer.status, answer.json["error-code"]) == (401, "401")

    on_records(search.routes, test)


def test_a_signed_request_that_names_a_parameter_twice_is_refused() -> None:
    desk = SmsDesk()
    signed = desk.signed()
    form, members = urlencode(signed), json.dumps(signed)
    for query, body, kind in (
        ("text=other&" + form, "", FORM),
        ("", "text=other&" + form, FORM),
        ("", form + "&" + form, FORM),
        ("text=other", form, FORM),
        ("text=other", members, JSON),
        ("", '{"text":"other",' + members[1:], JSON),
        ("", "text=other&" + form, JSON),  # a form that calls itself JSON
    ):
        status, told = desk.ask(query, body, kind)
        assert status == str(Status.SIGNATURE.value), (query, body)
        assert "must be given once" in told
    assert desk.submission.taken == []
    pair = f"api_key={KEY}&api_secret=abcdef0123456789&from=Acme&to=447700900000"
    assert desk.ask("", f"{pair}&text=a&text=b", FORM) == ("0", "")


def test_the_messages_api_says_what_becomes_of_a_message_that_will_be_altered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()

    def submit(account: Any, request: Any, answer: Callable[[Any], None]) -> None:
        made = answer_of(request)
        made.notices = ("BR (Brazil): a sender of letters is not kept",)
        answer(made)

    monkeypatch.setattr(desk.submission, "submit", submit)
    answer = desk.post(MESSAGE)
    assert answer.status == 202
    assert answer.headers["x-homing-notice"] == "BR (Brazil): a sender of letters is not kept"


# The last: a character of which one octet is escaped.
@pytest.mark.parametrize("octets", [b"%FF%FE", b"%E2%82", b"gr%FC%DFe", b"gr\xfc", b"\xc3%BC"])
def test_a_text_that_is_no_utf_8_is_refused_by_name_and_not_sent_damaged(octets: bytes) -> None:
    desk = SmsDesk()
    form = f"api_key={KEY}&api_secret=abcdef0123456789&from=Acme&to=447700900000".encode()
    for query, body in ((b"", form + b"&text=" + octets), (b"text=" + octets, form)):
        assert _asked(desk, query, body)["status"] == str(Status.INVALID.value)
        assert "text" in _asked(desk, query, body)["error-text"]
    assert desk.submission.taken == []


@pytest.mark.parametrize("octets", [b"%EF%BF%BD", "\ufffd".encode()])
def test_the_replacement_character_itself_may_be_sent(octets: bytes) -> None:
    desk = SmsDesk()
    form = f"api_key={KEY}&api_secret=abcdef0123456789&from=Acme&to=447700900000".encode()
    assert _asked(desk, b"", form + b"&text=" + octets)["status"] == "0"
    assert desk.submission.taken[0].text == "\ufffd"


def _asked(desk: SmsDesk, query: bytes, body: bytes) -> dict[str, str]:
    answers: list[bytes] = []
    headers = {b"content-type": FORM, b"authorization": b""}
    desk.door.take(PATHS[b"/sms/json"], query, headers, body, answers.append)
    (entry,) = json.loads(answers[0])["messages"]
    return dict(entry)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, carriers={"north": {}}, routes={"": ["north"], "997": ["north"]})


def _refused(house: House, to: str = RECIPIENT, **more: Any) -> tuple[int, str] | None:
    answers: list[Any] = []
    request = SmsRequest("Homing", to, text="hi", **more)
    house.gateway.submission.submit(house._account, request, answers.append)
    if not answers:
        return None  # it is on its way to the disk
    return answers[0].refusal.status, answers[0].refusal.text


def test_a_callback_to_an_address_that_the_guard_refuses_is_refused(house: House) -> None:
    async def life() -> None:
        for host in ("169.254.169.254", "0xa9fea9fe", "[fd00:ec2::254]"):
            refused = _refused(house, callback=f"http://{host}/")
            assert refused is not None, host
            assert refused[0] == Status.CALLBACK
            assert refused[1].startswith("Invalid Callback URL: callback must not lead")
            assert refused[1].endswith("metadata")
        refused = _refused(house, callback="http://10.0.0.1/", api=MESSAGES_V1)
        assert refused is not None
        assert "webhook_url must not lead" in refused[1]
        assert _refused(house, callback="http://metadata.example/") is None
        assert _refused(house, callback="http://8.8.8.8/") is None
        await house.pass_s(2)
        assert house.count("message") == 2

    house.live(life)
