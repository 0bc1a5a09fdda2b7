"""Who may submit, and where its receipts go."""

from enum import StrEnum

from msgspec import Struct, field


class WebhookMethod(StrEnum):
    GET = "GET"
    POST = "POST"
    POST_JSON = "POST_JSON"


class SignatureMethod(StrEnum):
    """How an account's requests and webhooks are signed; see `core.webhooks.signing`."""

    MD5HASH = "md5hash"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"


class ApiSecret(Struct, frozen=True, array_like=True):
    """One API secret, of which only the HMAC-SHA256 under the key file is known."""

    id: str  # a UUID, for its owner to name it
    digest: bytes
    created_at_ms: int


class SignatureSecret(Struct, frozen=True, array_like=True):
    """One secret for signing. Recoverable by nature: kept apart from the account, never logged."""

    id: str
    secret: str
    created_at_ms: int
    retires_at_ms: int = 0  # rotated out: still accepted until then; 0: the one that signs


class Number(Struct, frozen=True):
    """A number of ours that belongs to an account: messages to it go to its webhook."""

    msisdn: str
    country: str = ""
    keyword: str = ""  # upper case; only messages that begin with it; empty: all others
    inbound_url: str | None = None  # beats the account's


class AccountOptions(Struct):
    """What an operator or the account's owner chose; all of it has a default."""

    signature_method: SignatureMethod = SignatureMethod.MD5HASH
    signs_webhooks: bool = False
    accepts_none_signatures: bool = False  # a fault of one client: unset fields signed as `None`
    inbound_url: str | None = None
    joins_inbound: bool = False  # long inbound messages are told whole, not part by part
    numbers: tuple[Number, ...] = ()
    whitelist: tuple[str, ...] | None = None  # a demo account reaches these numbers alone
    top_up: int | None = None  # 10^-8 units that a top-up adds; None: not enabled
    top_ups: tuple[str, ...] = ()  # the latest `trx` of top-ups: each adds once
    takes_conversions: bool = True


class Account(Struct):
    """One customer of the API. Kept whole in memory; the store has the same."""

    id: int
    api_key: str
    name: str
    secrets: tuple[ApiSecret, ...]  # several while rotating
    webhook_url: str | None = None
    webhook_method: WebhookMethod = WebhookMethod.GET
    rate_per_s: int | None = 30  # None: no throttle
    balance: int | None = None  # 10^-8 units; None: unlimited
    tell_intermediate: bool = True  # `accepted` and `buffered` too
    created_at_ms: int = 0
    options: AccountOptions = field(default_factory=AccountOptions)
    signature_secrets: tuple[SignatureSecret, ...] = ()  # newest first
