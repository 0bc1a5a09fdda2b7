"""The one handler of /sms/json and /sms/xml, GET and POST, whichever way the request came in.

Order: parameters, credentials, throttle, the request itself, submission. Every refusal is HTTP 200
with a status and a text: clients know no other form. Nothing here waits: the answer leaves through
a callback, which submission calls when the message is durable.

Nothing of a request is ever logged: credentials travel in query strings.
"""

import logging
import time
import unicodedata
from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache, partial
from typing import NamedTuple, Protocol

from homing.api.answer import accepted_json, accepted_xml, refused_json, refused_xml
from homing.api.credentials import identify
from homing.api.faults import place_of
from homing.api.gateway import Accounts, Submission, SubmitAnswer, Throttle
from homing.api.idempotency import HEADER, read_key
from homing.api.parameters import is_utf_8, read_parameters
from homing.core.model.account import Account
from homing.core.submit.request import Refusal, SmsRequest, read, undecodable_text
from homing.core.submit.status import Status, error_text

log = logging.getLogger(__name__)

NOTICE_HEADER = b"x-homing-notice"  # clients that know it not pass over it


class Respond(Protocol):
    """Gets the body of a 200 answer, and what its notice header shall say; empty: no header."""

    def __call__(self, body: bytes, notice: bytes = b"", /) -> None: ...


class Spelling(NamedTuple):
    """One format of the reply."""

    content_type: bytes
    accepted: Callable[[SubmitAnswer, SmsRequest], bytes]
    refused: Callable[..., bytes]


class Format(Enum):
    """The last part of the path picks the format of the reply, never that of the request."""

    JSON = Spelling(b"application/json", accepted_json, refused_json)
    XML = Spelling(b"text/xml; charset=utf-8", accepted_xml, refused_xml)


PATHS = {b"/sms/json": Format.JSON.value, b"/sms/xml": Format.XML.value}
METHODS = (b"GET", b"POST")


class SmsDoor:
    """Takes one SMS call. Shared by all connections; holds no state of a call."""

    def __init__(
        self,
        accounts: Accounts,
        submission: Submission,
        throttle: Throttle,
        *,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._submission = submission
        self._throttle = throttle
        self._now_s = now_s

    def take(
        self,
        spelling: Spelling,
        query: bytes,
        headers: dict[bytes, bytes],
        body: bytes,
        respond: Respond,
    ) -> None:
        """Handle one request; `respond` gets the body of a 200 answer, once.

        Args:
            query: without the question mark.
            headers: by lower-case name; content-type, authorization and idempotency-key are read.
        """
        try:
            parameters = read_parameters(query, headers.get(b"content-type", b""), body)
            # Asking whether it is what it should be costs less than whether it is a refusal.
            if not isinstance(parameters, dict):
                respond(spelling.refused(parameters))
                return
            account = identify(self._accounts, headers.get(b"authorization", b""), parameters)
            if not isinstance(account, Account):
                respond(spelling.refused(account))
                return
            if account.rate_per_s is not None:
                wait_ms = self.wait_ms(account)
                if wait_ms > 0:
                    respond(spelling.refused(throttled(wait_ms)))
                    return
            request = read(parameters)
            if (
                isinstance(request, SmsRequest)
                and "\ufffd" in request.text  # perhaps octets that could not be read
                and not is_utf_8("text", query, body)
            ):
                request = undecodable_text(request.recipient)
            if not isinstance(request, SmsRequest):
                sender, recipient = parameters.get("from", ""), parameters.get("to", "")
                self._submission.reject(account, request, sender, recipient)
                respond(spelling.refused(request))
                return
            answered = partial(_answered, spelling, request, respond)
            given = headers.get(HEADER)
            if given is None:
                self._submission.submit(account, request, answered)
                return
            key = read_key(given)
            if isinstance(key, Refusal):
                self._submission.reject(account, key, request.sender, request.recipient)
                respond(spelling.refused(key))
            else:
                self._submission.submit_once(account, request, key, answered)
        except Exception as fault:
            # The caller must get an answer, and a traceback could show its text or secret.
            log.error("an SMS call failed: %s", place_of(fault))
            respond(spelling.refused(_FAULT))

    def wait_ms(self, account: Account) -> int:
        """How long this account should wait; 0: go on, and this call is counted."""
        return self._throttle.wait_ms(account.id, account.rate_per_s, self._now_s())


_FAULT = Refusal(Status.PLATFORM, error_text(Status.PLATFORM), None)


def throttled(wait_ms: int) -> Refusal:
    """Status 1; clients read the milliseconds out of the brackets and come back then."""
    text = f"Throughput Rate Exceeded - please wait [ {wait_ms} ] and retry"
    return Refusal(Status.THROTTLED, text, None)


def _answered(
    spelling: Spelling, request: SmsRequest, respond: Respond, answer: SubmitAnswer
) -> None:
    if answer.refusal is not None:
        respond(spelling.refused(answer.refusal))
    elif answer.notices:
        respond(spelling.accepted(answer, request), notice(answer.notices))
    else:
        respond(spelling.accepted(answer, request))


@lru_cache(maxsize=1024)
def notice(notices: Sequence[str]) -> bytes:
    """What NOTICE_HEADER says: a field is ASCII for all clients to read, so names lose accents."""
    return unicodedata.normalize("NFKD", "; ".join(notices)).encode("ascii", "ignore")
