"""What the webhook of a Messages API v1 message is sent: the status of the whole, always as JSON.

`notification.status` is the whole's (`core.webhooks.whole`); the part is the one whose change made
it so. These webhooks are not signed: that API signs with a token (JWT), which is not written yet.

Source: the compatible Messages API v1: status webhook, error codes; the delivery receipt's err-code
table, in the numbering of which the codes are the other spelling.
"""

from typing import Any

import msgspec

from homing.core.model.account import WebhookMethod
from homing.core.model.message import Message
from homing.core.model.money import UNITS_PER_ONE
from homing.core.model.notification import Notification
from homing.core.model.times import from_ms
from homing.core.webhooks.endpoint import Url
from homing.core.webhooks.payload import make_head, post
from homing.core.webhooks.signing import Stamp
from homing.core.webhooks.whole import FAILURES

CURRENCY = "EUR"
_TYPES = "https://developer.nexmo.com/api-errors/messages"
_UNKNOWN = (1330, "unknown error of the carrier")

# err-code -> the Messages API's code, and what it means.
ERRORS: dict[str, tuple[int, str]] = {
    "2": (1180, "absent subscriber, temporary"),
    "3": (1190, "absent subscriber, permanent"),
    "4": (1050, "number barred"),
    "5": (1200, "portability error"),
    "6": (1210, "anti-spam rejection"),
    "7": (1220, "handset busy"),
    "8": (1230, "network error"),
    "9": (1240, "illegal number"),
    "10": (1040, "invalid message"),
    "11": (1250, "unroutable"),
    "12": (1260, "destination unreachable"),
    "13": (1270, "age restriction"),
    "14": (1280, "blocked by the carrier"),
    "15": (1290, "pre-paid, no funds"),
    "16": (1070, "quota exceeded"),
    "50": (1480, "entity filter"),
    "51": (1481, "header filter"),
    "52": (1482, "content filter"),
    "53": (1483, "consent filter"),
    "99": (1331, "error of the provider"),
}


def request(
    url: Url,
    method: WebhookMethod,
    notification: Notification,
    account_api_key: str,
    now_ms: int,
    stamp: Stamp | None = None,
) -> bytes:
    """The whole HTTP/1.1 request of one attempt: as `payload.request`, with this API's body.

    The account's method and signature are the SMS API's and mean nothing here.
    """
    body = msgspec.json.encode(build(notification))
    return post(make_head(url, WebhookMethod.POST_JSON), notification, body)


def build(notification: Notification) -> dict[str, Any]:
    """The object to tell. Counts and amounts are strings; what is not known is left out."""
    message = notification.part.message
    told: dict[str, Any] = {
        "message_uuid": message.uuid,
        "to": message.recipient,
        "from": message.sender,
        "timestamp": _timestamp(notification.received_at_ms),
        "channel": "sms",
        "status": notification.status,
    }
    if notification.status in FAILURES:
        told["error"] = _error(notification)
    if message.client_ref is not None:
        told["client_ref"] = message.client_ref
    told["usage"] = {"currency": CURRENCY, "price": _price(message)}
    network = notification.network or message.network
    if network:
        told["destination"] = {"network_code": network}
    told["sms"] = {"count_total": str(message.part_count)}
    return told


def _error(notification: Notification) -> dict[str, str]:
    code, meaning = ERRORS.get(notification.err_code, _UNKNOWN)
    return {
        "type": f"{_TYPES}#{code}",
        "title": str(code),
        "detail": f"The message is {notification.status}: {meaning}",
        "instance": notification.part.message.uuid,
    }


def _price(message: Message) -> str:
    """Of all parts: `0.0333`, four decimals or as many as it has."""
    units = message.price * message.part_count
    whole, rest = divmod(units, UNITS_PER_ONE)
    decimals = f"{rest:08d}"
    return f"{whole}.{decimals[:4]}{decimals[4:].rstrip('0')}"


def _timestamp(at_ms: int) -> str:
    return from_ms(at_ms).strftime("%Y-%m-%dT%H:%M:%SZ")
