"""The SMS API's handler: credentials in every form, every refusal, the exact replies."""

import base64
import json
import logging
from xml.etree import ElementTree

import msgspec
import pytest

from homing.api.answer import refused_xml
from homing.api.sms import PATHS, SmsDoor
from homing.core.submit.refusal import Refusal
from homing.core.submit.status import Status
from support.stand_ins import KEY, SECRET, StandInAccounts, StandInSubmission, StandInThrottle

BASIC = b"Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode())
PAIR = f"api_key={KEY}&api_secret={SECRET}"
SMS = "from=Acme&to=447700900000&text=hi"
FORM = b"application/x-www-form-urlencoded"


class Desk:
    """A door with stand-ins behind it; `ask` gives the reply's octets."""

    def __init__(self) -> None:
        self.accounts = StandInAccounts()
        self.submission = StandInSubmission()
        self.throttle = StandInThrottle()
        self.door = SmsDoor(self.accounts, self.submission, self.throttle)

    def ask(self, query="", body="", *, kind=FORM, authorization=b"", path=b"/sms/json") -> bytes:
        headers = {b"content-type": kind} if body else {}
        if authorization:
            headers[b"authorization"] = authorization
        answers = []
        octets = body if isinstance(body, bytes) else body.encode()
        self.door.take(PATHS[path], query.encode(), headers, octets, answers.append)
        (answer,) = answers
        return answer

    def entry(self, *arguments, **options) -> dict[str, str]:
        reply = json.loads(self.ask(*arguments, **options))
        assert reply["message-count"] == "1"
        return reply["messages"][0]

    def status(self, *arguments, **options) -> tuple[str, str]:
        entry = self.entry(*arguments, **options)
        return entry["status"], entry.get("error-text", "")


@pytest.fixture
def desk():
    return Desk()


@pytest.mark.parametrize(
    ("query", "body", "kind", "authorization"),
    [
        (f"{PAIR}&{SMS}", "", FORM, b""),
        ("", f"{PAIR}&{SMS}", FORM, b""),
        (PAIR, SMS, FORM, b""),
        ("", SMS, FORM, BASIC),
        (SMS, "", FORM, BASIC),
        ("", f"{SMS}&{PAIR}", FORM, BASIC),  # both at once: some official clients do
        ("", f"{SMS}&{PAIR}", FORM, b"Bearer abc"),
        ("", f"{SMS}&{PAIR}", FORM, b"Basic " + base64.b64encode(b"proxy:word")),
        ("", SMS, b"application/json", BASIC),  # a form that calls itself JSON
        ("", SMS, b"", BASIC),
        (
            "",
            json.dumps({"api_key": KEY, "api_secret": SECRET, "from": "Acme", "to": "447700900000",
                        "text": "hi"}),
            b"application/json; charset=utf-8", b"",
        ),
        ("", '{"from":"Acme","to":447700900000,"text":"hi","x":null}', b"text/x-json", BASIC),
        ("from=Acme", '{"to":"447700900000","text":"hi"}', b"text/javascript", BASIC),
        ("", '{"from":"Acme","to":"447700900000","text":"hi"}', FORM, BASIC),
        (f"{SMS}&from=", f"{PAIR}&from=Acme", FORM, b""),  # the body wins over the query
        ("", f"{PAIR}&from=Other&{SMS}", FORM, b""),  # the last of a repeat wins
    ],
)  # fmt: skip
def test_every_way_of_asking_is_understood(desk, query, body, kind, authorization):
    assert desk.status(query, body, kind=kind, authorization=authorization) == ("0", "")
    (request,) = desk.submission.taken
    assert (request.sender, request.recipient, request.text) == ("Acme", "447700900000", "hi")


def test_json_values_become_the_text_that_a_form_would_have(desk):
    body = (
        '{"to":"447700900000","from":"Acme","text":"hi \\u20ac","ttl":900000,'
        '"status-report-req":false,"message-class":0,"client-ref":"r1"}'
    )
    assert desk.status("", body, kind=b"application/json", authorization=BASIC) == ("0", "")
    (request,) = desk.submission.taken
    assert request.text == "hi €"
    assert (request.ttl_ms, request.report, request.message_class) == (900_000, False, 0)


@pytest.mark.parametrize(
    ("body", "authorization", "status", "named"),
    [
        (SMS, b"", "2", "Missing api_key"),
        (f"{SMS}&api_key=", b"", "2", "Missing api_key"),
        (f"{SMS}&api_key={KEY}", b"", "2", "Missing api_secret"),
        (f"{SMS}&api_key={KEY}&api_secret=wrong", b"", "4", "Bad Credentials"),
        (f"{SMS}&api_key=nobody&api_secret={SECRET}", b"", "4", "Bad Credentials"),
        (SMS, b"Basic " + base64.b64encode(b"abcd1234:wrong"), "4", "Bad Credentials"),
        (SMS, b"Basic ???", "4", "Bad Credentials"),
        (SMS, b"Basic " + base64.b64encode(b"\xff\xfe:\xff"), "4", "Bad Credentials"),
        (SMS, b"Bearer abc", "4", "Bad Credentials"),
        (f"{SMS}&{PAIR}&sig=ab", b"", "32", "sig and api_secret"),
        (f"{SMS}&sig=ab", BASIC, "32", "sig and api_secret"),
        (f"{SMS}&api_key={KEY}&timestamp=1&sig=ab", b"", "14", "without a signature secret"),
        (f"{PAIR}&to=447700900000&text=hi", b"", "2", "Missing from param"),
        (f"{PAIR}&from=Acme&text=hi", b"", "2", "Missing to param"),
        (f"{PAIR}&from=Acme&to=447700900000", b"", "2", "text"),
        (f"{PAIR}&from=Acme&to=nobody&text=hi", b"", "3", "to address is not numeric"),
        (f"{PAIR}&{SMS}&ttl=1", b"", "16", "ttl"),
    ],
)
def test_a_refusal_names_the_parameter_and_nothing_is_submitted(
    desk, body, authorization, status, named
):
    found, text = desk.status("", body, authorization=authorization)
    assert (found, named in text) == (status, True), text
    assert desk.submission.taken == []


@pytest.mark.parametrize(
    ("body", "kind", "named"),
    [
        ('{"to":', b"application/json", "not valid JSON"),
        ("[1]", b"application/json", "must be an object"),
        ("12", b"application/json", "must be an object"),
        ('{"to":["447700900000"]}', b"application/json", "to must be a string"),
        ('{"text":{"a":1}}', b"application/json", "text must be a string"),
        ('{"text":"\\ud83d"}', b"application/json", "not valid JSON"),
        (b'{"text":"\xff"}', b"application/json", "not valid JSON"),
        ("[" * 60_000, b"application/json", "not valid JSON"),
        (json.dumps({f"p{n}": 1 for n in range(101)}), b"application/json", "Too many parameters"),
        ("&" * 100, FORM, "Too many parameters"),
        ("--x", b"multipart/form-data; boundary=x", "multipart/form-data is not read"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused_with_its_rule(desk, body, kind, named):
    found, text = desk.status("", body, kind=kind, authorization=BASIC)
    assert (found, named in text) == ("3", True), text


def test_an_early_refusal_has_status_and_text_alone(desk):
    assert desk.ask("", SMS) == (
        b'{"message-count":"1","messages":[{"status":"2","error-text":"Missing api_key"}]}'
    )


def test_a_throttled_account_hears_how_long_to_wait(desk):
    desk.accounts.known[KEY].rate_per_s = 30
    desk.throttle.wait = 702
    assert desk.entry("", f"{PAIR}&{SMS}") == {
        "status": "1",
        "error-text": "Throughput Rate Exceeded - please wait [ 702 ] and retry",
    }
    assert desk.submission.taken == []


def test_an_account_without_a_rate_is_never_throttled(desk):
    desk.throttle.wait = 702
    assert desk.status("", f"{PAIR}&{SMS}") == ("0", "")


def test_one_entry_a_part_with_the_balance_falling_by_the_price(desk):
    desk.submission.part_count, desk.submission.balance = 2, 200_000_000
    reply = desk.ask("", f"{PAIR}&{SMS}&client-ref=a%22%E2%82%AC&account-ref=x")
    entry = {
        "to": "447700900000",
        "message-id": "0A0000000123ABC1",
        "status": "0",
        "remaining-balance": "1.96670000",
        "message-price": "0.03330000",
        "network": "23410",
        "client-ref": 'a"€',
        "account-ref": "x",
    }
    second = {**entry, "message-id": "0A0000000123ABC2", "remaining-balance": "1.93340000"}
    assert reply == msgspec.json.encode({"message-count": "2", "messages": [entry, second]})


def test_an_unlimited_account_is_shown_a_large_balance(desk):
    assert desk.ask("", f"{PAIR}&{SMS}") == (
        b'{"message-count":"1","messages":[{"to":"447700900000",'
        b'"message-id":"0A0000000123ABC1","status":"0","remaining-balance":"1000000.00000000",'
        b'"message-price":"0.03330000","network":"23410"}]}'
    )


def test_too_little_credit_says_what_is_left(desk):
    desk.submission.refusal = Refusal(
        Status.QUOTA, "Quota Exceeded - rejected", "447700900000", "23410", 3_330_000, 1
    )
    assert desk.entry("", f"{PAIR}&{SMS}") == {
        "to": "447700900000",
        "status": "9",
        "error-text": "Quota Exceeded - rejected",
        "remaining-balance": "0.00000001",
        "message-price": "0.03330000",
        "network": "23410",
    }


def test_xml_has_the_documented_names_and_order(desk):
    desk.submission.balance = 200_000_000
    reply = desk.ask("", f"{PAIR}&{SMS}&client-ref=%3Ca%26b%3E", path=b"/sms/xml")
    assert reply.decode() == (
        "<?xml version='1.0' encoding='UTF-8' ?>\n"
        "<mt-submission-response>\n"
        "    <messages count='1'>\n"
        "        <message>\n"
        "            <to>447700900000</to>\n"
        "            <messageId>0A0000000123ABC1</messageId>\n"
        "            <messagePrice>0.03330000</messagePrice>\n"
        "            <remainingBalance>1.96670000</remainingBalance>\n"
        "            <network>23410</network>\n"
        "            <status>0</status>\n"
        "            <clientRef>&lt;a&amp;b&gt;</clientRef>\n"
        "        </message>\n"
        "    </messages>\n"
        "</mt-submission-response>\n"
    )
    ElementTree.fromstring(reply)


def test_xml_holds_no_character_that_xml_forbids():
    reply = refused_xml(Refusal(3, "\x00<\ud800\x1f>&\uffff"))
    text = ElementTree.fromstring(reply).find("messages/message/errorText").text
    assert text == "\ufffd<\ufffd\ufffd>&\ufffd"


def test_xml_refusals_have_status_and_text(desk):
    root = ElementTree.fromstring(desk.ask("", SMS, path=b"/sms/xml"))
    assert root.find("messages").get("count") == "1"
    assert [(one.tag, one.text) for one in root.find("messages/message")] == [
        ("status", "2"),
        ("errorText", "Missing api_key"),
    ]


def test_a_fault_of_ours_is_status_5_and_its_text_never_reaches_the_log(desk, caplog):
    desk.submission.fault = RuntimeError("the text of a message")
    with caplog.at_level(logging.DEBUG):
        assert desk.status("", f"{PAIR}&{SMS}") == ("5", "Server Error")
    assert "RuntimeError at" in caplog.text
    for secret in ("the text of a message", SECRET, "447700900000", "Traceback"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("to=447700900000&text=hi", ("", "447700900000")),
        ("from=no%20such%20sender&to=447700900000&text=hi", ("no such sender", "447700900000")),
        ("from=Acme&text=hi", ("Acme", "")),
        ("from=Acme&to=447700900000&text=hi&ttl=never", ("Acme", "447700900000")),
    ],
)
def test_a_refused_request_of_a_known_account_is_handed_on_for_search(desk, given, shown):
    status, text = desk.status(f"{PAIR}&{given}")
    ((account_id, refusal, *named),) = desk.submission.rejected
    assert (account_id, str(refusal.status), refusal.text) == (1, status, text)
    assert tuple(named) == shown


def test_a_request_of_nobody_known_is_not_handed_on_for_search(desk):
    assert desk.status("api_key=nobody&api_secret=x&from=Acme")[0] == "4"
    assert desk.submission.rejected == []
