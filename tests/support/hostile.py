"""Octets that nobody should send: random ones, and true ones that were mutated."""

import random
from collections.abc import Iterator


def streams(seeds: list[bytes], count: int, chance: random.Random) -> Iterator[bytes]:
    """`count` hostile streams: a fifth pure noise, the rest mutations of `seeds`."""
    for number in range(count):
        if number % 5 == 0:
            yield chance.randbytes(chance.randint(0, 300))
        else:
            yield mutate(chance.choice(seeds), chance)


def mutate(octets: bytes, chance: random.Random) -> bytes:
    """One true stream with a few faults: flipped, cut, doubled, inserted, huge lengths."""
    changed = bytearray(octets)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(6):
            case 0 if at < len(changed):
                changed[at] = chance.randrange(256)
            case 1:
                del changed[at:]
            case 2:
                changed[at:at] = chance.randbytes(chance.randint(1, 20))
            case 3:
                changed += changed[at:]
            case 4:
                changed[at : at + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, b"\0\0\0\x0f"])
            case _:
                del changed[at : at + chance.randint(1, 8)]
        if len(changed) > 20_000:
            del changed[20_000:]
    return bytes(changed)


HTTP_SEEDS = [
    b"POST /sms/json HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 62\r\n\r\napi_key=aaaaaaaa&api_secret=b&from=A&to=447700900000&text=hello",
    b"GET /sms/json?api_key=aaaaaaaa&api_secret=b&from=A&to=447700900000&text=h HTTP/1.1\r\n"
    b"Host: h\r\n\r\n",
    b"POST /sms/json HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 15"
    b'\r\n\r\n{"api_key":"a"}',
    b"POST /sms/xml HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nfrom=\r\n0\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: h\r\n\r\nGET /homing/v1/receipts HTTP/1.1\r\nHost: h\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
]


def pdu(command_id: int, body: bytes, sequence: int = 1, status: int = 0) -> bytes:
    head = (16 + len(body), command_id, status, sequence)
    return b"".join(value.to_bytes(4, "big") for value in head) + body


RECEIPT = (
    b"\0\x01\x01447700900000\0\x05\0Acme\0\x04\0\0\0\0\0\0\0\0\x68"
    b"id:3000000001 sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 stat:DELIVRD "
    b"err:000 text:rig"
)
SMPP_SEEDS = [
    pdu(0x80000009, b"SMSC\0") + pdu(0x5, RECEIPT, 7),
    pdu(0x80000004, b"3000000001\0", 2) + pdu(0x15, b"", 9),
    pdu(0x103, b"\0\x01\x01447700900000\0\x05\0Acme\0\x04\0\0\x04\x24\0\x05id:12", 3),
    pdu(0x80000000, b"", 5, 3) + pdu(0x6, b"", 8) + pdu(0x102, b"junk", 4),
    pdu(0x5, RECEIPT + b"\0\x1e\0\x0b3000000001\0\x04\x27\0\x01\x02", 1) * 3,
]
ANSWER_SEEDS = [
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 301 Moved\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
]
BIND = pdu(0x9, b"sys\0pw\0\0\x34\0\0\0")
SUBMIT = pdu(0x4, b"\0\x05\0Acme\0\x01\x01447700900000\0\0\0\0\0\0\x01\0\0\0\x05hello", 2)
BIND_SEEDS = [
    BIND + SUBMIT,
    BIND + SUBMIT * 3 + pdu(0x80000005, b"\0", 1),
    pdu(0x1, b"sys\0pw\0\0\x34\0\0\0") + pdu(0x15, b"", 2) + pdu(0x80000000, b"", 3, 3),
    SUBMIT + BIND + pdu(0x3, b"3000000001\0\x05\0Acme\0", 4),
    BIND + pdu(0x6, b"", 5) + SUBMIT,
    BIND + pdu(0x4, b"\0\x05\0A\0\x01\x011\0\x40\0\0\0\0\x01\0\x08\0\x08\x05\0\x03\1\2\1hi", 6),
]
