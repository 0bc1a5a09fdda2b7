"""What a batch must know of what is stored: rivals for a carrier's id, receipts that wait for it.

One query each for a whole batch. Lives on the writer's thread.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from homing.core.model.lifecycle import State
from homing.core.model.receipt import Level, RawReceipt, Receipt
from homing.core.model.times import DAY_MS
from homing.core.receipts.forms import fold_id
from homing.store.contract import Answer, WaitingReceipt
from homing.store.sqlite.newest import BY_KEY, OF_ONE_KEY_MOST
from homing.store.sqlite.statements import Among, read_queries

_SQL = read_queries("changes.sql")
_RIVALS = Among(_SQL["rivals"])
_WAITING = Among(_SQL["waiting_receipts"])

RIVALS_REMEMBERED = 20_000  # bridges the time until memory knows; a commit's worth would do
WAITING_MOST = 200  # receipts that a batch hands back; the sweep finds the others in its turn
RIVAL_GRACE_MS = DAY_MS  # receipts come late: so long a part stays a rival after its time is up
STATES = {state.value: state for state in State}
LEVELS = {level.value: level for level in Level}


class RivalSet:
    """Parts that share their carrier's id with another open part. Bounded: two generations."""

    def __init__(self, size: int = RIVALS_REMEMBERED) -> None:
        self._half = size // 2
        self._young: set[int] = set()
        self._old: set[int] = set()

    def __contains__(self, part_id: int) -> bool:
        return part_id in self._young or part_id in self._old

    def add(self, part_ids: Iterable[int]) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, set()
        self._young.update(part_ids)


class Lookups:
    def __init__(self) -> None:
        self.rivals = RivalSet()
        self.any_waiting = True  # not known yet: ask

    def find_rivals(self, connection: sqlite3.Connection, answers: Sequence[Answer]) -> None:
        """Sets `rivals` on answers whose id another part has: stored, or of this batch; and on
        those whose key has more parts than are looked at."""
        keys: set[int] = set()
        names: dict[tuple[str, str], list[int]] = {}
        for answer in answers:
            answer.rivals = False
            assert answer.match_key is not None
            keys.add(answer.match_key)
            keys.update(answer.rival_keys)
            name = (answer.part.carrier, fold_id(answer.carrier_message_id))
            names.setdefault(name, []).append(answer.part.id)
        own = {answer.part.id for answer in answers}
        by_key = BY_KEY.of(connection, sorted(keys))
        found = [id for part_ids in by_key.values() for id in part_ids if id not in own]
        if found:
            # Not by its carrier's clock but by ours: an old part is still open if it has time left.
            now_ms = answers[-1].answered_at_ms
            for part_id, carrier, spelled, expires_at_ms in _RIVALS.run(connection, found):
                name = (carrier, fold_id(spelled))
                if expires_at_ms + RIVAL_GRACE_MS >= now_ms and name in names:
                    names[name].append(part_id)
        crowded = {key for key, some in by_key.items() if len(some) >= OF_ONE_KEY_MOST}
        shared = {name for name, parts in names.items() if len(parts) > 1 and len(set(parts)) > 1}
        for answer in answers:
            name = (answer.part.carrier, fold_id(answer.carrier_message_id))
            is_crowded = crowded and not crowded.isdisjoint((answer.match_key, *answer.rival_keys))
            if name in shared or is_crowded:
                answer.rivals = True
                self.rivals.add((answer.part.id,))
        for name in shared:
            self.rivals.add(names[name])

    def find_waiting(self, connection: sqlite3.Connection, answers: Sequence[Answer]) -> None:
        """Sets `waiting` on answers whose id a stored receipt waits for."""
        for answer in answers:
            answer.waiting = ()
        if not self.any_waiting:
            return
        self.any_waiting = bool(connection.execute(_SQL["any_waiting"]).fetchone()[0])
        if not self.any_waiting:
            return
        found: dict[int, list[WaitingReceipt]] = {}
        keys = {answer.waiting_key for answer in answers}
        keys.update(one.cut_waiting_key for one in answers if one.cut_waiting_key is not None)
        rows = islice(_WAITING.run(connection, sorted(keys)), WAITING_MOST)
        for waiting_key, *row in sorted(rows, key=lambda row: int(row[1])):
            found.setdefault(waiting_key, []).append(read_waiting(row))
        for answer in answers:
            answer.waiting = found.get(answer.waiting_key, ())
            if answer.cut_waiting_key is not None:
                answer.waiting = (*answer.waiting, *found.get(answer.cut_waiting_key, ()))


def read_waiting(row: Sequence[Any]) -> WaitingReceipt:
    """One row of `waiting_receipts`."""
    (receipt_id, carrier, bind, command_id, sequence_number, body, received_at_ms, level,
     receipted_id, state, recipient, sender, err, stat, done_at_ms, network, problems, tlv_id,
     kind, part_index, submitted_at_ms, digest) = row  # fmt: skip
    return WaitingReceipt(
        receipt_id=receipt_id,
        raw=RawReceipt(carrier, bind, command_id, sequence_number, body, received_at_ms),
        receipt=Receipt(
            receipted_id, STATES[state], recipient, sender, err, stat, done_at_ms, network,
            tuple(problems.split("\n")) if problems else (), tlv_id, kind, part_index,
            submitted_at_ms,
        ),
        level=LEVELS[level],
        digest=digest,
    )  # fmt: skip
