"""Microseconds of one message, chain by chain: a tool for whoever cuts them.

    python bench/micro.py [--repeats 2000] [--loops 100] [--only NAME] [--profile NAME]

The classes are those of the gateway; sockets, store and loop are stand-ins, so that nothing but our
own Python is measured. Each chain runs `loops` times in a row and `repeats` rows are made, all
chains in turn, since neighbours disturb a shared machine; the best row is printed. Nothing is
asserted: the tests say what is right.

    request   a POST form, from `data_received` to `submission.submit`
    answer    the callback of submission to the octets handed to the transport, and the next turn
    plan      a text of one part to its submit_sm body
    payload   a notification to the octets of its POST_JSON request
    webhook   `post` on a kept connection, a small 200 read, the result handed over
    digest    a secret to its digest (part of `request`)
    reading   the body of a `deliver_sm` to what it says
    receipt   the same to the change for the store: read, match, fold, notification
    hex       the same where the answer has the id in hex and the receipt in decimal
"""

import argparse
import asyncio
import cProfile
import pstats
import time
from collections.abc import Callable
from typing import Any

from homing.api.sms import SmsDoor
from homing.core.model.account import Account, ApiSecret, WebhookMethod
from homing.core.model.lifecycle import Source
from homing.core.model.message import Message, Part
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level
from homing.core.submit.plan import plan
from homing.core.submit.request import SmsRequest
from homing.core.webhooks import payload
from homing.core.webhooks.endpoint import Url, read_url
from homing.runtime.accounts import Accounts
from homing.runtime.keyfile import KEY_OCTETS, KeyFile
from homing.runtime.submission import SubmitAnswer
from homing.transport.webhook import WebhookClient
from homing.transport.webhook_connection import Bounds, WebhookConnection
from homing.web.crowd import Crowd
from homing.web.fast import FastProtocol
from uvicorn.config import Config

import micro_receipts
from measure import ONE_PART
from timing import Chain, Row, best_us, clock_s, timed

API_KEY, SECRET = "a1b2c3d4", "0123456789abcdef"
NUMBER = "4917000000001"
FORM = (
    f"api_key={API_KEY}&api_secret={SECRET}&from=Acme&to={NUMBER}&text={ONE_PART}"
    f"&client-ref={NUMBER}"
)
# As rig/load.c writes it.
REQUEST = (
    "POST /sms/json HTTP/1.1\r\nHost: 127.0.0.1:18080\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
    f"Content-Length: {len(FORM)}\r\n\r\n{FORM}"
).encode()
# As rig/sink.c writes it.
WEBHOOK_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nOK"
AT_MS = 1_800_000_000_000


class Wire(asyncio.Transport):
    """Takes what is written and forgets it."""

    def is_closing(self) -> bool:
        return False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def write(self, data: Any) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Taken:
    """A submission that keeps the last call, unanswered."""

    def submit(self, account: Account, request: SmsRequest, answer: Callable[[Any], None]) -> None:
        self.request, self.answer = request, answer


def message() -> Message:
    return Message(
        id=0x0A0000001234567A, uuid="0", account_id=1, sender="Acme", recipient=NUMBER,
        client_ref=NUMBER, callback=None, part_count=1, price=3_330_000, network="",
        accepted_at_ms=AT_MS, expires_at_ms=AT_MS, report=True,
    )  # fmt: skip


def make_door(submission: Taken) -> SmsDoor:
    keys = KeyFile(bytes(range(KEY_OCTETS)))
    accounts = Accounts(None, keys, None)  # type: ignore[arg-type]  # only asked
    secrets = (ApiSecret("0", keys.digest(SECRET), AT_MS),)
    accounts.load([Account(1, API_KEY, "bench", secrets, rate_per_s=None)])
    return SmsDoor(accounts, submission, None)  # type: ignore[arg-type]  # no throttle is set


def make_connection(loop: asyncio.AbstractEventLoop, submission: Taken) -> FastProtocol:
    async def app(scope: Any, receive: Any, send: Any) -> None: ...

    config = Config(app, http=FastProtocol, ws="none", lifespan="off", log_config=None)
    config.load()
    crowd = Crowd(make_door(submission), connections_max=10)
    crowd.set_date(b"Thu, 01 Jan 1970 00:00:00 GMT")
    connection = FastProtocol(config, crowd, loop)
    connection.connection_made(Wire())
    return connection


def request_and_answer(*, of_answer: bool) -> Row:
    """One cannot go without the other: both run, one is timed."""
    submission = Taken()
    receive = make_connection(asyncio.new_event_loop(), submission).data_received
    one = message()
    answer = SubmitAnswer(None, one, [Part(one.id + 1, one, 1, "rig", b"")], None)
    clock = time.perf_counter

    def row(loops: int) -> float:
        spent = 0.0
        for _ in range(loops):
            octets = bytes(memoryview(REQUEST))  # a new object, as from a socket
            began = clock()
            receive(octets)
            between = clock()
            submission.answer(answer)
            spent += clock() - between if of_answer else between - began
        return spent - loops * clock_s()

    return row


def planned() -> Row:
    text = ONE_PART.replace("+", " ")
    count = 0

    def call() -> None:
        nonlocal count
        count += 1
        request = SmsRequest("Acme", NUMBER, "text", text)
        plan(request, reference=count & 0xFF)

    return timed(call)


def told() -> Row:
    url = read_url("http://127.0.0.1:18081/webhooks/delivery-receipt")
    assert isinstance(url, Url)
    one = message()
    notification = Notification(
        0x0A00000012345680, Part(one.id + 1, one, 1, "rig", b""), "delivered", "000", AT_MS,
        Level.CARRIER, Source.CARRIER, 1, AT_MS,
    )  # fmt: skip
    method = WebhookMethod.POST_JSON

    def call() -> None:
        payload.request(url, method, notification, API_KEY, AT_MS)

    return timed(call)


def posted() -> Row:
    client = WebhookClient(guard=lambda address: None)
    url = read_url("http://127.0.0.1:18081/webhooks/delivery-receipt")
    assert isinstance(url, Url)
    connection = WebhookConnection(client, url, (1, url.origin), 0, Bounds(16_384, 65_536))
    connection.connection_made(Wire())
    client._open.add(connection)
    client.ended(connection, keep=True)
    receive = connection.data_received

    def done(result: Any) -> None: ...

    def call() -> None:
        client.post(url, b"POST", 1, done)
        receive(WEBHOOK_ANSWER)

    return timed(call)


def digested() -> Row:
    digest = KeyFile(bytes(range(KEY_OCTETS))).digest
    return timed(lambda: digest(SECRET))


CHAINS: dict[str, Chain] = {
    "request": lambda: request_and_answer(of_answer=False),
    "answer": lambda: request_and_answer(of_answer=True),
    "plan": planned,
    "payload": told,
    "webhook": posted,
    "digest": digested,
    **micro_receipts.CHAINS,
}


def profile(name: str, loops: int) -> None:
    row = CHAINS[name]()
    row(loops)
    with cProfile.Profile() as watched:
        row(loops)
    pstats.Stats(watched).sort_stats("tottime").print_stats(30)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--repeats", type=int, default=2000)
    options.add_argument("--loops", type=int, default=100)
    options.add_argument("--only", choices=CHAINS)
    options.add_argument("--profile", choices=CHAINS)
    given = options.parse_args()
    if given.profile:
        profile(given.profile, given.loops)
        return
    chains = {given.only: CHAINS[given.only]} if given.only else CHAINS
    for name, us in best_us(chains, repeats=given.repeats, loops=given.loops).items():
        print(f"{name:10}{us:7.2f} us")


if __name__ == "__main__":
    main()
