"""One account's webhooks that never answer take no other account's turn."""

import asyncio
import json

import pytest

from processes import Rig, build_rig
from support.gateways import GatewayProcess
from support.ledgers import Receiver, Submitter
from support.on_thread import end_connections
from support.waiting import until

HANGING = 1_500  # more than all connections that the gateway opens at once
HONEST = 50
SOON_S = 5.0  # far below the time after which a hanging webhook is given up


@pytest.mark.timeout(120)
def test_many_hanging_callbacks_of_one_account_delay_no_other_account(tmp_path):
    build_rig()
    with (
        Receiver() as receiver,
        Rig(tmp_path, "messageId") as rig,
        GatewayProcess(tmp_path, rig.smsc_port, receiver.port) as gateway,
    ):
        made = gateway.homing("accounts", "add", "hanging", "--rate-per-s", "none", "--json")
        other = json.loads(made.stdout)
        gateway.start()
        honest = Submitter(gateway.http_port, gateway.api_key, gateway.api_secret)
        hanging = Submitter(gateway.http_port, other["api_key"], other["api_secret"])
        hanging.next_number = 447_800_000_000
        asyncio.run(hang_then_send(hanging, honest, receiver))
        assert len(hanging.accepted) == HANGING
        assert gateway.stop() == 0


async def hang_then_send(hanging: Submitter, honest: Submitter, receiver: Receiver) -> None:
    reached: set[asyncio.StreamWriter] = set()
    stop = asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.add(writer)
        await stop.wait()
        writer.close()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    hanging.extra = {"callback": f"http://127.0.0.1:{port}/{{to}}"}
    await hanging.run(connections=8, stop=asyncio.Event(), most=HANGING)
    assert await asyncio.to_thread(until, lambda: len(reached) >= 100)
    await honest.run(connections=4, stop=asyncio.Event(), most=HONEST)
    told = lambda: {one.recipient for one in list(receiver.told)}  # noqa: E731
    soon = await asyncio.to_thread(until, lambda: told() >= honest.accepted.keys(), SOON_S)
    print(f"{len(reached)} hang, {len(told())} of {len(honest.accepted)} told")
    stop.set()
    server.close()
    await end_connections()
    assert soon
