"""One SMS request on its way through a connection, from its head to its answer."""

from typing import Protocol

from homing.api.sms import Spelling


class Connection(Protocol):
    """What a cycle needs of the connection that it came on."""

    def write_answer(self, cycle: "FastCycle", body: bytes, notice: bytes, /) -> None: ...
    def on_response_complete(self) -> None: ...


class _NoEvent:
    """Stands where uvicorn keeps the event of an ASGI request."""

    def set(self) -> None:
        pass


_NO_EVENT = _NoEvent()


class FastCycle:
    """One SMS request on its way; like uvicorn's cycle where uvicorn looks at it."""

    __slots__ = (
        "body", "connection", "disconnected", "expects", "headers", "is_whole", "keep_alive",
        "query", "response_complete", "spelling",
    )  # fmt: skip
    message_event = _NO_EVENT

    def __init__(
        self,
        connection: Connection,
        spelling: Spelling,
        query: bytes,
        headers: dict[bytes, bytes],
        keep_alive: bool,
    ) -> None:
        self.connection = connection
        self.spelling = spelling
        self.query = query
        self.headers = headers
        self.keep_alive = keep_alive
        self.expects = b"expect" in headers
        self.body: bytes | bytearray = b""
        self.is_whole = False
        self.response_complete = False
        self.disconnected = False

    def respond(self, body: bytes, notice: bytes = b"") -> None:
        """Write the answer; a second call, or one after the client went, does nothing."""
        if self.response_complete:
            return
        self.response_complete = True
        connection = self.connection
        if not self.disconnected:
            connection.write_answer(self, body, notice)
        connection.on_response_complete()
