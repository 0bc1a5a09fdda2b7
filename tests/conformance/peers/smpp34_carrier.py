"""`smpp34` as a carrier: python smpp34_carrier.py PORT. Receipts come as text and as TLVs."""

import asyncio
import os
import sys

import smpp34
from talking import UDHI, WORDS, say

STATS = {6: "ACCEPTD", 2: "DELIVRD"}


class Carrier:
    def __init__(self) -> None:
        self.server = smpp34.Server("127.0.0.1", int(sys.argv[1]), system_id="smpp34")
        self.binds: dict[str, smpp34.Esme] = {}
        self.throttles = 0
        self.last_id = 0
        self.reports: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        await self.server.start()
        say("listening", port=int(sys.argv[1]))
        orders = asyncio.create_task(self.obey())
        while True:
            event = await self.server.next()
            if isinstance(event, smpp34.Esme):
                self.binds[event.session_id] = event
                say("bound", system_id=event.system_id)
            elif isinstance(event, smpp34.SubmitSmEvent):
                self.answer(event)
            else:
                del self.binds[event.session_id]
                say("left", bound=len(self.binds), obeys=not orders.done())

    async def obey(self) -> None:
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.startswith("throttle "):
                self.throttles = int(line.removeprefix("throttle "))
                say("will throttle")
            else:
                await asyncio.gather(*(bind.unbind() for bind in self.binds.values()))
                say("let go")
        os._exit(0)

    def answer(self, event: smpp34.SubmitSmEvent) -> None:
        if self.throttles:
            self.throttles -= 1
            event.reject(smpp34.ESME_RTHROTTLED)
            say("throttled", destination=event.destination_addr)
            return
        self.last_id += 1
        message_id = f"r{self.last_id}"
        event.accept(message_id)
        octets, udh = event.short_message, b""
        if event.esm_class & UDHI:
            udh, octets = octets[1 : octets[0] + 1], octets[octets[0] + 1 :]
        say(
            "submitted",
            id=message_id,
            destination=event.destination_addr,
            udh=[udh.hex()] if udh else [],
            text=octets.decode("ascii"),
        )
        report = asyncio.create_task(self.report(event, message_id))
        self.reports.add(report)
        report.add_done_callback(self.reported)

    def reported(self, report: asyncio.Task[None]) -> None:
        self.reports.discard(report)
        if isinstance(report.exception(), smpp34.SmppError):  # the link ended before the answer
            say("unanswered")

    async def report(self, event: smpp34.SubmitSmEvent, message_id: str) -> None:
        bind = self.binds[event.session_id]
        for state, stat in STATS.items():
            answer = await bind.deliver_sm(
                event.source_addr,
                f"id:{message_id} sub:001 dlvrd:001 submit date:2601011200 "
                f"done date:2601011201 stat:{stat} err:000 text:".encode(),
                source_addr=event.destination_addr,
                source_addr_ton=event.dest_addr_ton,
                source_addr_npi=event.dest_addr_npi,
                dest_addr_ton=event.source_addr_ton,
                dest_addr_npi=event.source_addr_npi,
                esm_class=4,
                tlvs=[
                    smpp34.Tlv(smpp34.TLV_RECEIPTED_MESSAGE_ID, message_id.encode() + b"\0"),
                    smpp34.Tlv(smpp34.TLV_MESSAGE_STATE, bytes([state])),
                ],
            )
            say("acknowledged", id=message_id, word=WORDS[state], status=answer.command_status)


asyncio.run(Carrier().run())
