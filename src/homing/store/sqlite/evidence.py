"""Counts of what receipts were worth, by carrier, hour, network and fact, made from the rows.

Who is counted when is decided by `rollup`; this file knows what is counted. The facts of a part:

    seen            which levels a part that was owed a receipt got: none, carrier, handset, both
    ended           its outcome, as in the hourly counts
    carrier_after   bucket of the time from the answer to the first receipt of that level, named
    handset_after   by its upper end in seconds (`store.evidence.BOUNDS_S`), or `more`
    rung            each receipt, by the rule that found its part
    contradiction   different finals from the carrier
    correction      a final of the carrier besides our own word
    repeat          the same octets again
    converted       what the application said last of its message: yes or no; nothing: not counted

Most parts have the same facts as many others, so parts with the same are counted together.
"""

import sqlite3
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from homing.core.model.lifecycle import FINAL, Source
from homing.core.model.times import HOUR_MS
from homing.store.evidence import BOUNDS_S, CarrierEvidence, NetworkEvidence
from homing.store.sqlite import conversion
from homing.store.sqlite.lookups import STATES
from homing.store.sqlite.statements import Among, Rows, read_queries

_SQL = read_queries("evidence.sql")
_PARTS = Among(_SQL["parts"])
_WORDS = Among(_SQL["words"])
_ADD = Rows(_SQL["add_evidence"])
_PUT_EARLY = Rows(_SQL["put_early"])
_EARLY = Among(_SQL["early"])
_DELETE_EARLY = Among(_SQL["delete_early"])

_BOUNDS_MS = [bound_s * 1000 for bound_s in BOUNDS_S]
_BUCKETS = (*(str(bound_s) for bound_s in BOUNDS_S), "more")
_FINALS = frozenset(state.value for state in FINAL)
_SEEN = {(False, False): "none", (True, False): "carrier", (False, True): "handset",
         (True, True): "both"}  # fmt: skip

# What came for a part: source, received_at_ms, level, rung, state, seen_count, network.
Word = tuple[int, int, str, str, int, int, str]
Fact = tuple[str, str, int]  # name, value, how many of it one part has


class PartFacts(Struct, gc=False):
    """One part's rows, as far as they are counted."""

    part_id: int
    hour: int  # of its acceptance
    carrier: str
    network: str  # the message's
    state: int | None  # None: nothing final was said, and nobody refused it
    source: int | None
    answered_at_ms: int | None
    has_id: bool  # the carrier accepted it
    words: list[Word]
    message_id: int
    converted: bool | None = None  # None: the application said nothing


def read_parts(connection: sqlite3.Connection, part_ids: Sequence[int]) -> list[PartFacts]:
    """The parts that exist. Their state is the newest standing, else the final refusal."""
    parts = {
        row[0]: PartFacts(
            row[0],
            row[1] // HOUR_MS,
            row[2],
            row[3],
            row[4],
            row[5],
            row[6],
            bool(row[7]),
            [],
            row[8],
        )
        for row in _PARTS.run(connection, part_ids)
    }
    for row in _WORDS.run(connection, part_ids):
        part = parts[row[0]]
        part.words.append(row[1:8])
        if row[8] is not None:
            part.state, part.source = row[8], row[9]
    converted = conversion.last_words(connection, [part.message_id for part in parts.values()])
    if converted:
        for part in parts.values():
            part.converted = converted.get(part.message_id)
    return list(parts.values())


def outcome(state: int | None, source: int | None) -> str:
    """`delivered`, ...; `expired_by_gateway` for our own words; `open` without any."""
    if state is None:
        return "open"
    name = STATES[state].name.lower()
    return f"{name}_by_gateway" if source == Source.GATEWAY.value else name


def add(connection: sqlite3.Connection, parts: Iterable[PartFacts]) -> None:
    """Count these parts. Inside a transaction."""
    alike: Counter[tuple[str, int, str, tuple[Fact, ...]]] = Counter()
    for part in parts:
        facts = _facts(part)
        if facts:
            alike[part.carrier, part.hour, _network(part), facts] += 1
    counts: Counter[tuple[str, int, str, str, str]] = Counter()
    for (carrier, hour, network, facts), part_count in alike.items():
        for fact, value, times in facts:
            counts[carrier, hour, network, fact, value] += part_count * times
    values: list[Any] = []
    for key, count in sorted(counts.items()):
        values += (*key, count)
    if values:
        _ADD.run(connection, values)


def drop(connection: sqlite3.Connection, kept_to_hour: int) -> None:
    connection.execute(_SQL["drop_evidence"], (kept_to_hour,))


def remove(connection: sqlite3.Connection, before_hour: int, limit: int) -> int:
    """Remove up to so many counts of hours before this one; how many."""
    return connection.execute(_SQL["remove_evidence"], (before_hour, limit)).rowcount


def put_early(connection: sqlite3.Connection, part_ids: Sequence[int]) -> None:
    """These were counted before the roll-up came to them."""
    if part_ids:
        _PUT_EARLY.run(connection, list(part_ids))


def take_early(connection: sqlite3.Connection, part_ids: Sequence[int]) -> set[int]:
    """Which of these were; it is forgotten, because now the roll-up comes to them."""
    found = early(connection, part_ids)
    if found:
        _DELETE_EARLY.do(connection, sorted(found))
    return found


def early(connection: sqlite3.Connection, part_ids: Sequence[int]) -> set[int]:
    if not connection.execute(_SQL["any_early"]).fetchone()[0]:
        return set()
    return {row[0] for row in _EARLY.run(connection, part_ids)}


def read(connection: sqlite3.Connection, carrier: str, since_ms: int) -> CarrierEvidence:
    """The sums of a carrier since the hour of `since_ms`."""
    networks: dict[str, NetworkEvidence] = {}
    hour = since_ms // HOUR_MS
    for network, fact, value, count in connection.execute(_SQL["of_carrier"], (carrier, hour)):
        one = networks.get(network)
        if one is None:
            none = [0] * len(_BUCKETS)
            one = NetworkEvidence(network, carrier_after=none, handset_after=none.copy())
            networks[network] = one
        _put(one, fact, value, count)
    return CarrierEvidence(carrier, hour * HOUR_MS, list(BOUNDS_S), list(networks.values()))


def _facts(part: PartFacts) -> tuple[Fact, ...]:
    """Everything that is counted of a part; nothing when it was owed no receipt."""
    if not part.has_id and not any(word[0] == 0 for word in part.words):
        return ()
    first: dict[str, int] = {}  # level -> when its first receipt came
    finals: set[int] = set()
    facts: list[Fact] = []
    is_ours = False
    for source, received_at_ms, level, rung, state, seen_count, _ in part.words:
        if source:
            is_ours = True
            continue
        first[level] = min(received_at_ms, first.get(level, received_at_ms))
        facts.append(("rung", rung, 1))
        if state in _FINALS:
            finals.add(state)
        if seen_count > 1:
            facts.append(("repeat", "", seen_count - 1))
    facts.append(("seen", _SEEN["carrier" in first, "handset" in first], 1))
    facts.append(("ended", outcome(part.state, part.source), 1))
    if part.answered_at_ms is not None and part.has_id:
        facts += (
            (f"{level}_after", _BUCKETS[bisect_right(_BOUNDS_MS, at_ms - part.answered_at_ms)], 1)
            for level, at_ms in first.items()
        )
    if len(finals) > 1:
        names = sorted(STATES[state].name.lower() for state in finals)
        facts.append(("contradiction", "+".join(names), 1))
    if finals and is_ours:
        facts.append(("correction", outcome(part.state, part.source), 1))
    if part.converted is not None:
        facts.append(("converted", "yes" if part.converted else "no", 1))
    return tuple(facts)


def _network(part: PartFacts) -> str:
    """The one that the newest receipt with any names: a number may have moved to it."""
    for word in reversed(part.words):
        if word[6]:
            return word[6]
    return part.network


def _put(one: NetworkEvidence, fact: str, value: str, count: int) -> None:
    """One sum, in its place."""
    if fact == "seen":
        one.owed += count
        one.carrier_level += count if value in ("carrier", "both") else 0
        one.handset_level += count if value in ("handset", "both") else 0
        one.silent += count if value == "none" else 0
    elif fact in ("carrier_after", "handset_after"):
        getattr(one, fact)[_BUCKETS.index(value)] = count
    elif fact == "repeat":
        one.repeats = count
    else:
        named: dict[str, int] = getattr(one, _NAMED[fact])
        named[value] = count


_NAMED = {"ended": "ended", "rung": "rungs", "contradiction": "contradictions",
          "correction": "corrections", "converted": "converted"}  # fmt: skip
