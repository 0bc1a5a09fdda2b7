"""Conversions: an application's words on what became of a message, beyond its receipts.

They hang on the message. The last word that came counts, whatever time it names; the others are its
history, of which a bounded part is kept. `evidence` counts the word that counts, once per part.
"""

import sqlite3
from collections.abc import Sequence

from homing.store.contract import Conflict, Convert
from homing.store.pages import ConversionStory
from homing.store.sqlite.statements import Among, read_queries

_SQL = read_queries("conversion.sql")
_LAST_WORDS = Among(_SQL["last_words"])
_DELETE = Among(_SQL["delete_conversions"])

WORDS_KEPT = 20  # of a message: one whose user comes and goes must not fill the store


def convert(connection: sqlite3.Connection, change: Convert) -> None:
    """Contract: `Convert`."""
    owned = connection.execute(_SQL["message_of_account"], (change.message_id, change.account_id))
    if not owned.fetchone()[0]:
        change.error = Conflict("the account has no such message")
        return
    word = (int(change.delivered), change.at_ms)
    if connection.execute(_SQL["last_word"], (change.message_id,)).fetchone() == word:
        return
    connection.execute(_SQL["insert_conversion"], (change.message_id, *word, change.told_at_ms))
    connection.execute(_SQL["thin_out"], (change.message_id, WORDS_KEPT))


def of_message(connection: sqlite3.Connection, message_id: int) -> list[ConversionStory]:
    """Its words in the order in which they came."""
    rows = connection.execute(_SQL["of_message"], (message_id,))
    return [ConversionStory(bool(row[0]), *row[1:]) for row in rows]


def last_words(connection: sqlite3.Connection, message_ids: Sequence[int]) -> dict[int, bool]:
    """The word that counts, of those messages that have any."""
    if not connection.execute(_SQL["any_conversion"]).fetchone()[0]:
        return {}
    return {row[0]: bool(row[1]) for row in _LAST_WORDS.run(connection, message_ids)}


def remove(connection: sqlite3.Connection, message_ids: Sequence[int]) -> None:
    """Their messages go."""
    _DELETE.do(connection, message_ids)
