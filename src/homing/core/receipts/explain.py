"""Explains one receipt: all that was understood of it, as plain values for people and tools.

Input is a line as people have it: a PDU in hex, or the text of a receipt. What is understood comes
from `read`, so that it is what the gateway itself would decide; nothing here decides anything.
"""

import re
from typing import Any

from homing.core.model.receipt import Receipt, ReceiptKind
from homing.core.model.times import iso
from homing.core.receipts.classify import err_code, permanent_of
from homing.core.receipts.dates import as_written
from homing.core.receipts.dialects import PLAIN, Dialect
from homing.core.receipts.fields import Fields
from homing.core.receipts.level import Circumstances, testimony
from homing.core.receipts.read import is_receipt, is_same_number, read_with_fields
from homing.core.smpp import spec
from homing.core.smpp.errors import BadPdu
from homing.core.smpp.pdu import read_header
from homing.core.smpp.short import DeliverSm, read_delivered

Explained = dict[str, Any]

_HEADER_OCTETS = 16
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){16,}\Z")
_RECEIPT_CLASS = 0x04  # 5.2.12: a text that is explained was asked about as a receipt
_NULLS: Explained = {
    "id": None,
    "stat": None,
    "err": None,
    "submit": None,
    "done": None,
    "sub": None,
    "dlvrd": None,
    "text": None,
    "state": None,
    "level": None,
    "problems": [],
}
# TLVs whose meaning is told under a name of its own.
_TOLD = frozenset(
    {spec.TLV_RECEIPTED_MESSAGE_ID, spec.TLV_MESSAGE_STATE, spec.TLV_NETWORK_ERROR_CODE,
     spec.TLV_MESSAGE_PAYLOAD}
)  # fmt: skip
# SMPP 3.4 5.3.2.31, and the types that carriers use beside its three.
_NETWORKS = {
    1: "ANSI-136 access denied",
    2: "IS-95 access denied",
    3: "GSM",
    4: "ANSI-136 cause",
    5: "IS-95 cause",
    6: "ANSI-41",
    7: "SMPP",
    8: "message centre",
}
# Facts of the operator that some carriers write as words of the text.
_OPERATOR = {"mcc": re.compile(r"\bMCC=(\d{3})\b"), "mnc": re.compile(r"\bMNC=(\d{2,3}|\d)\b")}
_KINDS = {kind.value: kind.name.lower() for kind in ReceiptKind}


def explain(line: bytes, dialect: Dialect = PLAIN) -> Explained:
    """Explain one line, its newline excluded. Never raises.

    Args:
        line: a PDU in hex whose command_length agrees, or UTF-8 text in which U+0000 to U+00FF
            stand for octets.

    Returns:
        JSON values under these keys, null where there is nothing: id, stat, err, submit, done,
        sub, dlvrd, text (as the carrier wrote them), state, level, problems. More keys where more
        was understood.
    """
    problems: list[str] = []
    if _HEX.match(line):
        octets = bytes.fromhex(line.decode("ascii"))
        said = int.from_bytes(octets[:4], "big")
        if said == len(octets):
            return explain_pdu(octets, dialect)
        problems.append(f"line: hex of {len(octets)} octets, but command_length is {said}")
    octets = _octets(line, problems)
    deliver = DeliverSm(esm_class=_RECEIPT_CLASS, short_message=octets)
    return _explained(deliver, dialect, problems, asked=False)


def explain_pdu(octets: bytes, dialect: Dialect = PLAIN) -> Explained:
    """Explain one whole PDU, its header included. Never raises; returns what `explain` does."""
    if len(octets) < _HEADER_OCTETS:
        return nothing(["pdu: shorter than a header"])
    command_id = read_header(octets).command_id
    name = spec.command_name(command_id)
    if command_id not in (spec.DELIVER_SM, spec.DATA_SM):
        return nothing([f"pdu: {name} carries no receipt"]) | {"command": name}
    try:
        deliver = read_delivered(command_id, octets[_HEADER_OCTETS:])
    except BadPdu as bad:
        return nothing([f"pdu: {bad}"]) | {"command": name}
    return _explained(deliver, dialect, [], asked=True) | {"command": name}


def nothing(problems: list[str]) -> Explained:
    """What is said of something that is no receipt."""
    return _NULLS | {"problems": problems}


def _octets(line: bytes, problems: list[str]) -> bytes:
    """The octets that a line of text stands for."""
    try:
        return line.decode("utf-8").encode("latin-1")
    except UnicodeDecodeError:
        problems.append("line: not UTF-8")
    except UnicodeEncodeError:
        problems.append("line: has characters above U+00FF")
    # What stands for no octet is kept as the octets that it is.
    characters = line.decode("utf-8", "surrogateescape")
    return b"".join(
        bytes([ord(one)]) if one <= "\xff" else one.encode("utf-8", "surrogateescape")
        for one in characters
    )


def _explained(
    deliver: DeliverSm, dialect: Dialect, problems: list[str], *, asked: bool
) -> Explained:
    """`asked`: esm_class and TLVs came with it, so they decide whether it is a receipt."""
    receipt, fields = read_with_fields(deliver, dialect)
    found = bool(fields.head or fields.tail or receipt.id)
    if not (is_receipt(deliver) if asked else found):
        problems.append("no receipt")
        return nothing(problems) | _addresses(receipt)
    counted = {**fields.tail, **fields.head}
    words = {name: value.decode("latin-1") for name, value in counted.items()}
    return {
        "id": receipt.id or words.get("id"),
        "stat": words.get("stat"),
        "err": receipt.err or words.get("err"),
        "submit": words.get("submit"),
        "done": words.get("done"),
        "sub": words.get("sub"),
        "dlvrd": words.get("dlvrd"),
        "text": _text(deliver, fields),
        "state": receipt.state.name.lower(),
        # Of what the level rests on, a line shows the PDU and the dialect.
        "level": testimony(receipt, dialect, Circumstances()).level.value,
        "problems": [*problems, *receipt.problems],
        "err_code": err_code(receipt, dialect),
        **({"kind": _KINDS.get(receipt.kind, receipt.kind)} if asked else {}),
        **_more(deliver, receipt, fields, dialect),
    }


def _text(deliver: DeliverSm, fields: Fields) -> str | None:
    """What follows `text:`, up to the first key after it that counts."""
    text = fields.text
    if text is None:
        return None
    if spec.TLV_MESSAGE_PAYLOAD in deliver.tlvs:
        text = text.rstrip("\0")  # a C string's end, not the sender's
    if fields.tail:
        return text[: min(fields.tail_at[name] for name in fields.tail)].rstrip()
    return text


def _more(deliver: DeliverSm, receipt: Receipt, fields: Fields, dialect: Dialect) -> Explained:
    """What else was understood; nothing stands for what is not there."""
    permanent = permanent_of(err_code(receipt, dialect))
    more: Explained = {
        **_dates(receipt, fields),
        **_addresses(receipt),
        **_of_tlvs(deliver, dialect),
        "part_index": receipt.part_index,
        "tlv_id": receipt.tlv_id,
        "same_number_as": _same_number(receipt),
        "network": receipt.network,
        "mccmnc": fields.head.get("mccmnc", b"").decode("latin-1"),
        "before": fields.before.strip().decode("latin-1"),
        "trailing": fields.trailing.strip(b" \0\r\n\t").decode("latin-1"),
    }
    for name, word in _OPERATOR.items():
        found = word.search(fields.text or more["trailing"])
        more[name] = found.group(1) if found is not None else ""
    known = {name: value for name, value in more.items() if value}
    return known if permanent is None else known | {"permanent": permanent}


def _dates(receipt: Receipt, fields: Fields) -> Explained:
    """The moments in UTC, and beside them what the carrier's clock showed."""
    submit, done = (
        fields.head.get(name) or fields.tail.get(name, b"") for name in ("submit", "done")
    )
    return {
        "submitted_at": iso(receipt.submitted_at_ms) if receipt.submitted_at_ms else "",
        "done_at": iso(receipt.done_at_ms) if receipt.done_at_ms else "",
        "submit_iso": as_written(submit),
        "done_iso": as_written(done),
    }


def _addresses(receipt: Receipt) -> Explained:
    pair = {"recipient": receipt.recipient, "sender": receipt.sender}
    return {name: address for name, address in pair.items() if address}


def _same_number(receipt: Receipt) -> str:
    text, tlv = (one.lower().lstrip("0").encode() for one in (receipt.id, receipt.tlv_id))
    if tlv and (is_same_number(text, tlv) or is_same_number(tlv, text)):
        return receipt.tlv_id
    return ""


def _of_tlvs(deliver: DeliverSm, dialect: Dialect) -> Explained:
    tlvs = deliver.tlvs
    more: Explained = {}
    code = tlvs.get(spec.TLV_NETWORK_ERROR_CODE)
    if code is not None:
        more["network_error_code"] = _network_error(code)
    for tag, name in dialect.named_tlvs.items():
        if tag in tlvs:
            more[name] = tlvs[tag].partition(b"\0")[0].decode("latin-1")
    others = {f"0x{tag:04x}": octets.hex() for tag, octets in tlvs.items() if tag not in _TOLD}
    return more | ({"tlvs": others} if others else {})


def _network_error(octets: bytes) -> Explained:
    if len(octets) == 3 and not octets.isdigit():
        code = int.from_bytes(octets[1:], "big")
        return {"network": _NETWORKS.get(octets[0], str(octets[0])), "code": code}
    return {"octets": octets.hex()}
