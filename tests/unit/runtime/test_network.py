"""Which network a message went to: the receipt's word, else the answer's, else the table's."""

import pytest

from homing.core.numbering.network import network_of
from homing.core.smpp.pdu import write_tlvs
from support.house import RECIPIENT, House

TABLE, ANSWER, RECEIPT = network_of(RECIPIENT), "310260", "20801"


def network(octets: str, tag: int = 0x1403) -> bytes:
    return write_tlvs({tag: octets.encode()})


@pytest.mark.parametrize(
    ("answer", "receipt", "expected"),
    [
        (b"", b"", TABLE),
        (network(ANSWER), b"", ANSWER),
        (network(ANSWER, 0x1401) + b"\0", b"", ANSWER),
        (network(ANSWER), network(RECEIPT), RECEIPT),
        (network("no code"), b"", TABLE),
        (b"\x14\x03\x00\x06310", b"", TABLE),
    ],
    ids=["table", "answer", "another TLV", "receipt", "no network", "cut off"],
)
def test_the_nearer_word_is_told_also_after_a_restart(tmp_path, answer, receipt, expected):
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]
    north.status = None

    async def answered() -> None:
        await house.up("north")
        await house.accept(1)
        north.answer(north.submits[0], id="north1", tlvs=answer)
        await house.until(lambda: house.count("answer"))

    async def received() -> None:
        await house.up("north")
        north.deliver("north1", tlvs=receipt)
        await house.until(lambda: house.webhook.taken)
        row = house.query(
            "select n.network, m.network from notification n join part p on p.id = n.part_id "
            "join message m on m.id = p.message_id"
        )[0]
        told.append(row[0] or row[1])

    told: list[str] = []
    house.live(answered)
    house.live(received)
    assert told == [expected]
