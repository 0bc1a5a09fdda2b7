"""The webhook client against receivers on real sockets: every post ends once, within bounds."""

import asyncio
import os
import random
from collections.abc import Callable

import pytest

from homing.transport.webhook import WebhookClient, WebhookResult
from support.webhook_receivers import OK, Peer, Receiver, a_client, a_request, post, run


async def result_from(
    answer: Callable[[Peer], None] | bytes, *, greeting: bytes = b""
) -> tuple[WebhookResult, WebhookClient]:
    """What one post comes to, and the client as it was left; closed on return."""
    client = a_client()
    async with Receiver(answer, greeting=greeting) as receiver:
        result = await post(client, receiver.url())
        if result.outcome != "answer" or not client._idle:
            await asyncio.wait_for(receiver.peers[0].closed, 5)  # nothing stays open behind it
        await client.close()
    assert client.connections == 0
    return result, client


@pytest.mark.parametrize("status", [200, 202, 204, 301, 302, 307, 404, 429, 500, 503, 999])
def test_an_answer_of_any_status_is_an_answer_and_redirects_are_not_followed(status: int) -> None:
    async def story() -> None:
        head = f"HTTP/1.1 {status} X\r\nLocation: /elsewhere\r\n"
        head += "" if status == 204 else "Content-Length: 0\r\n"
        client = a_client()
        async with Receiver(f"{head}\r\n".encode()) as receiver:
            result = await post(client, receiver.url())
            assert (result.outcome, result.http_status) == ("answer", status)
            assert len(receiver.requests) == 1
            await client.close()

    run(story())


def test_the_request_is_written_as_it_was_given() -> None:
    async def story() -> None:
        client = a_client()
        async with Receiver() as receiver:
            await post(client, receiver.url(path="/dlr?msisdn=44&to=A+B"))
            assert receiver.requests == [
                b"GET /dlr?msisdn=44&to=A+B HTTP/1.1\r\nHost: 127.0.0.1:%d" % receiver.port
            ]
            await client.close()

    run(story())


def test_the_start_of_an_answer_that_takes_nothing_is_kept_for_people() -> None:
    async def story() -> None:
        body = b"no such\r\npath \x00\xff" + b"x" * 1000
        result, _ = await result_from(
            b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        assert result.detail.startswith("no such  path  \ufffdxxx")
        assert len(result.detail) <= 200
        taken, _ = await result_from(OK)
        assert taken.detail == ""

    run(story())


def test_times_are_told_for_each_step() -> None:
    async def story() -> None:
        client = a_client()
        async with Receiver() as receiver:
            first = await post(client, receiver.url())
            assert first.tls_us == -1
            assert min(first.dns_us, first.connect_us, first.first_byte_us) >= 0
            assert first.total_us >= first.connect_us + first.first_byte_us
            second = await post(client, receiver.url())
            assert (second.dns_us, second.connect_us, second.tls_us) == (-1, -1, -1)
            assert second.total_us >= second.first_byte_us >= 0
            await client.close()

    run(story())


def trickle(start: bytes, octets: bytes) -> Callable[[Peer], None]:
    def answer(peer: Peer) -> None:
        peer.write(start)
        peer.repeat(octets, 0.01)

    return answer


def half(octets: bytes, end: Callable[[Peer], None]) -> Callable[[Peer], None]:
    def answer(peer: Peer) -> None:
        peer.write(octets)
        end(peer)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (lambda peer: None, "timeout"),
        (trickle(HEAD, b"X-A: b\r\n"), "timeout"),
        (trickle(b"", b"\r\n"), "timeout"),
        (trickle(b"", b"HTTP/1.1 102 Processing\r\n\r\n"), "timeout"),
        (lambda peer: peer.transport.close(), "reset"),
        (lambda peer: peer.reset(), "reset"),
        (half(HEAD + b"Content-", lambda peer: peer.transport.close()), "reset"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", "garbage"),
        (b"220 mail.example ESMTP\r\n", "garbage"),
        (b"\x00" * 10_000, "garbage"),
        (b"HTTP/1.1 two hundred\r\n\r\n", "garbage"),
        (b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "garbage"),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nok", "garbage"),
        (HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "garbage"),
        (b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n..", "garbage"),
        (HEAD + b"X: " + b"y" * 5000, "too_big"),
        (HEAD + b"X: y\r\n" * 1000 + b"\r\n", "too_big"),
        (trickle(HEAD + b"X: ", b"y" * 500), "too_big"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, "too_big"),
        (b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" * 200 + OK, "too_big"),
    ],
)
def test_whatever_comes_without_a_whole_header_ends_as_a_fault(
    answer: Callable[[Peer], None] | bytes, outcome: str
) -> None:
    async def story() -> None:
        result, _ = await result_from(answer)
        assert (result.outcome, result.http_status) == (outcome, 0)
        assert result.detail
        assert result.total_us < 5_000_000

    run(story())


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (trickle(HEAD + b"\r\n", b"x"), "in time"),
        (trickle(CHUNKED, b"1\r\nx\r\n"), "in time"),
        (HEAD + b"Content-Length: 100000\r\n\r\n" + b"x" * 100_000, "beyond"),
        (trickle(HEAD + b"\r\n", b"x" * 4000), "beyond"),
        (CHUNKED + b"1;" + b"e" * 100_000, "beyond"),
        (CHUNKED + b"0\r\n" + b"T: x\r\n" * 10_000, "beyond"),
        (CHUNKED + b"not a size\r\n", "chunk"),
        (half(HEAD + b"Content-Length: 9\r\n\r\nx", lambda peer: peer.transport.close()), ""),
        (half(HEAD + b"Content-Length: 9\r\n\r\nx", lambda peer: peer.reset()), ""),
        (half(HEAD + b"\r\nto the end", lambda peer: peer.transport.close()), ""),
        (half(b"HTTP/1.0 200 OK\r\n\r\n", lambda peer: peer.transport.close()), ""),
    ],
)
def test_a_whole_header_counts_whatever_befalls_the_body_and_the_connection_is_not_kept(
    answer: Callable[[Peer], None] | bytes, detail: str
) -> None:
    async def story() -> None:
        result, client = await result_from(answer)
        assert (result.outcome, result.http_status) == ("answer", 200)
        assert detail in result.detail
        assert not client._pools

    run(story())


def test_interim_answers_precede_the_one_that_counts() -> None:
    async def story() -> None:
        result, _ = await result_from(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + OK)
        assert (result.outcome, result.http_status) == ("answer", 200)

    run(story())


def test_an_answer_before_the_request_is_none() -> None:
    async def story() -> None:
        client = a_client()
        async with Receiver(lambda peer: None, greeting=OK + b"surplus") as receiver:
            result = await post(client, receiver.url())
            assert not client._idle
            assert result.outcome in {"reset", "answer"}  # it may cross the request on its way
            await asyncio.wait_for(receiver.peers[0].closed, 5)
            await client.close()

    run(story())


def test_closing_gives_every_post_its_result_and_closes_every_socket() -> None:
    async def story() -> None:
        never: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()

        async def resolver(host: str, port: int) -> list[str]:
            return await never if host == "never.example" else [host]

        client = a_client(resolver=resolver, answer_timeout_s=60)
        arrived = asyncio.Event()
        async with Receiver(lambda peer: arrived.set()) as receiver:
            busy = post(client, receiver.url())
            opening = post(client, receiver.url("never.example"))
            await arrived.wait()
            not_begun = post(client, receiver.url())
            await client.close()
            late = post(client, receiver.url())
            for future in (busy, opening, not_begun, late):
                assert (await future).outcome == "closed"
            await asyncio.wait_for(receiver.peers[0].closed, 5)
        assert client.connections == 0

    run(story())


def test_a_callback_that_fails_is_reported_and_harms_no_other_post() -> None:
    async def story() -> None:
        faults: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, fault: faults.append(fault["exception"]))

        def fail(result: WebhookResult) -> None:
            raise ZeroDivisionError

        client = a_client()
        async with Receiver() as receiver:
            url = receiver.url()
            client.post(url, a_request(url), 1, fail)
            result = await post(client, url)
            assert result.http_status == 200
            assert (await post(client, url)).http_status == 200
            await client.close()
        assert [type(fault) for fault in faults] == [ZeroDivisionError]

    run(story())


def hostile(peer: Peer) -> None:
    """One of everything, by the number of the connection."""
    ways: list[Callable[[Peer], None]] = [
        lambda peer: None,
        lambda peer: peer.reset(),
        lambda peer: peer.transport.close(),
        lambda peer: peer.write(random.Random(len(peer.receiver.peers)).randbytes(300)),
        trickle(HEAD, b"x"),
        trickle(HEAD + b"\r\n", b"x" * 3000),
        half(OK, lambda peer: peer.transport.close()),
        lambda peer: peer.write(OK + b"HTTP/1.1 200 OK\r\n\r\n"),
        lambda peer: peer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 300),
        lambda peer: peer.write(OK),
    ]
    ways[peer.receiver.peers.index(peer) % len(ways)](peer)


def test_hostile_receivers_delay_nobody_and_leave_nothing_behind() -> None:
    async def story() -> None:
        files = len(os.listdir("/proc/self/fd"))
        client = a_client(answer_timeout_s=0.5)
        async with Receiver(hostile) as bad, Receiver() as good:
            posts = [post(client, bad.url(), key) for key in range(300) for _ in range(2)]
            while not any(posting.done() for posting in posts):  # both kinds are under way
                kind = await post(client, good.url(), 1000)
                assert kind.http_status == 200
            results = await asyncio.gather(*posts)
            assert len(results) == 600
            assert {result.outcome for result in results} >= {
                "answer", "timeout", "reset", "garbage", "too_big",
            }  # fmt: skip
            assert not client._busy
            assert not client._opening
            assert len(client._open) == len(client._idle)
            await client.close()
        assert not client._pools
        assert client.connections == 0
        assert len(os.listdir("/proc/self/fd")) <= files + 4  # the loop's own

    run(story())
