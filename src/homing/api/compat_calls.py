"""The calls of the compatible API, described: names, limits and answers as official clients know
them. Limits come from the tables that check them. Longer than most files since it is a table.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from homing.api.account import TRX_CHARACTERS_MAX
from homing.api.call import JSON, XML, Answer, Call, Field, choice, in_path, text, whole
from homing.api.idempotency import HEADER
from homing.api.numbers import INDEX_MAX, PATTERN_MAX, SIZE_DEFAULT, SIZE_MAX
from homing.api.pricing import TYPES
from homing.api.sms import NOTICE_HEADER
from homing.core.model import limits
from homing.core.numbering.msisdn import DIGITS_MAX, DIGITS_MIN
from homing.core.submit.options import BOOLEANS
from homing.core.submit.request import KINDS
from homing.core.submit.status import Status

_HEX = r"^([0-9A-Fa-f]{2})*$"
_TO = text(pattern=rf"^\+?[1-9][0-9]{{{DIGITS_MIN - 1},{DIGITS_MAX - 1}}}$")

SMS_FIELDS = (
    Field(
        "from",
        text(1, 1 + limits.SENDER_DIGITS_MAX),
        f"Sender: up to {limits.SENDER_DIGITS_MAX} digits, or up to"
        f" {limits.SENDER_ALPHANUMERIC_MAX} letters, digits, spaces and common signs.",
        is_required=True,
    ),
    Field("to", _TO, "Recipient, in international form.", is_required=True),
    Field("type", choice(*KINDS) | {"default": KINDS[0]}, "What the message holds."),
    Field("text", text(1, limits.TEXT_CHARACTERS_MAX), "Of types text and unicode."),
    Field("body", text(pattern=_HEX), "Of type binary: octets in hex."),
    Field("udh", text(pattern=_HEX), "Of type binary: the header, in hex."),
    Field(
        "ttl",
        whole(limits.TTL_MIN_MS, limits.TTL_MAX_MS, limits.TTL_DEFAULT_MS),
        "How long it may take, in milliseconds.",
    ),
    Field("status-report-req", choice(*BOOLEANS), "False: no webhook for its receipts."),
    Field("callback", text(1, limits.CALLBACK_MAX), "Webhook of this message alone."),
    Field("client-ref", text(1, limits.CLIENT_REF_MAX), "Comes back with answer and receipts."),
    Field("account-ref", text(1, limits.CLIENT_REF_MAX), "Comes back with the answer."),
    Field("message-class", whole(0, 3), "0 is flash."),
    Field("protocol-id", whole(0, 255), "TP-PID of the message."),
    Field("entity-id", text(1, limits.DLT_ID_MAX), "Of the sender, where India registers it."),
    Field("content-id", text(1, limits.DLT_ID_MAX), "Of the text, where India registers it."),
)

_KEY = Field(
    HEADER.decode().title(),
    text(1, limits.IDEMPOTENCY_KEY_MAX, "^[!-~]+$"),
    "The same request under the same key is answered again, and sent once.",
    "header",
)

_STATUSES = {"type": "string", "enum": [str(int(one)) for one in Status]}


class SmsEntry(Struct):
    """One part. `status` 0: accepted; else nothing was sent, and `error-text` says why."""

    status: Annotated[str, Meta(extra_json_schema=_STATUSES)]
    to: str | UnsetType = UNSET
    message_id: str | UnsetType = field(name="message-id", default=UNSET)
    error_text: str | UnsetType = field(name="error-text", default=UNSET)
    remaining_balance: str | UnsetType = field(name="remaining-balance", default=UNSET)
    message_price: str | UnsetType = field(name="message-price", default=UNSET)
    network: str | UnsetType = UNSET
    client_ref: str | UnsetType = field(name="client-ref", default=UNSET)
    account_ref: str | UnsetType = field(name="account-ref", default=UNSET)


class SmsAnswer(Struct):
    """One entry a part; of a refusal, one."""

    message_count: str = field(name="message-count")
    messages: Annotated[list[SmsEntry], Meta(min_length=1)]


class MessageUuid(Struct):
    message_uuid: str


class ErrorPair(Struct):
    """An error of the account's calls; 200 where nothing is wrong."""

    error_code: str = field(name="error-code")
    error_code_label: str = field(name="error-code-label")


class PricingFault(Struct):
    type: str
    error_title: str
    invalid_parameters: dict[str, str]


class InvalidParameter(Struct):
    name: str
    reason: str


class Problem(Struct):
    """A problem document."""

    type: str
    title: str
    detail: str
    instance: str
    invalid_parameters: list[InvalidParameter] | UnsetType = UNSET


class Balance(Struct):
    value: float
    autoReload: bool  # noqa: N815  as clients spell it


class AccountSettings(Struct, rename="kebab"):
    """The webhook URLs, and how many calls a second are taken."""

    mo_callback_url: str
    dr_callback_url: str
    max_outbound_request: int
    max_inbound_request: int
    max_calls_per_second: int


class OwnedNumber(Struct, rename="camel"):
    country: str
    msisdn: str
    mo_http_url: str
    type: str
    features: list[str]


class OwnedNumbers(Struct):
    count: int
    numbers: list[OwnedNumber]


class Insight(Struct):
    """`status` 0: understood."""

    status: int
    status_message: str
    request_id: str | UnsetType = UNSET
    international_format_number: str | UnsetType = UNSET
    country_code: str | UnsetType = UNSET
    country_name: str | UnsetType = UNSET
    country_prefix: str | UnsetType = UNSET


class PricedNetwork(Struct, rename="camel"):
    network_code: str
    network_name: str
    price: str
    currency: str


class PricedCountry(Struct, rename="camel"):
    """Other names of the same values are for older clients."""

    country_code: str
    country_name: str
    dialing_prefix: str
    default_price: str
    currency: str
    networks: list[PricedNetwork]


class PricedCountries(Struct):
    count: int
    countries: list[PricedCountry]


class PricedNumber(Struct, rename="camel"):
    phone: str
    country_code: str
    network_code: str
    network_name: str
    currency: str
    price: str


class Secret(Struct):
    id: str
    created_at: str
    links: dict[str, Any] = field(name="_links")


class Secrets(Struct):
    embedded: dict[str, list[Secret]] = field(name="_embedded")
    links: dict[str, Any] = field(name="_links")


class Applications(Struct):
    page_size: int
    page: int
    total_items: int
    total_pages: int
    embedded: dict[str, list[Any]] = field(name="_embedded")
    links: dict[str, Any] = field(name="_links")


_BOTH = (JSON, XML)
_UNREAD = Answer(400, "The parameters cannot be read.", ErrorPair, _BOTH)
_WHO = Answer(401, "Not the credentials of an account.", ErrorPair, _BOTH)
_VALUE = Answer(420, "A value will not do: the label names field and rule.", ErrorPair, _BOTH)
_ACCOUNT_FAULTS = (_UNREAD, _WHO, _VALUE)
_PRICE_FAULTS = (
    Answer(400, "A value will not do.", (PricingFault, ErrorPair), _BOTH),
    _WHO,
)
_PROBLEMS = tuple(
    Answer(status, words, Problem)
    for status, words in (
        (400, "A value will not do."),
        (401, "Not the credentials of an account."),
        (404, "There is no such thing."),
    )
)
_NOTICE = Field(
    NOTICE_HEADER.decode().title(),
    text(),
    "What the networks of the recipient's country make of the message, if they change it.",
    "header",
)


def _sms() -> Iterator[Call]:
    for path, kind in (("/sms/json", JSON), ("/sms/xml", "text/xml")):
        shape = SmsAnswer if kind == JSON else {"type": "string"}
        answer = Answer(200, "Accepted, or refused with a status.", shape, (kind,), (_NOTICE,))
        for method in ("GET", "POST"):
            fields = (*SMS_FIELDS, _KEY)
            yield Call(method, path, "Send a message", (answer,), fields, group="SMS")


def _messages() -> Iterator[Call]:
    """Only what the channel SMS reads."""
    dlt = {name: text(1, limits.DLT_ID_MAX) for name in ("entity_id", "content_id")}
    kinds = {"encoding_type": choice("text", "unicode", "auto")}
    properties = {
        "channel": choice("sms"),
        "message_type": choice("text"),
        "from": text(1, 1 + limits.SENDER_DIGITS_MAX),
        "to": _TO,
        "text": text(1, limits.TEXT_CHARACTERS_MAX),
        "ttl": whole(limits.TTL_MIN_MS // 1000, limits.TTL_MAX_MS // 1000),
        "client_ref": text(1, limits.CLIENT_REF_MAX),
        "webhook_url": text(1, limits.CALLBACK_MAX),
        "sms": {"type": "object", "properties": kinds | dlt},
    }
    required = ["channel", "message_type", "from", "to", "text"]
    body = {"type": "object", "properties": properties, "required": required}
    faults = (
        (401, "Not the credentials of an account."),
        (402, "Not enough credit."),
        (422, "A value will not do."),
        (429, "Too fast."),
    )
    answers = (
        Answer(202, "Accepted.", MessageUuid, headers=(_NOTICE,)),
        *(Answer(status, words, Problem) for status, words in faults),
    )
    yield Call("POST", "/v1/messages", "Send a message", answers, (_KEY,), body, "Messages v1")


def _account() -> Iterator[Call]:
    group = "Account"
    url = text(most=limits.CALLBACK_MAX)
    yield Call(
        "GET", "/account/get-balance", "What is left to send with",
        (Answer(200, "The balance.", Balance, _BOTH), _UNREAD, _WHO), group=group,
    )  # fmt: skip
    yield Call(
        "POST", "/account/top-up", "Add what the operator enabled",
        (Answer(200, "Added.", ErrorPair, _BOTH), *_ACCOUNT_FAULTS),
        (Field("trx", text(1, TRX_CHARACTERS_MAX), "Adds once.", is_required=True),),
        group=group,
    )  # fmt: skip
    yield Call(
        "POST", "/account/settings", "Change where webhooks go",
        (Answer(200, "As it is now.", AccountSettings, _BOTH), *_ACCOUNT_FAULTS),
        (
            Field("moCallBackUrl", url, "Of inbound messages; empty: none."),
            Field("drCallBackUrl", url, "Of receipts; empty: none."),
            Field(
                "httpForwardMethod",
                choice("GET_QUERY_PARAMS", "POST_QUERY_PARAMS", "POST_JSON"),
                "How webhooks are asked.",
            ),
        ),
        group=group,
    )  # fmt: skip


def _pricing() -> Iterator[Call]:
    country = Field("country", text(2, 2), "Two letters, as in GB.", is_required=True)
    prefix = Field("prefix", text(1, DIGITS_MAX, "^[0-9]+$"), "As in 44.", is_required=True)
    phone = Field("phone", _TO, "In international form.", is_required=True)
    rows: tuple[tuple[str, str, Any, tuple[Field, ...], tuple[str, ...]], ...] = (
        ("get-pricing", "Prices of one country", PricedCountry, (country,), _BOTH),
        ("get-full-pricing", "Prices of all countries", PricedCountries, (), (JSON,)),
        ("get-prefix-pricing", "Prices by calling code", PricedCountries, (prefix,), (JSON,)),
        ("get-phone-pricing", "The price of one number", PricedNumber, (phone,), (JSON,)),
    )
    kind = Field("type", choice(*TYPES), "What is priced.", "path", True)
    for name, title, shape, fields, kinds in rows:
        answers = (Answer(200, "Prices.", shape, kinds), *_PRICE_FAULTS)
        path = f"/account/{name}/outbound"
        yield Call("GET", path, title, answers, fields, group="Pricing")
        yield Call("GET", f"{path}/{{type}}", title, answers, (*fields, kind), group="Pricing")


def _numbers() -> Iterator[Call]:
    group = "Numbers"
    yield Call(
        "GET", "/account/numbers", "The account's numbers",
        (Answer(200, "A page.", OwnedNumbers), *_ACCOUNT_FAULTS),
        (
            Field("size", whole(1, SIZE_MAX, SIZE_DEFAULT), "Numbers a page."),
            Field("index", whole(1, INDEX_MAX, 1), "Which page."),
            Field("country", text(most=2), "Two letters, as in GB."),
            Field("pattern", text(most=PATTERN_MAX), "Digits to look for."),
            Field("search_pattern", choice("0", "1", "2"), "0 begins, 1 holds, 2 ends."),
        ),
        group=group,
    )  # fmt: skip
    yield Call(
        "POST", "/number/update", "Where the messages to a number go",
        (Answer(200, "Changed.", ErrorPair, _BOTH), *_ACCOUNT_FAULTS),
        (
            Field("country", text(2, 2), "Where the number is.", is_required=True),
            Field("msisdn", _TO, "A number of the account.", is_required=True),
            Field("moHttpUrl", text(most=limits.CALLBACK_MAX), "Empty: the account's."),
        ),
        group=group,
    )  # fmt: skip
    for method in ("GET", "POST"):
        yield Call(
            method, "/ni/basic/json", "What the digits of a number say",
            tuple(
                Answer(status, words, Insight)
                for status, words in (
                    (200, "Understood, or not: see `status`."),
                    (400, "The parameters cannot be read."),
                    (401, "Not the credentials of an account."),
                )
            ),
            (Field("number", _TO, "In international form.", is_required=True),),
            group=group,
        )  # fmt: skip
    yield Call(
        "GET", "/v2/applications", "Applications, of which there are none",
        (Answer(200, "An empty page.", Applications), *_PROBLEMS[:2]),
        (
            Field("page_size", whole(1, SIZE_MAX, 10)),
            Field("page", whole(1, INDEX_MAX, 1)),
        ),
        group=group,
    )  # fmt: skip


def _secrets() -> Iterator[Call]:
    group, path = "Secrets", "/accounts/{api_key}/secrets"
    key, one = in_path("api_key", "The account's own."), in_path("id", "Of the secret.")
    listed = Answer(200, "The secrets, without themselves.", Secrets)
    yield Call("GET", path, "The account's secrets", (listed, *_PROBLEMS), (key,), group=group)
    yield Call(
        "POST", path, "One more secret",
        (Answer(201, "It opens from now on.", Secret), *_PROBLEMS),
        (key, Field("secret", text(8, 25), "The new secret.", is_required=True)),
        group=group,
    )  # fmt: skip
    found = Answer(200, "One secret, without itself.", Secret)
    path = f"{path}/{{id}}"
    yield Call("GET", path, "One secret", (found, *_PROBLEMS), (key, one), group=group)
    gone = (Answer(204, "It opens nothing from now on."), Answer(403, "The last one.", Problem))
    yield Call("DELETE", path, "Remove a secret", (*gone, *_PROBLEMS), (key, one), group=group)


COMPAT_CALLS: tuple[Call, ...] = (
    *_sms(),
    *_account(),
    *_pricing(),
    *_numbers(),
    *_secrets(),
)

# Not on the operator's socket.
MESSAGES_CALLS: tuple[Call, ...] = tuple(_messages())
