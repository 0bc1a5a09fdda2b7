"""A new URL is asked with a GET through the guard; any 2xx will do, and nothing else."""

import logging

import pytest

from homing.core.webhooks.guard import refusal
from homing.runtime.probe import probe
from support.webhook_receivers import Receiver, a_client, run


def answering(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "299 X"])
def test_any_2xx_passes_and_the_connection_is_not_kept(status):
    async def main():
        client = a_client()
        async with Receiver(answering(status)) as receiver:
            url = f"http://127.0.0.1:{receiver.port}/x?a=b"
            assert await probe(client, url) is None
            (request,) = receiver.requests
            assert request.startswith(b"GET /x?a=b HTTP/1.1\r\nHost: 127.0.0.1:")
            assert request.endswith(b"Connection: close")
            await receiver.peers[0].closed
        await client.close()

    run(main())


@pytest.mark.parametrize("status", ["301 Moved", "404 Not Found", "500 No"])
def test_another_answer_does_not(status):
    async def main():
        client = a_client()
        async with Receiver(answering(status)) as receiver:
            fault = await probe(client, f"http://127.0.0.1:{receiver.port}/")
            assert fault == f"must answer a GET with 2xx before it is saved, not {status[:3]}"
        await client.close()

    run(main())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"hello\r\n\r\n", "its answer is not HTTP"),
        (lambda peer: peer.reset(), "it closed the connection without an answer"),
        (lambda peer: None, "it did not answer in time"),
    ],
)
def test_a_host_that_misbehaves_is_told_in_words(answer, words):
    async def main():
        client = a_client()
        async with Receiver(answer) as receiver:
            fault = await probe(client, f"http://127.0.0.1:{receiver.port}/")
            assert fault == f"must answer a GET with 2xx before it is saved: {words}"
        await client.close()

    run(main())


def test_the_guard_is_asked_and_nothing_is_connected():
    async def main():
        client = a_client(guard=refusal)
        async with Receiver() as receiver:
            fault = await probe(client, f"http://127.0.0.1:{receiver.port}/")
            assert fault == "its host has no address that webhooks may go to"
            assert receiver.peers == []
        await client.close()

    run(main())


def test_what_is_no_url_is_told_by_its_rule():
    async def main():
        client = a_client()
        assert await probe(client, "ftp://x/") == "must begin with http:// or https://"
        await client.close()

    run(main())


def test_with_the_check_off_nothing_is_asked_and_the_log_says_so(caplog):
    async def main():
        async with Receiver() as receiver:
            assert await probe(None, f"http://127.0.0.1:{receiver.port}/secret-path") is None
            assert receiver.peers == []
        assert await probe(None, "ftp://x/") == "must begin with http:// or https://"

    with caplog.at_level(logging.INFO):
        run(main())
    (told,) = caplog.messages
    assert "check_new_urls is off" in told
    assert "secret-path" not in told


def test_no_connection_is_used_for_two_probes():
    async def main():
        client = a_client()
        async with Receiver() as receiver:  # it would keep them
            for _ in range(2):
                assert await probe(client, f"http://127.0.0.1:{receiver.port}/") is None
            assert len(receiver.peers) == 2
        await client.close()

    run(main())
