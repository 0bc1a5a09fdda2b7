"""An application of the simulated carrier, for tests: our own session over real sockets."""

import asyncio
import re

from homing.core.smpp.events import BindRefused, Bound, Delivered, SubmitAnswered
from homing.core.smpp.session import BindKind, Role, Session, SessionSettings
from homing.core.smpp.short import read_deliver_body, submit_body
from homing.simulator.carrier import Simulator
from homing.transport.smpp import SmppConnection, connect

FAST = 1000.0  # handsets a thousand times faster than real ones


def short(
    text=b"hello",
    *,
    to=b"4915",
    sender=b"Acme",
    udh=b"",
    registered_delivery=1,
    validity_period=b"",
):
    return submit_body(
        source_ton=5,
        source_npi=0,
        source_addr=sender,
        dest_ton=1,
        dest_npi=1,
        destination_addr=to,
        esm_class=0x40 if udh else 0,
        protocol_id=0,
        registered_delivery=registered_delivery,
        data_coding=0,
        short_message=udh + text,
        validity_period=validity_period,
    )


class Application:
    """An ESME: keeps every event, answers receipts unless told not to, waits by predicate."""

    def __init__(self, *, answers_receipts=True):
        self.events, self.closed, self.answers_receipts = [], None, answers_receipts
        self._changed = asyncio.Event()

    async def connect(
        self, port, kind=BindKind.TRANSCEIVER, system_id="acme", password="pw", ssl=None
    ):
        loop = asyncio.get_running_loop()

        def make():
            settings = SessionSettings(window=1000)
            return SmppConnection(Session(Role.ESME, settings=settings, now_s=loop.time()), self)

        self.connection = await connect("127.0.0.1", port, make=make, ssl=ssl, timeout_s=5)
        self.session = self.connection.session
        self.session.bind(kind, system_id, password)
        self.connection.flush()
        await self.until(lambda: self.of(Bound) or self.of(BindRefused))
        return self

    def on_events(self, connection, events):
        for event in events:
            self.events.append(event)
            if isinstance(event, Delivered) and self.answers_receipts:
                connection.session.answer_deliver(event.sequence_number, event.command_id)
        connection.flush()
        self._changed.set()

    def on_closed(self, connection, reason, pending):
        self.closed = reason
        self._changed.set()

    def on_writable(self, connection, ok):
        pass

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, is_so):
        async with asyncio.timeout(10):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()

    def submit(self, *bodies):
        for number, body in enumerate(bodies):
            assert self.session.submit(body, number) is not None
        self.connection.flush()

    def answers(self):
        """The submit answers in order of arrival."""
        return self.of(SubmitAnswered)

    def delivered(self):
        """Each receipt as its fields, in order of arrival."""
        return [read_deliver_body(event.body) for event in self.of(Delivered)]

    def receipts(self):
        """(id, stat) of each in order of arrival."""
        texts = [deliver.short_message for deliver in self.delivered()]
        return [re.search(rb"^id:(\S+) .* stat:(\S+) ", text).groups() for text in texts]


def play(scenario, **options):
    """Run `scenario(simulator, connect)` against a started simulator."""

    async def whole():
        simulator = Simulator(**{"speed": FAST, **options})
        await simulator.start()
        made = []

        async def connect_one(*, answers_receipts=True, **how):
            application = Application(answers_receipts=answers_receipts)
            made.append(application)
            return await application.connect(simulator.port, **how)

        try:
            return await scenario(simulator, connect_one)
        finally:
            for application in made:
                application.connection.abort()
            await simulator.stop()

    return asyncio.run(whole())
