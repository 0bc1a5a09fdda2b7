"""Every status that the gateway can answer with, as each client tells its application."""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from clients.libraries import LIBRARIES, SERVER_SDK, Client, Library
from clients.site import SIGNATURE_SECRET, Site
from clients.table import Table
from homing.core.submit.status import Status

STATUS_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sms-status.md"
MESSAGE = {"from": "Acme", "to": "447700900000", "text": "hello"}
SIGNING = {"api_secret": None, "signature_secret": SIGNATURE_SECRET, "signature_method": "sha256"}
_numbers = itertools.count(447_700_200_000)


@dataclass(frozen=True)
class Cause:
    """What makes the gateway refuse: changes of the message, credentials, account or options.

    sent_before: so many messages just before it.
    not_by: libraries that cannot bring it about.
    """

    message: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    account: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    sent_before: int = 0
    not_by: tuple[Library, ...] = ()


CAUSES: dict[Status, Cause] = {
    Status.THROTTLED: Cause(account={"rate_per_s": 1}, sent_before=1),
    Status.MISSING: Cause({"from": " "}),
    Status.INVALID: Cause({"to": "not a number"}),
    Status.CREDENTIALS: Cause(facts={"api_secret": "Wrong0123456"}),
    Status.PLATFORM: Cause(),  # the gateway is ending, see below
    Status.UNROUTABLE: Cause({"to": "8801700900000"}),
    Status.QUOTA: Cause(account={"balance": 0}),
    Status.TOO_LONG: Cause({"text": "x" * 3201}),
    Status.SIGNATURE: Cause(
        facts={**SIGNING, "signature_secret": "Another012345678"}, not_by=(SERVER_SDK,)
    ),
    Status.SENDER: Cause({"from": "A sender that is too long"}),
    Status.TTL: Cause({"ttl": 1}),
    Status.MESSAGE_CLASS: Cause({"message-class": 9}),
    Status.CALLBACK: Cause({"callback": "ftp://127.0.0.1/dlr"}),
    Status.NOT_WHITELISTED: Cause(options={"whitelist": ("447700900999",)}),
    Status.SECRET_AND_SIGNATURE: Cause({"sig": "0123456789abcdef0123456789abcdef"}),
}
VALUES = [
    pytest.param(
        status, library, id=f"{status.value}-{library.name}",
        marks=[pytest.mark.peer.with_args(library.peer), pytest.mark.cell("sms, refused")],
    )
    for status, cause in CAUSES.items()
    for library in LIBRARIES
    if library not in cause.not_by
]  # fmt: skip


@pytest.fixture
def refused(client: Client, site: Site, status: Status) -> Callable[[], Any]:
    """Brings the cause about and sends."""
    cause = CAUSES[status]
    site.give_signature_secret(client.facts)
    site.choose(client.facts, **cause.options)
    if cause.account:
        site.set(client.facts, **cause.account)
    message = {**MESSAGE, "to": str(next(_numbers)), **cause.message}
    calls = [("sms", message)] * (cause.sent_before + 1)

    def send() -> Any:
        return client.given(**cause.facts).ask_in_turn(*calls)[-1]

    def send_while_closing() -> Any:
        with site.closing():
            return send()

    return send_while_closing if status is Status.PLATFORM else send


@pytest.mark.parametrize(("status", "library"), VALUES)
def test_a_refused_message_is_told_as_this_client_tells_it(
    status: Status, library: Library, refused: Callable[[], Any], table: Table
) -> None:
    answer = refused()
    if status in library.itself:
        how = library.itself[status]
        assert f"raises `{answer.raised}` itself" == how
    else:
        told = library.read_refusal(answer)
        assert (told.how, told.status) == (library.how, str(status.value)), answer
        assert told.text.strip()
        how = told.how
    table.record_refusal(status.value, library, how)


@pytest.mark.parametrize(("status", "library"), VALUES[: len(LIBRARIES)])
def test_the_wait_hint_of_a_throttle_reaches_the_application(
    status: Status, library: Library, refused: Callable[[], Any]
) -> None:
    assert re.search(r"\[ \d+ \]", library.read_refusal(refused()).text)


def test_every_status_that_the_gateway_answers_with_is_tried() -> None:
    rows = re.findall(r"^\| (\d+) \| yes \|", STATUS_PAGE.read_text("utf-8"), re.MULTILINE)
    assert {int(row) for row in rows} - {0} == {status.value for status in CAUSES}
