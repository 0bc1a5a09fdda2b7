"""The inbox: receipts that found no part, and the parts that each could be about.

Candidates come from two look-ups, both bounded: every part that has the receipt's id in one of its
forms, by the index that matching uses; and the newest messages before the receipt that have its
recipient, which no index leads to.
"""

import re
import sqlite3
from collections.abc import Iterator
from itertools import islice

from homing.core.model.ids import lowest_id_at
from homing.core.model.limits import MATCH_LOOKBACK_MS
from homing.core.model.message import Part
from homing.core.model.receipt import Receipt
from homing.core.numbering.msisdn import is_digits, strip_prefix
from homing.core.receipts.forms import Forms, forms, kinship
from homing.core.receipts.match import recipient_agrees, wanted
from homing.store.pages import CandidateStory, InboxPage, ReceiptStory, UnmatchedStory
from homing.store.sqlite.loading import load_parts
from homing.store.sqlite.statements import Among, read_queries
from homing.store.sqlite.stories import notifications, receipt_story

_SQL = read_queries("pages.sql")
_BY_KEY = Among(_SQL["answers_by_key"])
_BY_CUT_KEY = Among(_SQL["answers_by_cut_key"])

INBOX_PAGE_MAX = 100
CANDIDATES_MAX = 5
MESSAGES_SCANNED_MAX = 20_000  # before each receipt, for its recipient
_MESSAGES_MAX = 50  # of that recipient; those of other carriers are among them
_PARTS_MAX = 200
_TAIL = 4  # characters: two spellings of one number end alike, see `core.numbering.msisdn`
_HIDDEN = re.compile("[^0-9]+")


def page(
    connection: sqlite3.Connection, after_id: int, limit: int, carrier: str | None, now_ms: int
) -> InboxPage:
    """Contract: see `SqliteStore.inbox_page`."""
    values = (after_id, min(limit, INBOX_PAGE_MAX), carrier)
    rows = connection.execute(_SQL["unmatched"], values).fetchall()
    told = notifications(connection, [row[22] for row in rows])
    found = []
    for row in rows:
        story = receipt_story(row, told)
        waits_ms = max(0, now_ms - story.received_at_ms)
        found.append(UnmatchedStory(story, waits_ms, _candidates(connection, story)))
    return InboxPage(found, found[-1].receipt.id if found else after_id)


def _candidates(connection: sqlite3.Connection, story: ReceiptStory) -> list[CandidateStory]:
    """Those that are related by their id before all others; the nearest in time first."""
    receipt = Receipt(
        story.receipted_id, story.state, story.recipient, story.sender, tlv_id=story.tlv_id
    )
    part_ids = {*_of_id(connection, story, receipt), *_of_recipient(connection, story, receipt)}
    spelled = forms(receipt)
    found = [
        _candidate(part, receipt, spelled)
        for part in load_parts(connection, list(part_ids)).values()
        if part.carrier == story.carrier
    ]
    found = [one for one in found if one.rung or one.recipient_agrees]

    def distance_ms(one: CandidateStory) -> int:
        return abs(story.received_at_ms - (one.answered_at_ms or one.accepted_at_ms))

    found.sort(key=lambda one: (not (one.rung and one.recipient_agrees), distance_ms(one)))
    return sorted(found[:CANDIDATES_MAX], key=distance_ms)


def _candidate(part: Part, receipt: Receipt, spelled: Forms) -> CandidateStory:
    kin = None
    if part.carrier_message_id and receipt.id:
        kin = kinship(part.carrier_message_id, receipt, spelled)
    message = part.message
    return CandidateStory(
        part_id=part.id,
        message_id=message.id,
        index=part.index,
        part_count=message.part_count,
        recipient=message.recipient,
        carrier_message_id=part.carrier_message_id,
        answered_at_ms=part.answered_at_ms,
        accepted_at_ms=message.accepted_at_ms,
        state=part.standing.state,
        recipient_agrees=recipient_agrees(part, receipt),
        rung=kin.rung if kin is not None else "",
    )


def _of_id(connection: sqlite3.Connection, story: ReceiptStory, receipt: Receipt) -> Iterator[int]:
    keys = wanted(story.carrier, receipt, story.received_at_ms, 0)
    for among, some in ((_BY_KEY, keys.keys), (_BY_CUT_KEY, keys.cut_keys)):
        yield from islice((row[0] for row in among.run(connection, sorted(some))), _PARTS_MAX)


def _of_recipient(
    connection: sqlite3.Connection, story: ReceiptStory, receipt: Receipt
) -> Iterator[int]:
    """Coarsely: by what two spellings of one number have in common. The rest is compared later."""
    patterns = [_pattern(receipt.recipient), _pattern(receipt.sender)]
    if not any(patterns):
        return
    oldest = lowest_id_at(story.received_at_ms - MATCH_LOOKBACK_MS)
    values = (oldest, story.id, MESSAGES_SCANNED_MAX, *patterns, _MESSAGES_MAX)
    parts = (
        message_id + index
        for message_id, count in connection.execute(_SQL["messages_before"], values)
        for index in range(1, count + 1)
    )
    yield from islice(parts, _PARTS_MAX)


def _pattern(address: str) -> str:
    """For LIKE; empty when too few digits are visible."""
    number = strip_prefix(address)
    if is_digits(number):
        return f"%{number[-_TAIL:]}" if len(number) >= _TAIL else ""
    runs = [run for run in _HIDDEN.split(number) if run]
    return f"%{'%'.join(runs)}%" if len("".join(runs)) >= _TAIL else ""
