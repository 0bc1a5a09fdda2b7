"""Reads what strace wrote (`-f -xx -s BIG`) and checks that answers follow their fdatasync.

Imports nothing of homing. A promise is kept when, between the line where the request's last octet
was read and the line where its answer's write began, an fsync or fdatasync began *and* ended.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

READS = {"read", "recvfrom", "recvmsg", "readv"}
WRITES = {"write", "writev", "sendto", "sendmsg"}
SYNCS = {"fsync", "fdatasync"}
# -D: the gateway stays our own child, so that signals reach it and not strace.
STRACE = ["strace", "-D", "-f", "-qq", "-xx", "-s", "200000", "-e"]
STRACE.append("trace=" + ",".join(sorted(READS | WRITES | SYNCS)))
LINE = re.compile(r"(\d+)\s+(?:<\.\.\. )?(\w+)(\(| resumed>)(.*)")
OCTETS = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass
class Call:
    name: str
    fd: int
    began: int  # line numbers
    ended: int
    octets: bytes
    result: int


@dataclass
class Stream:
    """All octets of one direction of one descriptor, and in which call each came."""

    octets: bytearray = field(default_factory=bytearray)
    calls: list[tuple[int, Call]] = field(default_factory=list)  # end offset, call

    def add(self, call: Call) -> None:
        self.octets += call.octets
        self.calls.append((len(self.octets), call))

    def call_of(self, offset: int) -> Call:
        return next(call for end, call in self.calls if offset < end)


def read_calls(path: Path) -> list[Call]:
    calls: list[Call] = []
    unfinished: dict[tuple[str, str], tuple[int, str]] = {}
    for number, line in enumerate(path.read_text(errors="replace").splitlines()):
        found = LINE.match(line)
        if found is None:
            continue
        thread, name, opening, rest = found.groups()
        if rest.endswith("<unfinished ...>"):
            unfinished[thread, name] = (number, rest.removesuffix("<unfinished ...>"))
            continue
        began = number
        if opening != "(":
            began, head = unfinished.pop((thread, name), (number, ""))
            rest = head + rest
        calls.append(_call(name, rest, began, number))
    return calls


def _call(name: str, rest: str, began: int, ended: int) -> Call:
    octets = b"".join(bytes.fromhex(one.replace("\\x", "")) for one in OCTETS.findall(rest))
    descriptor = re.match(r"\s*(\d+)", rest)
    result = re.search(r"= (-?\d+)[^=]*$", rest)
    size = int(result.group(1)) if result else -1
    if name in WRITES | READS:
        octets = octets[: max(0, size)]
    return Call(name, int(descriptor.group(1)) if descriptor else -1, began, ended, octets, size)


def streams(calls: list[Call], names: set[str]) -> dict[int, Stream]:
    found: dict[int, Stream] = defaultdict(Stream)
    for call in calls:
        if call.name in names and call.result > 0:
            found[call.fd].add(call)
    return found


def unsynced(
    calls: list[Call], requests: dict[str, Call], answers: dict[str, Call], *, at_least: int = 1
) -> tuple[list[str], int]:
    """Answers with fewer than `at_least` syncs of their own, and how many were checked."""
    syncs = [(call.began, call.ended) for call in calls if call.name in SYNCS and call.result == 0]
    found = []
    for key, answer in answers.items():
        request = requests.get(key)
        if request is None:
            found.append(f"{key}: answered, but its request was never read")
            continue
        own = [one for one in syncs if request.ended < one[0] and one[1] < answer.began]
        if len(own) < at_least:
            found.append(f"{key}: answered after {len(own)} syncs that follow its request")
    return found, len(answers)


def http_exchanges(calls: list[Call]) -> tuple[dict[str, Call], dict[str, Call]]:
    """Submits and their answers with status 0, by recipient."""
    requests: dict[str, Call] = {}
    answers: dict[str, Call] = {}
    for stream in streams(calls, READS).values():
        for found in re.finditer(rb"[?&]to=(\d{7,15})\b", bytes(stream.octets)):
            requests[found.group(1).decode()] = stream.call_of(found.end() - 1)
    for stream in streams(calls, WRITES).values():
        pattern = rb'"to":\s*"(\d+)"[^}]*?"status":\s*"0"'
        for found in re.finditer(pattern, bytes(stream.octets)):
            answers[found.group(1).decode()] = stream.call_of(found.start())
    return requests, answers


def submit_exchanges(calls: list[Call]) -> tuple[dict[str, Call], dict[str, Call]]:
    """HTTP submits and the `submit_sm` that came of them, by recipient."""
    sent: dict[str, Call] = {}
    for _, pdu, call in _pdus(streams(calls, WRITES), 0x00000004):
        found = re.search(rb"\x01\x01(\d{7,15})\0", pdu)
        if found is not None:
            sent[found.group(1).decode()] = call
    return http_exchanges(calls)[0], sent


def receipt_exchanges(calls: list[Call]) -> tuple[dict[str, Call], dict[str, Call]]:
    """deliver_sm and their responses with status 0, by descriptor and sequence number."""
    found = []
    for names, command_id in ((READS, 0x00000005), (WRITES, 0x80000005)):
        pdus = _pdus(streams(calls, names), command_id)
        found.append({f"{fd}/{pdu[12:16].hex()}": call for fd, pdu, call in pdus})
    return found[0], found[1]


def _pdus(found: dict[int, Stream], command_id: int) -> Iterator[tuple[int, bytes, Call]]:
    """Each such PDU with status 0, its descriptor, and the call that moved its last octet."""
    for descriptor, stream in found.items():
        octets, at = bytes(stream.octets), 0
        while at + 16 <= len(octets):
            length, command, status = (
                int.from_bytes(octets[at + n : at + n + 4], "big") for n in (0, 4, 8)
            )
            if not 16 <= length <= 65536 or command & 0x7FFFFFFF > 0x103:
                break  # not a stream of PDUs
            if command == command_id and status == 0 and at + length <= len(octets):
                yield descriptor, octets[at : at + length], stream.call_of(at + length - 1)
            at += length
