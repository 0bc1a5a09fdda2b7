"""Who may submit, and where its receipts go."""

from enum import StrEnum

from msgspec import Struct


class WebhookMethod(StrEnum):
    GET = "GET"
    POST = "POST"
    POST_JSON = "POST_JSON"


class Account(Struct):
    """One customer of the API. Kept whole in memory; the store has the same."""

    id: int
    api_key: str
    name: str
    secret_digests: tuple[bytes, ...]  # HMAC-SHA256 under the key file; several while rotating
    webhook_url: str | None = None
    webhook_method: WebhookMethod = WebhookMethod.GET
    rate_per_s: int | None = 30  # None: no throttle
    balance: int | None = None  # 10^-8 units; None: unlimited
    tell_intermediate: bool = True  # `accepted` and `buffered` too
    created_at_ms: int = 0
