"""What must hold, after each step and at the end: DESIGN's promises, from the outside.

They know the truth from the carriers' own books and read the store with SQL of their own; of
homing they take the names of states alone.
"""

import sqlite3
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from homing.runtime.dispatcher import FETCH
from homing.store.contract import Mark

if TYPE_CHECKING:
    from simulation.carrier import Delivery, SimulatedCarrier, Submit
    from simulation.world import World

# DESIGN promise 5, in numbers of the store: higher wins; our own final word is below all of them.
RANKS = {20: 15, 25: 14, 23: 13, 22: 13, 21: 12, 24: 11, 11: 2, 10: 1}
OWN_RANK = 10
WORDS = {20: "delivered", 25: "rejected", 23: "failed", 22: "failed", 21: "expired",
         24: "unknown", 11: "accepted", 10: "buffered"}  # fmt: skip
INTERMEDIATE = {"accepted", "buffered"}
SUBMIT_MARGIN_S = 45.0  # after the trouble: so soon every part has been offered to a carrier


# --- at each step


def submit_follows_its_commits(
    world: "World", carrier: "SimulatedCarrier", submit: "Submit"
) -> None:
    number, index = submit.truth
    rows = world.query("select id from message where client_ref = ?", f"m{number:05d}")
    if not rows:
        world.broken(f"point 1: part {submit.truth} was submitted before its message was stored")
    elif carrier.holds and not world.query(
        "select 1 from submitting where part_id = ?", rows[0][0] + index
    ):
        world.broken(f"point 1b: part {submit.truth} was submitted before it was written down")


def held_parts_are_sent_once(world: "World", carrier: "SimulatedCarrier", submit: "Submit") -> None:
    for other in world.carriers.values():
        if not other.holds:
            continue
        for earlier in other.submits:
            if earlier.truth != submit.truth:
                continue
            if not earlier.status or not earlier.answer_arrived:
                world.broken(
                    f"promise 7: part {submit.truth} went to {carrier.name}, though {other.name} "
                    f"holds it since {earlier.at_s:.3f} (status {earlier.status})"
                )


def receipt_is_durable(world: "World", carrier: "SimulatedCarrier", delivery: "Delivery") -> None:
    stored = world.query(
        "select sum(seen_count) from receipt where carrier = ? and body = ?",
        carrier.name, delivery.body,
    )[0][0]  # fmt: skip
    acked = sum(one.acked for one in carrier.deliveries if one.body == delivery.body)
    if (stored or 0) < acked:
        world.broken(
            f"promise 2: {acked} receipts of {delivery.truth} were answered 0, {stored} are stored"
        )


def deliveries_are_answered(world: "World") -> None:
    for carrier in world.carriers.values():
        count = carrier.overdue_answers()
        if count:
            world.broken(f"promise 12: {carrier.name} got no answer to {count} deliver_sm")


def queues_are_bounded(world: "World") -> None:
    gateway = getattr(world, "gateway", None)
    if gateway is None:
        return
    limits = world.settings.limits
    if len(gateway.open_parts) > limits.open_parts_in_memory:
        world.broken(f"bound: {len(gateway.open_parts)} open parts in memory")
    for name, carrier in gateway.fleet.carriers.items():
        most = limits.carrier_queue + limits.carrier_queue // 2 + 1
        # A carrier that was stopped has no links any more, and what they gave back.
        most += carrier.settings.window * max(len(carrier.links), carrier.settings.binds)
        if world.lives > 1:
            most += limits.carrier_queue  # what a start took, beside what others gave back
        if carrier.waiting() > most:
            world.broken(
                f"bound: {carrier.waiting()} parts wait in memory for {name}, and not {most}"
            )
        for link in carrier.links:
            if link.in_flight() > carrier.settings.window:
                world.broken(f"bound: {link.in_flight()} submits in a window of {name}")
    for endpoint in gateway.dispatcher.endpoints:
        if len(endpoint.queue) > max(limits.endpoint_queue, FETCH):
            world.broken(f"bound: {len(endpoint.queue)} notifications wait in memory")


def nothing_pends(world: "World") -> None:
    """When all is quiet, nobody holds anything."""
    gateway = world.gateway
    for name, carrier in gateway.fleet.carriers.items():
        if carrier.waiting() or carrier.in_flight() or carrier.behind:
            world.broken(
                f"at the end: {name} has {carrier.waiting()} waiting, {carrier.in_flight()} in "
                f"flight, behind={carrier.behind}"
            )
        if carrier._reserved:
            world.broken(f"at the end: {name} keeps room for {carrier._reserved}")
    for endpoint in gateway.dispatcher.endpoints:
        if endpoint.queue or endpoint.active or endpoint.reserved or endpoint.taken:
            world.broken(
                f"at the end: an endpoint has {len(endpoint.queue)} queued, "
                f"{len(endpoint.active)} active, {endpoint.reserved} reserved, "
                f"{len(endpoint.taken)} taken"
            )
    if gateway.dispatcher._expected or gateway.submission.oldest_undurable() is not None:
        world.broken("at the end: something waits for a commit")
    others = [one for one in gateway.store._changes if type(one) is not Mark]
    if others:
        world.broken(f"at the end: {others} are not durable")
    for account in gateway.accounts.all():
        stored = world.query("select balance_units from account where id = ?", account.id)[0][0]
        if stored != account.balance:
            world.broken(f"balance of {account.name}: {account.balance} in memory, {stored} stored")


# --- at the end


def judge(world: "World") -> None:
    connection = sqlite3.connect(world.settings.store_path)
    try:
        Judge(world, connection).judge()
    finally:
        connection.close()


class Judge:
    def __init__(self, world: "World", connection: sqlite3.Connection) -> None:
        self.world, self.connection = world, connection
        connection.row_factory = sqlite3.Row
        self.parts: dict[int, Any] = {}
        self.truth_of: dict[int, tuple[int, int]] = {}
        for row in self.rows(
            "select p.id, p.carrier, m.client_ref, p.id - m.id as idx, m.account_id, m.recipient,"
            " m.accepted_at_ms,"
            " m.expires_at_ms, m.report, m.callback, a.carrier_message_id, a.answered_at_ms,"
            " a.refused_state, a.notification_id, s.at_ms as submitting_at_ms"
            " from part p join message m on m.id = p.message_id"
            " left join answer a on a.part_id = p.id left join submitting s on s.part_id = p.id"
        ):
            self.parts[row["id"]] = row
            self.truth_of[row["id"]] = (int(row["client_ref"][1:]), row["idx"])
        self.part_of = {truth: part_id for part_id, truth in self.truth_of.items()}
        self.receipts: dict[int | None, list[Any]] = defaultdict(list)
        for row in self.rows("select * from receipt order by id"):
            self.receipts[row["part_id"]].append(row)
        self.notifications: dict[int, list[Any]] = defaultdict(list)
        for row in self.rows("select * from notification order by id"):
            self.notifications[row["part_id"]].append(row)

    def rows(self, sql: str) -> list[Any]:
        return self.connection.execute(sql).fetchall()

    def broken(self, fault: str) -> None:
        self.world.broken(fault)

    def judge(self) -> None:
        self.every_accepted_message_is_there()
        for part_id, row in self.parts.items():
            self.part_has_its_end(part_id, row)
            self.news_is_told_once(part_id, row)
        self.every_receipt_is_somewhere()
        self.no_receipt_is_on_the_wrong_part()
        self.no_receipt_waits_that_could_be_matched()
        self.every_notification_reached_the_webhook()
        self.balances_are_exact()
        for table in ("backlog", "retry"):
            count = self.rows(f"select count(*) as n from {table}")[0]["n"]
            if count:
                self.broken(f"at the end: {count} rows in {table}")

    def every_accepted_message_is_there(self) -> None:
        for number, ids in self.world.accepted.items():
            for index, part_id in enumerate(ids, 1):
                if self.truth_of.get(part_id) != (number, index):
                    self.broken(f"promise 1: part {number, index} is not in the store")

    def words(self, part_id: int) -> list[tuple[int, int, int, bytes]]:
        """All that was said of a part: rank, negated done date, state, octets."""
        found = []
        for row in self.receipts[part_id]:
            own = row["source"] == 1
            rank = OWN_RANK if own else RANKS[row["state"]]
            found.append((rank, row["done_at_ms"] or 1 << 62, row["body"] or b"", row["state"]))
        refused = self.parts[part_id]["refused_state"]
        if refused is not None:
            found.append((OWN_RANK, 1 << 62, b"", refused))
        return found

    def part_has_its_end(self, part_id: int, row: Any) -> None:
        world, truth = self.world, self.truth_of[part_id]
        words = self.words(part_id)
        if not any(rank >= OWN_RANK for rank, *_ in words):
            self.broken(f"promise 7: part {truth} never got a final word")
            return
        best = min(words, key=lambda word: (-word[0], *word[1:3]))
        newest = self.receipts[part_id][-1] if self.receipts[part_id] else None
        if row["refused_state"] == best[3]:
            newest = None  # the refusal has a row of its own
        if newest is not None and (newest["standing_state"] != best[3]):
            self.broken(
                f"promise 5: part {truth} stands at {newest['standing_state']}, its receipts "
                f"amount to {best[3]}: {[(w[0], w[3]) for w in words]}"
            )
        seen = any(s.truth == truth for c in world.carriers.values() for s in c.submits)
        late_ms = world.wall_ms(world_trouble_s() + SUBMIT_MARGIN_S)
        if not seen and row["expires_at_ms"] > late_ms and row["submitting_at_ms"] is None:
            self.broken(f"promise 1: part {truth} was never submitted")
        if not seen and any(rank > OWN_RANK for rank, *_ in words):
            self.broken(f"promise 4: part {truth} was never submitted and has a receipt")

    def is_told(self, row: Any) -> bool:
        return bool(row["report"]) and (row["account_id"] != 3 or row["callback"] is not None)

    def news_is_told_once(self, part_id: int, row: Any) -> None:
        truth = self.truth_of[part_id]
        told = [one["status"] for one in self.notifications[part_id]]
        carriers_words = [one["status"] for one in self.notifications[part_id] if not one["source"]]
        if not self.is_told(row):
            if told:
                self.broken(f"promise 6: part {truth} was told {told}, though nobody asked")
            return
        words = self.words(part_id)
        finals = [word for word in words if word[0] >= OWN_RANK]
        if not finals:
            return
        best = min(finals, key=lambda word: (-word[0], *word[1:3]))
        if not told or told[-1] != WORDS[best[3]]:
            self.broken(
                f"promise 6: part {truth} was told {told}, its receipts amount to "
                f"{WORDS[best[3]]}: {[(w[0], WORDS[w[3]]) for w in words]}"
            )
        # Ours may come again as the carrier's, with another word between.
        again = any(first == second for first, second in pairwise(told))
        if again or len(set(carriers_words)) < len(carriers_words):
            self.broken(f"promise 6: part {truth} was told one thing twice: {told}")
        finality = [status not in INTERMEDIATE for status in told]
        if finality != sorted(finality):
            self.broken(f"promise 5: part {truth} was told {told}: an intermediate after a final")
        if row["account_id"] == 2 and not all(finality):
            self.broken(f"promise 6: part {truth} was told {told}, intermediates were turned off")

    def every_receipt_is_somewhere(self) -> None:
        stored: Counter[tuple[str, bytes]] = Counter()
        rows: Counter[tuple[str, bytes, int | None]] = Counter()
        for some in self.receipts.values():
            for row in some:
                if row["source"] == 0:
                    stored[row["carrier"], row["body"]] += row["seen_count"]
                    rows[row["carrier"], row["body"], row["part_id"]] += 1
        for name, carrier in self.world.carriers.items():
            acked: Counter[bytes] = Counter()
            sent: Counter[bytes] = Counter()
            for one in carrier.deliveries:
                acked[one.body] += one.acked
                sent[one.body] += one.transmissions
                if not one.acked:
                    self.broken(f"at the end: {name}'s receipt of {one.truth} was never taken")
            for body, count in acked.items():
                if not count <= stored[name, body] <= sent[body]:
                    self.broken(
                        f"promise 3: {name} sent a receipt {sent[body]} times, {count} were taken, "
                        f"{stored[name, body]} are stored"
                    )
        for (name, body, part_id), count in rows.items():
            if part_id is not None and count > 1:
                ids = [
                    (
                        row["id"],
                        row["seen_count"],
                        row["rung"],
                        self.world.at_s(row["received_at_ms"]),
                    )
                    for row in self.receipts[part_id]
                    if row["body"] == body
                ]
                self.broken(
                    f"promise 3: {name}'s octets are {count} rows of part "
                    f"{self.truth_of[part_id]}: {ids}"
                )

    def no_receipt_is_on_the_wrong_part(self) -> None:
        truths: dict[tuple[str, bytes], set[tuple[int, int]]] = defaultdict(set)
        for name, carrier in self.world.carriers.items():
            for one in carrier.deliveries:
                truths[name, one.body].add(one.truth)
        for part_id, rows in self.receipts.items():
            if part_id is None:
                continue
            for row in rows:
                if row["source"] == 1:
                    continue
                true_ones = truths[row["carrier"], row["body"]]
                if self.truth_of[part_id] not in true_ones and any(
                    self.knew(truth, row) for truth in true_ones
                ):
                    self.broken(
                        f"promise 4: a receipt of {true_ones} was booked on "
                        f"{self.truth_of[part_id]} at {self.world.at_s(row['received_at_ms'])}; "
                        + "; ".join(self.answer_of(truth) for truth in true_ones)
                    )

    def answer_of(self, truth: tuple[int, int]) -> str:
        row = self.parts[self.part_of[truth]]
        at_s = self.world.at_s(row["answered_at_ms"] or 0)
        return f"{truth} was answered {row['carrier_message_id']} at {at_s}"

    def knew(self, truth: tuple[int, int], receipt: Any) -> bool:
        """Whether the true part's answer was durable with this id when the receipt came.

        While commits fail nobody can say what was durable: the map of a few parts that a tiny
        gateway keeps forgets it sooner.
        """
        row = self.parts[self.part_of[truth]]
        if row["carrier"] != receipt["carrier"]:
            return False
        if row["carrier_message_id"] != receipt["receipted_id"]:
            return False
        from_ms, to_ms = row["answered_at_ms"], receipt["received_at_ms"]
        if any(from_ms <= at_ms <= to_ms + 10_000 for at_ms in self.world.busy_at_ms):
            return False
        return bool(from_ms + 1000 < to_ms)

    def no_receipt_waits_that_could_be_matched(self) -> None:
        owners: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in self.parts.values():
            if row["carrier_message_id"]:
                owners[row["carrier"], row["carrier_message_id"]].append(row)
        waiting = {row["receipt_id"] for row in self.rows("select receipt_id from waiting")}
        unmatched = self.receipts.get(None, [])
        if waiting != {row["id"] for row in unmatched}:
            self.broken("promise 3: what waits is not what is unmatched")
        for row in unmatched:
            # One that was accepted later has got the id anew: it is another part's receipt.
            found = [
                one
                for one in owners[row["carrier"], row["receipted_id"]]
                if one["accepted_at_ms"] <= row["received_at_ms"]
            ]
            if len(found) == 1 and found[0]["recipient"] == row["recipient"]:
                self.broken(
                    f"promise 3: a receipt of {self.truth_of[found[0]['id']]} was left unmatched "
                    f"({row['reason']})"
                )

    def every_notification_reached_the_webhook(self) -> None:
        webhook = self.world.webhook
        known = {}
        for rows in self.notifications.values():
            for row in rows:
                known[f"{row['id']:016x}"] = row
        for name, row in known.items():
            if name not in webhook.taken:
                self.broken(
                    f"promise 6: {row['status']} of {self.truth_of[row['part_id']]} never reached "
                    "the webhook"
                )
        for told in webhook.told:
            row = known.get(told.webhook_id)
            if row is None:
                self.broken(f"promise 2: webhook-id {told.webhook_id} was told and is not stored")
            elif (f"{row['part_id']:016X}", row["status"]) != (told.message_id, told.status):
                self.broken(f"promise 6: webhook-id {told.webhook_id} is not what is stored")

    def balances_are_exact(self) -> None:
        from simulation.world import BALANCE

        spent = self.rows(
            "select coalesce(sum(price_units * part_count), 0) as n from message"
            " where account_id = 1"
        )[0]["n"]
        left = self.rows("select balance_units from account where id = 1")[0]["balance_units"]
        if left != BALANCE - spent:
            self.broken(f"balance: {left} left of {BALANCE}, {spent} spent")


def world_trouble_s() -> float:
    from simulation.world import TROUBLE_S

    return TROUBLE_S
