"""Orders in, answers out, as JSON lines: {"facts": ..., "calls": [[name, arguments], ...]}.

Imports the standard library alone: a driver runs with nothing but its own client beside it. Each
order makes a client of its own; its calls are made one after the other with that.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

Call = Callable[..., Any]


def serve(make: Callable[..., Any], calls: Mapping[str, Call]) -> None:
    """Answer orders until the input ends. `make(**facts)` makes a client."""
    for line in sys.stdin:
        order = json.loads(line)
        answers = _obey(make, calls, order["facts"], order["calls"])
        print(json.dumps(answers), flush=True)


def _obey(make: Callable[..., Any], calls: Mapping[str, Call], facts: Any, wanted: Any) -> Any:
    try:
        client = make(**facts)
    except Exception as fault:
        return [_raised(fault)] * len(wanted)
    return [_answer(calls[name], client, arguments) for name, arguments in wanted]


def _answer(call: Call, client: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        found = call(client, **arguments)
    except Exception as fault:
        return _raised(fault)
    return {"returned": _plain(found), "class": type(found).__name__}


def _raised(fault: Exception) -> dict[str, Any]:
    response = getattr(fault, "response", None)
    return {
        "raised": type(fault).__name__,
        "text": str(fault),
        "http_status": getattr(response, "status_code", None),
        "response": response if isinstance(response, dict) else None,
    }


def _plain(found: Any) -> Any:
    if hasattr(found, "model_dump"):
        return found.model_dump(mode="json")
    if isinstance(found, list | tuple):
        return [_plain(one) for one in found]
    if isinstance(found, bytes):
        return {"octets": found.hex()}
    return found
