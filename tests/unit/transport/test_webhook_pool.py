"""Which connections are kept, for whom, and for how long."""

import asyncio

import pytest

from homing.transport import webhook, webhook_connection
from support.webhook_receivers import OK, Peer, Receiver, a_client, post, run


def test_a_connection_is_used_again() -> None:
    async def story() -> None:
        client = a_client()
        async with Receiver() as receiver:
            for _ in range(5):
                assert (await post(client, receiver.url())).http_status == 200
            assert [len(peer.requests) for peer in receiver.peers] == [5]
            await client.close()

    run(story())


def test_done_may_post_again_and_gets_the_connection_that_was_just_freed() -> None:
    async def story() -> None:
        client = a_client()
        async with Receiver() as receiver:
            url = receiver.url()
            ended = asyncio.get_running_loop().create_future()
            left = 100

            def done(result: object) -> None:
                nonlocal left
                left -= 1
                if left:
                    client.post(url, b"GET / HTTP/1.1\r\n\r\n", 1, done)
                else:
                    ended.set_result(None)

            client.post(url, b"GET / HTTP/1.1\r\n\r\n", 1, done)
            await ended
            assert [len(peer.requests) for peer in receiver.peers] == [100]
            await client.close()

    run(story())


def test_endpoints_share_no_connection() -> None:
    async def story() -> None:
        client = a_client()
        async with Receiver() as receiver:
            await post(client, receiver.url(), key=1)
            await post(client, receiver.url(), key=2)
            assert len(receiver.peers) == 2
            await client.close()

    run(story())


def test_one_key_on_two_origins_shares_no_connection() -> None:
    async def story() -> None:
        client = a_client()
        async with Receiver() as one, Receiver() as other:
            await post(client, one.url(), key=1)
            await post(client, other.url(), key=1)
            assert len(one.requests) == len(other.requests) == 1
            await client.close()

    run(story())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        OK + b"surplus",
        OK + OK,
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    ],
)
def test_a_connection_that_says_so_or_says_too_much_is_not_used_again(answer: bytes) -> None:
    async def story() -> None:
        client = a_client()
        async with Receiver(answer) as receiver:
            for _ in range(3):
                assert (await post(client, receiver.url())).http_status == 200
            assert [len(peer.requests) for peer in receiver.peers] == [1, 1, 1]
            await client.close()

    run(story())


@pytest.mark.parametrize("octets", [b"\r\n", OK, b"x", b"HTTP/1.1 408 Timeout\r\n\r\n"])
def test_an_octet_that_nobody_asked_for_ends_an_idle_connection(octets: bytes) -> None:
    async def story() -> None:
        client = a_client()
        async with Receiver() as receiver:
            await post(client, receiver.url())
            receiver.peers[0].write(octets)
            await asyncio.wait_for(receiver.peers[0].closed, 5)
            assert (await post(client, receiver.url())).http_status == 200
            assert len(receiver.peers) == 2
            await client.close()

    run(story())


def closes_on_second(peer: Peer) -> None:
    if len(peer.requests) == 1:
        peer.write(OK)
    else:
        peer.transport.close()


def test_a_kept_connection_that_closes_before_an_answer_is_replaced_once() -> None:
    async def story() -> None:
        client = a_client()
        async with Receiver(closes_on_second) as receiver:
            await post(client, receiver.url())
            again = await post(client, receiver.url())
            assert (again.outcome, again.http_status) == ("answer", 200)
            assert again.connect_us >= 0  # of the fresh one
            assert [len(peer.requests) for peer in receiver.peers] == [2, 1]
            await client.close()

    run(story())


def test_a_fresh_connection_that_closes_is_no_reason_to_try_again() -> None:
    async def story() -> None:
        client = a_client()

        def answer(peer: Peer) -> None:
            if len(peer.receiver.requests) == 1:
                peer.write(OK)
            else:
                peer.transport.close()

        async with Receiver(answer) as receiver:
            await post(client, receiver.url())
            assert (await post(client, receiver.url())).outcome == "reset"
            assert [len(peer.requests) for peer in receiver.peers] == [2, 1]
            await client.close()

    run(story())


def test_a_kept_connection_that_closes_within_an_answer_is_not_replaced() -> None:
    async def story() -> None:
        client = a_client()

        def answer(peer: Peer) -> None:
            peer.write(OK if len(peer.requests) == 1 else OK[:10])
            if len(peer.requests) == 2:
                peer.transport.close()

        async with Receiver(answer) as receiver:
            await post(client, receiver.url())
            assert (await post(client, receiver.url())).outcome == "reset"
            assert len(receiver.peers) == 1
            await client.close()

    run(story())


def test_a_receiver_that_thought_before_it_closed_is_not_asked_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_connection, "STALE_WITHIN_S", 0.0)

    async def story() -> None:
        client = a_client()
        async with Receiver(closes_on_second) as receiver:
            await post(client, receiver.url())
            assert (await post(client, receiver.url())).outcome == "reset"
            assert len(receiver.peers) == 1
            await client.close()

    run(story())


def test_an_idle_connection_is_closed_after_its_time() -> None:
    async def story() -> None:
        client = a_client(idle_s=0.1)
        async with Receiver() as receiver:
            await post(client, receiver.url())
            await asyncio.wait_for(receiver.peers[0].closed, 5)
            assert not client._pools
            assert client.connections == 0
            assert client._sweeping is None  # nothing to look after
            await client.close()

    run(story())


def test_an_old_connection_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "AGE_MOST_S", -1.0)

    async def story() -> None:
        client = a_client()
        async with Receiver() as receiver:
            await post(client, receiver.url())
            await post(client, receiver.url())
            assert len(receiver.peers) == 2
            await client.close()

    run(story())


def test_an_endpoint_keeps_no_more_than_its_share() -> None:
    async def story() -> None:
        client = a_client(idle_per_endpoint_max=2)
        async with Receiver() as receiver:
            await asyncio.gather(*(post(client, receiver.url()) for _ in range(6)))
            assert client.connections - len(client._idle) <= 4  # on their way out
            assert len(client._idle) == 2
            await client.close()

    run(story())


def test_an_idle_connection_makes_room_for_a_new_one() -> None:
    async def story() -> None:
        client = a_client(connections_max=3)
        async with Receiver() as receiver:
            for key in range(10):
                await post(client, receiver.url(), key)
                assert len(client._idle) <= 3
            assert list(client._pools) == [(key, receiver.url().origin) for key in (7, 8, 9)]
            await client.close()

    run(story())


def test_retired_connections_are_used_no_more() -> None:
    async def story() -> None:
        client = a_client()
        held: list[Peer] = []
        arrived = asyncio.Event()

        def answer(peer: Peer) -> None:
            if b"/slow" in peer.requests[-1]:
                held.append(peer)
                arrived.set()
            else:
                peer.write(OK)

        async with Receiver(answer) as receiver:
            slow = post(client, receiver.url(path="/slow"))
            await arrived.wait()
            await post(client, receiver.url())
            client.retire_connections()
            held[0].write(OK)
            assert (await slow).http_status == 200  # what was under way ends as it would have
            for peer in receiver.peers:
                await asyncio.wait_for(peer.closed, 5)
            assert (await post(client, receiver.url())).http_status == 200
            assert len(receiver.peers) == 3
            await client.close()

    run(story())
