"""Several carriers, before an SMSC that shares no line with ours: routes, failover, throttling,
TX and RX binds, TLS, and two carriers that give the same ids.

Each message has its own sender, so a webhook's `to` tells which part a receipt was booked on, and
the SMSC knows which word is true of that sender.
"""

import asyncio
import random
import sqlite3
import ssl
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import pytest

from homing.transport.development import make_development_certificate
from homing.transport.tls import server_context
from support.gateways import WHOLE, GatewayProcess
from support.ledgers import Receiver
from support.smsc import WORDS, Smsc
from support.waiting import until

RECIPIENTS = [str(447_700_900_000 + number) for number in range(20)]
SAME_IDS = 5_000 if WHOLE else 500  # on each of the two carriers


async def submit(gateway: GatewayProcess, messages: list[tuple[str, str]]) -> None:
    """Send (sender, recipient) pairs, four at a time; all must be accepted."""
    waiting = iter(messages)

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
        for sender, recipient in waiting:
            form = {"api_key": gateway.api_key, "api_secret": gateway.api_secret,
                    "from": sender, "to": recipient, "text": "hello"}  # fmt: skip
            body = urlencode(form).encode()
            head = f"POST /sms/json HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n"
            head += "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            assert b'"status":"0"' in (await reader.readexactly(length)).replace(b" ", b"")
        writer.close()

    await asyncio.gather(*(one() for _ in range(4)))


def senders(count: int, first: int = 1_000_000) -> list[tuple[str, str]]:
    return [(str(first + n), RECIPIENTS[n % len(RECIPIENTS)]) for n in range(count)]


async def told(receiver: Receiver, count: int, seconds: float = 60) -> bool:
    return await asyncio.to_thread(until, lambda: len(receiver.told) >= count, seconds)


def wrong(receiver: Receiver, *carriers: Smsc) -> list[str]:
    """Webhooks that say of a sender what no SMSC said of it."""
    truth = {one.sender: WORDS[one.word] for smsc in carriers for one in smsc.submits}
    return [
        f"{one.pairs['to']}: told {one.status}, true is {truth.get(one.pairs['to'])}"
        for one in receiver.told
        if truth.get(one.pairs["to"]) != one.status
    ]


def gateway_of(folder: Path, receiver: Receiver, north: Smsc, south: Smsc | None = None,
               *, carrier: str = "", routes: str = "") -> GatewayProcess:  # fmt: skip
    more = ""
    if south is not None:
        more = (
            f'[carriers.south]\naddress = "127.0.0.1:{south.port}"\nsystem_id = "sys"\n'
            f'password = "pw"\n{carrier}\n'
        )
    gateway = GatewayProcess(folder, north.port, receiver.port, carrier, more=more)
    if routes:
        text = gateway.config.read_text().replace('[[routes]]\ncarriers = ["rig"]\n', "")
        gateway.config.write_text(text + routes)
    return gateway


@pytest.mark.timeout(300)
def test_two_carriers_that_count_alike_never_mix_their_receipts(tmp_path):
    """Both give the ids 1..n, for the same recipients; receipts after all submits, shuffled."""

    async def main(receiver: Receiver) -> None:
        north = Smsc(random.Random(1), hold_receipts=True)
        south = Smsc(random.Random(2), hold_receipts=True)
        await north.start()
        await south.start()
        routes = '[[routes]]\ncarriers = ["rig", "south"]\nweights = [1, 1]\n'
        gateway = gateway_of(tmp_path, receiver, north, south, routes=routes)
        await asyncio.to_thread(gateway.start)
        await both_up(gateway)
        await submit(gateway, senders(2 * SAME_IDS))
        assert await asyncio.to_thread(
            until, lambda: len(north.submits) + len(south.submits) >= 2 * SAME_IDS
        )
        assert min(len(north.submits), len(south.submits)) > SAME_IDS // 2
        north.release()
        south.release()
        assert await told(receiver, 2 * SAME_IDS)
        assert await asyncio.to_thread(gateway.stop) == 0
        assert len({one.pairs["to"] for one in receiver.told}) == 2 * SAME_IDS
        assert wrong(receiver, north, south) == []
        await north.stop()
        await south.stop()

    with Receiver() as receiver:
        asyncio.run(main(receiver))


@pytest.mark.timeout(300)
def test_throttled_flapping_on_tx_and_rx_over_tls_keeps_order_and_matches_all(tmp_path):
    context, authority = tls(tmp_path)

    async def main(receiver: Receiver) -> None:
        north = Smsc(random.Random(3), throttle_per_s=60, context=context)
        await north.start()
        carrier = (
            f'kind = "transmitter_and_receiver"\nwindow = 10\ntls = true\ntls_ca = "{authority}"'
        )
        gateway = gateway_of(tmp_path, receiver, north, carrier=carrier)
        await asyncio.to_thread(gateway.start)
        wanted = senders(200)
        await submit(gateway, wanted)
        for count in (40, 120):
            assert await asyncio.to_thread(
                until, lambda count=count: len(north.submits) >= count, 60
            )
            north.flap()
        assert await told(receiver, len(wanted), 90)
        assert await asyncio.to_thread(gateway.stop) == 0
        await north.stop()
        assert north.throttled > 0
        assert {"tx", "rx"} == set(north.binds)
        assert all(one.registered_delivery & 1 for one in north.submits)
        assert {one.pairs["to"] for one in receiver.told} == {sender for sender, _ in wanted}
        first_seen = list(dict.fromkeys(one.sender for one in north.submits))
        assert first_seen == sorted(first_seen, key=accepted_order(gateway)), "order was lost"

    with Receiver() as receiver:
        asyncio.run(main(receiver))


@pytest.mark.timeout(300)
def test_a_carrier_that_dies_gives_its_traffic_away_and_takes_it_back(tmp_path):
    async def main(receiver: Receiver) -> None:
        north, south = Smsc(random.Random(4)), Smsc(random.Random(5))
        await north.start()
        await south.start()
        routes = (
            '[[routes]]\nprefix = "44"\ncarriers = ["rig", "south"]\n'
            '[[routes]]\ncarriers = ["south"]\n'
        )
        gateway = gateway_of(tmp_path, receiver, north, south, routes=routes)
        await asyncio.to_thread(gateway.start)
        await both_up(gateway)
        await submit(gateway, senders(20))
        assert await told(receiver, 20)
        assert len(north.submits) == 20
        await north.stop()
        await submit(gateway, senders(20, 2_000_000))
        assert await told(receiver, 40)
        assert len(south.submits) == 20
        await north.start()
        await both_up(gateway)
        await submit(gateway, senders(20, 3_000_000))
        assert await told(receiver, 60)
        assert len(north.submits) == 40
        assert await asyncio.to_thread(gateway.stop) == 0
        await north.stop()
        await south.stop()

    with Receiver() as receiver:
        asyncio.run(main(receiver))


@pytest.mark.timeout(300)
def test_a_part_that_every_carrier_refuses_is_told_as_rejected_by_us(tmp_path):
    async def main(receiver: Receiver) -> None:
        north, south = Smsc(refuse=0x45), Smsc(refuse=0x0B)
        await north.start()
        await south.start()
        routes = '[[routes]]\ncarriers = ["rig", "south"]\n'
        gateway = gateway_of(tmp_path, receiver, north, south, routes=routes)
        await asyncio.to_thread(gateway.start)
        await both_up(gateway)
        await submit(gateway, senders(3))
        assert await told(receiver, 3)
        assert {one.status for one in receiver.told} == {"rejected"}
        assert await asyncio.to_thread(gateway.stop) == 0
        await north.stop()
        await south.stop()

    with Receiver() as receiver:
        asyncio.run(main(receiver))


@pytest.mark.timeout(300)
def test_a_reload_changes_rates_and_routes_and_drops_no_bind(tmp_path):
    async def main(receiver: Receiver) -> None:
        north, south = Smsc(random.Random(6)), Smsc(random.Random(7))
        await north.start()
        await south.start()
        gateway = gateway_of(tmp_path, receiver, north, south)
        await asyncio.to_thread(gateway.start)
        await both_up(gateway)
        binds = len(north.binds), len(south.binds)
        text = gateway.config.read_text().replace('carriers = ["rig"]', 'carriers = ["south"]')
        text = text.replace("[carriers.rig]\n", "[carriers.rig]\nrate_per_s = 5\n")
        gateway.config.write_text(text)
        done = await asyncio.to_thread(gateway.homing, "reload")
        assert done.returncode == 0, done.stderr
        await submit(gateway, senders(5))
        assert await told(receiver, 5)
        assert (len(north.binds), len(south.binds)) == binds
        assert len(south.submits) == 5
        second = await asyncio.to_thread(second_serve, gateway)
        assert second.returncode == 2
        assert len(second.stderr.strip().splitlines()) == 1
        assert await asyncio.to_thread(gateway.stop) == 0
        await north.stop()
        await south.stop()

    with Receiver() as receiver:
        asyncio.run(main(receiver))


def second_serve(gateway: GatewayProcess) -> subprocess.CompletedProcess[str]:
    return gateway.homing("serve")


async def both_up(gateway: GatewayProcess) -> None:
    def up() -> bool:
        done = gateway.homing("carriers", "--json")
        return done.returncode == 0 and '"down"' not in done.stdout

    assert await asyncio.to_thread(until, up), gateway.homing("carriers", "--json")


def accepted_order(gateway: GatewayProcess):
    """The order of acceptance by the store's own ids: what "in order" means."""
    database = sqlite3.connect(gateway.store)
    query = "select sender, id from message"
    order = dict(database.execute(query).fetchall())
    database.close()
    return order.__getitem__


def tls(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context, and the authority that the gateway must be told of."""
    made = make_development_certificate(folder / "tls")
    return server_context(made.cert, made.key), made.ca
