"""One call of an API as it is described: what goes in, what comes out. Data, nothing that runs.

`compat_calls` and `own_calls` are the tables; `openapi` makes a document of them. A route that is
not in a table, and the other way round, is found by a test.
"""

from typing import Any, NamedTuple

Schema = dict[str, Any]  # JSON Schema

JSON = "application/json"
XML = "application/xml"


class Field(NamedTuple):
    """One value that a caller gives. `place`: query, path, header; `form`: query, form or JSON."""

    name: str
    schema: Schema
    text: str = ""
    place: str = "form"
    is_required: bool = False


class Answer(NamedTuple):
    """`shape`: a msgspec type, a tuple of which it is one, a schema, or None for no body."""

    status: int
    text: str
    shape: Any = None
    kinds: tuple[str, ...] = (JSON,)
    headers: tuple[Field, ...] = ()


class Call(NamedTuple):
    """One method of one path. `body`: a Struct, or a schema, that is read from JSON."""

    method: str
    path: str
    title: str
    answers: tuple[Answer, ...]
    fields: tuple[Field, ...] = ()
    body: Any = None
    group: str = ""


def text(
    least: int | None = None, most: int | None = None, pattern: str = "", **more: Any
) -> Schema:
    schema: Schema = {"type": "string", "minLength": least, "maxLength": most}
    found = {name: value for name, value in schema.items() if value is not None}
    return found | ({"pattern": pattern} if pattern else {}) | more


def whole(least: int, most: int, default: int | None = None) -> Schema:
    schema: Schema = {"type": "integer", "minimum": least, "maximum": most}
    return schema if default is None else schema | {"default": default}


def choice(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


def in_path(name: str, words: str = "") -> Field:
    return Field(name, text(1), words, "path", True)


def in_query(name: str, schema: Schema, words: str = "") -> Field:
    return Field(name, schema, words, "query")
