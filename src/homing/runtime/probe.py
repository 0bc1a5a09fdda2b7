"""Asks a new webhook URL before it is saved: a GET through the guard, and any 2xx will do.

Source: the compatible API, account API: settings check; what we chose where sources conflict.
"""

import logging
from asyncio import Future, get_running_loop
from itertools import count

from homing import __version__
from homing.core.webhooks.endpoint import Url, read_url
from homing.transport.webhook import WebhookClient, WebhookResult

log = logging.getLogger(__name__)

# One for each probe, and of no endpoint, whose keys are positive: no connection is used twice.
_keys = count(-1, -1)

# Outcomes of a post -> what the owner of the URL is told. Never a word of what was answered.
_WORDS = {
    "dns": "its host name is not found",
    "connect": "its host does not take a connection",
    "tls": "TLS with its host failed",
    "timeout": "it did not answer in time",
    "reset": "it closed the connection without an answer",
    "garbage": "its answer is not HTTP",
    "too_big": "its answer is too large",
    "closed": "the gateway is stopping",
}


async def probe(client: WebhookClient | None, text: str) -> str | None:
    """Why this URL will not do, to follow the field's name; None: it may be saved.

    Args:
        client: None: the operator switched the check off; the URL need only be one.
    """
    url = read_url(text)
    if isinstance(url, str):
        return url
    if client is None:
        log.info("a new webhook URL is saved unasked: webhooks.check_new_urls is off")
        return None
    done: Future[WebhookResult] = get_running_loop().create_future()

    def take(result: WebhookResult) -> None:
        if not done.done():
            done.set_result(result)

    client.post(url, _request(url), next(_keys), take)
    return _fault(await done)


def _request(url: Url) -> bytes:
    return (
        f"GET {url.target} HTTP/1.1\r\nHost: {url.authority}\r\n"
        f"User-Agent: Homing/{__version__}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    ).encode("ascii")


def _fault(result: WebhookResult) -> str | None:
    if result.outcome == "answer":
        if 200 <= result.http_status < 300:
            return None
        return f"must answer a GET with 2xx before it is saved, not {result.http_status}"
    if result.outcome == "refused_address":
        return "its host has no address that webhooks may go to"
    return f"must answer a GET with 2xx before it is saved: {_WORDS[result.outcome]}"
