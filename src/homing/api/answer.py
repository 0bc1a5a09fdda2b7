"""The replies of the SMS API, octet for octet: JSON and XML.

Templates instead of an encoder: the shape never changes and every value but client-ref and
account-ref is digits. A test holds the JSON equal to what msgspec would write. Everything is a
string, `message-count` too: clients refuse numbers.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, repeat

import msgspec

from homing.api.gateway import SubmitAnswer
from homing.core.model.ids import show_id
from homing.core.model.money import UNLIMITED_SHOWN, show_money
from homing.core.submit.request import Refusal, SmsRequest

_encode = msgspec.json.encode
_show_price = lru_cache(maxsize=64)(show_money)
_UNLIMITED = show_money(UNLIMITED_SHOWN)

# What an XML 1.0 document must not hold, even escaped; Source: XML 1.0, 2.2.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_HEAD = "<?xml version='1.0' encoding='UTF-8' ?>\n<mt-submission-response>\n"
_XML_FOOT = "    </messages>\n</mt-submission-response>\n"
_XML_NAMES = {
    "to": "to",
    "message-id": "messageId",
    "message-price": "messagePrice",
    "remaining-balance": "remainingBalance",
    "network": "network",
    "status": "status",
    "client-ref": "clientRef",
    "account-ref": "accountRef",
    "error-text": "errorText",
}  # the order of the XML reply; the JSON reply has its own


def accepted_json(answer: SubmitAnswer, request: SmsRequest) -> bytes:
    """One entry a part, status 0. Key order as on the platform."""
    message = answer.message
    assert message is not None
    middle = _middle(message.price, message.network) + _references(request)
    to = message.recipient
    parts = answer.parts
    if len(parts) == 1 and answer.balance_before is None:  # most of them: written at once
        return (
            f'{{"message-count":"1","messages":[{{"to":"{to}","message-id":"{parts[0].id:016X}",'
            f'"status":"0","remaining-balance":"{_UNLIMITED}{middle}}}]}}'
        ).encode()
    balances = _balances(answer, message.price)
    entries = ",".join(
        [
            f'{{"to":"{to}","message-id":"{part.id:016X}","status":"0","remaining-balance":"'
            f"{balance}{middle}}}"
            for part, balance in zip(parts, balances, strict=True)
        ]
    )
    return f'{{"message-count":"{len(parts)}","messages":[{entries}]}}'.encode()


@lru_cache(maxsize=64)
def _middle(price: int, network: str) -> str:
    return f'","message-price":"{show_money(price)}","network":"{network}"'


def _references(request: SmsRequest) -> str:
    shown = ""
    ref = request.client_ref
    if ref is not None:
        # Most are letters and digits, which JSON writes as they are.
        quoted = f'"{ref}"' if ref.isalnum() and ref.isascii() else _encode(ref).decode()
        shown = f',"client-ref":{quoted}'
    if request.account_ref is not None:
        shown += f',"account-ref":{_encode(request.account_ref).decode()}'
    return shown


def _balances(answer: SubmitAnswer, price: int) -> Sequence[str]:
    """What is left after each part; the same figure for all when the account is unlimited."""
    count = len(answer.parts)
    if answer.balance_before is None:
        return [_UNLIMITED] * count
    left = accumulate(repeat(-price, count), initial=answer.balance_before)
    return [show_money(units) for units in left][1:]


def refused_json(refusal: Refusal) -> bytes:
    """One entry with status and error-text, and what else was known by then."""
    return _encode({"message-count": "1", "messages": [_refused(refusal)]})


def _refused(refusal: Refusal) -> dict[str, str]:
    entry = {"status": str(int(refusal.status)), "error-text": refusal.text}
    if refusal.to is not None:
        entry = {"to": refusal.to, **entry}
    if refusal.balance is not None:
        entry["remaining-balance"] = show_money(refusal.balance)
    if refusal.price is not None:
        entry["message-price"] = _show_price(refusal.price)
    if refusal.network is not None:
        entry["network"] = refusal.network
    return entry


def accepted_xml(answer: SubmitAnswer, request: SmsRequest) -> bytes:
    """The same facts as `accepted_json`, camelCase. Source: the platform's XML sample."""
    message = answer.message
    assert message is not None
    entries = []
    for part, balance in zip(answer.parts, _balances(answer, message.price), strict=True):
        entry = {
            "to": message.recipient,
            "message-id": show_id(part.id),
            "status": "0",
            "remaining-balance": balance,
            "message-price": _show_price(message.price),
            "network": message.network,
        }
        if request.client_ref is not None:
            entry["client-ref"] = request.client_ref
        if request.account_ref is not None:
            entry["account-ref"] = request.account_ref
        entries.append(entry)
    return _xml(entries)


def refused_xml(refusal: Refusal) -> bytes:
    """The same facts as `refused_json`."""
    return _xml([_refused(refusal)])


def _xml(entries: Sequence[dict[str, str]]) -> bytes:
    lines = [_XML_HEAD, f"    <messages count='{len(entries)}'>\n"]
    for entry in entries:
        lines.append("        <message>\n")
        lines += [
            f"            <{tag}>{_escape(entry[name])}</{tag}>\n"
            for name, tag in _XML_NAMES.items()
            if name in entry
        ]
        lines.append("        </message>\n")
    lines.append(_XML_FOOT)
    return "".join(lines).encode()


def _escape(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _NOT_XML.sub("\ufffd", text)
