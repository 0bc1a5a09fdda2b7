"""What the webhook of an inbound message is sent: the keys in their order, in three HTTP forms.

`data` and `udh` of a binary message stand at the very end, after the signature, which covers them
all the same. `text` and `keyword` are always there: strict receivers ask for them.
Source: the compatible API, inbound SMS webhook: order on the wire.
"""

from urllib.parse import urlencode

from homing.core.model.account import WebhookMethod
from homing.core.model.ids import show_id
from homing.core.model.inbound import Inbound, InboundType
from homing.core.model.notification import Notification
from homing.core.model.times import message_timestamp
from homing.core.webhooks.endpoint import Url
from homing.core.webhooks.payload import Head, compact_json, make_head
from homing.core.webhooks.signing import Pairs, Stamp, sign


def build(inbound: Inbound, account_api_key: str, now_ms: int, stamp: Stamp | None = None) -> Pairs:
    """The keys and values to tell, every value a string. `now_ms`: when this attempt starts."""
    pairs = [
        ("msisdn", inbound.sender),
        ("to", inbound.recipient),
        ("messageId", show_id(inbound.id)),
    ]
    if inbound.part_count > 1:
        pairs += [
            ("concat", "true"),
            ("concat-ref", str(inbound.reference)),
            ("concat-total", str(inbound.part_count)),
            ("concat-part", str(inbound.part_index)),
        ]
    pairs += [
        ("text", inbound.text),
        ("type", inbound.type.value),
        ("keyword", inbound.keyword),
        ("api-key", account_api_key),
        ("message-timestamp", message_timestamp(now_ms)),
    ]
    tail = []
    if inbound.type is InboundType.BINARY:
        tail = [("data", inbound.data.hex().upper()), ("udh", inbound.udh.hex().upper())]
    if stamp is not None:
        pairs += [("timestamp", str(now_ms // 1000)), ("nonce", stamp.nonce)]
        pairs.append(("sig", sign(pairs + tail, stamp.secret, stamp.method)))
    return pairs + tail


def request(
    url: Url,
    method: WebhookMethod,
    notification: Notification,
    account_api_key: str,
    now_ms: int,
    stamp: Stamp | None = None,
) -> bytes:
    """The whole HTTP/1.1 request of one attempt: as `payload.request`."""
    assert notification.inbound is not None
    pairs = build(notification.inbound, account_api_key, now_ms, stamp)
    return write(make_head(url, method), show_id(notification.id), pairs)


def write(head: Head, webhook_id: str, pairs: Pairs) -> bytes:
    """Head and pairs as one request; nobody testifies for anything here, so no level is told."""
    if head.method is WebhookMethod.GET:
        return f"{head.start}{_form(pairs)}{head.fields}{webhook_id}\r\n\r\n".encode("ascii")
    is_form = head.method is WebhookMethod.POST
    body = _form(pairs).encode("ascii") if is_form else compact_json(pairs)
    start = f"{head.start}{head.fields}{webhook_id}\r\nContent-Length: {len(body)}\r\n\r\n"
    return start.encode("ascii") + body


def _form(pairs: Pairs) -> str:
    # Not `payload.form`, which remembers values: texts are private, and come once.
    return urlencode(pairs, errors="replace")
