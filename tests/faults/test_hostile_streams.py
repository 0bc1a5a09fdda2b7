"""Any octets on any socket: a clear error or a closed connection, while traffic goes on whole.

All fronts at once, with true traffic beside them: strangers on the HTTP port, the metrics port
and the operator's socket; a hostile carrier at the other end of other links; a hostile webhook.
"""

import asyncio
import json
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from processes import Rig, build_rig, first_line, homing_command, start
from support.checker import faults, read_smsc_log, wrong_parts
from support.gateways import WHOLE, GatewayProcess
from support.hostile import BIND_SEEDS, HTTP_SEEDS, pdu
from support.hostile_peers import HostileCarrier, HostileWebhook, Strangers
from support.ledgers import Receiver, Submitter
from support.on_thread import end_connections
from support.waiting import until

COUNT = 10_000 if WHOLE else 1_000  # on each front
RESIDENT_OCTETS_MAX = 250_000_000
FILES_MAX = 200  # more than at the start; a descriptor lost for each stream would be thousands
THREADS_MAX = 8  # a pool that resolves names and reads may have grown to its bound
BINDS = 64
CARRIER = """
[carriers.hostile]
address = "127.0.0.1:{port}"
system_id = "sys"
password = "pw"
binds = {binds}
[[routes]]
prefix = "99"
carriers = ["hostile"]
"""


@dataclass
class Fronts:
    """Who attacks, and the traffic of three accounts' worth beside them."""

    gateway: GatewayProcess
    carrier: HostileCarrier
    webhook: HostileWebhook
    strangers: list[Strangers]
    honest: Submitter  # its messages and its webhook are what must stay whole
    victim: Submitter  # each of its messages names a callback of the hostile webhook
    lured: Submitter  # its messages are routed to the hostile carrier

    async def run(self) -> None:
        stop = asyncio.Event()
        traffic = [
            asyncio.create_task(self.honest.run(connections=2, stop=stop)),
            asyncio.create_task(self.victim.run(connections=2, stop=stop, most=COUNT)),
            asyncio.create_task(self.lured.run(connections=1, stop=stop, most=100)),
        ]
        served = lambda: min(self.carrier.served, self.webhook.served) >= COUNT  # noqa: E731
        whole = await asyncio.gather(
            asyncio.to_thread(until, served, 60 + COUNT / 20),
            *(one.run() for one in self.strangers),
        )
        stop.set()
        await asyncio.gather(*traffic)
        assert whole[0], f"carrier {self.carrier.served}, webhook {self.webhook.served}"


def listener(port: int):
    return lambda: asyncio.open_connection("127.0.0.1", port)


async def attack(folder: Path, receiver: Receiver, rig: Rig) -> Submitter:
    carrier, webhook = HostileCarrier(COUNT, random.Random(3)), HostileWebhook(random.Random(4))
    carrier_server = await asyncio.start_server(carrier.serve, "127.0.0.1", 0)
    webhook_server = await asyncio.start_server(webhook.serve, "127.0.0.1", 0, backlog=1024)
    more = CARRIER.format(binds=BINDS, port=carrier_server.sockets[0].getsockname()[1])
    with GatewayProcess(folder, rig.smsc_port, receiver.port, more=more) as gateway:
        fronts = await prepare(gateway, carrier, webhook,
                               webhook_server.sockets[0].getsockname()[1])  # fmt: skip
        before = resources(gateway)
        await fronts.run()
        await asyncio.to_thread(stays_whole, gateway, fronts, receiver, before)
        assert await asyncio.to_thread(gateway.stop) == 0
    carrier_server.close()
    webhook_server.close()
    await end_connections()
    assert "Traceback" not in (folder / "homing.err").read_text()
    return fronts.honest


async def prepare(
    gateway: GatewayProcess, carrier: HostileCarrier, webhook: HostileWebhook, webhook_port: int
) -> Fronts:
    made = gateway.homing("accounts", "add", "victim", "--rate-per-s", "none", "--json")
    other = json.loads(made.stdout)
    await asyncio.to_thread(gateway.start)
    honest = Submitter(gateway.http_port, gateway.api_key, gateway.api_secret)
    victim = Submitter(gateway.http_port, other["api_key"], other["api_secret"])
    lured = Submitter(gateway.http_port, other["api_key"], other["api_secret"])
    victim.next_number, lured.next_number = 447_800_000_000, 99_700_000_000
    victim.extra = {"callback": f"http://127.0.0.1:{webhook_port}/{{to}}"}
    socket = f"{gateway.store}.sock"
    strangers = [
        Strangers(opener, HTTP_SEEDS, COUNT, random.Random(seed))
        for seed, opener in enumerate(
            (
                listener(gateway.http_port),
                listener(gateway.metrics_port),
                lambda: asyncio.open_unix_connection(socket),
            )
        )
    ]
    return Fronts(gateway, carrier, webhook, strangers, honest, victim, lured)


def stays_whole(
    gateway: GatewayProcess, fronts: Fronts, receiver: Receiver, before: dict[str, int]
) -> None:
    assert gateway.child is not None
    gateway.child.check()
    told = lambda: {one.recipient for one in list(receiver.told)}  # noqa: E731
    assert until(lambda: told() >= fronts.honest.accepted.keys(), 60), "traffic is not whole"
    back = until(lambda: fronts.carrier.staying == BINDS, 60)
    assert back, f"only {fronts.carrier.staying} of {BINDS} links came back"
    after = resources(gateway)
    print(
        f"{COUNT} a front: honest {len(fronts.honest.accepted)}, victim "
        f"{len(fronts.victim.accepted)}, webhook {fronts.webhook.served}, carrier "
        f"{fronts.carrier.served} ({fronts.carrier.bound} bound), strangers answered "
        f"{[one.answered for one in fronts.strangers]}, before {before}, after {after}"
    )
    assert not fronts.honest.refused
    assert not fronts.honest.unanswered
    assert [one.hung for one in fronts.strangers] == [[], [], []]
    assert all(one.answered > COUNT // 2 for one in fronts.strangers), "strangers are ignored"
    assert after["files"] <= before["files"] + FILES_MAX
    assert after["threads"] <= before["threads"] + THREADS_MAX
    assert after["resident_octets"] < RESIDENT_OCTETS_MAX


def resources(gateway: GatewayProcess) -> dict[str, int]:
    assert gateway.child is not None
    process = Path(f"/proc/{gateway.child.process.pid}")
    return {
        "files": len(list((process / "fd").iterdir())),
        "threads": len(list((process / "task").iterdir())),
        "resident_octets": gateway.child.resident_octets(),
    }


@pytest.mark.timeout(1800)
def test_nothing_dies_nothing_leaks_and_traffic_is_complete(tmp_path):
    build_rig()
    log = tmp_path / "smsc.log"
    with Receiver() as receiver, Rig(tmp_path, "messageId", {"log": str(log)}) as rig:
        honest = asyncio.run(attack(tmp_path, receiver, rig))
        rig.stop()
        sent = [row for row in read_smsc_log(log) if row.recipient in honest.accepted]
        assert honest.accepted
        assert faults(honest.accepted, sent, receiver.told) == []
        assert wrong_parts(honest.accepted, receiver.told) == []


@pytest.mark.timeout(900)
def test_the_simulated_carrier_survives_strangers_and_still_binds(tmp_path):
    command = [*homing_command(), "simulator", "--port", "0", "--json"]
    simulator = start("simulator", command, tmp_path)
    try:
        port = int(json.loads(first_line(simulator))["smpp"].rpartition(":")[2])
        strangers = Strangers(listener(port), BIND_SEEDS, COUNT, random.Random(5))
        assert asyncio.run(strangers_then_bind(strangers, port))
        assert strangers.hung == []
        assert strangers.answered
        assert simulator.resident_octets() < RESIDENT_OCTETS_MAX
    finally:
        simulator.stop()
    assert simulator.process.returncode == 0
    assert "Traceback" not in simulator.errors.read_text()


async def strangers_then_bind(strangers: Strangers, port: int) -> bool:
    await strangers.run()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(pdu(0x9, b"sys\0pw\0\0\x34\0\0\0"))
    async with asyncio.timeout(10):
        head = await reader.readexactly(16)
    writer.close()
    return head[4:12] == (0x80000009).to_bytes(4, "big") + bytes(4)
