"""OpenAPI documents of the public listener and of the operator's socket, made from the tables of
calls, the Structs that are read and written, and the limits of the code.

Stories are written by `homing.api.stories`, which spells ids and states for programs; the schemas
of what it writes are bent in the same way here.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing import __version__
from homing.api.call import JSON, Answer, Call, Field, Schema
from homing.api.compat_calls import COMPAT_CALLS, MESSAGES_CALLS
from homing.api.own_calls import BASE, OPEN_PATHS, OPERATOR_CALLS, PUBLIC_CALLS, ApiFault
from homing.api.reading import read_query
from homing.api.record_calls import RECORD_CALLS
from homing.api.stories import IDS, STATES
from homing.core.model.lifecycle import STATUS, State
from homing.store import pages

_REFS = "#/components/schemas/{name}"
_FORM = "application/x-www-form-urlencoded"
_ABOUT = (
    "Homing is a self-hosted SMS gateway. The compatible calls answer as official clients expect;"
    " those under /homing/v1 are its own. Each answers with the error body `ApiFault` where it is"
    " not said otherwise."
)
_SCHEMES = {
    "basic": {"type": "http", "scheme": "basic", "description": "api_key and api_secret"},
    "api_key": {"type": "apiKey", "in": "query", "name": "api_key"},
    "api_secret": {"type": "apiKey", "in": "query", "name": "api_secret"},
}
_STATE_WORDS = [state.name.lower() for state in State]
_STATUS_WORDS = sorted({word for word in STATUS.values() if word})


def routes(*, is_operator: bool) -> list[Route]:
    async def openapi(request: Request) -> Response:
        """GET /homing/v1/openapi.json"""
        read_query(request, ())
        return Response(document(is_operator=is_operator), media_type=JSON)

    return [Route(f"{BASE}/openapi.json", openapi, methods=["GET"])]


def calls(*, is_operator: bool) -> tuple[Call, ...]:
    """Every call of a listener."""
    own = OPERATOR_CALLS if is_operator else (*MESSAGES_CALLS, *PUBLIC_CALLS)
    return (*COMPAT_CALLS, *RECORD_CALLS, *own)


@cache
def document(*, is_operator: bool) -> bytes:
    """The document as JSON; the same for the whole run."""
    told = calls(is_operator=is_operator)
    shapes = _shapes(told)
    _, components = msgspec.json.schema_components(shapes, ref_template=_REFS)
    paths: dict[str, dict[str, Any]] = {}
    for call in told:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, is_operator)
    title = "Homing, for its operator" if is_operator else "Homing"
    made = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": __version__, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": {
                name: _spelled(name, schema)
                for name, schema in components.items()
                if name != State.__name__  # stories spell it
            },
            "securitySchemes": _SCHEMES,
        },
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=1)


def _shapes(told: Iterable[Call]) -> list[Any]:
    """Every msgspec type that a call reads or writes, once."""
    found: dict[Any, None] = {ApiFault: None}
    for call in told:
        for shape in (call.body, *(answer.shape for answer in call.answers)):
            for one in shape if isinstance(shape, tuple) else (shape,):
                if one is not None and not isinstance(one, dict):
                    found[one] = None
    return list(found)


def _operation(call: Call, is_operator: bool) -> dict[str, Any]:
    words = call.path.replace("{", "").replace("}", "").strip("/").replace("/", "_")
    operation: dict[str, Any] = {
        "operationId": f"{call.method.lower()}_{words}",
        "summary": call.title,
        "tags": [call.group],
        "responses": {str(answer.status): _answer(answer) for answer in call.answers},
    }
    operation["responses"]["default"] = _answer(Answer(0, "Any other fault.", ApiFault))
    sent = [field for field in call.fields if field.place == "form" and call.method == "POST"]
    given = [_parameter(field) for field in call.fields if field not in sent]
    if given:
        operation["parameters"] = given
    if sent:
        content = {kind: {"schema": _object(sent)} for kind in (_FORM, JSON)}
        operation["requestBody"] = {"required": True, "content": content}
    if call.body is not None:
        operation["requestBody"] = {
            "required": True, "content": {JSON: {"schema": _schema(call.body)}},
        }  # fmt: skip
    operation["security"] = _security(call, is_operator)
    return operation


def _security(call: Call, is_operator: bool) -> list[dict[str, list[str]]]:
    if call.path in OPEN_PATHS:
        return []
    if call.path.startswith(BASE):
        return [] if is_operator else [{"basic": []}]
    return [{"basic": []}, {"api_key": [], "api_secret": []}]


def _parameter(field: Field) -> dict[str, Any]:
    place = "query" if field.place == "form" else field.place
    return {
        "name": field.name,
        "in": place,
        "required": field.is_required,
        "schema": field.schema,
    } | ({"description": field.text} if field.text else {})


def _object(fields: Iterable[Field]) -> Schema:
    fields = list(fields)
    schema: Schema = {
        "type": "object",
        "properties": {
            one.name: one.schema | ({"description": one.text} if one.text else {}) for one in fields
        },
    }
    required = [one.name for one in fields if one.is_required]
    return schema | ({"required": required} if required else {})


def _answer(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"description": answer.text}
    if answer.headers:
        told["headers"] = {
            one.name: {"description": one.text, "schema": one.schema} for one in answer.headers
        }
    if answer.shape is not None:
        told["content"] = {
            # XML has the same facts in elements, which JSON Schema cannot describe.
            kind: {"schema": {"type": "string"} if kind.endswith("xml") else _schema(answer.shape)}
            for kind in answer.kinds
        }
    return told


def _schema(shape: Any) -> Schema:
    if isinstance(shape, dict):
        return shape
    if isinstance(shape, tuple):
        return {"anyOf": [_schema(one) for one in shape]}
    (schema,), _ = msgspec.json.schema_components((shape,), ref_template=_REFS)
    return schema


def _spelled(name: str, schema: Schema) -> Schema:
    """A component as the API writes it: see `homing.api.stories`."""
    is_story = hasattr(pages, name) or name == "Message"
    if not is_story or "properties" not in schema:
        return schema
    properties: dict[str, Schema] = {}
    for key, one in schema["properties"].items():
        if key in IDS:
            properties[key] = {"type": ["string", "null"], "pattern": "^[0-9A-F]{16}$"}
        elif key in STATES:
            properties[key] = {"enum": [*_STATE_WORDS, None]}
            if key == "state":
                properties["status"] = {"enum": [*_STATUS_WORDS, "", None]}
        else:
            properties[key] = one
        if key == "body":
            properties |= {
                "hex": {"type": "string"},
                "octets": {"type": "string"},
                "pdu": {"type": ["object", "null"]},
            }
    return schema | {"properties": properties}
