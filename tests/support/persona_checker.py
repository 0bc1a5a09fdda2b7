"""Joins what carriers truly did with what the gateway said of it. Imports nothing of homing.

A program and a module. It reads four files of JSON lines in one folder:

- `ledger.jsonl`: the simulator's ledger (submitted, reported, acknowledged, dropped), all carriers
- `submitted.jsonl`: each message as its sender knows it: {marker, parts, carriers}; `parts` are the
  message-ids in order, `carriers` those to whom it may have gone
- `webhook.jsonl`: each request that the webhook took, in order: {at_ms, part, status, source}
- `receipts.jsonl`: the gateway's answers to `/homing/v1/receipts`

The text of each part begins with `M<marker>-<index> `, so a part is known by what it says, on the
air as well as in the `text:` of its receipts, and never by an id of the carrier. Longer than most
files: it is one program that needs nothing but Python.
"""

import base64
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

MARK = re.compile(rb"M(\d{6})-(\d) ")
# The API's word for what a receipt says, and the rank of those that are final.
STATUS = {
    "ENROUTE": "buffered", "ACCEPTD": "accepted", "DELIVRD": "delivered", "EXPIRED": "expired",
    "DELETED": "failed", "UNDELIV": "failed", "UNKNOWN": "unknown", "REJECTD": "rejected",
}  # fmt: skip
STAT_OF_STATE = {
    "enroute": "ENROUTE", "accepted": "ACCEPTD", "delivered": "DELIVRD", "expired": "EXPIRED",
    "deleted": "DELETED", "undeliverable": "UNDELIV", "unknown": "UNKNOWN", "rejected": "REJECTD",
}  # fmt: skip
RANK = {"unknown": 1, "expired": 2, "failed": 3, "rejected": 4, "delivered": 5}
OWN_WORDS = {"expired", "unknown", "rejected"}

# Why nobody could know whose a receipt is.
LOST_ANSWER = "its answer was lost"
SAME_ID = "its id was given to two parts of its recipient"
CLEAR = "nothing"  # is ambiguous about it


class Said(NamedTuple):
    """One receipt as the carrier meant it: the part, the id as written, the stat word."""

    part: str
    id: str
    stat: str


class Submission(NamedTuple):
    """One submit_sm that a carrier took."""

    carrier: str
    part: str
    id: str
    recipient: str


class Row(NamedTuple):
    """One receipt as the gateway keeps it. `said`: what it is in truth; None: nobody wrote it."""

    said: Said | None
    part: str | None  # None: it waits
    rung: str
    reason: str
    seen_count: int
    is_copy: bool  # it stands for one more part of its message
    name: str


class Told(NamedTuple):
    """One request that the webhook took."""

    at_ms: int
    status: str
    by_gateway: bool


@dataclass
class Findings:
    """What the joined files say. `faults`: a line for each broken promise."""

    parts: int = 0
    submits: int = 0
    receipts: int = 0  # written by the carrier and acknowledged; copies too
    matched: int = 0  # of these, on a part
    repeats: int = 0  # of these, the same octets again
    rungs: Counter[str] = field(default_factory=Counter)
    waiting: Counter[tuple[str, str]] = field(default_factory=Counter)  # gateway's reason, truth
    lost: int = 0
    wrong: int = 0
    without_final: int = 0
    own_words: int = 0  # parts that end with the gateway's own word
    faults: list[str] = field(default_factory=list)

    @property
    def waiting_by_truth(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for (_, truth), count in self.waiting.items():
            found[truth] += count
        return found

    def line(self, name: str) -> str:
        """For people."""
        waits = ", ".join(
            f"{count} {reason} ({truth})" for (reason, truth), count in self.waiting.items()
        )
        rungs = " ".join(f"{rung}:{count}" for rung, count in sorted(self.rungs.items()))
        return (
            f"{name:16} parts {self.parts} submits {self.submits} receipts {self.receipts} "
            f"matched {self.matched} repeats {self.repeats} own words {self.own_words} "
            f"wrong {self.wrong} lost {self.lost} without final {self.without_final} "
            f"[{rungs}] waiting: {waits or 'none'}"
        )


class Mail:
    """What was sent: whose words are whose."""

    def __init__(self, path: Path) -> None:
        self.messages = list(_lines(path))
        self.message_of: dict[str, int] = {}
        self._by_mark: dict[tuple[int, int], str] = {}
        for one in self.messages:
            for index, part in enumerate(one["parts"], 1):
                self.message_of[part] = one["marker"]
                self._by_mark[one["marker"], index] = part

    def part_of(self, octets: bytes) -> str:
        """The part whose text these octets hold; empty: none. UCS-2 is read too."""
        found = MARK.search(octets.replace(b"\0", b""))
        return self._by_mark.get((int(found[1]), int(found[2])), "") if found else ""


class Deeds:
    """What the carriers did."""

    def __init__(self, path: Path, mail: Mail) -> None:
        self._mail = mail
        self.submits: Counter[str] = Counter()
        self.of_part: dict[str, list[Submission]] = defaultdict(list)
        self.of_id: dict[tuple[str, str], list[Submission]] = defaultdict(list)
        self.first_ms: dict[tuple[str, str], int] = {}  # part, status: first written
        self.written: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self.acknowledged: dict[str, Counter[Said]] = defaultdict(Counter)
        self.reported: dict[str, set[Said]] = defaultdict(set)
        self.faults: dict[str, list[str]] = defaultdict(list)
        self._part_of_ref: dict[tuple[str, int], str] = {}
        for event in _lines(path):
            self._read(event["carrier"], event)

    def _read(self, carrier: str, event: dict[str, Any]) -> None:
        match event["event"]:
            case "submitted":
                self._submitted(carrier, event)
            case "reported":
                said = self._said(carrier, event)
                if said not in self.reported[carrier]:
                    self.reported[carrier].add(said)
                    self.written[carrier, said.id, said.stat].add(said.part)
                    self.first_ms.setdefault((said.part, STATUS[said.stat]), event["at_ms"])
            case "acknowledged" if event["status"] == 0:
                self.acknowledged[carrier][self._said(carrier, event)] += 1
            case "dropped":
                said = self._said(carrier, event)
                self.faults[carrier].append(f"{said}: the carrier gave it up")

    def _submitted(self, carrier: str, event: dict[str, Any]) -> None:
        part = self._mail.part_of(event["octets"].encode("latin-1"))
        self._part_of_ref[carrier, event["ref"]] = part
        self.submits[carrier] += 1
        if not part:
            self.faults[carrier].append(f"{event['ref']}: the carrier got what nobody sent")
        elif event["status"] == 0:
            one = Submission(carrier, part, event["id"], event["to"])
            self.of_part[part].append(one)
            self.of_id[carrier, one.id].append(one)

    def _said(self, carrier: str, event: dict[str, Any]) -> Said:
        return Said(self._part_of_ref[carrier, event["ref"]], event["id"], event["stat"])

    def kin(self, part: str) -> set[str]:
        """Itself, and the parts of its message to which the carrier gave the same id."""
        message_of = self._mail.message_of
        return {part} | {
            other.part
            for one in self.of_part[part]
            for other in self.of_id[one.carrier, one.id]
            if message_of[other.part] == message_of[part]
        }

    def ambiguity(self, said: Said) -> str:
        """Why nobody could know whose this receipt is."""
        submissions = self.of_part[said.part]
        kin = self.kin(said.part)
        for one in submissions:
            for other in self.of_id[one.carrier, one.id]:
                if other.part not in kin and other.recipient == one.recipient:
                    return SAME_ID
        return LOST_ANSWER if len(submissions) > 1 else CLEAR  # it was sent again


class Books:
    """The four files, read once; carriers are looked at apart or together."""

    def __init__(self, folder: Path) -> None:
        self.mail = Mail(folder / "submitted.jsonl")
        self.deeds = Deeds(folder / "ledger.jsonl", self.mail)
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.told: dict[str, list[Told]] = defaultdict(list)
        for row in _lines(folder / "receipts.jsonl"):
            if not row["by_gateway"]:
                self.rows[row["carrier"]].append(self._row(row))
        for one in _lines(folder / "webhook.jsonl"):
            told = Told(one["at_ms"], one["status"], one["source"] == "gateway")
            self.told[one["part"]].append(told)

    def check(self, carriers: Iterable[str]) -> Findings:
        """All that belongs to these carriers, and to the messages that only they could get."""
        return _Check(self, set(carriers)).findings

    def _row(self, row: dict[str, Any]) -> Row:
        return Row(
            said=self._truth(row),
            part=row["part_id"],
            rung=row["rung"],
            reason=row["reason"],
            seen_count=row["seen_count"],
            is_copy=int(row["copy_of"], 16) > 0,
            name=f"receipt {row['id']} ({row['receipted_id']})",
        )

    def _truth(self, row: dict[str, Any]) -> Said | None:
        """Which receipt this is: by the text in its octets; where it has none, by its id."""
        stat = row["stat"] or STAT_OF_STATE[row["state"]]
        part = self.mail.part_of(base64.b64decode(row["body"]))
        if not part:
            parts = self.deeds.written.get((row["carrier"], row["receipted_id"], stat), set())
            part = min(parts) if len(parts) == 1 else ""
        return Said(part, row["receipted_id"], stat) if part else None


class _Check:
    def __init__(self, books: Books, names: set[str]) -> None:
        self._deeds, self._told, self.findings = books.deeds, books.told, Findings()
        self._booked: dict[str, set[str]] = defaultdict(set)  # statuses of receipts on a part
        self._kept: Counter[Said] = Counter()
        for name in names:
            self.findings.submits += self._deeds.submits[name]
            self.findings.faults += self._deeds.faults[name]
            for row in books.rows[name]:
                self._look_at_row(row)
        for name in names:
            self._look_for_lost(name)
        for message in books.mail.messages:
            if names.issuperset(message["carriers"]):
                for part in message["parts"]:
                    self._look_at_webhook(part)

    def _fault(self, text: str) -> None:
        self.findings.faults.append(text)

    # --- what the gateway did with the receipts

    def _look_at_row(self, row: Row) -> None:
        found, said = self.findings, row.said
        if said is None:
            self._fault(f"{row.name}: nobody wrote it")
            return
        if row.part is not None:
            self._booked[row.part].add(STATUS[said.stat])
            if row.part not in self._deeds.kin(said.part):
                found.wrong += 1
                self._fault(f"{said}: booked on {row.part} by rung {row.rung!r}")
        if row.is_copy:
            return
        self._kept[said] += row.seen_count
        found.repeats += row.seen_count - 1
        if row.part is not None:
            found.matched += row.seen_count
            found.rungs[row.rung] += 1
            return
        truth = self._deeds.ambiguity(said)
        found.waiting[row.reason, truth] += row.seen_count
        if not row.reason:
            self._fault(f"{said}: waits without a reason")
        if truth == CLEAR:
            self._fault(f"{said}: waits ({row.reason}) though nothing is ambiguous about it")

    def _look_for_lost(self, carrier: str) -> None:
        acknowledged = self._deeds.acknowledged[carrier]
        for said, count in acknowledged.items():
            self.findings.receipts += count
            if count > self._kept[said]:
                self.findings.lost += count - self._kept[said]
                self._fault(f"{said}: {count} acknowledged, {self._kept[said]} kept")
        for said in self._deeds.reported[carrier]:
            # An acknowledgement can be lost with its link: then it is enough that it was kept.
            if not acknowledged[said] and not self._kept[said]:
                self.findings.lost += 1
                self._fault(f"{said}: neither acknowledged nor kept")

    # --- what the application was told

    def _look_at_webhook(self, part: str) -> None:
        self.findings.parts += 1
        told = self._told.get(part, [])
        for one in told:
            self._look_at_word(part, one)
        finals = [one for one in told if one.status in RANK]
        if not finals:
            self.findings.without_final += 1
            self._fault(f"{part}: no final word, told {[one.status for one in told]}")
            return
        last = finals[-1]
        self.findings.own_words += last.by_gateway
        words = [word for word in self._booked[part] if word in RANK]
        if not words and not last.by_gateway:
            self._fault(f"{part}: ends {last.status} by no receipt")
        if words and (last.by_gateway or last.status != max(words, key=RANK.__getitem__)):
            self._fault(f"{part}: ends {last.status}, its receipts say {sorted(words)}")

    def _look_at_word(self, part: str, one: Told) -> None:
        """A word of the carrier's must have been said of this very part, and before."""
        if one.by_gateway:
            if one.status not in OWN_WORDS:
                self._fault(f"{part}: told {one.status} as the gateway's own word")
            return
        facts = [(other, one.status) for other in self._deeds.kin(part)]
        first_ms = min(self._deeds.first_ms.get(fact, sys.maxsize) for fact in facts)
        if first_ms > one.at_ms:
            self.findings.wrong += 1
            self._fault(f"{part}: told {one.status}, which no receipt of it had said")


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def main() -> int:
    """`persona_checker.py FOLDER [CARRIER ...]`: a line for each; 1 when a promise was broken."""
    folder, *names = sys.argv[1:]
    books = Books(Path(folder))
    known = {name for message in books.mail.messages for name in message["carriers"]}
    broken = 0
    for name in names or sorted(known):
        findings = books.check([name])
        broken += len(findings.faults)
        print(findings.line(name))
        for fault in findings.faults[:5]:
            print(f"    {fault}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
