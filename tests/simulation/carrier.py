"""A carrier by the book and by the seed: knows the truth of every part and misbehaves.

Reads and writes octets with its own few lines of SMPP, none of homing's.
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from simulation.scenario import Scenario
from simulation.wires import Wire

if TYPE_CHECKING:
    from simulation.world import World

Truth = tuple[int, int]  # the number of the message in its text; the part's index
TOKEN = re.compile(rb"m(\d{5})")

BINDS = {0x1: "receiver", 0x2: "transmitter", 0x9: "transceiver"}
SUBMIT, DELIVER, UNBIND, ENQUIRE, DATA = 0x4, 0x5, 0x6, 0x15, 0x103
RESPONSE = 0x80000000
THROTTLED, QUEUE_FULL, SYSTEM_ERROR, BAD_LENGTH = 0x58, 0x14, 0x8, 0x1
ANSWER_AWAITED_S = 45.0  # longer than any response time: then the gateway is stuck

FINAL_WORDS = ("DELIVRD", "DELIVRD", "DELIVRD", "UNDELIV", "EXPIRED", "REJECTD", "UNKNOWN",
               "DELETED")  # fmt: skip


@dataclass
class Submit:
    """One `submit_sm` as the carrier got it."""

    truth: Truth
    at_s: float
    recipient: str
    sender: str
    took: bool = False  # it will send receipts, whatever it answers
    status: int | None = None  # of the answer; None: none was sent
    answer_arrived: bool = False
    carrier_message_id: str = ""


@dataclass(eq=False)
class Delivery:
    """One receipt on its way to the gateway, until it is answered 0."""

    truth: Truth
    body: bytes
    command_id: int
    at_s: float
    transmissions: int = 0
    acked: bool = False


@dataclass(eq=False)
class Bind:
    carrier: "SimulatedCarrier"
    wire: Wire
    kind: str = ""
    buffer: bytes = b""
    sequence: int = 0
    unanswered: dict[int, tuple[Delivery, float]] = field(default_factory=dict)

    def heard(self, octets: bytes) -> None:
        self.buffer += octets
        while len(self.buffer) >= 4:
            (length,) = struct.unpack(">I", self.buffer[:4])
            if len(self.buffer) < length:
                return
            frame, self.buffer = self.buffer[:length], self.buffer[length:]
            command, status, sequence = struct.unpack(">III", frame[4:16])
            self.carrier.take(self, command, status, sequence, frame[16:])
            if not self.wire.is_open:
                return

    def hung_up(self) -> None:
        self.carrier.lost(self)

    def send(
        self,
        command: int,
        status: int,
        sequence: int,
        body: bytes = b"",
        arrived: Callable[[], None] | None = None,
    ) -> None:
        head = struct.pack(">IIII", 16 + len(body), command, status, sequence)
        self.wire.send_to_gateway(head + body, arrived)


class SimulatedCarrier:
    def __init__(self, name: str, world: "World", scenario: Scenario, *, holds: bool) -> None:
        self.name, self.world, self.scenario, self.holds = name, world, scenario, holds
        self.chance = Random(f"carrier {name} {world.seed}")
        self.binds: list[Bind] = []
        self.submits: list[Submit] = []
        self.deliveries: list[Delivery] = []
        self.is_down = False
        self._next_id = 1000
        self._many_times = scenario.many_times

    # --- the link

    def connected(self, wire: Wire) -> Bind:
        bind = Bind(self, wire)
        self.binds.append(bind)
        return bind

    def lost(self, bind: Bind) -> None:
        self.binds.remove(bind)
        for delivery, _ in bind.unanswered.values():
            self._deliver_in(self.chance.uniform(0.5, 5), delivery)
        bind.unanswered.clear()

    def cut_one(self) -> None:
        if self.binds:
            bind = self.chance.choice(self.binds)
            bind.wire.cut(arrives=self.chance.random() < 0.5)

    def cut_all(self) -> None:
        for bind in list(self.binds):
            bind.wire.cut(arrives=self.chance.random() < 0.5)

    def take(self, bind: Bind, command: int, status: int, sequence: int, body: bytes) -> None:
        if command in BINDS:
            bind.kind = BINDS[command]
            bind.send(command | RESPONSE, 0, sequence, b"SIM\0")
        elif command == ENQUIRE:
            bind.send(ENQUIRE | RESPONSE, 0, sequence)
        elif command == UNBIND:
            bind.send(UNBIND | RESPONSE, 0, sequence)
        elif command == SUBMIT:
            self._submitted(bind, sequence, body)
        elif command in (DELIVER | RESPONSE, DATA | RESPONSE):
            self._answered(bind, status, sequence)
        else:
            assert command & RESPONSE, f"the gateway sent {command:#x}"

    # --- submits

    def _submitted(self, bind: Bind, sequence: int, body: bytes) -> None:
        assert bind.kind != "receiver"
        chance, odds = self.chance, self.world.odds
        submit = read_submit(body, self.world.now_s)
        self.world.sees_submit(self, submit)
        self.submits.append(submit)
        draw, odds_now = chance.random(), odds(self.scenario)
        answer = partial(self._answer, bind, sequence, submit)
        for rate, action in (
            (odds_now.throttled, lambda: answer(chance.choice((THROTTLED, QUEUE_FULL)))),
            (odds_now.refused, lambda: answer(SYSTEM_ERROR)),
            (odds_now.refused_for_good, lambda: answer(BAD_LENGTH)),
            (odds_now.unanswered, lambda: self._stay_silent(submit)),
            (odds_now.cut_before_answer, lambda: self._cut_before_answer(bind, submit)),
        ):  # fmt: skip
            if draw < rate:
                action()
                return
            draw -= rate
        self._accept(submit)
        self._answer(bind, sequence, submit, 0)

    def _answer(self, bind: Bind, sequence: int, submit: Submit, status: int) -> None:
        def answer() -> None:
            if bind.wire.is_open:
                submit.status = status
                body = submit.carrier_message_id.encode() + b"\0" if status == 0 else b""
                bind.send(SUBMIT | RESPONSE, status, sequence, body, arrived)

        def arrived() -> None:
            submit.answer_arrived = True

        after_s = self.chance.choice((0.001, 0.05, 0.4, 1.5))
        if self.chance.random() < self.world.odds(self.scenario).slow_answers:
            after_s = self.chance.uniform(2, 35)
        self.world.after(after_s, answer)

    def _stay_silent(self, submit: Submit) -> None:
        if self.chance.random() < 0.5:
            self._accept(submit)

    def _cut_before_answer(self, bind: Bind, submit: Submit) -> None:
        if self.chance.random() < 0.6:
            self._accept(submit)
        self.world.after(0.001, lambda: bind.wire.cut(arrives=self.chance.random() < 0.5))

    def _accept(self, submit: Submit) -> None:
        submit.took = True
        submit.carrier_message_id = self._new_id()
        # The same id for two parts of a message would mean one id for all of them.
        while any(
            one.truth[0] == submit.truth[0] and one.truth != submit.truth
            for one in self.submits
            if one.carrier_message_id == submit.carrier_message_id
        ):
            submit.carrier_message_id = self._new_id()
        self._plan_receipts(submit)

    def _new_id(self) -> str:
        if self.scenario.ids_reused:
            self._next_id += 1
            if self._next_id > 1012:
                self._next_id = 1001  # as a carrier that was restarted
            return str(self._next_id)
        self._next_id += 1
        if self.name == "south":
            return f"{self.chance.getrandbits(64):016x}"
        return f"{self.name[0]}{self._next_id}"

    # --- receipts

    def _plan_receipts(self, submit: Submit) -> None:
        chance, s = self.chance, self.scenario
        if chance.random() < s.missing:
            return
        first_s = 0.0 if chance.random() < s.early else 2.0
        words: list[tuple[float, str]] = []
        if chance.random() < 0.5:
            words.append((first_s + chance.uniform(0, 3), chance.choice(("ACCEPTD", "ENROUTE"))))
        if chance.random() < 0.2:
            words.append((first_s + chance.uniform(0, 8), "ENROUTE"))
        final_s = first_s + chance.expovariate(0.2)
        if chance.random() < s.late:
            final_s = self.world.longest_ttl_s + chance.uniform(0, 60)
        words.append((final_s, chance.choice(FINAL_WORDS)))
        if chance.random() < s.contradicting:
            words.append((first_s + chance.uniform(0, 40), chance.choice(FINAL_WORDS)))
        for in_s, word in words:
            self._plan_one(submit, in_s, word)

    def _plan_one(self, submit: Submit, in_s: float, word: str) -> None:
        chance = self.chance
        body, command_id = self._receipt(submit, word, self.world.now_s + in_s)
        count, spread_s = 1, 30.0
        if chance.random() < self.scenario.twice:
            count = chance.choice((2, 2, 3))
            if self._many_times:
                count, self._many_times, spread_s = self._many_times, 0, 0.5
        for _ in range(count):
            delivery = Delivery(submit.truth, body, command_id, self.world.now_s + in_s)
            self.deliveries.append(delivery)
            self._deliver_in(in_s, delivery)
            in_s += chance.choice((0.0, 0.0, chance.uniform(0, spread_s)))

    def _receipt(self, submit: Submit, word: str, at_s: float) -> tuple[bytes, int]:
        chance = self.chance
        at = datetime.fromtimestamp(self.world.wall_ms(at_s) / 1000, UTC)
        stamp = at.strftime(chance.choice(("%y%m%d%H%M", "%y%m%d%H%M%S")))
        if chance.random() < 0.05:
            stamp = "0000000000"
        text = (
            f"id:{submit.carrier_message_id} sub:001 dlvrd:001 submit date:{stamp} "
            f"done date:{stamp} stat:{word} err:{chance.choice((0, 0, 1, 6))} text:"
        ).encode()
        addresses = (
            b"\x01\x01"
            + submit.recipient.encode()
            + b"\0"
            + b"\x05\0"
            + submit.sender.encode()
            + b"\0"
        )
        if chance.random() < 0.15:
            payload = struct.pack(">HH", 0x0424, len(text)) + text
            return b"\0" + addresses + b"\x04\0\0" + payload, DATA
        tail = b"\0\0\0\0\0\0\0"
        return b"\0" + addresses + b"\x04" + tail + b"\0" + bytes([len(text)]) + text, DELIVER

    def _deliver_in(self, in_s: float, delivery: Delivery) -> None:
        self.world.after(in_s, lambda: self._deliver(delivery))

    def _deliver(self, delivery: Delivery) -> None:
        able = [one for one in self.binds if one.kind in ("receiver", "transceiver")]
        if not able:
            self._deliver_in(self.chance.uniform(1, 3), delivery)
            return
        bind = self.chance.choice(able)
        bind.sequence += 1
        bind.unanswered[bind.sequence] = (delivery, self.world.now_s)
        delivery.transmissions += 1
        bind.send(delivery.command_id, 0, bind.sequence, delivery.body)

    def _answered(self, bind: Bind, status: int, sequence: int) -> None:
        delivery, _ = bind.unanswered.pop(sequence)
        if status == 0:
            delivery.acked = True
            self.world.sees_receipt_taken(self, delivery)
        else:
            self.world.note("receipts_refused")
            self._deliver_in(self.chance.uniform(1, 4), delivery)

    def overdue_answers(self) -> int:
        limit_s = self.world.now_s - ANSWER_AWAITED_S
        return sum(
            sent_s < limit_s for bind in self.binds for _, sent_s in bind.unanswered.values()
        )


def read_submit(body: bytes, at_s: float) -> Submit:
    """The fields of SMPP 3.4 4.4.1 that matter here."""
    _, rest = body.split(b"\0", 1)
    sender, rest = rest[2:].split(b"\0", 1)
    recipient, rest = rest[2:].split(b"\0", 1)
    esm_class, rest = rest[0], rest[3:]
    _, rest = rest.split(b"\0", 1)
    _, rest = rest.split(b"\0", 1)
    registered, length = rest[0], rest[4]
    text = rest[5 : 5 + length]
    assert registered & 1, "a receipt is requested for every part"
    index = text[text[0]] if esm_class & 0x40 else 1
    token = TOKEN.search(text)
    assert token is not None, text
    return Submit((int(token[1]), index), at_s, recipient.decode(), sender.decode())
