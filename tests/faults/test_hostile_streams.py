"""Any octets on any socket: a clear error or a closed connection, while traffic goes on whole.

Three fronts at once with true traffic beside them: strangers on the HTTP and metrics ports, a
hostile carrier at the other end of a second link, and a hostile webhook of a second account.
"""

import asyncio
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from processes import Rig, build_rig
from support.checker import faults, read_smsc_log
from support.gateways import WHOLE, GatewayProcess
from support.hostile import ANSWER_SEEDS, HTTP_SEEDS, SMPP_SEEDS, pdu, streams
from support.ledgers import Receiver, Submitter
from support.waiting import until

COUNT = 10_000 if WHOLE else 1_000  # on each front
CARRIER = """
[carriers.hostile]
address = "127.0.0.1:{port}"
system_id = "sys"
password = "pw"
binds = 8
[[routes]]
prefix = "99"
carriers = ["hostile"]
"""


async def strangers(port: int, seeds: list[bytes], chance: random.Random) -> None:
    """Connections that say something hostile and read what comes, eight at a time."""
    waiting = iter(streams(seeds, COUNT, chance))

    async def one() -> None:
        for octets in waiting:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(octets)
                writer.write_eof()
                async with asyncio.timeout(10):
                    while await reader.read(65536):
                        pass
            except (ConnectionError, TimeoutError):
                pass
            finally:
                writer.close()

    await asyncio.gather(*(one() for _ in range(8)))


class HostileCarrier:
    """Binds honestly, most of the time; then says whatever it likes and hangs up."""

    def __init__(self, chance: random.Random) -> None:
        self._waiting = streams(SMPP_SEEDS, COUNT, chance)
        self.served = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            octets = next(self._waiting, None)
            if octets is None:
                return
            self.served += 1
            if self.served % 3:
                head = await reader.readexactly(16)
                await reader.readexactly(int.from_bytes(head[:4], "big") - 16)
                writer.write(pdu(0x80000009, b"H\0", int.from_bytes(head[12:], "big")))
            writer.write(octets)
            await writer.drain()
            async with asyncio.timeout(0.05):
                await reader.read(1024)
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class HostileWebhook:
    """Answers each request with something else than it should, on a connection that it may keep."""

    def __init__(self, chance: random.Random) -> None:
        self._answers: Iterator[bytes] = streams(ANSWER_SEEDS, 1 << 30, chance)
        self.served = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(65536):
                self.served += 1
                writer.write(next(self._answers))
                await writer.drain()
                if self.served % 2:
                    return
        except ConnectionError:
            pass
        finally:
            writer.close()


async def quiet(is_done, seconds: float) -> bool:
    return await asyncio.to_thread(until, is_done, seconds)


async def fronts(gateway: GatewayProcess, submitter: Submitter, victim: Submitter,
                 carrier: HostileCarrier, webhook: HostileWebhook) -> None:  # fmt: skip
    stop = asyncio.Event()
    traffic = [
        asyncio.create_task(submitter.run(connections=4, stop=stop)),
        asyncio.create_task(victim.run(connections=1, stop=stop, most=COUNT)),
    ]
    await strangers(gateway.http_port, HTTP_SEEDS, random.Random(1))
    await strangers(gateway.metrics_port, HTTP_SEEDS, random.Random(2))
    await quiet(lambda: carrier.served >= COUNT // 10, 60)
    stop.set()
    await asyncio.gather(*traffic)


@pytest.mark.timeout(1800)
def test_nothing_dies_nothing_leaks_and_traffic_is_complete(tmp_path):
    build_rig()
    log = tmp_path / "smsc.log"

    async def main(receiver: Receiver, rig: Rig) -> tuple[Submitter, dict[str, int]]:
        carrier, webhook = HostileCarrier(random.Random(3)), HostileWebhook(random.Random(4))
        carrier_server = await asyncio.start_server(carrier.serve, "127.0.0.1", 0)
        webhook_server = await asyncio.start_server(webhook.serve, "127.0.0.1", 0)
        gateway = GatewayProcess(
            tmp_path, rig.smsc_port, receiver.port,
            more=CARRIER.format(port=carrier_server.sockets[0].getsockname()[1]),
        )  # fmt: skip
        port = webhook_server.sockets[0].getsockname()[1]
        made = gateway.homing(
            "accounts", "add", "victim", "--webhook", f"http://127.0.0.1:{port}/x",
            "--rate-per-s", "none", "--json",
        )  # fmt: skip
        other = json.loads(made.stdout)
        await asyncio.to_thread(gateway.start)
        assert gateway.child is not None
        submitter = Submitter(gateway.http_port, gateway.api_key, gateway.api_secret)
        victim = Submitter(gateway.http_port, other["api_key"], other["api_secret"])
        victim.next_number = 447_800_000_000
        before = resources(gateway.child.process.pid)
        await fronts(gateway, submitter, victim, carrier, webhook)
        finals = lambda: {one.recipient for one in receiver.told}  # noqa: E731
        assert await quiet(lambda: finals() >= submitter.accepted.keys(), 60), (
            "traffic is not whole"
        )
        gateway.child.check()
        after = resources(gateway.child.process.pid)
        assert after["files"] - before["files"] < 60, (before, after)
        assert after["threads"] == before["threads"]
        assert gateway.child.resident_octets() < 250_000_000
        assert webhook.served > 0
        assert await asyncio.to_thread(gateway.stop) == 0
        assert "Traceback" not in (tmp_path / "homing.err").read_text()
        carrier_server.close()
        webhook_server.close()
        return submitter, after

    with Receiver() as receiver, Rig(tmp_path, "messageId", {"log": str(log)}) as rig:
        submitter, _ = asyncio.run(main(receiver, rig))
        rig.stop()
        numbers = submitter.accepted
        sent = [row for row in read_smsc_log(log) if row.recipient in numbers]
        assert numbers
        assert faults(numbers, sent, receiver.told) == []


def resources(pid: int) -> dict[str, int]:
    process = Path(f"/proc/{pid}")
    return {
        "files": len(list((process / "fd").iterdir())),
        "threads": len(list((process / "task").iterdir())),
    }
