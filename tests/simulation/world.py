"""The gateway in a simulated world: carriers, a webhook, a store that fails, and a clock.

The world outlives the gateway: a kill ends the loop between two turns, and the next life opens
the same file on a new loop. What is planned (receipts, faults) goes on.
"""

import asyncio
import heapq
import logging
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from homing.core.model.account import Account
from homing.core.submit.request import SmsRequest
from homing.runtime import settings as s
from homing.runtime.clock import Clock
from homing.runtime.gateway import Gateway
from homing.runtime.submission import SubmitAnswer
from homing.store.contract import Busy
from homing.store.sqlite import SqliteStore
from simulation import checkers
from simulation.carrier import Delivery, SimulatedCarrier, Submit
from simulation.scenario import Scenario, describe, draw
from simulation.virtual import VirtualLoop
from simulation.webhook import SimulatedClient, Webhook
from simulation.wires import Wire

EPOCH_MS = 1_790_000_000_000
TROUBLE_S = 75.0  # from then on nobody misbehaves
TTL_S, SHORT_TTL_S = 150, 20
END_S = 420.0
WATCH_EVERY_S = 0.25
BALANCE = 10_000_000_000


class Broken(AssertionError):
    """A promise was broken; the text has the line that runs it again."""


class World:
    """One run. `run` raises Broken when a checker found something."""

    def __init__(self, name: str, seed: int) -> None:
        self.name, self.seed = name, seed
        self.scenario = draw(name, seed)
        self.calm = replace(
            self.scenario, throttled=0, refused=0, refused_for_good=0, unanswered=0,
            cut_before_answer=0, slow_answers=0, webhook_failures=0, store_flaps=0,
        )  # fmt: skip
        self.chance = Random(f"world {name} {seed}")
        self.longest_ttl_s = TTL_S + 30
        self.notes: Counter[str] = Counter()
        self.faults: list[str] = []
        self.accepted: dict[int, list[int]] = {}  # number -> ids of its parts, told status 0
        self.store_is_busy = False
        self.busy_at_ms: list[int] = []  # commits that failed
        self.lives = 0
        self.is_over = False
        self.now_at_kill_s = 0.0
        self.loop = VirtualLoop()
        self.gateway: Gateway
        self._plans: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._leave: asyncio.Event
        self._abandoned: list[Any] = []
        self._reader: sqlite3.Connection | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="homing-sim-", dir=_fast_folder()))
        hold = self.scenario.on_unknown_hold
        self.carriers = {
            one: SimulatedCarrier(one, self, self.scenario, holds=self.chance.random() < hold)
            for one in ("north", "south")
        }
        self.webhook = Webhook(self)
        self.settings = self._settings()

    # --- time

    @property
    def now_s(self) -> float:
        return self.loop.now_s

    def wall_ms(self, at_s: float | None = None) -> int:
        return EPOCH_MS + int((self.now_s if at_s is None else at_s) * 1000)

    def at_s(self, wall_ms: int) -> float:
        return (wall_ms - EPOCH_MS) / 1000

    def after(self, in_s: float, do: Callable[[], None]) -> None:
        """Do this then, whichever life the gateway is in."""
        self._count += 1
        heapq.heappush(self._plans, (self.now_s + in_s, self._count, do))
        self._arm()

    def _arm(self) -> None:
        if not self._plans or self.loop.is_closed():
            return
        at_s = self._plans[0][0]
        if self._alarm is not None:
            if self._alarm.when() <= at_s and not self._alarm.cancelled():
                return
            self._alarm.cancel()
        self._alarm = self.loop.call_at(at_s, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        while self._plans and self._plans[0][0] <= self.now_s + 1e-9:
            heapq.heappop(self._plans)[2]()
        self._arm()

    def odds(self, scenario: Scenario) -> Scenario:
        return scenario if self.now_s < TROUBLE_S else self.calm

    # --- what is seen

    def note(self, what: str) -> None:
        self.notes[what] += 1

    def broken(self, fault: str) -> None:
        if len(self.faults) < 20:
            self.faults.append(f"[{self.now_s:.3f} s] {fault}")

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is committed, by a connection of our own."""
        if self._reader is None:
            self._reader = sqlite3.connect(self.settings.store_path)
        return self._reader.execute(sql, values).fetchall()

    def sees_submit(self, carrier: SimulatedCarrier, submit: Submit) -> None:
        checkers.submit_follows_its_commits(self, carrier, submit)
        checkers.held_parts_are_sent_once(self, carrier, submit)

    def sees_receipt_taken(self, carrier: SimulatedCarrier, delivery: Delivery) -> None:
        checkers.receipt_is_durable(self, carrier, delivery)

    # --- settings

    def _settings(self) -> s.Settings:
        scenario, chance = self.scenario, self.chance
        carriers = {}
        for name, carrier in self.carriers.items():
            carriers[name] = s.CarrierSettings(
                address=f"{name}:2775",
                system_id="homing",
                password="pw",
                binds=chance.choice((1, 2)),
                kind=chance.choice(list(s.BindChoice)),
                window=chance.choice((1, 3, 10) if scenario.tiny else (10, 100)),
                rate_per_s=5.0 if scenario.slow_carrier else None,
                on_unknown=s.OnUnknown.HOLD if carrier.holds else s.OnUnknown.RESEND,
                response_timeout_s=chance.choice((5.0, 30.0)),
            )
        routes = [
            s.RouteSettings(carriers=["north", "south"], prefix="44"),
            s.RouteSettings(carriers=["south", "north"], weights=[1, 1]),
        ]
        limits = s.LimitSettings()
        if scenario.tiny:
            limits = s.LimitSettings(open_parts_in_memory=4, carrier_queue=3, endpoint_queue=3)
        return s.check_settings(
            s.Settings(
                store=s.StoreSettings(url=f"sqlite://{self.folder}/homing.db"),
                carriers=carriers,
                routes=routes,
                limits=limits,
            )
        )

    # --- one life after the other

    def run(self) -> "World":
        random.seed(self.seed)  # the runtime draws its jitter from it
        self._plan()
        try:
            with ExitStack() as patches, _errors_logged(self):
                for target, value in self._stand_ins().items():
                    patches.enter_context(patch(target, value))
                while not self.is_over:
                    self._live()
                self._judge()
        finally:
            if not self.loop.is_closed():
                self._bury()
            if self._reader is not None:
                self._reader.close()
            shutil.rmtree(self.folder, ignore_errors=True)
        if self.faults:
            raise Broken("\n".join([self.replay, describe(self.scenario), *self.faults]))
        return self

    @property
    def replay(self) -> str:
        return f"replay: PYTHONPATH=tests python -m simulation.run {self.name} {self.seed}"

    def _stand_ins(self) -> dict[str, Any]:
        chance = Random(f"ids {self.seed}")
        return {
            "homing.runtime.gateway.WebhookClient": lambda **_: SimulatedClient(self),
            "homing.runtime.gateway.client_context": lambda *_, **__: None,
            "homing.runtime.gateway.secrets": SimpleNamespace(randbelow=chance.randrange),
            "homing.runtime.submission.os": SimpleNamespace(urandom=chance.randbytes),
            "homing.runtime.link.connect": self._connect,
        }

    def _live(self) -> None:
        self.lives += 1
        loop = self.loop
        loop.set_exception_handler(self._unhandled)
        self._alarm = None
        self._arm()
        life = loop.create_task(self._life())
        loop.run_forever()
        if life.done():
            life.result()
        now_s = loop.now_s
        self._bury()
        if not self.is_over:
            self.loop = VirtualLoop(now_s)

    async def _life(self) -> None:
        gateway = Gateway(self.settings, clock=Clock(self.wall_ms, lambda: self.now_s))
        gateway.store = SqliteStore(self.settings.store_path, inline=True)
        self._leave = asyncio.Event()
        await gateway.start()
        self.gateway = gateway
        if self.lives == 1:
            await self._add_accounts()
        self._make_store_fail(gateway.store)
        await self._leave.wait()
        if self.now_s >= END_S:
            checkers.nothing_pends(self)
        began_s = self.now_s
        await gateway.stop()
        if self.now_s - began_s > 10:
            self.broken("stopping took longer than 10 s")
        self.is_over = self.now_s >= END_S
        self.loop.stop()

    def _bury(self) -> None:
        """What a kill leaves: the file. Nothing of the old life runs on."""
        loop, store = self.loop, getattr(self, "gateway", None) and self.gateway.store
        for carrier in self.carriers.values():
            carrier.cut_all()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        self._abandoned.append((loop, tasks))
        loop.close()
        if store and store._is_open:
            store._file.writer.connection.close()
            for one in (store._file._pages, store._file._upkeep, store._file._checkpoints):
                if one is not None:
                    one.close()
            if store._file._lock is not None:
                store._file._lock.release()
            store._is_open = False

    def _unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.broken(f"unhandled: {context.get('message')}: {context.get('exception')!r}")

    def _make_store_fail(self, store: SqliteStore) -> None:
        writer = store._file.writer
        commit, chance = writer._commit, Random(f"store {self.seed} {self.lives}")

        def perhaps(changes: Any) -> None:
            if self.store_is_busy or chance.random() < self.odds(self.scenario).store_flaps:
                self.note("busy_commits")
                self.busy_at_ms.append(self.wall_ms())
                writer._refuse_all(changes, Busy("simulated"))
            else:
                commit(changes)

        writer._commit = perhaps  # type: ignore[method-assign]

    async def _connect(self, host: str, port: int, *, make: Any, ssl: Any, timeout_s: float) -> Any:
        carrier = self.carriers[host]
        await asyncio.sleep(0.01)
        if carrier.is_down:
            raise ConnectionRefusedError("simulated")
        connection = make()
        wire = Wire(self.loop, carrier.chance, connection)
        wire.peer = carrier.connected(wire)
        connection.connection_made(wire.transport)
        return connection

    # --- the plan of a run

    async def _add_accounts(self) -> None:
        accounts = self.gateway.accounts
        await accounts.add(
            "metered", webhook_url="http://app.example/a", webhook_method="POST",
            rate_per_s=None, balance=BALANCE, api_key="aaaaaaaa",
        )  # fmt: skip
        await accounts.add(
            "quiet", webhook_url="http://app.example/b?id=1", rate_per_s=None, api_key="bbbbbbbb"
        )
        await accounts.set("bbbbbbbb", tell_intermediate=False)
        await accounts.add("silent", rate_per_s=None, api_key="cccccccc")

    def _plan(self) -> None:
        scenario, chance = self.scenario, self.chance
        for number in range(scenario.messages):
            at_s = 2 + chance.uniform(0, scenario.span_s)
            self.after(at_s, lambda number=number: self._submit(number))  # type: ignore[misc]
        for _ in range(scenario.cuts):
            carrier = chance.choice(list(self.carriers.values()))
            self.after(chance.uniform(3, 60), carrier.cut_one)
        for _ in range(scenario.outages):
            carrier = chance.choice(list(self.carriers.values()))
            self._plan_spell(carrier, "is_down", chance.uniform(1, 25), carrier.cut_all)
        for _ in range(scenario.webhook_outages):
            self._plan_spell(self.webhook, "is_down", chance.uniform(5, 40))
        for _ in range(scenario.store_spells):
            self._plan_spell(self, "store_is_busy", chance.choice((0.02, 0.3, 2, 8)))
        for _ in range(scenario.kills):
            self.after(chance.uniform(3, 70), self._kill)
        for _ in range(scenario.restarts):
            self.after(chance.uniform(3, 70), lambda: self._leave.set())
        self.after(0.5, self._watch)
        self.after(END_S, lambda: self._leave.set())

    def _plan_spell(
        self, of: Any, name: str, length_s: float, and_do: Callable[[], None] | None = None
    ) -> None:
        def begin() -> None:
            setattr(of, name, True)
            if and_do is not None:
                and_do()

        at_s = self.chance.uniform(3, TROUBLE_S - 5 - length_s)
        self.after(at_s, begin)
        self.after(at_s + length_s, lambda: setattr(of, name, False))

    def _kill(self) -> None:
        self.note("kills")
        self.loop.stop_at_turn = self.loop.turns + 1 + self.chance.randrange(40)

    def _watch(self) -> None:
        checkers.queues_are_bounded(self)
        checkers.deliveries_are_answered(self)
        if self.now_s < END_S:
            self.after(WATCH_EVERY_S, self._watch)

    def _submit(self, number: int) -> None:
        chance, scenario = self.chance, self.scenario
        account = self._account(chance.choice(("aaaaaaaa", "aaaaaaaa", "bbbbbbbb", "cccccccc")))
        token = f"m{number:05d} "
        short = chance.random() < scenario.short_ttl
        pick = chance.randrange(scenario.recipients)
        request = SmsRequest(
            sender="Acme",
            recipient=f"{chance.choice(('44', '49'))}77{pick:08d}",
            text=token * (50 if chance.random() < 0.3 else 2),
            ttl_ms=1000 * (SHORT_TTL_S if short else TTL_S),
            report=chance.random() < 0.95,
            callback="http://own.example/c" if chance.random() < 0.1 else None,
            client_ref=token.strip(),
        )
        if account is None:
            self.note("refused")
            return
        self.gateway.submission.submit(account, request, lambda answer: self._told(number, answer))

    def _account(self, api_key: str) -> Account | None:
        return self.gateway.accounts.by_key(api_key)

    def _told(self, number: int, answer: SubmitAnswer) -> None:
        if answer.refusal is not None:
            self.note(f"refused_{answer.refusal.status}")
            return
        assert answer.message is not None
        self.note("accepted")
        self.accepted[number] = [part.id for part in answer.parts]
        if not self.query("select 1 from message where id = ?", answer.message.id):
            self.broken(f"promise 1: message {number} was told status 0 before its commit")

    def _judge(self) -> None:
        checkers.judge(self)


class _errors_logged:  # noqa: N801 - used like a function
    """Errors of the gateway's own code in its log are faults; that the store fails is not."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __enter__(self) -> None:
        world = self.world

        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                if record.exc_info and record.exc_info[1] is not None:
                    world.broken(f"logged: {record.getMessage()}: {record.exc_info[1]!r}")

        self.handler = Handler(logging.ERROR)
        self.logger = logging.getLogger("homing")
        self.was = self.logger.propagate, self.logger.level
        self.logger.propagate = False
        self.logger.addHandler(self.handler)

    def __exit__(self, *_: object) -> None:
        self.logger.removeHandler(self.handler)
        self.logger.propagate = self.was[0]


def _fast_folder() -> str | None:
    """Where an fsync costs nothing, if there is such a place: a kill here loses no memory."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
