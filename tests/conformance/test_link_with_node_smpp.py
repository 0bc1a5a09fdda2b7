"""The npm stack `smpp` as the SMSC before our links: what it decodes is what was sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from processes import free_port
from support.callers import accepted
from support.gateways import GatewayProcess
from support.ledgers import Receiver
from support.node_peers import Event, NodePeer, need_node_package
from support.waiting import until

KINDS = ("bind_transceiver", "bind_transmitter", "bind_receiver")
DAY_MS = 86_400_000
UDHI = 0x40  # SMPP 3.4 5.2.12
EVERY_GSM_CHARACTER = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "^{}\\[~]|€"
EMOJI = "Grüße 👋🏽 из Киева 🇺🇦"


class Peers:
    """A gateway with two carriers, both the same SMSC: 44... over a transceiver, told of by
    texts; 49... over a transmitter and a receiver, told of by TLVs alone."""

    def __init__(self, gateway: GatewayProcess, smsc: NodePeer, receiver: Receiver) -> None:
        self.gateway, self.smsc, self.receiver = gateway, smsc, receiver
        self.numbers = 0
        self.sent: dict[str, list[str]] = {}  # recipient -> message-ids

    def send(self, how: str, **more: str) -> list[Event]:
        """The submit_sm of one message as the SMSC decoded them, its parts in order."""
        self.numbers += 1
        to = str((447_700_900_000 if how == "text" else 4_915_100_000_000) + self.numbers)
        ids = accepted(self.gateway, to=to, **more)
        found = self.smsc.wait("submitted", len(ids), destination=to)
        assert len(found) == len(ids)
        self.sent[to] = ids
        for one in found:
            assert one["how"] == how
            assert one["kind"] == ("bind_transceiver" if how == "text" else "bind_transmitter")
            assert one["registered_delivery"] == 1
            assert (one["dest_ton"], one["dest_npi"]) == (1, 1)
            assert one["schedule"] == ""
        return found


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peers]:
    need_node_package("smpp")
    folder = tmp_path_factory.mktemp("npm")
    with Receiver() as receiver, NodePeer("smsc.js") as smsc:
        port = smsc.wait("listening")[0]["port"]
        gateway = made(folder, port, receiver)
        gateway.start()
        try:
            for kind in KINDS:
                smsc.wait("bound", kind=kind)
            yield Peers(gateway, smsc, receiver)
        finally:
            code = gateway.stop()
        assert code == 0
        for kind in KINDS:
            smsc.wait("unbound", kind=kind)  # a clean end takes leave of the carrier
        assert smsc.of("error") == []
        assert {one["status"] for one in smsc.of("acknowledged")} <= {0}


def made(folder: Path, port: int, receiver: Receiver) -> GatewayProcess:
    more = (
        f'[carriers.pair]\naddress = "127.0.0.1:{port}"\nsystem_id = "sys"\npassword = "pw"\n'
        'system_type = "tlv"\nkind = "transmitter_and_receiver"\nenquire_link_s = 0.5\n'
        '[[routes]]\nprefix = "49"\ncarriers = ["pair"]\n'
    )
    carrier = 'system_type = "text"\nenquire_link_s = 0.5'
    gateway = GatewayProcess(folder, port, receiver.port or free_port(), carrier, more=more)
    done = gateway.homing("accounts", "set", "bench", "--rate-per-s", "none")
    assert done.returncode == 0, done.stderr
    return gateway


BOTH = pytest.mark.parametrize("how", ["text", "tlv"])


def test_every_kind_of_bind_says_who_we_are(peers):
    for kind in KINDS:
        for bind in peers.smsc.of("bound", kind=kind):
            assert (bind["system_id"], bind["password"]) == ("sys", "pw")
            assert bind["interface_version"] == 0x34


@BOTH
def test_a_text_of_one_part_is_decoded_as_it_was_sent(peers, how):
    text = EVERY_GSM_CHARACTER[:100] + EXTENSION
    (one,) = peers.send(how, text=text)
    assert one["text"] == text
    assert (one["esm_class"], one["data_coding"], one["udh"]) == (0, 0, [])
    assert (one["source"], one["source_ton"], one["source_npi"]) == ("Acme", 5, 0)
    assert one["validity_ms"] == pytest.approx(3 * DAY_MS, abs=5_000)


def test_senders_of_digits_are_announced_as_what_they_are(peers):
    (short,) = peers.send("text", sender="12345")
    (number,) = peers.send("text", sender="447700900999")
    assert (short["source"], short["source_ton"], short["source_npi"]) == ("12345", 3, 0)
    assert (number["source"], number["source_ton"], number["source_npi"]) == ("447700900999", 1, 1)


@BOTH
@pytest.mark.parametrize(
    ("text", "data_coding"),
    [((EVERY_GSM_CHARACTER + EXTENSION) * 3, 0), ((EMOJI + " ") * 7, 8), ("x" * 66 + "👋" * 60, 8)],
    ids=["gsm", "ucs-2", "a surrogate pair at each end"],
)
def test_three_parts_are_numbered_and_join_to_the_text(peers, how, text, data_coding):
    parts = peers.send(how, text=text)
    assert len(parts) == 3
    headers = [part["udh"] for part in parts]
    reference = headers[0][0][4:6]
    assert headers == [[f"0003{reference}03{index:02x}"] for index in (1, 2, 3)]
    assert {part["esm_class"] for part in parts} == {UDHI}
    assert {part["data_coding"] for part in parts} == {data_coding}
    assert "".join(part["text"] for part in parts) == text
    for part in parts:  # each is whole by itself: no half of a pair, no escape without its octet
        assert part["text"].encode("utf-8", "strict")
        assert "\x1b" not in part["text"]


@BOTH
def test_ucs2_with_emoji_is_decoded_as_it_was_sent(peers, how):
    (one,) = peers.send(how, text=EMOJI)
    assert (one["text"], one["data_coding"], one["esm_class"]) == (EMOJI, 8, 0)
    (asked,) = peers.send(how, text="plain", type="unicode")
    assert (asked["text"], asked["data_coding"]) == ("plain", 8)


@BOTH
def test_binary_keeps_the_octets_and_the_header_of_the_caller(peers, how):
    (one,) = peers.send(
        how, type="binary", udh="06050415811581", body="00ff1b40FE", protocol_id="127"
    )
    assert one["udh"] == ["050415811581"]
    assert (one["octets"], one["text"]) == ("00ff1b40fe", None)
    assert (one["esm_class"], one["data_coding"], one["protocol_id"]) == (UDHI, 4, 127)
    (bare,) = peers.send(how, type="binary", body="00ff")
    assert (bare["octets"], bare["esm_class"], bare["udh"]) == ("00ff", 0, [])


@BOTH
def test_flash_has_class_0_in_every_alphabet(peers, how):
    for text, data_coding in (("now", 0x10), (EMOJI, 0x18)):
        (one,) = peers.send(how, text=text, message_class="0")
        assert (one["text"], one["data_coding"]) == (text, data_coding)


def test_a_ttl_is_the_validity_period(peers):
    for ttl_ms in (20_000, 3_723_000, 7 * DAY_MS):
        (one,) = peers.send("text", ttl=str(ttl_ms))
        assert one["validity_ms"] == pytest.approx(ttl_ms, abs=5_000)


@BOTH
def test_receipts_as_text_and_as_tlvs_find_every_part(peers, how):
    parts = peers.send(how, text="y" * 400)
    ids = peers.sent[parts[0]["destination"]]
    for part in parts:
        for stat in ("ACCEPTD", "DELIVRD"):
            peers.smsc.wait("acknowledged", id=part["id"], stat=stat, how=how)

    def told() -> set[tuple[str, str]]:
        return {(one.message_id, one.status) for one in peers.receiver.told}

    wanted = {(one, status) for one in ids for status in ("accepted", "delivered")}
    assert until(lambda: wanted <= told()), wanted - told()


def test_a_quiet_link_asks_and_answers_whether_it_is_alive(peers):
    for kind in KINDS:
        peers.smsc.wait("enquired", kind=kind)
    peers.smsc.say("enquire")
    for kind in KINDS:
        assert peers.smsc.wait("alive", kind=kind)[0]["status"] == 0


def test_a_carrier_that_unbinds_is_answered_and_bound_again(peers):
    before = {kind: len(peers.smsc.of("bound", kind=kind)) for kind in KINDS}
    peers.smsc.say("unbind")
    for kind in KINDS:
        assert peers.smsc.wait("let go", kind=kind)[0]["status"] == 0
        peers.smsc.wait("bound", before[kind] + 1, kind=kind)
    for how in ("text", "tlv"):
        (one,) = peers.send(how, text="and on it goes")
        assert one["text"] == "and on it goes"
