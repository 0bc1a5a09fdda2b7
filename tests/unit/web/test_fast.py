"""The connection: both ways into the SMS API, every split, turns, bounds, hostile octets."""

import asyncio
import base64
import logging
import random
import socket

import pytest

from homing.core.submit.refusal import Refusal
from homing.web import bounds
from homing.web.server import Listen, Listeners, start
from support.stand_ins import KEY, SECRET, StandInGateway, Wire, http, run

PAIR = f"api_key={KEY}&api_secret={SECRET}"
SMS = f"{PAIR}&from=Acme&to=447700900000&text=hi"
FAST, ASGI = "/sms/json", "/sms/%6Ason"  # one path, spelled so that only one is taken short
WAYS = {"json": (FAST, ASGI), "xml": ("/sms/xml", "/sms/%78ml")}


async def nothing():
    return {}


class Site:
    """Listeners with a gateway in memory behind them."""

    def __init__(self) -> None:
        self.gateway = StandInGateway()
        self.submission = self.gateway.submission
        self.listeners: Listeners

    async def __aenter__(self) -> "Site":
        listen = Listen(port=0, connections_max=20)
        self.listeners = await start(self.gateway, listen, reload=nothing)
        return self

    async def __aexit__(self, *problem) -> None:
        await self.listeners.stop(0)

    @property
    def crowd(self):
        return self.listeners._crowds[0]

    async def wire(self, **options) -> Wire:
        return await Wire.open(self.listeners.http[1], **options)

    def pass_time(self, seconds: int) -> None:
        for _ in range(seconds):
            self.crowd.advance(b"Thu, 01 Jan 1970 00:00:00 GMT")

    async def taken(self, count: int) -> None:
        """Wait until that many requests reached submission."""
        reached = asyncio.Event()

        def look() -> None:
            if len(self.submission.taken) >= count:
                reached.set()

        self.submission.on_taken = look
        look()
        await reached.wait()


def with_text(path: str, text: str, **options) -> bytes:
    return http("POST", path, SMS.replace("text=hi", f"text={text}").encode(), **options)


REQUESTS = {
    "form": lambda path: http("POST", path, SMS.encode()),
    "query": lambda path: http("POST", f"{path}?{SMS}"),
    "get": lambda path: http("GET", f"{path}?{SMS}"),
    "mixed": lambda path: http("POST", f"{path}?{PAIR}", b"from=Acme&to=447700900000&text=hi"),
    "basic": lambda path: http(
        "POST", path, b"from=Acme&to=447700900000&text=%E2%82%AC+%26",
        "Authorization: Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode() + "\r\n",
    ),
    "json": lambda path: http(
        "POST", path, f'{{"api_key":"{KEY}","api_secret":"{SECRET}","from":"A","to":"447700900000",'
        '"text":"hi","client-ref":"r"}'.encode(), "Content-Type: application/json\r\n",
    ),
    "chunked": lambda path: (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        f"{len(PAIR):x}\r\n{PAIR}\r\n1\r\n&\r\n{len(SMS):x}\r\n{SMS}\r\n0\r\nTrailer: x\r\n\r\n"
    ).encode(),
    "no credentials": lambda path: http("POST", path, b"from=Acme"),
    "nothing": lambda path: http("GET", path),
    "wrong value": lambda path: http("POST", path, SMS.replace("44770", "x").encode()),
    "bad json": lambda path: http("POST", path, b"{", "Content-Type: application/json\r\n"),
    "odd escapes": lambda path: http("POST", f"{path}?text=%zz&{SMS}", b"a=%ff&\xff=\x00"),
    "two types": lambda path: http(
        "POST", path, SMS.encode(), "Content-Type: text/plain\r\nContent-Type: application/json\r\n"
    ),
    "upgrade": lambda path: http(
        "POST", path, SMS.encode(), "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("spelling", ["json", "xml"])
def test_both_ways_in_give_equal_answers(name, spelling):
    async def scenario():
        async with Site() as site:
            answers = []
            for path in WAYS[spelling]:
                wire = await site.wire()
                await wire.send(REQUESTS[name](path))
                status, headers, body = await wire.receive()
                headers.pop(b"date")
                headers.pop(b"connection", None)
                answers.append((status, sorted(headers.items()), body))
                await wire.close()
            assert answers[0] == answers[1]
            assert answers[0][0] == 200
            requests = site.submission.taken
            assert requests[: len(requests) // 2] == requests[len(requests) // 2 :]

    run(scenario)


@pytest.mark.parametrize("path", [FAST, ASGI])
def test_a_request_may_be_cut_anywhere(path):
    async def scenario():
        async with Site() as site:
            wire = await site.wire()
            wire.writer.get_extra_info("socket").setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
            )
            octets = with_text(path, "cut")
            for cut in range(1, len(octets)):
                await wire.send(octets[:cut])
                await asyncio.sleep(0)
                await wire.send(octets[cut:])
                status, _, body = await wire.receive()
                assert (status, b'"status":"0"' in body) == (200, True)
            await wire.close()
            assert {request.text for request in site.submission.taken} == {"cut"}

    run(scenario)


def test_a_request_may_come_octet_by_octet():
    async def scenario():
        async with Site() as site:
            loop = asyncio.get_running_loop()
            for path in (FAST, ASGI):
                with socket.create_connection(site.listeners.http) as sock:
                    sock.setblocking(False)
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for octet in with_text(path, "drop"):
                        await loop.sock_sendall(sock, bytes([octet]))
                        await asyncio.sleep(0)
                    assert b'"status":"0"' in await loop.sock_recv(sock, 4096)

    run(scenario)


def test_pipelined_requests_of_both_kinds_are_answered_in_their_order():
    async def scenario():
        async with Site() as site:
            wire = await site.wire()
            rng = random.Random(7)
            kinds = [rng.choice([FAST, ASGI, "/sms/xml", "/health"]) for _ in range(300)]
            octets = b"".join(
                http("GET", kind) if kind == "/health" else
                with_text(kind, "x", headers="X-Pad: " + "p" * rng.randrange(60) + "\r\n")
                for kind in kinds
            )  # fmt: skip
            sending = asyncio.ensure_future(wire.send(octets))
            for kind in kinds:
                _, headers, body = await wire.receive()
                expected = b"text/xml" if "xml" in kind else b"application/json"
                assert headers[b"content-type"].startswith(expected)
                assert (b'"ok"' in body) == (kind == "/health")
            await sending
            await wire.close()

    run(scenario)


@pytest.mark.parametrize("first", [FAST, ASGI])
@pytest.mark.parametrize("second", [FAST, ASGI])
def test_a_second_request_waits_for_the_first_ones_answer(first, second):
    async def scenario():
        async with Site() as site:
            site.submission.holds = True
            wire = await site.wire()
            await wire.send(with_text(first, "one") + with_text(second, "two"))
            await site.taken(1)
            assert [request.text for request in site.submission.taken] == ["one"]
            site.submission.release()
            await site.taken(2)
            site.submission.release()
            for _ in range(2):
                assert (await wire.receive())[0] == 200
            assert [request.text for request in site.submission.taken] == ["one", "two"]
            await wire.close()

    run(scenario)


def test_octets_that_come_while_an_answer_is_awaited_are_kept():
    async def scenario():
        async with Site() as site:
            site.submission.holds = True
            wire = await site.wire()
            await wire.send(with_text(FAST, "0"))
            await site.taken(1)
            rest = b"".join(with_text(FAST, str(number)) for number in range(1, 200))
            sending = asyncio.ensure_future(wire.send(rest))
            for number in range(200):
                await site.taken(number + 1)
                site.submission.release()
                assert (await wire.receive())[0] == 200
            await sending
            assert [request.text for request in site.submission.taken] == [
                str(number) for number in range(200)
            ]
            await wire.close()

    run(scenario)


@pytest.mark.parametrize(
    ("version", "headers", "stays"),
    [
        ("1.1", "", True),
        ("1.1", "Connection: keep-alive\r\n", True),
        ("1.1", "Connection: close\r\n", False),
        ("1.0", "", False),
        ("1.0", "Connection: keep-alive\r\n", True),
    ],
)
def test_the_connection_stays_as_the_request_asked(version, headers, stays):
    async def scenario():
        async with Site() as site:
            wire = await site.wire()
            await wire.send(with_text(FAST, "x", headers=headers, version=version))
            _, answered, _ = await wire.receive()
            if stays:
                assert answered.get(b"connection", b"keep-alive") == b"keep-alive"
                await wire.send(with_text(FAST, "x"))
                assert (await wire.receive())[0] == 200
            else:
                assert answered[b"connection"] == b"close"
                assert await wire.at_end()
            await wire.close()

    run(scenario)


@pytest.mark.parametrize("path", [FAST, ASGI])
def test_a_client_that_expects_100_continue_is_invited(path):
    async def scenario():
        async with Site() as site:
            wire = await site.wire()
            octets = with_text(path, "x", headers="Expect: 100-continue\r\n")
            head, _, body = octets.partition(b"\r\n\r\n")
            await wire.send(head + b"\r\n\r\n")
            assert (await wire.receive())[0] == 100
            await wire.send(body)
            assert (await wire.receive())[0] == 200
            await wire.close()

    run(scenario)


@pytest.mark.parametrize("path", [FAST, ASGI])
def test_a_client_that_left_before_the_answer_harms_nobody(path, caplog):
    async def scenario():
        async with Site() as site:
            site.submission.holds = True
            wire = await site.wire()
            await wire.send(with_text(path, "gone"))
            await site.taken(1)
            wire.writer.transport.abort()
            other = await site.wire()
            await other.send(http("GET", "/health"))
            assert (await other.receive())[0] == 200
            site.submission.release()
            site.submission.holds = False
            await other.send(with_text(path, "x"))
            assert (await other.receive())[0] == 200
            await other.close()

    with caplog.at_level(logging.INFO):
        run(scenario)
    assert caplog.records == []


@pytest.mark.parametrize("path", [FAST, ASGI])
def test_a_client_that_closed_its_half_still_gets_its_answer(path):
    async def scenario():
        async with Site() as site:
            site.submission.holds = True
            wire = await site.wire()
            await wire.send(with_text(path, "x"))
            await site.taken(1)
            wire.writer.write_eof()
            other = await site.wire()
            await other.send(http("GET", "/health"))  # the end of the half has been seen by then
            await other.receive()
            site.submission.release()
            assert (await wire.receive())[0] == 200
            assert await wire.at_end()
            await other.close()
            await wire.close()

    run(scenario)


BIG = bounds.BODY_OCTETS_MAX + 1
TOO_MUCH = {
    "declared": (lambda path: http("POST", path, b"", f"Content-Length: {BIG}\r\n").replace(
        b"Content-Length: 0\r\n", b""), 413, b"body_too_large"),
    "chunked": (lambda path: (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{BIG:x}\r\n".encode()
        + b"x" * BIG), 413, b"body_too_large"),
    "headers": (lambda path: b"GET %b HTTP/1.1\r\nX: " % path.encode() + b"x" * 200_000,
                431, b"head_too_large"),
    "url": (lambda path: b"GET %b?" % path.encode() + b"x" * 200_000, 431, b"head_too_large"),
    "garbage": (lambda path: b"\x16\x03\x01\x02\x00\x01\x00\xff" * 9, 400, b"invalid_request"),
    "two lengths": (lambda path: http("POST", path, b"ab", "Content-Length: 3\r\n"),
                    400, b"invalid_request"),
    "smuggled": (lambda path: http("POST", path, b"ab", "Transfer-Encoding: chunked\r\n"),
                 400, b"invalid_request"),
    "bad chunk": (lambda path: b"POST %b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
                  % path.encode(), 400, b"invalid_request"),
    "no address": (lambda path: b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
                   400, b"invalid_request"),
}  # fmt: skip


@pytest.mark.parametrize("path", [FAST, ASGI])
@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_cannot_be_read_is_refused_and_the_connection_ends(name, path, caplog):
    make, status, code = TOO_MUCH[name]

    async def scenario():
        async with Site() as site:
            wire = await site.wire()
            sending = asyncio.ensure_future(wire.send(make(path)))
            found, headers, body = await wire.receive()
            assert (found, code in body) == (status, True)
            assert headers[b"connection"] == b"close"
            assert await wire.at_end()
            await asyncio.gather(sending, return_exceptions=True)
            await wire.close()
            assert site.submission.taken == []

    with caplog.at_level(logging.INFO):
        run(scenario)
    assert caplog.records == []


def test_what_came_before_garbage_is_answered_before_it_is_refused():
    async def scenario():
        async with Site() as site:
            site.submission.holds = True
            wire = await site.wire()
            await wire.send(with_text(FAST, "x") + with_text(ASGI, "y") + b"garbage\r\n\r\n")
            await site.taken(1)
            site.submission.release()
            await site.taken(2)
            site.submission.release()
            statuses = [(await wire.receive())[0] for _ in range(3)]
            assert statuses == [200, 200, 400]
            assert await wire.at_end()
            await wire.close()

    run(scenario)


def test_a_body_and_a_query_of_the_largest_size_are_taken():
    async def scenario():
        async with Site() as site:
            text = "%F0%9F%98%80" * 3200
            wire = await site.wire()
            await wire.send(with_text(FAST, text))
            assert b'"status":"0"' in (await wire.receive())[2]
            await wire.send(http("GET", f"{FAST}?{SMS.replace('text=hi', 'text=' + text)}"))
            assert b'"status":"0"' in (await wire.receive())[2]
            assert {len(request.text) for request in site.submission.taken} == {3200}
            await wire.close()

    run(scenario)


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /sms",
        b"POST /sms/json HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
        b"POST /health HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
    ],
)
def test_a_request_that_does_not_come_whole_in_time_is_ended(begun):
    async def scenario():
        async with Site() as site:
            wire = await site.wire()
            health = await site.wire()
            await wire.send(begun)
            await health.send(http("GET", "/health"))
            await health.receive()
            site.pass_time(bounds.REQUEST_S - 1)
            site.pass_time(2)
            if begun.startswith(b"POST /health"):  # answered (405) before its body was whole
                assert (await wire.receive())[0] == 405
            assert (await wire.receive())[0] == 408
            assert await wire.at_end()
            await wire.close()
            await health.close()

    run(scenario)


def test_idle_connections_are_closed_and_waiting_ones_kept():
    async def scenario():
        async with Site() as site:
            idle, waits = await site.wire(), await site.wire()
            await idle.send(with_text(FAST, "x"))
            await idle.receive()
            site.submission.holds = True
            await waits.send(with_text(FAST, "y"))
            await site.taken(2)
            site.pass_time(bounds.IDLE_S + 1)
            assert await idle.at_end()
            site.submission.release()
            assert (await waits.receive())[0] == 200
            await idle.close()
            await waits.close()

    run(scenario)


def test_a_peer_that_never_reads_is_cut_and_holds_little():
    async def scenario():
        async with Site() as site:
            site.submission.part_count = 200  # large answers
            wire = await site.wire(limit=1024)
            wire.writer.transport.pause_reading()
            (connection,) = site.crowd.connections
            wire.writer.write(with_text(FAST, "x") * 2000)
            loop = asyncio.get_running_loop()
            paused = loop.create_future()
            pause = connection.flow.pause_writing

            def seen() -> None:
                pause()
                if not paused.done():
                    paused.set_result(None)

            connection.flow.pause_writing = seen
            await paused
            assert len(site.submission.taken) < 1000
            assert connection.transport.get_write_buffer_size() < 2 * 1024 * 1024
            site.pass_time(bounds.UNREAD_S + 1)
            lost = asyncio.Event()
            site.crowd.stopping, site.crowd.emptied = True, lost
            await lost.wait()
            wire.writer.transport.abort()

    run(scenario)


def test_connections_beyond_the_bound_are_told_so():
    async def scenario():
        async with Site() as site:
            wires = [await site.wire() for _ in range(20)]
            for wire in wires:
                await wire.send(http("GET", "/health"))
                await wire.receive()
            one_more = await site.wire()
            status, _, body = await one_more.receive()
            assert (status, b"too_many_connections" in body) == (503, True)
            for wire in (one_more, *wires):
                await wire.close()

    run(scenario)


def test_a_refused_submission_is_answered_like_any_other():
    async def scenario():
        async with Site() as site:
            site.submission.refusal = Refusal(6, "Unroutable message - rejected", "447700900000")
            wire = await site.wire()
            await wire.send(with_text(FAST, "x"))
            status, _, body = await wire.receive()
            assert (status, b'"status":"6"' in body) == (200, True)
            await wire.close()

    run(scenario)


def mutated(rng: random.Random) -> bytes:
    """Garbage, or requests with a few octets changed, cut, doubled."""
    if rng.random() < 0.2:
        return rng.randbytes(rng.randrange(1, 400))
    name = rng.choice(sorted(REQUESTS))
    octets = bytearray(REQUESTS[name](rng.choice([FAST, ASGI, "/health", "/homing/v1/receipts"])))
    octets *= rng.randrange(1, 4)
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(octets))
        match rng.randrange(4):
            case 0:
                octets[at] = rng.randrange(256)
            case 1:
                del octets[at : at + rng.randrange(1, 20)]
            case 2:
                octets[at:at] = rng.randbytes(rng.randrange(1, 20))
            case _:
                octets[at:at] = rng.choice(
                    [b"\r\n", b"\r\n\r\n", b":", b"0", b"99999999999", b"\0"]
                )
        if not octets:
            break
    return bytes(octets)


def test_hostile_octets_harm_no_other_connection_and_leave_nothing_behind(caplog):
    seed = 20_260_131

    async def attack(site: Site, rng: random.Random, count: int) -> None:
        for _ in range(count):
            wire = await site.wire()
            wire.writer.write(mutated(rng))
            wire.writer.write_eof()
            await asyncio.gather(wire.reader.read(), return_exceptions=True)
            await wire.close()

    async def scenario():
        async with Site() as site:
            wire = await site.wire()
            rng = random.Random(seed)
            attacks = asyncio.gather(*(attack(site, rng, 100) for _ in range(8)))
            answered = 0
            while not attacks.done():
                await wire.send(with_text(FAST, "fine"))
                assert b'"status":"0"' in (await wire.receive())[2]
                answered += 1
            await attacks
            assert answered > 10
            await wire.close()
            await wire.reader.read()
            other = await site.wire()
            await other.send(http("GET", "/health"))
            await other.receive()
            assert len(site.crowd.connections) <= 2
            assert len(site.crowd.tasks) <= 1
            await other.close()

    with caplog.at_level(logging.INFO):
        run(scenario)
    assert caplog.records == [], f"seed {seed}"
