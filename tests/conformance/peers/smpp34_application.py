"""`smpp34` as an application: python smpp34_application.py PORT, orders on standard input."""

import asyncio
import json
import os
import sys

import smpp34
from talking import BACK_OFF_S, THROTTLED, UDHI, WORDS, say, user_data


async def read(smsc: smpp34.Smsc) -> None:
    """Say what every receipt tells, by its own TLV."""
    while isinstance(event := await smsc.next(), smpp34.DeliverSmEvent):
        states = [one.as_int() for one in event.tlvs if one.tag == smpp34.TLV_MESSAGE_STATE]
        say("told", to=event.source_addr, word=WORDS.get(states[0] or 0, "?"))


async def send(smsc: smpp34.Smsc, to: str, texts: list[str]) -> None:
    for octets in user_data(texts):
        status = THROTTLED
        while status == THROTTLED:
            answer = await smsc.submit_sm(
                to,
                octets,
                source_addr="Acme",
                source_addr_ton=5,
                dest_addr_ton=1,
                dest_addr_npi=1,
                esm_class=UDHI if len(texts) > 1 else 0,
                registered_delivery=1,
            )
            status = answer.command_status
            say("answered", to=to, status=status)
            if status == THROTTLED:
                await asyncio.sleep(BACK_OFF_S)


async def main() -> None:
    client = smpp34.Client("127.0.0.1", int(sys.argv[1]), "smpp34", "pw", bind_type="TRX")
    smsc = await client.connect()
    say("bound")
    reading = asyncio.create_task(read(smsc))
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        if "leave" in order:
            break
        await send(smsc, order["to"], order["texts"])
    await smsc.unbind()
    say("left")
    reading.cancel()
    # Its threads may still call into an interpreter that is being torn down, which aborts.
    os._exit(0)


asyncio.run(main())
