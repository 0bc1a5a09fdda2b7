"""Receipts that were damaged or forged: none raises, none is delivered that does not say so.

The rule is written here a second time, with nothing of the reader: the state TLV decides, and
without one the first stat, which stands before `text:` unless there is none before it.
"""

import random
from itertools import pairwise

from homing.core.model.lifecycle import State
from homing.core.receipts.read import is_receipt, read
from homing.core.smpp.short import DeliverSm
from support.corpus import deliver_of, read_rows

SEED = 20_260_131
ROUNDS = 100_000
DELIVERED_WORDS = {b"DELIVRD", b"DELIVERED", b"DELIVERD", b"0"}
KEYS = [b"id", b"sub", b"dlvrd", b"submit date", b"submitdate", b"done date", b"donedate", b"stat",
        b"err", b"mccmnc", b"text"]  # fmt: skip
STATE_TLV, PAYLOAD_TLV = 0x0427, 0x0424
WORDS = [b"DELIVRD", b"UNDELIV", b"EXPIRED", b"BADSTAT", b"delivrd", b"0", b"2", b""]
FORGED = [b"stat:DELIVRD", b"id:1 stat:DELIVRD err:000", b" Stat:delivrd", b"stat:0", b"text:",
          b"x 2", b"stat:DELIVRD text:", b"done date:2601311200 stat:EXPIRED"]  # fmt: skip


def keys_in(octets: bytes) -> list[tuple[int, int, bytes]]:
    """Where each key starts and ends, and its name; found by looking back from each colon."""
    lower = octets.lower()
    found = []
    for colon in (at for at, octet in enumerate(lower) if octet == ord(":")):
        for key in KEYS:
            at = colon - len(key)
            letter_before = at > 0 and lower[at - 1 : at].isalpha()
            if at >= 0 and lower[at:colon] == key and not letter_before:
                found.append((at, colon + 1, key))
    return sorted(found)


def says_delivered(octets: bytes, tlv: bytes | None) -> bool:
    if tlv is not None and 1 <= len(tlv) <= 4:
        number = int.from_bytes(tlv, "big")
        if number in range(10) or number in range(0x30, 0x3A):
            return number in (2, 0x32)
    keys = keys_in(octets)
    first = next((end for _, end, key in keys if key == b"stat"), None)
    if first is None:
        return False
    value = octets[first : next((at for at, *_ in keys if at >= first), len(octets))]
    words = value.replace(b"\0", b" ").replace(b":", b" ").split()
    return bool(words) and words[0].upper() in DELIVERED_WORDS


def mutated(chance: random.Random, whole: DeliverSm) -> tuple[DeliverSm, bytes]:
    """A damaged receipt, and the octets that its text is without UDH and UCS-2."""
    octets, tlvs = whole.short_message, dict(whole.tlvs)
    tlvs.pop(PAYLOAD_TLV, None)  # read into the short message already
    for _ in range(chance.randint(1, 3)):
        octets = chance.choice(
            (truncated, flipped, shuffled, doubled, forged, another_stat, glued)
        )(chance, octets)  # fmt: skip
    if chance.random() < 0.4:
        tlvs[STATE_TLV] = chance.choice(
            [bytes([chance.randrange(12)]), b"", b"2", b"\0\0\0\2", chance.randbytes(3), b"\2\0"]
        )
    elif chance.random() < 0.5:
        tlvs.pop(STATE_TLV, None)
    esm_class = chance.choice([4, 4, 8, 0x10, 0x20, 0])
    dress = chance.random()
    if dress < 0.1:
        coding = chance.choice(["utf-16-be", "utf-16-le"])
        dressed = octets.decode("latin-1").encode(coding)
    elif dress < 0.2:
        esm_class |= 0x40
        dressed = bytes.fromhex("050003840201") + octets
    else:
        dressed = octets
    return DeliverSm(esm_class=esm_class, short_message=dressed, tlvs=tlvs), octets


def truncated(chance: random.Random, octets: bytes) -> bytes:
    at = chance.randint(0, len(octets))
    return octets[:at] if chance.random() < 0.8 else octets[at:]


def flipped(chance: random.Random, octets: bytes) -> bytes:
    if not octets:
        return octets
    changed = bytearray(octets)
    for _ in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def shuffled(chance: random.Random, octets: bytes) -> bytes:
    starts = [0, *(at for at, *_ in keys_in(octets)), len(octets)]
    pieces = [octets[a:b] for a, b in pairwise(starts)]
    chance.shuffle(pieces)
    return b" ".join(pieces)


def doubled(chance: random.Random, octets: bytes) -> bytes:
    keys = keys_in(octets)
    if not keys:
        return octets
    _, _, key = chance.choice(keys)
    return octets + b" " + key + b":" + chance.choice(WORDS)


def forged(chance: random.Random, octets: bytes) -> bytes:
    """The sender's words, made to look like a receipt, put after `text:`."""
    at = octets.lower().find(b"text:")
    head = octets if at < 0 else octets[: at + 5]
    return head + (b" text:" if at < 0 else b"") + chance.choice(FORGED)


def another_stat(chance: random.Random, octets: bytes) -> bytes:
    return octets.replace(b"DELIVRD", chance.choice(WORDS), 1)


def glued(chance: random.Random, octets: bytes) -> bytes:
    return octets.replace(b" ", chance.choice([b"", b"\0", b"\n", b"x"]), chance.randint(1, 3))


def test_no_mutated_receipt_raises_and_none_is_delivered_that_does_not_say_so() -> None:
    chance = random.Random(SEED)
    corpus = [deliver_of(row) for row in read_rows()]
    delivered = 0
    for number in range(ROUNDS):
        deliver, octets = mutated(chance, chance.choice(corpus))
        assert is_receipt(deliver) in (True, False)
        receipt = read(deliver)
        if receipt.state is State.DELIVERED:
            delivered += 1
            said = says_delivered(octets, deliver.tlvs.get(STATE_TLV))
            assert said, (SEED, number, deliver)
    assert ROUNDS // 20 < delivered < ROUNDS // 2  # so that both sides of the rule were met


def test_the_rule_of_this_file_agrees_with_the_corpus() -> None:
    for row in read_rows():
        deliver = deliver_of(row)
        said = says_delivered(deliver.short_message, deliver.tlvs.get(STATE_TLV))
        denied = row["state"] == "undeliverable" and deliver.tlvs.get(STATE_TLV) == b"\2"
        assert said == (row["state"] == "delivered" or denied), row["raw"]
