"""Stories as JSON, and back for the commands.

Ids are spelled as the SMS API spells message-ids (a program in JavaScript reads no 63 bits), states
in SMPP's words with the API's status beside them, PDUs in hex and field by field with control
octets escaped. Octets are base64 besides.
"""

from typing import Any, TypeVar

import msgspec

from homing.core.model.ids import read_id, show_id
from homing.core.model.lifecycle import STATUS, State
from homing.core.smpp.shown import escaped, shown_fields
from homing.core.smpp.spec import SUBMIT_SM, command_name

T = TypeVar("T")

IDS = frozenset({"id", "part_id", "message_id", "copy_of", "next_after_id"})
STATES = frozenset({"state", "refused"})


def spell(story: msgspec.Struct) -> dict[str, Any]:
    """A story, or a page of them, as what JSON can hold."""
    spelled: dict[str, Any] = _spell(msgspec.to_builtins(story, builtin_types=(bytes,)))
    return spelled


def read_story(octets: bytes, kind: type[T]) -> T:
    """What `spell` made, as JSON. Raises msgspec.MsgspecError."""
    return msgspec.convert(_unspell(msgspec.json.decode(octets)), kind)


def _spell(value: Any) -> Any:
    if isinstance(value, list):
        return [_spell(one) for one in value]
    if not isinstance(value, dict):
        return value
    spelled: dict[str, Any] = {}
    for name, one in value.items():
        if name in IDS and isinstance(one, int):
            spelled[name] = show_id(one)
        elif name in STATES and one is not None:
            state = State(one)
            spelled[name] = state.name.lower()
            if name == "state":
                spelled["status"] = STATUS[state]
        elif name == "body":
            spelled[name] = one
            spelled |= _octets(value.get("command_id", SUBMIT_SM), one)
        else:
            spelled[name] = _spell(one)
    return spelled


def _octets(command_id: int | None, body: bytes | None) -> dict[str, Any]:
    """`pdu`: null where there never was one, or its time is over."""
    if not body or command_id is None:
        return {"hex": "", "octets": "", "pdu": None}
    fields = shown_fields(command_id, body)
    return {
        "hex": body.hex(),
        "octets": escaped(body),
        "pdu": {"command": command_name(command_id), **fields},
    }


def _unspell(value: Any) -> Any:
    if isinstance(value, list):
        return [_unspell(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name: _unspell(one) for name, one in value.items()}
    for name in IDS & found.keys():
        if isinstance(found[name], str):
            found[name] = read_id(found[name])
    for name in STATES & found.keys():
        if found[name] in _BY_WORD:
            found[name] = _BY_WORD[found[name]]
    return found


_BY_WORD = {state.name.lower(): state.value for state in State}
