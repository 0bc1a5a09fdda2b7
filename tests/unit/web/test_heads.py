"""A head seen before is not parsed again, and nothing else changes by that."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from uvicorn.config import Config

from homing.api.sms import SmsDoor
from homing.web.crowd import Crowd
from homing.web.fast import FastProtocol
from homing.web.heads import HEAD_OCTETS_MAX, HEADS_MAX
from support.stand_ins import KEY, SECRET, StandInAccounts, StandInSubmission, StandInThrottle, http

PAIR = f"api_key={KEY}&api_secret={SECRET}"


class Wire:
    """Stands in for the transport."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closing = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return self.closing

    def can_write_eof(self) -> bool:
        return False

    def write(self, octets: bytes) -> None:
        self.written.append(octets)

    def close(self) -> None:
        self.closing = True

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class Line:
    """Connections of one listener; `parsed` counts what reached the parser."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.submission = StandInSubmission()
        door = SmsDoor(StandInAccounts(), self.submission, StandInThrottle())
        self.crowd = Crowd(door, connections_max=1000)
        self.crowd.set_date(b"Thu, 01 Jan 1970 00:00:00 GMT")
        self.parsed = 0
        self.connect()

    def connect(self) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None: ...

        config = Config(app, http=FastProtocol, ws="none", lifespan="off", log_config=None)
        config.load()
        self.wire = Wire()
        self.connection = FastProtocol(config, self.crowd, self.loop)
        transport: Any = self.wire
        self.connection.connection_made(transport)
        feed = self.connection._feed

        def counted(data: bytes) -> None:
            self.parsed += 1
            feed(data)

        self.connection._feed = counted  # type: ignore[method-assign]

    def send(self, *chunks: bytes) -> list[bytes]:
        """What is written in answer."""
        before = len(self.wire.written)
        for chunk in chunks:
            if not self.wire.closing:
                self.connection.data_received(chunk)
        return self.wire.written[before:]

    @property
    def texts(self) -> list[str]:
        return [request.text for request in self.submission.taken]


@pytest.fixture
def line() -> Iterator[Line]:
    loop = asyncio.new_event_loop()
    yield Line(loop)
    loop.close()


def sms(text: str, headers: str = "", path: str = "/sms/json", version: str = "1.1") -> bytes:
    body = f"{PAIR}&from=Acme&to=447700900000&text={text}"
    return http("POST", path, body.encode(), headers, version)


def test_the_second_request_is_not_parsed_and_answered_with_the_same_octets(line: Line) -> None:
    assert line.send(sms("one")) == line.send(sms("two"))
    assert line.texts == ["one", "two"]
    assert line.parsed == 1
    line.connect()
    line.send(sms("six"))
    assert (line.texts[-1], line.parsed) == ("six", 1)


def test_the_format_and_the_version_stay_those_of_the_head(line: Line) -> None:
    spoken = "Connection: keep-alive\r\n"
    for headers, path, version in (
        ("", "/sms/xml", "1.1"), ("", "/sms/json", "1.1"), (spoken, "/sms/json", "1.0"),
    ):  # fmt: skip
        first = line.send(sms("one", headers, path, version))
        assert line.send(sms("two", headers, path, version)) == first
    assert line.parsed == 3


@pytest.mark.parametrize(
    "request_",
    [
        sms("one", "Authorization: Bearer x\r\n"),
        sms("one", "Cookie: x=y\r\n"),
        sms("one", "Expect: nothing\r\n"),
        sms("one", "Upgrade: h2c\r\n"),
        sms("one", path="/sms/json?type=text"),
        sms("one", f"X-Long: {'x' * HEAD_OCTETS_MAX}\r\n"),
        http("GET", f"/sms/json?{PAIR}&from=Acme&to=447700900000&text=one"),
    ],
)
def test_secrets_wishes_queries_and_long_heads_are_always_parsed(
    line: Line, request_: bytes
) -> None:
    for count in (1, 2):
        assert line.send(request_)
        assert line.parsed == count
    assert line.texts == ["one", "one"]


def test_a_last_request_is_always_parsed(line: Line) -> None:
    for count in (1, 2):
        line.send(sms("one", "Connection: close\r\n"))
        assert line.wire.closing
        assert line.parsed == count
        line.connect()


def test_what_is_not_exactly_one_request_goes_to_the_parser(line: Line) -> None:
    line.send(sms("one"))
    two = sms("two")
    assert len(line.send(two + sms("six"))) == 2
    assert len(line.send(two[:-1], two[-1:])) == 1
    assert len(line.send(two[:20], two[20:])) == 1
    assert len(line.send(b"\r\n" + two)) == 1
    assert line.texts == ["one", "two", "six", "two", "two", "two"]
    parsed = line.parsed
    assert len(line.send(two)) == 1
    assert line.parsed == parsed


def test_a_request_behind_an_unanswered_one_waits_its_turn(line: Line) -> None:
    line.send(sms("one"))
    line.submission.holds = True
    assert line.send(sms("two"), sms("six")) == []
    assert line.texts == ["one", "two"]
    line.submission.release()
    assert line.texts == ["one", "two", "six"]
    line.submission.release()
    assert len(line.wire.written) == 3


def test_garbage_before_a_body_seen_before_is_not_taken_for_a_head(line: Line) -> None:
    good = sms("one")
    head, _, body = good.partition(b"\r\n\r\n")
    for garbage in (b"abc" + body, b"abc\r\n\r\n" + body, head + b"\r\nA: \x00\r\n\r\n" + body):
        for _ in range(2):
            line.send(good)
            line.send(garbage)
            line.connect()
    assert set(line.texts) == {"one"}
    assert len(line.texts) == 6
    assert list(line.crowd.heads._known) == [head + b"\r\n\r\n"]


def test_what_is_remembered_is_bounded(line: Line) -> None:
    for number in range(2 * HEADS_MAX + 3):
        line.send(sms("one", f"X-Trace: {number}\r\n"))
        assert len(line.crowd.heads._known) <= HEADS_MAX
    assert len(line.texts) == 2 * HEADS_MAX + 3


def test_after_the_answer_the_idle_time_begins_again(line: Line) -> None:
    line.send(sms("one"))
    line.crowd.advance(b"Thu, 01 Jan 1970 00:00:01 GMT")
    line.send(sms("two"))
    for _ in range(74):
        line.crowd.advance(b"Thu, 01 Jan 1970 00:00:02 GMT")
    assert not line.wire.closing
    line.crowd.advance(b"Thu, 01 Jan 1970 00:00:03 GMT")
    assert line.wire.closing
