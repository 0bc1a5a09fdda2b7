"""The one error body of our own API, and the table of its codes.

`{"type", "code", "message", "param", "doc_url", "request_id"}`: type says who can do something
about it, code is for programs, message for people, param names the field at fault or is null.
The SMS API has errors of its own, see `homing.api.answer`.
"""

import secrets
from enum import Enum
from typing import NamedTuple

import msgspec
from starlette.responses import Response

DOC_URL = "docs/reference/errors.md#"


class Row(NamedTuple):
    http_status: int
    type: str
    message: str


class Code(Enum):
    """Every code of our own API."""

    BAD_CREDENTIALS = Row(401, "authentication", "api_key or api_secret is wrong")
    UNKNOWN_PATH = Row(404, "invalid_request", "there is nothing at this path")
    METHOD_NOT_ALLOWED = Row(405, "invalid_request", "this path does not know this method")
    UNKNOWN_MESSAGE = Row(404, "not_found", "no message of yours has this id")
    UNKNOWN_CARRIER = Row(404, "not_found", "no carrier has this name")
    UNKNOWN_RECEIPT = Row(404, "not_found", "no receipt has this id")
    UNKNOWN_ACCOUNT = Row(404, "not_found", "no account has this api_key")
    UNKNOWN_COUNTRY = Row(404, "not_found", "no country has these two letters")
    INVALID_BODY = Row(400, "invalid_request", "the body must be a JSON object")
    INVALID_VALUE = Row(400, "invalid_request", "the value is not allowed")
    UNKNOWN_FIELD = Row(400, "invalid_request", "there is no such field")
    INVALID_SETTINGS = Row(422, "invalid_request", "the settings file has a problem")
    INVALID_REQUEST = Row(400, "invalid_request", "this is no sound HTTP request")
    REQUEST_TIMEOUT = Row(408, "invalid_request", "the request did not come whole in time")
    BODY_TOO_LARGE = Row(413, "invalid_request", "the body is too large")
    HEAD_TOO_LARGE = Row(431, "invalid_request", "the request line and headers are too large")
    TOO_MANY_CONNECTIONS = Row(503, "unavailable", "too many connections, try again soon")
    STORE_UNAVAILABLE = Row(503, "unavailable", "the store cannot do this now, try again soon")
    SERVER_ERROR = Row(500, "server", "our fault; it is logged")


def error_body(code: Code, message: str | None = None, param: str | None = None) -> bytes:
    """The JSON body. `message` None takes the code's own words."""
    name = code.name.lower()
    return msgspec.json.encode(
        {
            "type": code.value.type,
            "code": name,
            "message": message or code.value.message,
            "param": param,
            "doc_url": DOC_URL + name,
            "request_id": secrets.token_hex(8),
        }
    )


class ApiError(Exception):
    """The caller can fix it; becomes the error body."""

    def __init__(self, code: Code, message: str | None = None, param: str | None = None) -> None:
        super().__init__(code.name)
        self.code, self.message, self.param = code, message, param

    def response(self) -> Response:
        headers = {}
        if self.code is Code.BAD_CREDENTIALS:
            headers["www-authenticate"] = 'Basic realm="homing", charset="UTF-8"'
        return Response(
            error_body(self.code, self.message, self.param),
            status_code=self.code.value.http_status,
            headers=headers,
            media_type="application/json",
        )
