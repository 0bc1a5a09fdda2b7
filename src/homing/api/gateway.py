"""What the API needs of the runtime, as protocols: tests hand it stand-ins.

The results that only pass through (views, stories, pages, reports) are msgspec Structs of the
runtime, or anything else that msgspec writes as JSON.

How the runtime says no: AccountProblem, SettingsProblem, CannotMatch (with words for people);
StoreError when the store cannot do it. Anything else is a bug of ours.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from homing.core.model.account import Account, ApiSecret, Number
from homing.core.model.message import Message, Part
from homing.core.numbering.rules import Rules
from homing.core.pricing.table import PriceTable
from homing.core.receipts.forms import Relation
from homing.core.submit.request import Refusal, SmsRequest
from homing.runtime.records import Sent
from homing.store.pages import InboundStory, Rejection


class SubmitAnswer(Protocol):
    """What became of one request: a refusal, or a durable message with its parts."""

    @property
    def refusal(self) -> Refusal | None: ...
    @property
    def message(self) -> Message | None: ...
    @property
    def parts(self) -> Sequence[Part]: ...
    @property
    def balance_before(self) -> int | None:
        """10^-8 units before the parts were paid; None: unlimited."""

    @property
    def notices(self) -> Sequence[str]:
        """What becomes of the message in its country, in sentences."""


class Accounts(Protocol):
    def by_key(self, api_key: str, /) -> Account | None: ...
    def check(self, api_key: str, secret: str, /) -> Account | None:
        """The account whose secret this is. Takes as long for an unknown key."""

    def check_signature(self, account: Account, parameters: Mapping[str, str], /) -> str | None:
        """Why these parameters are not signed by this account; None when they are."""

    async def rotate_signature_secret(
        self, api_key: str, secret: str | None = None, /, *, overlap_s: int
    ) -> tuple[Account, str]: ...
    def all(self) -> Sequence[Account]: ...
    async def add(
        self,
        name: str,
        *,
        webhook_url: str | None,
        webhook_method: str,
        rate_per_s: int | None,
        balance: int | None,
    ) -> tuple[Account, str]: ...
    async def set(self, api_key: str, /, **changes: Any) -> Account: ...
    async def top_up(self, api_key: str, trx: str, /) -> Account: ...
    async def add_secret(self, api_key: str, secret: str, /) -> ApiSecret: ...
    async def remove_secret(self, api_key: str, secret_id: str, /) -> None: ...


class Numbers(Protocol):
    """All raise AccountProblem."""

    async def add(self, api_key: str, number: Number, /) -> Account: ...
    async def remove(self, api_key: str, msisdn: str, keyword: str, /) -> Account: ...
    async def redirect(self, api_key: str, msisdn: str, inbound_url: str | None, /) -> Account: ...


class Submission(Protocol):
    def submit(
        self, account: Account, request: SmsRequest, answer: Callable[[Any], None], /
    ) -> None:
        """Calls `answer` with a SubmitAnswer, once: at once, or when it is durable."""

    def submit_once(
        self, account: Account, request: SmsRequest, key: str, answer: Callable[[Any], None], /
    ) -> None:
        """The same, with the first answer under this Idempotency-Key of this account."""

    def reject(self, account: Account, refusal: Refusal, sender: str, recipient: str, /) -> None:
        """For search: a submit that was refused before it could be handed over; the values as
        they were given."""


class Throttle(Protocol):
    def wait_ms(self, account_id: int, rate_per_s: int | None, now_s: float, /) -> int:
        """0: go on, and this call is counted; else how long the caller should wait."""


class Health(Protocol):
    @property
    def ok(self) -> bool: ...


class Bookings(Protocol):
    """Both raise CannotMatch."""

    async def match(self, receipt_id: int, part_id: int, /) -> None: ...
    async def dismiss(self, receipt_id: int, /) -> None: ...


class Conversions(Protocol):
    async def take(
        self, id_text: str, account_id: int, /, *, delivered: bool, at_ms: int | None
    ) -> None:
        """Raises `runtime.conversions.UnknownMessage`."""


class Redactions(Protocol):
    async def redact(self, id_text: str, account_id: int, /) -> bool:
        """False: the account has no such message."""


class Records(Protocol):
    async def sent(
        self,
        account_id: int,
        from_ms: int,
        to_ms: int,
        /,
        *,
        recipient: str | None = None,
        after_id: int = 0,
        limit: int,
    ) -> Sent: ...
    async def received(
        self, account_id: int, from_ms: int, to_ms: int, /, *, after_id: int = 0, limit: int
    ) -> tuple[list[InboundStory], int | None]: ...
    async def received_one(self, inbound_id: int, account_id: int, /) -> InboundStory | None: ...
    async def rejected(
        self, account_id: int, day_ms: int, recipient: str, /
    ) -> list[Rejection] | None: ...


class Ways(Protocol):
    def pin(self, carrier: str, relation: Relation | None, /) -> None: ...
    def reset(self, carrier: str, /) -> None: ...


class Gateway(Protocol):
    @property
    def accounts(self) -> Accounts: ...
    @property
    def numbers(self) -> Numbers: ...
    @property
    def prices(self) -> PriceTable: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def submission(self) -> Submission: ...
    @property
    def bookings(self) -> Bookings: ...
    @property
    def ways(self) -> Ways: ...
    @property
    def conversions(self) -> Conversions: ...
    @property
    def redactions(self) -> Redactions: ...
    @property
    def records(self) -> Records: ...
    def carriers(self) -> Sequence[Any]: ...
    def learned(self, carrier: str, /) -> Any | None:
        """What was learned of its receipts; None: it was never known."""

    async def unmatched(self, after: str | None, limit: int, carrier: str | None, /) -> Struct:
        """A page of the inbox."""

    async def message(self, id_text: str, account_id: int | None, /) -> Struct | None: ...
    async def receipts(
        self, after: str | None, limit: int, account_id: int | None, /
    ) -> Struct: ...
    async def inbound_messages(
        self, after: str | None, limit: int, account_id: int | None, /
    ) -> Struct:
        """A page of messages from handsets."""

    async def probe(self, url: str, /) -> str | None:
        """Why a new webhook URL will not do; None: save it."""

    async def evidence(self, carrier: str, days: int, /) -> Any: ...
    async def backup(self, path: str, /) -> None: ...
    async def store_info(self) -> Any: ...
    def health(self) -> Health: ...
