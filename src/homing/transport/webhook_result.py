"""What one post came to: the record that every `done` is called with."""

import asyncio
from collections.abc import Callable

from msgspec import Struct

DETAIL_CHARACTERS_MAX = 200


class WebhookResult(Struct, gc=False):
    """One post's outcome. Durations in microseconds; -1: not reached, or the connection was reused.

    `outcome` is one of
      answer           a whole answer header came; `http_status` counts whatever befell the body
      refused_address  the guard refused every address of the host; nothing was connected
      dns, connect, tls  that step failed
      timeout          a step's time ran out; `detail` says which
      reset            the receiver closed before a whole answer header
      garbage          what came is not HTTP
      too_big          the answer's header is beyond its bound
      closed           the client was closed; the receiver may or may not have it
    """

    outcome: str
    http_status: int = 0  # 0: no answer
    dns_us: int = -1
    connect_us: int = -1
    tls_us: int = -1
    first_byte_us: int = -1  # from the request's writing to the answer's first octet
    total_us: int = -1  # from `post` to the end
    detail: str = ""  # for people: the fault in words, or the start of an answer that is not 2xx


Done = Callable[[WebhookResult], None]


def tell(done: Done, result: WebhookResult) -> None:
    """Call `done`; its own fault is reported to the loop and harms no other post."""
    try:
        done(result)
    except Exception as error:
        asyncio.get_running_loop().call_exception_handler(
            {"message": "a webhook's result could not be taken", "exception": error}
        )


def readable(text: str) -> str:
    """A stranger's words, cut and on one line, safe to show."""
    cut = text[:DETAIL_CHARACTERS_MAX]
    return "".join(c if c.isprintable() else " " for c in cut).strip()
