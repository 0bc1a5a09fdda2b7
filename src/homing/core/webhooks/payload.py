"""What a webhook is sent: the keys in their order, the three HTTP forms, the headers.

The compatible API's receivers depend on names, order and formats, so they stand here once, in
`build`. What is the same for every notification of an endpoint is made once (`Head`); what is
left for each is on the hot path. A signature is three more keys at the end. Nothing from outside
reaches a header: the URL was read by `read_url`, ids are hex, level and source are words of ours;
values are quoted or JSON.
Source: the compatible API, delivery receipt webhook: parameters, the three HTTP forms.
"""

from functools import lru_cache
from urllib.parse import quote_plus

import msgspec
from msgspec import UNSET, Struct, UnsetType

from homing import __version__
from homing.core.model.account import WebhookMethod
from homing.core.model.ids import show_id
from homing.core.model.lifecycle import Source
from homing.core.model.money import show_money
from homing.core.model.notification import Notification
from homing.core.model.times import message_timestamp, scts
from homing.core.webhooks.endpoint import Url
from homing.core.webhooks.signing import Pairs, Stamp, add_signature

_encode = msgspec.json.Encoder().encode

CONTENT_TYPES = {
    WebhookMethod.POST: "application/x-www-form-urlencoded; charset=UTF-8",
    WebhookMethod.POST_JSON: "application/json",
}

_price = lru_cache(maxsize=256)(show_money)


def build(notification: Notification, account_api_key: str, now_ms: int) -> Pairs:
    """The keys and values to tell, in the order seen on the wire; every value is a string.

    `client-ref` is there only when it was given on sending; `network-code` is empty, but there,
    when the network is unknown. `now_ms` is when this attempt starts (`message-timestamp`).
    """
    part = notification.part
    message = part.message
    pairs = [
        ("msisdn", message.recipient),
        ("to", message.sender),
        ("network-code", notification.network or message.network),
        ("messageId", show_id(part.id)),
        ("price", _price(message.price)),
        ("status", notification.status),
        ("scts", scts(notification.received_at_ms)),
        ("err-code", notification.err_code),
        ("api-key", account_api_key),
    ]
    if message.client_ref is not None:
        pairs.append(("client-ref", message.client_ref))
    pairs.append(("message-timestamp", message_timestamp(now_ms)))
    return pairs


class Head(Struct, frozen=True):
    """What every request to one URL by one method has in common. Made by `make_head`."""

    method: WebhookMethod
    start: str  # the request line, up to where a GET's pairs go
    fields: str  # from the end of the request line (GET) or the head's start to `webhook-id: `


@lru_cache(maxsize=1024)  # one for each account, and the latest of those with a `callback`
def make_head(url: Url, method: WebhookMethod, *, version: str = __version__) -> Head:
    """Prepare requests to `url`. `version` goes into `User-Agent: Homing/<version>`."""
    assert version.isascii()
    assert version.isprintable()
    common = f"Host: {url.authority}\r\nUser-Agent: Homing/{version}\r\nAccept: */*\r\n"
    if method is WebhookMethod.GET:
        # "/x?" and "/x?y=1&" have their joint already
        joint = "?" if "?" not in url.target else "" if url.target[-1] in "?&" else "&"
        start = f"GET {url.target}{joint}"
        return Head(method, start, f" HTTP/1.1\r\n{common}webhook-id: ")
    content_type = CONTENT_TYPES[method]
    start = f"POST {url.target} HTTP/1.1\r\n{common}Content-Type: {content_type}\r\n"
    return Head(method, start, "webhook-id: ")


_OWN_WORD = "X-Homing-Source: gateway\r\n"
_GATEWAY, _POST_JSON = Source.GATEWAY, WebhookMethod.POST_JSON


def request(
    url: Url,
    method: WebhookMethod,
    notification: Notification,
    account_api_key: str,
    now_ms: int,
    stamp: Stamp | None = None,
) -> bytes:
    """The whole HTTP/1.1 request of one attempt that starts at `now_ms`, ready to be written.

    With a `stamp` its keys are signed, and only these: parameters that the URL had before are not,
    since strict checkers know the listed keys alone.
    """
    head = make_head(url, method)
    if stamp is not None:
        pairs = build(notification, account_api_key, now_ms)
        add_signature(pairs, stamp, now_ms)
        return write(head, notification, pairs)
    if method is _POST_JSON:
        body = _json_of(notification, account_api_key, now_ms)
        return post(head, notification, body)
    return write(head, notification, build(notification, account_api_key, now_ms))


def write(head: Head, notification: Notification, pairs: Pairs) -> bytes:
    """Head, pairs and the notification's own headers, as one HTTP/1.1 request."""
    if head.method is WebhookMethod.GET:
        told = f"{head.start}{form(pairs)}{head.fields}{_own_fields(notification)}\r\n"
        return told.encode("ascii")
    is_form = head.method is WebhookMethod.POST
    return post(head, notification, form(pairs).encode() if is_form else compact_json(pairs))


def post(head: Head, notification: Notification, body: bytes) -> bytes:
    """Head, body and the notification's own headers, where the method is a POST."""
    own = _own_fields(notification)
    start = f"{head.start}{head.fields}{own}Content-Length: {len(body)}\r\n\r\n"
    return start.encode("ascii") + body


def _own_fields(notification: Notification) -> str:
    """From the value of `webhook-id` on."""
    own = _OWN_WORD if notification.source is _GATEWAY else ""
    # `_value_`: `value` is a property of enum's, and takes longer than the rest of this line.
    return f"{notification.id:016X}\r\nX-Homing-Level: {notification.level._value_}\r\n{own}"


def form(pairs: Pairs) -> str:
    """`application/x-www-form-urlencoded`, as `urllib.parse.urlencode` spells it."""
    # Keys are ours and need no quoting. Most values are letters and digits, or the UUID of a
    # signature, which is new each time and would only fill the memory of quoted values.
    return "&".join(
        [
            f"{key}={value}"
            if (value.isalnum() and value.isascii()) or key == "nonce"
            else f"{key}={_quote(value)}"
            for key, value in pairs
        ]
    )


@lru_cache(maxsize=1024)  # prices, times and senders come again and again
def _quote(value: str) -> str:
    # A lone surrogate, which JSON can carry in, becomes a question mark.
    return quote_plus(value, errors="replace")


def compact_json(pairs: Pairs) -> bytes:
    """One JSON object, UTF-8, without spaces; every value a string."""
    try:
        return msgspec.json.encode(dict(pairs))
    except UnicodeEncodeError:  # a lone surrogate
        sound = {key: value.encode("utf-8", "replace").decode() for key, value in pairs}
        return msgspec.json.encode(sound)


_KEY_OF = {
    "network": "network-code",
    "message_id": "messageId",
    "err_code": "err-code",
    "api_key": "api-key",
    "client_ref": "client-ref",
    "message_timestamp": "message-timestamp",
}


class _Told(Struct, rename=_KEY_OF.get, gc=False):
    """What `build` gives, as msgspec writes it quickest: the same keys in the same order."""

    msisdn: str
    to: str
    network: str
    message_id: str
    price: str
    status: str
    scts: str
    err_code: str
    api_key: str
    client_ref: str | UnsetType
    message_timestamp: str


def _json_of(notification: Notification, account_api_key: str, now_ms: int) -> bytes:
    """`compact_json(build(...))`, without the pairs: most webhooks are told in this form."""
    part = notification.part
    message = part.message
    ref = message.client_ref
    told = _Told(
        message.recipient,
        message.sender,
        notification.network or message.network,
        f"{part.id:016X}",
        _price(message.price),
        notification.status,
        scts(notification.received_at_ms),
        notification.err_code,
        account_api_key,
        UNSET if ref is None else ref,
        message_timestamp(now_ms),
    )
    try:
        return _encode(told)
    except UnicodeEncodeError:  # a lone surrogate
        return compact_json(build(notification, account_api_key, now_ms))
