"""Signed SMS requests: accepted when sound, else status 14 with a reason, or 32 beside a secret."""

import asyncio
import base64
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from homing.api.sms import PATHS, SmsDoor
from homing.core.model.account import SignatureMethod
from homing.core.webhooks.signing import sign
from homing.runtime.accounts import Accounts
from homing.runtime.clock import Clock
from homing.runtime.keyfile import KeyFile
from homing.store.contract import PutAccount
from support.stand_ins import StandInSubmission, StandInThrottle

KEY, SECRET, SIGNATURE_SECRET = "abcd1234", "abcdef0123456789", "SigSecret0123456"
NOW_S = 1_461_605_400
FORM = b"application/x-www-form-urlencoded"


class Ready:
    """A store in which everything lasts at once."""

    def write(self, change: PutAccount, when_durable: Callable[[PutAccount], None]) -> None:
        when_durable(change)


class Desk:
    """A door before accounts: one that signs, one that has no secret for it."""

    def __init__(self, method: str = "md5hash", **options: Any) -> None:
        clock = Clock(lambda: NOW_S * 1000, lambda: 0.0)
        self.accounts = Accounts(Ready(), KeyFile(b"k" * 32), clock)  # type: ignore[arg-type]
        self.submission = StandInSubmission()
        self.door = SmsDoor(self.accounts, self.submission, StandInThrottle())
        self.method = SignatureMethod(method)
        asyncio.run(self._fill({"signature_method": method} | options))

    async def _fill(self, options: dict[str, Any]) -> None:
        add = self.accounts.add
        await add("signs", api_key=KEY, secret=SECRET, rate_per_s=None)
        await add("not", api_key="ffff0000", secret=SECRET, rate_per_s=None)
        await self.accounts.rotate_signature_secret(KEY, SIGNATURE_SECRET)
        await self.accounts.set(KEY, **options)

    def signed(self, **changes: str) -> dict[str, str]:
        made = {
            "api_key": KEY, "from": "Acme", "to": "447700900000", "text": "hi & bye = ok €",
            "timestamp": str(NOW_S - 4),
        } | changes  # fmt: skip
        return made | {"sig": sign(made.items(), SIGNATURE_SECRET, self.method)}

    def ask(
        self, query: str = "", body: str = "", kind: bytes = FORM, authorization: bytes = b""
    ) -> tuple[str, str]:
        headers = {b"content-type": kind, b"authorization": authorization}
        answers: list[bytes] = []
        self.door.take(PATHS[b"/sms/json"], query.encode(), headers, body.encode(), answers.append)
        (answer,) = answers
        (entry,) = json.loads(answer)["messages"]
        return entry["status"], entry.get("error-text", "")

    def post(self, parameters: dict[str, str], **options: Any) -> tuple[str, str]:
        return self.ask("", urlencode(parameters), **options)


@pytest.mark.parametrize("method", list(SignatureMethod))
def test_a_request_signed_by_the_method_of_its_account_is_accepted(method: str) -> None:
    desk = Desk(method)
    assert desk.post(desk.signed()) == ("0", "")
    assert desk.ask(urlencode(desk.signed())) == ("0", "")
    assert desk.ask("", json.dumps(desk.signed()), b"application/json") == ("0", "")
    assert [request.text for request in desk.submission.taken] == ["hi & bye = ok €"] * 3


@pytest.mark.parametrize("method", list(SignatureMethod))
def test_either_case_of_the_signature_is_accepted(method: str) -> None:
    desk = Desk(method)
    for change in (str.lower, str.upper):
        signed = desk.signed()
        assert desk.post(signed | {"sig": change(signed["sig"])}) == ("0", "")


def test_the_request_of_official_clients_is_accepted() -> None:
    """PyPI nexmo 2.5.2, vonage 3.18.0 and npm nexmo 2.9.1 alike."""
    body = (
        f"from=Acme&to=447700900000&text=hi+%26+bye+%3D+ok&timestamp=1461605396&api_key={KEY}"
        "&sig=a9ca7ef11069008a445706005e30254a"
    )
    assert Desk().ask("", body) == ("0", "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": "changed"}, "sig does not fit the parameters; this account signs by md5hash"),
        ({"to": "447700900001"}, "sig does not fit"),
        ({"ttl": "900000"}, "sig does not fit"),
        ({"sig": "0" * 32}, "sig does not fit"),
        ({"sig": ""}, "sig is required"),
        ({"timestamp": ""}, "timestamp is required"),
        ({"timestamp": "2026-01-01 00:00:00"}, "timestamp must be Unix seconds"),
        ({"timestamp": str(NOW_S - 301)}, "timestamp is more than 300 s away"),
        ({"timestamp": str(NOW_S + 301)}, "timestamp is more than 300 s away"),
    ],
)
def test_a_wrong_signature_is_status_14_and_says_what_is_wrong(
    change: dict[str, str], words: str
) -> None:
    desk = Desk()
    status, text = desk.post(desk.signed() | change)
    assert status == "14"
    assert text.startswith("Invalid Signature: ")
    assert words in text
    assert desk.submission.taken == []


def test_a_text_that_broke_at_its_ampersand_does_not_pass() -> None:
    """npm nexmo leaves `&` and `=` raw in the query."""
    desk = Desk()
    signed = desk.signed(text="hi & bye")
    query = "&".join(f"{name}={value}" for name, value in signed.items())
    assert desk.ask(query)[0] == "14"


def test_an_account_without_a_signature_secret_is_told_so() -> None:
    desk = Desk()
    status, text = desk.post(desk.signed(api_key="ffff0000"))
    assert status == "14"
    assert "without a signature secret" in text


def test_an_unknown_key_is_bad_credentials() -> None:
    desk = Desk()
    assert desk.post(desk.signed(api_key="nobody00")) == ("4", "Bad Credentials")


def test_a_secret_beside_a_signature_is_status_32() -> None:
    desk = Desk()
    basic = b"Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode())
    assert desk.post(desk.signed() | {"api_secret": SECRET})[0] == "32"
    assert desk.post(desk.signed(), authorization=basic)[0] == "32"
    assert desk.post(desk.signed(), authorization=b"Bearer abc") == ("0", "")
    assert len(desk.submission.taken) == 1


def test_a_nonce_is_taken_once() -> None:
    desk = Desk()
    signed = desk.signed(nonce="ec11dd3e-1e7f-4db5-9467-82b02cd223b9")
    assert desk.post(signed | {"text": "forged"})[0] == "14", "a forger uses up nothing"
    assert desk.post(signed) == ("0", "")
    status, text = desk.post(signed)
    assert (status, "nonce was used already" in text) == ("14", True)
    assert len(desk.submission.taken) == 1


def test_without_a_nonce_the_same_request_may_come_again() -> None:
    desk = Desk()
    signed = desk.signed()
    assert desk.post(signed) == desk.post(signed) == ("0", "")


def test_unset_fields_signed_as_none_pass_only_where_the_account_allows_it() -> None:
    # PyPI vonage 4.9.1 signs this and sends what is set.
    text = (
        "&account-ref=None&api_key=abcd1234&body=None&callback=None&client-ref=None"
        "&content-id=None&entity-id=None&from=Acme&message-class=None&protocol-id=None&sig=None"
        f"&status-report-req=None&text=hi _ bye _ ok&timestamp={NOW_S}&to=447700900000"
        "&trusted-number=None&ttl=None&type=None&udh=None"
    )
    sig = hmac.digest(SIGNATURE_SECRET.encode(), text.encode(), "md5").hex()
    sent = {
        "to": "447700900000", "from": "Acme", "text": "hi & bye = ok", "api_key": KEY,
        "timestamp": str(NOW_S), "sig": sig,
    }  # fmt: skip
    assert Desk("md5").post(sent)[0] == "14"
    lenient = Desk("md5", accepts_none_signatures=True)
    assert lenient.post(sent) == ("0", "")
    assert lenient.post(sent | {"ttl": "900000"})[0] == "14"
