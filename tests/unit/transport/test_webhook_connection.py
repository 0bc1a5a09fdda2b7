"""Reading an answer does not depend on how TCP cut it; any octets end in one result."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homing.core.webhooks.endpoint import Url, read_url
from homing.transport.webhook_connection import KNOWN_ANSWERS_MAX, Bounds, WebhookConnection
from homing.transport.webhook_result import WebhookResult

HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = HEAD + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: x\r\n\r\n"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: </x>\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
ERROR = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"


class Transport:
    """Stands in for asyncio's; aborting is told at once."""

    def __init__(self) -> None:
        self.written = b""
        self.aborted = False

    def write(self, octets: bytes) -> None:
        self.written += octets

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted


class Owner:
    def __init__(self) -> None:
        self.kept: list[bool] = []
        self.stale_count = self.gone_count = 0

    def ended(self, connection: WebhookConnection, *, keep: bool) -> None:
        self.kept.append(keep)

    def stale(self, connection: WebhookConnection) -> None:
        self.stale_count += 1

    def gone(self, connection: WebhookConnection) -> None:
        self.gone_count += 1


class Line:
    """One connection, told what arrived."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        url = read_url("http://app.example/dlr")
        assert isinstance(url, Url)
        self.owner, self.transport = Owner(), Transport()
        self.results: list[WebhookResult] = []
        self.connection = WebhookConnection(
            self.owner, url, (1, url.origin), 0, bounds or Bounds(header_max=200, body_max=300)
        )
        transport: Any = self.transport
        self.connection.connection_made(transport)
        self.ask()

    def ask(self) -> None:
        self.connection.send(b"GET / HTTP/1.1\r\n\r\n", self.results.append, 0.0, None)

    def feed(self, *chunks: bytes) -> None:
        """What a loop does: nothing is delivered after an abort."""
        for chunk in chunks:
            if not self.transport.aborted:
                self.connection.data_received(chunk)

    def lose(self) -> None:
        self.connection.connection_lost(None)


ANSWERS = [LENGTH, CHUNKED, EMPTY, ERROR, INTERIM + LENGTH, b"\r\n" + EMPTY]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_read_the_same_at_every_split(answer: bytes) -> None:
    whole = Line()
    whole.feed(answer)
    cuts = [[answer[:at], answer[at:]] for at in range(1, len(answer))]
    for chunks in [*cuts, [bytes([octet]) for octet in answer]]:
        line = Line()
        line.feed(*chunks)
        (result,), (expected,) = line.results, whole.results
        assert (result.outcome, result.http_status) == ("answer", expected.http_status)
        assert result.detail == expected.detail
        assert line.owner.kept == [True]
        line.ask()  # and the connection serves on
        line.feed(answer)
        assert [one.http_status for one in line.results] == [expected.http_status] * 2


@pytest.mark.parametrize("size", [1, 7, 50, 199, 200, 201, 100_000])
def test_the_bound_of_the_header_does_not_depend_on_how_tcp_cut_it(size: int) -> None:
    def fill(length: int) -> bytes:
        return HEAD + b"X: " + b"y" * (length - len(HEAD) - 3 - 4) + b"\r\n\r\n"

    for length, outcome in ((200, "answer"), (201, "too_big")):
        octets = fill(length)
        line = Line()
        line.feed(*(octets[at : at + size] for at in range(0, length, size)))
        line.lose()
        assert [result.outcome for result in line.results] == [outcome]


@pytest.mark.parametrize("size", [1, 50, 500, 100_000])
def test_the_bound_of_the_whole_answer_does_not_depend_on_how_tcp_cut_it(size: int) -> None:
    octets = HEAD + b"\r\n" + b"x" * 2000
    line = Line()
    line.feed(*(octets[at : at + size] for at in range(0, len(octets), size)))
    assert line.transport.aborted
    (result,) = line.results
    assert (result.outcome, result.http_status) == ("answer", 200)
    assert "beyond 300 octets" in result.detail


def test_a_big_answer_in_one_read_is_whole_when_it_is_within_the_bounds() -> None:
    line = Line()
    line.feed(HEAD + b"Content-Length: 290\r\n\r\n" + b"x" * 290)
    assert line.owner.kept == [True]


def test_octets_for_nobody_abort() -> None:
    line = Line()
    line.feed(LENGTH, b"\r\n")
    assert line.transport.aborted
    line.lose()
    assert len(line.results) == 1
    assert line.owner.gone_count == 1


def test_a_lost_connection_lets_go_of_its_parser() -> None:
    line = Line()
    line.feed(LENGTH)
    line.lose()
    assert line.connection.parser is None


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=80),
            st.sampled_from([*ANSWERS, HEAD, CHUNKED[:40], b"\r\n", b"0\r\n\r\n", b"X: y\r\n"]),
        ),
        max_size=12,
    ),
    st.sampled_from(["lose", "time_out", "cut"]),
)
def test_any_octets_end_in_exactly_one_result(chunks: list[bytes], end: str) -> None:
    line = Line()
    line.feed(*chunks)
    if line.connection.done is not None:
        if end == "time_out":
            line.connection.time_out()
        elif end == "cut":
            line.connection.cut("closing")
    line.lose()
    assert len(line.results) + line.owner.stale_count == 1
    assert len(line.owner.kept) == len(line.results)
    assert line.owner.gone_count == 1
    for result in line.results:
        assert (result.outcome == "answer") <= (200 <= result.http_status <= 999)
        assert result.detail.isprintable()


def test_an_answer_seen_before_needs_no_parser_and_means_the_same() -> None:
    bounds = Bounds(header_max=200, body_max=300)
    first = Line(bounds)
    first.feed(LENGTH)
    assert bounds.known_answers == {LENGTH: 200}
    for chunks in ((LENGTH,), (LENGTH[:-1], LENGTH[-1:])):
        line = Line(bounds)
        for _ in range(3):
            line.feed(*chunks)
            line.ask()
        assert line.results[0].total_us >= line.results[0].first_byte_us >= 0
        assert [one.http_status for one in line.results] == [200, 200, 200]
        assert line.owner.kept == [True, True, True]
        line.feed(LENGTH + b"surplus")
        assert line.transport.aborted


@pytest.mark.parametrize(
    "answer",
    [
        ERROR,  # of these the start is kept
        HEAD + b"Connection: close\r\nContent-Length: 0\r\n\r\n",
        EMPTY + b"surplus",
        HEAD + b"Content-Length: 600\r\n\r\n" + b"x" * 600,
    ],
)
def test_other_answers_are_always_parsed(answer: bytes) -> None:
    bounds = Bounds(header_max=1000, body_max=1000)
    for _ in range(2):
        line = Line(bounds)
        line.feed(answer)
        assert len(line.results) == 1
        assert bounds.known_answers == {}


def test_the_answers_remembered_are_bounded() -> None:
    bounds = Bounds(header_max=200, body_max=300)
    line = Line(bounds)
    for number in range(3 * KNOWN_ANSWERS_MAX):
        line.feed(HEAD + b"Date: %d\r\nContent-Length: 0\r\n\r\n" % number)
        line.ask()
        assert len(bounds.known_answers) <= KNOWN_ANSWERS_MAX
    assert len(line.results) == 3 * KNOWN_ANSWERS_MAX
