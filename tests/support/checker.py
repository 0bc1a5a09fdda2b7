"""Joins ledgers kept outside the gateway and says what does not fit. Imports nothing of homing.

The rig's SMSC writes one line for each `submit_sm` that it was sent:
id dest status(resp) state(-|pending|acked|dropped|refused) receipts t_submit t_resp t_first t_ack
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from support.ledgers import Told


@dataclass
class Submitted:
    recipient: str
    status: int
    state: str


def read_smsc_log(path: Path) -> list[Submitted]:
    rows = (line.split(" ") for line in path.read_text().splitlines())
    return [Submitted(row[1], int(row[2]), row[3]) for row in rows]


def faults(
    accepted: Iterable[str],
    submitted: list[Submitted],
    told: list[Told],
    *,
    requests: list[Told] | None = None,
    never_twice: bool = False,
    may_end_unknown: bool = False,
) -> list[str]:
    """Each broken promise as a line; empty when all held.

    told: what the receiver took; requests: all that it was sent, refused ones too.
    never_twice: the carrier was `on_unknown = "hold"`.
    may_end_unknown: an accepted message may be unsent, or sent without our learning its id (its
        receipt then waits unmatched), when its webhook was told `unknown`.
    """
    found: list[str] = []
    sent = Counter(one.recipient for one in submitted)
    finals: dict[str, set[str]] = {}
    for one in told:
        finals.setdefault(one.recipient, set()).add(one.status)
    for recipient in accepted:
        if recipient in sent:
            continue
        if may_end_unknown and "unknown" in finals.get(recipient, ()):
            continue
        found.append(f"{recipient}: told status 0, never sent to the carrier")
    taken = {"delivered", "unknown"} if may_end_unknown else {"delivered"}
    found += [
        f"{recipient}: told status 0, its webhook never told the end"
        for recipient in accepted
        if not taken & finals.get(recipient, set())
    ]
    if never_twice:
        found += [f"{number}: sent {count} times" for number, count in sent.items() if count > 1]
    for row in submitted:
        if row.state == "acked" and not taken & finals.get(row.recipient, set()):
            found.append(f"{row.recipient}: its receipt was acknowledged, its webhook never told")
    ours = {"unknown", "expired", "rejected"}  # words that need no submit
    found += [
        f"{number}: told, but never sent"
        for number, words in finals.items()
        if number not in sent and words - ours
    ]
    return found + repeated_under_another_id(told if requests is None else requests)


def repeated_under_another_id(told: list[Told]) -> list[str]:
    """One fact, one `webhook-id`, however often it is told."""
    ids: dict[tuple[str, str], set[str]] = {}
    for one in told:
        ids.setdefault((one.message_id, one.status), set()).add(one.webhook_id)
    return [
        f"{fact[0]} {fact[1]}: told under {len(names)} ids"
        for fact, names in ids.items()
        if len(names) > 1
    ] + [f"{one.message_id}: no webhook-id" for one in told if not one.webhook_id]


def wrong_parts(accepted: Mapping[str, list[str]], told: list[Told]) -> list[str]:
    """Each webhook's messageId must be one that the recipient's own submit was answered with."""
    owner = {message_id: number for number, ids in accepted.items() for message_id in ids}
    return [
        f"{one.message_id}: receipt of {one.recipient} booked on {owner.get(one.message_id)}"
        for one in told
        if one.message_id in owner and owner[one.message_id] != one.recipient
    ]
