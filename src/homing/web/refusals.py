"""What is said to a request that never became one, as whole HTTP responses."""

from homing.api.errors import Code, error_body

_REASONS = {
    400: b"Bad Request",
    408: b"Request Timeout",
    413: b"Content Too Large",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}


def _response(code: Code) -> bytes:
    body = error_body(code)
    status = code.value.http_status
    return (
        b"HTTP/1.1 %d %b\r\ncontent-type: application/json\r\nconnection: close\r\n"
        b"content-length: %d\r\n\r\n%b" % (status, _REASONS[status], len(body), body)
    )


class Refusals:
    """Made when needed: each has a request_id of its own."""

    @property
    def invalid(self) -> bytes:
        return _response(Code.INVALID_REQUEST)

    @property
    def too_slow(self) -> bytes:
        return _response(Code.REQUEST_TIMEOUT)

    @property
    def body_too_large(self) -> bytes:
        return _response(Code.BODY_TOO_LARGE)

    @property
    def head_too_large(self) -> bytes:
        return _response(Code.HEAD_TOO_LARGE)

    @property
    def too_many_connections(self) -> bytes:
        return _response(Code.TOO_MANY_CONNECTIONS)
