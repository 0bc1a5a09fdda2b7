"""The official client libraries: how each is started, what it can call, how it tells a refusal."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.matrix import Peer
from support.client_peers import (
    Answer,
    ClientProcess,
    Facts,
    node_client,
    node_client_version,
    python_client,
    python_client_version,
)

NONE = "–"  # the client has no such call
METHODS = ("md5hash", "md5", "sha1", "sha256", "sha512")
SMS = ("sms, one part", "sms, long", "sms, unicode", "sms, binary", "sms, every option")
ACCOUNT = ("balance", "top-up", "settings", "secrets", "numbers")
PRICES = ("price of a country", "prices of all", "prices of a prefix", "price of a number")
SEARCHES = ("search by id", "search by ids", "search by day", "search rejections")
AFTER = ("conversion", *SEARCHES, "redact")
MESSAGES = ("messages v1",)
SIGNED = tuple(f"signs a request, {method}" for method in METHODS)
CHECKS = tuple(f"checks our webhook, {method}" for method in METHODS)
CALLS = (*SMS, "sms, refused", *ACCOUNT, *PRICES, *AFTER, *MESSAGES, *SIGNED, *CHECKS)
"""The rows of the table."""


@dataclass(frozen=True)
class Refused:
    """A message that was refused, as the client tells it.

    how: what an application meets, in the words of the table.
    """

    how: str
    status: str
    text: str


@dataclass(frozen=True, eq=False)
class Library:
    """A client library behind a driver.

    lacks: rows of the table for calls that it does not have.
    read_refusal, how: its answer to a message that the gateway refused, and the words for that.
    unauthorized: the class of what it raises at HTTP 401.
    itself: statuses whose cause it refuses before anything is sent, with the words for it.
    """

    name: str
    peer: Peer
    open: Callable[[Path], ClientProcess]
    scheme: str
    read_refusal: Callable[[Answer], Refused]
    how: str
    unauthorized: str
    itself: dict[int, str] = field(default_factory=dict)

    def has(self, call: str) -> bool:
        return call not in self.peer.cannot


@dataclass(frozen=True)
class Client:
    """A library that runs, and the account for which it calls."""

    library: Library
    process: ClientProcess
    facts: Facts

    def ask(self, call: str, /, **arguments: object) -> Answer:
        return self.process.ask(self.facts, [(call, arguments)])[0]

    def ask_in_turn(self, *calls: tuple[str, dict[str, object]]) -> list[Answer]:
        """All of them by one client object."""
        return self.process.ask(self.facts, calls)

    def returned(self, call: str, /, **arguments: object) -> Any:
        """What it returns; the test fails when it raises."""
        answer = self.ask(call, **arguments)
        assert not answer.raised, answer
        return answer.returned

    def is_unauthorized(self, answer: Answer) -> bool:
        """Whether it raised what it does at HTTP 401; two clients have a class for that alone."""
        return answer.raised == self.library.unauthorized and answer.http_status in (401, None)

    def given(self, **changes: object) -> "Client":
        """The same with other credentials; None takes one away."""
        facts = {name: value for name, value in {**self.facts, **changes}.items() if value}
        return Client(self.library, self.process, facts)


def _returned(answer: Answer) -> Refused:
    (entry,) = answer.returned["messages"]
    return Refused("returned", entry["status"], entry["error-text"])


def _sms_error(answer: Answer) -> Refused:
    found = re.fullmatch(
        r"Sms\.send_message method failed with error code (\d+): (.+)", answer.text
    )
    assert found is not None, answer
    return Refused(f"raises `{answer.raised}`", found[1], found[2])


def _thrown(answer: Answer) -> Refused:
    (entry,) = answer.response["messages"]
    return Refused(f"throws `{answer.raised}`", entry["status"], entry["error-text"])


def _lacks(*rows: str) -> dict[str, str]:
    return dict.fromkeys(rows, NONE)


_VALIDATION = "raises `ValidationError` itself"

VONAGE_4 = Library(
    "vonage 4",
    Peer(
        "vonage (PyPI)",
        "API",
        lambda: python_client_version("vonage-4", "vonage"),
        {
            **_lacks("price of a number", *SEARCHES, "redact"),
            # Its method for the plain hash is None, which its own constructor takes for a name.
            SIGNED[0]: "cannot: TypeError",
            CHECKS[0]: "cannot: TypeError",
            # It signs fields that it does not send, as `None`.
            **dict.fromkeys(SIGNED[1:], "with `accepts_none_signatures`"),
        },
    ),
    lambda ca: python_client("vonage-4", "vonage_4", ca),
    "https",
    _sms_error,
    "raises `SmsError`",
    "AuthenticationError",
    {16: _VALIDATION, 20: _VALIDATION},
)
VONAGE_3 = Library(
    "vonage 3",
    Peer(
        "vonage (PyPI)",
        "API",
        lambda: python_client_version("vonage-3", "vonage"),
        _lacks(*SEARCHES),
    ),
    lambda ca: python_client("vonage-3", "vonage_3", ca),
    "https",
    _returned,
    "returned",
    "AuthenticationError",
)
NEXMO_2 = Library(
    "nexmo 2",
    Peer(
        "nexmo (PyPI)",
        "API",
        lambda: python_client_version("nexmo-2", "nexmo"),
        _lacks("prices of all", *MESSAGES),
    ),
    lambda ca: python_client("nexmo-2", "nexmo_2", ca),
    "https",
    _returned,
    "returned",
    "AuthenticationError",
)
NPM_NEXMO = Library(
    "npm nexmo",
    Peer(
        "nexmo (npm)",
        "API",
        lambda: node_client_version("nexmo"),
        _lacks("search by day", *MESSAGES),
    ),
    lambda ca: node_client("nexmo"),
    "http",
    _returned,
    "returned",
    "CallbackError",
)
SERVER_SDK = Library(
    "server-sdk",
    Peer(
        "@vonage/server-sdk (npm)",
        "API",
        lambda: node_client_version("@vonage/server-sdk"),
        _lacks("price of a number", *SEARCHES, "conversion", *SIGNED),
    ),
    lambda ca: node_client("server_sdk"),
    "http",
    _thrown,
    "throws `MessageSendPartialFailure`",
    "VetchError",
)
LIBRARIES = [VONAGE_4, VONAGE_3, NEXMO_2, NPM_NEXMO, SERVER_SDK]


def _command_line(package: str, words: dict[str, str]) -> Peer:
    """`words`: the calls that it has; what is to be said of each, when it is not just a yes."""
    cannot = {row: words.get(row, NONE) for row in CALLS if words.get(row, NONE)}
    return Peer(f"{package} (npm)", "API", lambda: node_client_version(package), cannot)


NEXMO_CLI = _command_line(
    "nexmo-cli",
    {
        "sms, one part": "",
        "sms, long": "shows the first part",
        "sms, refused": "prints `undefined`",
        "balance": "",
        "numbers": "",
        "price of a country": "prints nothing",
        "price of a number": "",
    },
)
VONAGE_CLI = _command_line("@vonage/cli", {"sms, one part": "sends, then TypeError", "balance": ""})
PEERS = [*(library.peer for library in LIBRARIES), NEXMO_CLI, VONAGE_CLI]
"""The columns of the table."""
