"""A whole gateway on a virtual clock, with carriers and a webhook that do as the test says.

A test is one or more *lives*: coroutines that run on a loop of their own over one store file. A
life that ends without `gateway.stop()` was killed: only what was committed is left. After every
commit it is checked that a restart would find each part and each notification that is not done.
Longer than most files: the house and those at its doors are one thing to a test.
"""

import asyncio
import itertools
import random
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import msgspec
from msgspec import Struct

from homing.core.model.account import Account
from homing.core.smpp import spec
from homing.core.smpp.events import BindRequested, DeliverAnswered, SubmitReceived
from homing.core.smpp.pdu import write_body
from homing.core.smpp.session import Role, Session, SessionSettings
from homing.core.smpp.short import read_submit_body
from homing.core.submit.request import SmsRequest
from homing.runtime import settings as s
from homing.runtime.carrier import Carrier
from homing.runtime.clock import Clock
from homing.runtime.gateway import Gateway
from homing.store.contract import AnyChange, Busy
from homing.store.sqlite import SqliteStore
from homing.transport.webhook import WebhookResult
from simulation.virtual import VirtualLoop
from simulation.wires import Wire

EPOCH_MS = 1_790_000_000_000
RECIPIENT = "447700900123"
STEP_S = 0.05

# What a start would neither read above the mark nor find in the backlog, and is not done. Parts
# whose time is up are found by the sweep over deadlines.
_LOST_PARTS = """
    select p.id from part p join message m on m.id = p.message_id
    where m.expires_at_ms > :now
    and p.id < coalesce((select value from mark where name = 'parts_from'), 0)
    and not exists (select 1 from answer a where a.part_id = p.id)
    and not exists (select 1 from backlog b where b.part_id = p.id)
    and not exists (select 1 from submitting s where s.part_id = p.id)
    and not exists (select 1 from receipt r where r.part_id = p.id and r.standing_state >= 20)"""
_LOST_NOTIFICATIONS = """
    select n.id from notification n
    where n.id < coalesce((select value from mark where name = 'notifications_from'), 0)
    and not exists (select 1 from attempt a where a.notification_id = n.id)
    and not exists (select 1 from retry r where r.notification_id = n.id)"""

# A part that one carrier answered and that another is said to have: its receipts would be lost.
_ASTRAY = """
    select a.part_id from answer a join part p on p.id = a.part_id
    where a.refused_state is null and a.carrier_message_id not like p.carrier || '%'"""

_FAULTS = {
    "parts would not be found by a restart": _LOST_PARTS,
    "notifications would not be found by a restart": _LOST_NOTIFICATIONS,
    "parts are said to be with a carrier that did not answer them": _ASTRAY,
}


class Submit(Struct):
    """One submit_sm that a carrier read; `text` tells the messages of a test apart."""

    text: str
    sequence_number: int
    session: Session
    id: str = ""  # given when it was taken


class Smsc:
    """A carrier. `status` answers each submit_sm; None: nothing does, until `answer`."""

    def __init__(self, house: "House", name: str) -> None:
        self.house, self.name = house, name
        self.is_down = False
        self.status: int | None = 0
        self.submits: list[Submit] = []
        self.replies: list[int] = []  # command_status of each deliver_sm_resp
        self._ends: list[_End] = []
        self._numbers = itertools.count(1)

    @property
    def texts(self) -> list[str]:
        """What was sent here, in order, repeats and refused ones too."""
        return [one.text for one in self.submits]

    def took(self) -> list[str]:
        """What this carrier has: what it answered with an id."""
        return [one.text for one in self.submits if one.id]

    def go_down(self) -> None:
        self.is_down = True
        self.cut()

    def cut(self) -> None:
        for end in list(self._ends):
            end.wire.cut(arrives=True)
        self._ends.clear()

    def connected(self, wire: Wire) -> "_End":
        end = _End(self, wire)
        self._ends.append(end)
        return end

    def submitted(self, submit: Submit) -> None:
        self.submits.append(submit)
        if self.status is not None:
            self.answer(submit, self.status)

    def answer(self, submit: Submit, status: int = 0, *, id: str = "", tlvs: bytes = b"") -> None:
        if status == 0:
            submit.id = id or f"{self.name}{next(self._numbers)}"
        submit.session.answer_submit(submit.sequence_number, status, submit.id.encode(), tlvs)
        self._flush()

    def deliver(
        self, id: str, *, stat: str = "DELIVRD", recipient: str = RECIPIENT, tlvs: bytes = b""
    ) -> None:
        text = (
            f"id:{id} sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 "
            f"stat:{stat} err:000 text:"
        )
        fields: dict[str, Any] = {
            "source_addr": recipient.encode(), "destination_addr": b"Homing", "esm_class": 4,
            "short_message": text.encode(),
        }  # fmt: skip
        body = write_body(spec.DELIVER_SM, fields) + tlvs
        assert self._ends[0].session.deliver(body, body) is not None
        self._flush()

    def replied(self, body: bytes, status: int) -> None:
        self.replies.append(status)
        known = self.house.query("select sum(seen_count) from receipt where body = ?", body)[0][0]
        if status == 0 and not known:
            self.house.faults.append("a receipt was acknowledged that is not stored")

    def _flush(self) -> None:
        for end in self._ends:
            end.flush()

    def ended(self, end: "_End") -> None:
        if end in self._ends:
            self._ends.remove(end)


class _End:
    """The carrier's end of one connection."""

    def __init__(self, smsc: Smsc, wire: Wire) -> None:
        self.smsc, self.wire = smsc, wire
        settings = SessionSettings(window=10_000, enquire_link_after_s=0, response_timeout_s=1e9)
        self.session = Session(Role.SMSC, settings=settings, now_s=0.0)

    def heard(self, octets: bytes) -> None:
        self.session.receive_data(octets, self.wire.loop.now_s)
        for event in self.session.events():
            match event:
                case BindRequested():
                    self.session.answer_bind(event.sequence_number, 0, "peer")
                case SubmitReceived():
                    text = read_submit_body(event.body).short_message.decode()
                    self.smsc.submitted(Submit(text, event.sequence_number, self.session))
                case DeliverAnswered():
                    assert isinstance(event.context, bytes)
                    self.smsc.replied(event.context, event.command_status)
        self.flush()

    def hung_up(self) -> None:
        self.smsc.ended(self)

    def flush(self) -> None:
        octets = self.session.data_to_send(self.wire.loop.now_s)
        if octets:
            self.wire.send_to_gateway(octets)


def _told(request: bytes) -> tuple[str, str]:
    """Message-id and status: of a query, or of the Messages API's JSON."""
    if request.startswith(b"POST"):
        body = msgspec.json.decode(request.partition(b"\r\n\r\n")[2])
        return body["message_uuid"], body["status"]
    query = parse_qs(urlsplit(request.split(b" ", 2)[1].decode()).query)
    return query["messageId"][0], query["status"][0]


class Webhook:
    """Stands where the HTTP client does. `http_status` None: posts hang until `release`."""

    def __init__(self) -> None:
        self.http_status: int | None = 200
        self.posts: list[tuple[str, str]] = []  # message-id and status of each attempt
        self.taken: list[tuple[str, str]] = []
        self._hanging: list[tuple[tuple[str, str], Callable[[WebhookResult], None]]] = []

    def post(self, url: object, request: bytes, key: int, done: Any) -> None:
        told = _told(request)
        self.posts.append(told)
        if self.http_status is None:
            self._hanging.append((told, done))
            return
        if self.http_status == 200:
            self.taken.append(told)
        result = WebhookResult("answer", self.http_status)
        asyncio.get_running_loop().call_soon(done, result)

    def retire_connections(self) -> None:
        pass

    def release(self) -> None:
        """What hangs is taken after all, and nothing hangs any more."""
        self.http_status = 200
        hanging, self._hanging = self._hanging, []
        for told, done in hanging:
            self.taken.append(told)
            done(WebhookResult("answer", 200))

    async def close(self) -> None:
        hanging, self._hanging = self._hanging, []
        for _, done in hanging:
            done(WebhookResult("closed"))


class House:
    """Args: `carriers`: what differs from the defaults, by name; `routes`: prefix to carriers."""

    any_ids = False  # carriers may give ids that do not begin with their name

    def __init__(
        self,
        folder: Path,
        *,
        carriers: dict[str, dict[str, Any]],
        routes: dict[str, list[str]] | None = None,
        **limits: int,
    ) -> None:
        self.folder = folder
        self.loop: VirtualLoop
        self.now_s = 0.0  # when the last life ended
        self.smscs = {name: Smsc(self, name) for name in carriers}
        self.webhook = Webhook()
        self.store_is_full = False
        self.reads_fail = False
        self.on_commit: Callable[[list[AnyChange]], bool] = lambda changes: True  # False: Busy
        self.faults: list[str] = []
        self.accepted: list[str] = []
        self.settings = self.make_settings(carriers, routes, **limits)
        self.gateway: Gateway
        self._account: Account
        self._numbers = itertools.count(1)

    def refuse_first(self, kind: type[AnyChange]) -> list[object]:
        """The store is busy for the first change of this kind; it is in the list then."""
        refused: list[object] = []

        def is_taken(changes: list[AnyChange]) -> bool:
            if not refused and any(isinstance(one, kind) for one in changes):
                refused.append(changes)
                return False
            return True

        self.on_commit = is_taken
        return refused

    def make_settings(
        self,
        carriers: dict[str, dict[str, Any]],
        routes: dict[str, list[str]] | None = None,
        **limits: int,
    ) -> s.Settings:
        return s.Settings(
            store=s.StoreSettings(url=f"sqlite://{self.folder}/homing.db"),
            carriers={
                name: msgspec.convert(
                    {"address": f"{name}:2775", "system_id": "a", "password": "b", **given},
                    s.CarrierSettings,
                )
                for name, given in carriers.items()
            },
            routes=[
                s.RouteSettings(carriers=names, prefix=prefix)
                for prefix, names in (routes or {"": list(carriers)}).items()
            ],
            limits=s.LimitSettings(**limits),
        )

    # --- lives

    def live(self, *scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """One life of the gateway; killed at its end unless the scenario stopped it."""
        self.loop = VirtualLoop(self.now_s)
        with ExitStack() as patches:
            for target, value in {
                "homing.runtime.gateway.WebhookClient": lambda **_: self.webhook,
                "homing.runtime.gateway.client_context": lambda *_, **__: None,
                "homing.runtime.link.connect": self.connect,
            }.items():
                patches.enter_context(patch(target, value))
            try:
                random.seed(1)  # the runtime draws its jitter from it
                self.loop.set_exception_handler(self._unhandled)
                for one in scenario:
                    self.loop.run_until_complete(self._life(one))
            finally:
                self._bury()
        assert self.faults == [], self.faults

    async def _life(self, scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
        gateway = self.gateway = Gateway(
            self.settings, clock=Clock(self.wall_ms, lambda: self.loop.now_s)
        )
        gateway.store = SqliteStore(self.settings.store_path, inline=True)
        await gateway.start()
        self._watch(gateway.store)
        accounts = gateway.accounts.all()
        if accounts:
            self._account = accounts[0]
        else:
            self._account, _ = await gateway.accounts.add(
                "acme", webhook_url="http://app.example/x", rate_per_s=None
            )
        await scenario()

    def _bury(self) -> None:
        """What a kill leaves: the file. Nothing of the old life runs on."""
        store, loop = self.gateway.store, self.loop
        if store._is_open:
            store._is_open = False
            store._file.close()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks))
        for smsc in self.smscs.values():
            smsc._ends.clear()
        self.now_s = loop.now_s
        loop.close()

    def _unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.faults.append(f"unhandled: {context.get('message')}: {context.get('exception')!r}")

    def _watch(self, store: SqliteStore) -> None:
        writer = store._file.writer
        commit, work = writer._commit, writer._work

        def perhaps(changes: Any) -> None:
            if self.store_is_full or not self.on_commit(list(changes)):
                writer._refuse_all(changes, Busy("full"))
                return
            commit(changes)
            for fault, sql in _FAULTS.items():
                if sql is _ASTRAY and self.any_ids:
                    continue
                now = {"now": self.wall_ms()} if ":now" in sql else {}
                found = writer.connection.execute(sql, now).fetchall()
                if found:
                    self.faults.append(f"{len(found)} {fault}")

        def perhaps_not(job: Any) -> None:
            if self.reads_fail:
                job.error = Busy("cannot be read")
            else:
                work(job)

        writer._commit = perhaps  # type: ignore[method-assign]
        writer._work = perhaps_not  # type: ignore[method-assign]

    async def connect(self, host: str, port: int, *, make: Any, ssl: Any, timeout_s: float) -> Any:
        smsc = self.smscs[host]
        if smsc.is_down:
            raise ConnectionRefusedError("down")
        connection = make()
        wire = Wire(self.loop, Random(1), connection)
        wire.peer = smsc.connected(wire)
        connection.connection_made(wire.transport)
        return connection

    # --- what a life does

    def wall_ms(self) -> int:
        return EPOCH_MS + int(self.loop.now_s * 1000)

    async def pass_s(self, seconds: float) -> None:
        """Virtual time: it costs only what happens in it."""
        await asyncio.sleep(seconds)

    async def until(self, is_so: Callable[[], object], within_s: float = 120.0) -> None:
        end_s = self.loop.now_s + within_s
        while not is_so():
            assert self.loop.now_s < end_s, "it did not come to be so"
            await asyncio.sleep(STEP_S)

    async def turns_until_s(self, is_so: Callable[[], object], within_s: float) -> None:
        """Looked at in each turn of the loop, also while time passes."""
        end_s = self.loop.now_s + within_s
        alarm = asyncio.Event()
        while not is_so():
            assert self.loop.now_s < end_s, "it did not come to be so"
            asyncio.get_running_loop().call_later(0.001, alarm.set)
            await alarm.wait()
            alarm.clear()

    async def turns_until(self, is_so: Callable[[], object]) -> None:
        """At most a few turns of the loop: to stop between a change and its commit."""
        for _ in range(1000):
            if is_so():
                return
            await asyncio.sleep(0)
        raise AssertionError("it did not come to be so")

    async def up(self, *names: str) -> None:
        carriers = self.gateway.fleet.carriers
        await self.until(lambda: all(carriers[name].is_up for name in names))

    def carrier(self, name: str) -> Carrier:
        return self.gateway.fleet.carriers[name]

    def submit(
        self,
        count: int = 1,
        *,
        to: str = RECIPIENT,
        ttl_ms: int = 3_600_000,
        callback: str | None = None,
    ) -> None:
        for _ in range(count):
            text = f"m{next(self._numbers)}"
            request = SmsRequest("Homing", to, text=text, ttl_ms=ttl_ms, callback=callback)
            self.gateway.submission.submit(
                self._account, request, lambda answer, text=text: self._answered(answer, text)
            )

    def _answered(self, answer: Any, text: str) -> None:
        assert answer.refusal is None, answer.refusal
        self.accepted.append(text)

    async def accept(self, count: int = 1, **options: Any) -> list[str]:
        """Texts of messages that were told status 0."""
        wanted = len(self.accepted) + count
        self.submit(count, **options)
        await self.until(lambda: len(self.accepted) == wanted)
        return self.accepted[-count:]

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is committed."""
        connection = self.gateway.store._file.writer.connection
        return connection.execute(sql, values).fetchall()

    def count(self, table: str) -> int:
        return int(self.query(f"select count(*) from {table}")[0][0])
