"""A persona: how a simulated carrier behaves, as data. Owns every key of a persona file.

All defaults are those of an honest carrier. Seconds are those of real life: the simulator's `speed`
makes all of them shorter. A file with a mistake is one sentence: file, line, key, reason.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, structs

FOLDER = Path(__file__).with_name("personas")
NUMBERS_FILE = Path(__file__).with_name("magic_numbers.toml")

Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0, le=31_536_000)]  # a year
Share = Annotated[float, Meta(ge=0, le=1)]
CommandStatus = Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)]
MccMnc = Annotated[str, Meta(pattern=r"^([0-9]{5,6})?$")]
StateWord = Literal["delivered", "expired", "deleted", "undeliverable", "unknown", "rejected"]


class PersonaProblem(Exception):
    """One sentence for people: which file, line and key, and what is wrong."""

    def __init__(self, file: str, line: int, key: str, reason: str) -> None:
        self.file, self.line, self.key, self.reason = file, line, key, reason
        where = f"{file}, line {line}" if line else file
        super().__init__(f"{where}: {key}: {reason}" if key else f"{where}: {reason}")


class Spelling(Struct, frozen=True, forbid_unknown_fields=True):
    """How a carrier writes the number of a submission as an id."""

    base: Literal["decimal", "hex", "uuid"] = "decimal"
    width: Annotated[int, Meta(ge=0, le=40)] = 0  # zeros before it up to so many characters
    case: Literal["lower", "upper"] = "lower"
    cut: Annotated[int, Meta(ge=0, le=64)] = 0  # only the first so many characters; 0: all
    absent: bool = False  # not written at all


class Ids(Struct, frozen=True, forbid_unknown_fields=True):
    """The numbers that submissions get, and how they are spelled in each place."""

    first: Count | None = None  # absent: from the clock, above those of every earlier run
    restart_after: Count = 0  # the counter begins again after so many; 0: never
    repeat_every: Count = 0  # each N-th gets the number of N-1 before it
    one_for_all_parts: bool = False
    answer: Spelling = Spelling()
    receipt: Spelling | None = None  # in the receipt's text; absent: as in the answer
    tlv: Spelling | None = None  # in TLV receipted_message_id; absent: as in the answer


class Receipts(Struct, frozen=True, forbid_unknown_fields=True):
    """Which receipts leave, when, and over which bind."""

    carrier: bool = True  # ACCEPTD when the message is taken
    handset: bool = True  # the outcome, when the handset has shown it or never will
    false_delivered: bool = False  # DELIVRD after `delay_s` whatever the handset does, no other
    delay_s: Seconds = 0.0  # the outcome's receipt comes so much later
    shuffle_s: Seconds = 0.0  # each receipt waits by chance up to this: they overtake each other
    copies: Annotated[int, Meta(ge=1, le=1000)] = 1  # of the outcome's receipt
    before_answer: bool = False  # what is due before the submit_sm_resp leaves before it
    other_bind: bool = False  # on another bind than the one that submitted, where there is one


class Writing(Struct, frozen=True, forbid_unknown_fields=True):
    """How a receipt is written."""

    encoding: Literal["text", "ucs2", "tlv_only", "message_payload"] = "text"
    recipient: Literal["as_submitted", "masked", "plus"] = "as_submitted"
    swapped: bool = False  # sender and recipient in each other's place
    state_tlv: bool = True  # TLV message_state beside the text
    network: MccMnc = ""  # in a TLV of every receipt
    date_digits: Literal[10, 12] = 10
    utc_offset_min: Annotated[int, Meta(ge=-1440, le=1440)] = 0  # of the dates; they name no zone


class Outcome(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of a submission, and how often in comparison with the others."""

    state: StateWord = "delivered"
    err: Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{0,8}$")] = "000"
    weight: Annotated[float, Meta(gt=0, le=1_000_000)] = 1.0


class Away(Struct, frozen=True, forbid_unknown_fields=True):
    """Handsets that cannot take a message at first, or a part of it ever."""

    off: bool = False
    memory_full: bool = False  # as off, and the carrier says so: ENROUTE with err 040
    back_after_s: Seconds = 0.0  # after the message; 0: never, it expires
    lost_part: Annotated[int, Meta(ge=0, le=255)] = 0  # this part of a long message never arrives


class Submits(Struct, frozen=True, forbid_unknown_fields=True):
    """How a submit_sm is answered."""

    throttle_per_s: Count = 0  # beyond this many in a second: ESME_RTHROTTLED; 0: no limit
    throttle_first: bool = False  # the first of each recipient is throttled, the next one taken
    refuse_status: CommandStatus = 0  # the command_status of those refused
    refuse_share: Share = 1.0  # how many of them, by chance
    answer_delay_s: Seconds = 0.0
    cut_share: Share = 0.0  # taken, and the link cut before the answer, by chance
    network: MccMnc = ""  # in a TLV of the answer


class Persona(Struct, frozen=True, forbid_unknown_fields=True):
    """How a carrier behaves. Made in code or read by `load`."""

    description: str = "Honest: the carrier's receipt at once, the handset's when it has shown it."
    name: str = ""  # of a file: its stem
    magic_numbers: bool = (
        False  # recipients with the endings of `magic_numbers` have their own fate
    )
    ids: Ids = Ids()
    receipts: Receipts = Receipts()
    writing: Writing = Writing()
    outcomes: Annotated[tuple[Outcome, ...], Meta(min_length=1)] = (Outcome(),)
    handset: Away = Away()
    submit: Submits = Submits()


# The plain simulator: ids never repeat over a restart.
PLAIN = Persona(name="plain", magic_numbers=True)


def names() -> list[str]:
    """The personas that are shipped, in order of the alphabet."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name_or_path: str | Path) -> Persona:
    """A shipped persona by its name, or one of your own by its file.

    A text that ends in `.toml` or holds a slash is a path.

    Raises:
        PersonaProblem: no such persona, no such file, or a mistake in it.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text:
        return _read(Path(text))
    if text not in names():
        raise PersonaProblem(text, 0, "", f"no such persona; there are {', '.join(names())}")
    return _read(FOLDER / f"{text}.toml")


def read_table(path: Path, kind: Any) -> Any:
    """A TOML file as this Struct. Raises PersonaProblem."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "is not UTF-8"
        raise PersonaProblem(str(path), 0, "", f"cannot be read: {reason}") from fault
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        found = re.search(r"line (\d+)", str(fault))
        line = int(found.group(1)) if found else text.count("\n") + 1
        raise PersonaProblem(str(path), line, "", f"is not TOML: {fault}") from fault
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as fault:
        key, reason = _place(str(fault))
        raise PersonaProblem(str(path), _line_of(text, key), key, reason) from fault


def _read(path: Path) -> Persona:
    persona: Persona = read_table(path, Persona)
    for key, reason in _contradictions(persona):
        line = _line_of(path.read_text(encoding="utf-8"), key)
        raise PersonaProblem(str(path), line, key, reason)
    return persona if persona.name else structs.replace(persona, name=path.stem)


def _contradictions(persona: Persona) -> list[tuple[str, str]]:
    """What no single value shows: (key, reason) each."""
    found = []
    if persona.handset.back_after_s and not (persona.handset.off or persona.handset.memory_full):
        found.append(("handset.back_after_s", "needs off or memory_full"))
    if persona.submit.refuse_share < 1 and not persona.submit.refuse_status:
        found.append(("submit.refuse_share", "needs refuse_status"))
    if persona.writing.encoding == "tlv_only" and not persona.writing.state_tlv:
        found.append(("writing.state_tlv", "nothing would say the state"))
    if persona.ids.answer.absent:
        found.append(("ids.answer.absent", "an answer without an id is no answer"))
    return found


def _place(message: str) -> tuple[str, str]:
    """msgspec says `reason - at `$.ids.first``: the key as people write it, and the reason."""
    reason, _, place = message.partition(" - at `")
    key = place.rstrip("`").removeprefix("$").lstrip(".")
    if unknown := re.search(r"unknown field `([^`]+)`", reason):
        key = f"{key}.{unknown.group(1)}".lstrip(".")
        reason = "no such key"
    elif missing := re.search(r"missing required field `([^`]+)`", reason):
        key = f"{key}.{missing.group(1)}".lstrip(".")
        reason = "is missing"
    return key, reason[:1].lower() + reason[1:]


def _line_of(text: str, key: str) -> int:
    """The line where `key` stands; else that of the table or inline table around it; else 0."""
    table, _, last = key.rpartition(".")
    array = re.fullmatch(r"(.*)\[(\d+)\]", table)
    name, skip = (array.group(1), int(array.group(2))) if array else (table, 0)
    inside, around = not name, 0
    for at, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            inside = header.group(1) == name and skip == 0
            skip -= header.group(1) == name
            around = at if inside else around
            if header.group(1) == key:
                return at
        elif inside and re.match(rf"\s*\"?{re.escape(last)}\"?\s*=", line):
            return at
    if around or not table:
        return around
    return _line_of(text, table)  # an inline table: the line of its own key
