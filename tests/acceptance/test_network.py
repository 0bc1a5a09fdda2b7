"""The network of a recipient as its carrier names it: the receipt's word, else the answer's, over a
power cut between the two. Webhook, search and `homing show` agree. The table knows another network.
"""

import pytest

from homing.simulator.carrier import Simulator
from homing.simulator.persona import Persona, Receipts, Submits, Writing
from support.asking import Caller, bound
from support.gateways import GatewayProcess
from support.ledgers import Receiver
from support.on_thread import LoopThread
from support.waiting import until

RECIPIENT, TABLE = "447700900000", "23410"
ANSWER, RECEIPT = "310260", "20801"


def shown(gateway: GatewayProcess, message_id: str) -> str:
    done = gateway.homing("show", message_id)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("in_answer", "in_receipt", "expected"),
    [("", "", TABLE), (ANSWER, "", ANSWER), (ANSWER, RECEIPT, RECEIPT), ("", RECEIPT, RECEIPT)],
    ids=["table", "answer", "receipt after an answer", "receipt"],
)
def test_the_nearest_word_is_told_over_a_power_cut(tmp_path, in_answer, in_receipt, expected):
    persona = Persona(
        receipts=Receipts(carrier=False),  # the handset's is the only one
        submit=Submits(network=in_answer),
        writing=Writing(network=in_receipt),
    )
    with Receiver() as receiver, LoopThread() as loop:
        carrier = loop.start(Simulator(persona=persona, speed=1_000))
        loop.call(carrier.set_handset, RECIPIENT, False)
        with GatewayProcess(tmp_path, carrier.port, receiver.port) as gateway:
            gateway.start()
            assert bound(gateway)
            caller = Caller(gateway)
            sent = caller.send("Acme", RECIPIENT)
            assert (sent["status"], sent["network"]) == ("0", TABLE)
            caller.close()
            message_id = sent["message-id"]
            assert until(lambda: "taken as" in shown(gateway, message_id))
            assert f"{RECIPIENT}  ({in_answer or TABLE})" in shown(gateway, message_id)
            gateway.kill()

            gateway.start()
            assert bound(gateway)
            assert receiver.told == [], "the receipt came before the power cut"
            loop.call(carrier.set_handset, RECIPIENT, True)
            assert until(lambda: receiver.told)
            (told,) = receiver.told
            assert (told.status, told.pairs["network-code"]) == ("delivered", expected)
            assert f"{RECIPIENT}  ({expected})" in shown(gateway, message_id)
            caller = Caller(gateway)
            pair = f"api_key={caller.api_key}&api_secret={caller.api_secret}"
            found = caller.ask("GET", f"/search/message?id={message_id}&{pair}")
            assert found["network"] == expected
            caller.close()
            assert gateway.stop() == 0
