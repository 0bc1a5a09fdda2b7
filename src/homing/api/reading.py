"""Reads requests of our own API strictly: an unknown field or parameter is refused by its name."""

import re
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from homing.api.errors import ApiError, Code
from homing.core.model.ids import read_id
from homing.core.model.money import read_money

T = TypeVar("T")

# Where msgspec names the field: "... - at `$.name`", or "... unknown field `name`".
_AT_FIELD = re.compile(r"at `\$\.([\w-]+)")
_FIELD = re.compile(r"field `([\w-]+)`")


def reply(value: Any, status_code: int = 200) -> Response:
    """JSON of Structs, dicts and lists."""
    return Response(
        msgspec.json.encode(value), status_code=status_code, media_type="application/json"
    )


async def read_body(request: Request, shape: type[T]) -> T:
    """The JSON body as `shape`, a Struct that forbids unknown fields. Raises ApiError."""
    body = await request.body()
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as problem:
        text = str(problem)
        found = _AT_FIELD.search(text) or _FIELD.search(text)
        param = found[1] if found else None
        if param is None:
            raise ApiError(Code.INVALID_BODY, text) from None
        code = Code.UNKNOWN_FIELD if "unknown field" in text else Code.INVALID_VALUE
        raise ApiError(code, text.split(" - at `")[0], param) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ApiError(Code.INVALID_BODY, "the body is not valid JSON") from None


def read_query(request: Request, known: Iterable[str]) -> dict[str, str]:
    """The query's parameters, all of them among `known`; the last of a repeat. Raises ApiError."""
    given = dict(request.query_params)
    for name in given:
        if name not in known:
            raise ApiError(Code.UNKNOWN_FIELD, "there is no such parameter here", name[:40])
    return given


def read_count(text: str | None, *, param: str, default: int, most: int) -> int:
    """A count of 1..most. Raises ApiError."""
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most:
        return int(text)
    raise ApiError(Code.INVALID_VALUE, f"{param} must be a number from 1 to {most}", param)


def read_cursor(text: str | None, *, param: str) -> str | None:
    """A position in a list, as a page before it named it; None is the beginning. Raises ApiError:
    a cursor that is not understood must not begin anew in silence."""
    if text is None or read_id(text) is not None:
        return text
    raise ApiError(Code.INVALID_VALUE, f"{param} must be next_after_id of a page", param)


def read_own_id(text: str, *, param: str) -> int:
    """An id of ours in its 16 hex digits. Raises ApiError."""
    found = read_id(text)
    if found is None:
        raise ApiError(Code.INVALID_VALUE, f"{param} must be 16 hex digits", param)
    return found


def read_amount(text: str | None, *, param: str) -> int | None:
    """Money of 0 or more in 10^-8 units; None stays None. Raises ApiError."""
    if text is None:
        return None
    units = read_money(text)
    if units is None or units < 0:
        raise ApiError(
            Code.INVALID_VALUE,
            f"{param} must be an amount like 12.50, with 8 decimals at most",
            param,
        )
    return units
