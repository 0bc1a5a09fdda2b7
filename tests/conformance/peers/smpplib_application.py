"""`smpplib` as an application: python smpplib_application.py PORT, orders on standard input."""

import json
import select
import sys
import time
from io import FileIO
from typing import Any

from smpplib import client as smpplib_client
from smpplib import consts, gsm
from talking import BACK_OFF_S, THROTTLED, WORDS, say


class Application:
    def __init__(self, port: int) -> None:
        self.client = smpplib_client.Client(
            "127.0.0.1", port, timeout=10, allow_unknown_opt_params=True
        )
        self.statuses: list[int] = []
        self.client.set_message_sent_handler(lambda pdu: self.statuses.append(pdu.status))
        self.client.set_error_pdu_handler(lambda pdu: None)  # the other handler hears of it too
        self.client.set_message_received_handler(self.told)

    def run(self) -> None:
        self.client.connect()
        self.client.bind_transceiver(system_id="smpplib", password="pw")
        say("bound")
        with open(0, "rb", buffering=0) as orders:  # unbuffered: select sees every line
            self.obey(orders)
        self.client.unbind()
        say("left")
        self.client.disconnect()

    def obey(self, orders: FileIO) -> None:
        """Until it is told to leave; what the carrier says is read meanwhile."""
        while True:
            ready = select.select([orders, self.client._socket], [], [])[0]
            if self.client._socket in ready:
                self.client.read_once()
            if orders in ready:
                line = orders.readline()
                if not line or "leave" in (order := json.loads(line)):
                    return
                self.send(order["to"], "".join(order["texts"]))

    def send(self, to: str, text: str) -> None:
        parts, data_coding, esm_class = gsm.make_parts(text)
        for part in parts:
            while self.submit(to, part, data_coding, esm_class) == THROTTLED:
                time.sleep(BACK_OFF_S)

    def submit(self, to: str, part: bytes, data_coding: int, esm_class: int) -> int:
        self.statuses.clear()
        self.client.send_message(
            source_addr_ton=consts.SMPP_TON_ALNUM,
            source_addr="Acme",
            dest_addr_ton=consts.SMPP_TON_INTL,
            dest_addr_npi=consts.SMPP_NPI_ISDN,
            destination_addr=to,
            short_message=part,
            data_coding=data_coding,
            esm_class=esm_class,
            registered_delivery=True,
        )
        while not self.statuses:
            self.client.read_once()
        say("answered", to=to, status=self.statuses[0])
        return self.statuses[0]

    def told(self, pdu: Any) -> None:
        say("told", to=pdu.source_addr.decode(), word=WORDS.get(pdu.message_state, "?"))


Application(int(sys.argv[1])).run()
