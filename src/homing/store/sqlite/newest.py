"""Parts under keys of their answers; of one key only the newest, however many it has.

A broken carrier can give one id to all parts. Beyond a few candidates nothing can be decided, so
nobody reads more of them, and each look-up has a bounded price.
"""

import sqlite3
from collections.abc import Sequence

from homing.store.sqlite.statements import SIZES, Among, read_queries

_SQL = read_queries("keyed.sql")

OF_ONE_KEY_MOST = 50
_ROWS_MOST = 1_024  # of one statement, as in the .sql file: twice as many as it can have keys


class Newest:
    """Two queries: the rows of many keys, and the newest rows of one."""

    def __init__(self, name: str) -> None:
        self._among, self._one = Among(_SQL[name]), _SQL[f"{name}_newest"]

    def of(self, connection: sqlite3.Connection, keys: Sequence[int]) -> dict[int, list[int]]:
        """Part ids by key. A key that has OF_ONE_KEY_MOST may have more, all of them older."""
        found: dict[int, list[int]] = {}
        for at in range(0, len(keys), SIZES[-1]):
            piece = keys[at : at + SIZES[-1]]
            rows = list(self._among.run(connection, piece))
            if len(rows) < _ROWS_MOST:
                for part_id, key in rows:
                    found.setdefault(key, []).append(part_id)
                continue
            for key in piece:
                some = connection.execute(self._one, (key, OF_ONE_KEY_MOST))
                found[key] = [row[0] for row in some]
        for key, part_ids in found.items():
            if len(part_ids) > OF_ONE_KEY_MOST:
                found[key] = sorted(part_ids)[-OF_ONE_KEY_MOST:]
        return found


BY_KEY, BY_CUT_KEY = Newest("by_key"), Newest("by_cut_key")
