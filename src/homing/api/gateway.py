"""What the API needs of the runtime, as protocols: tests hand it stand-ins.

The results that only pass through (views, stories, pages, reports) are msgspec Structs of the
runtime, or anything else that msgspec writes as JSON.

How the runtime says no: AccountProblem, SettingsProblem (both with words for people), StoreError
when the store cannot do it. Anything else is a bug of ours.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from homing.core.model.account import Account
from homing.core.model.message import Message, Part
from homing.core.submit.request import Refusal, SmsRequest


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


class Accounts(Protocol):
    def by_key(self, api_key: str, /) -> Account | None: ...
    def check(self, api_key: str, secret: str, /) -> Account | None:
        """The account whose secret this is. Takes as long for an unknown key."""

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


class Submission(Protocol):
    def submit(
        self, account: Account, request: SmsRequest, answer: Callable[[Any], None], /
    ) -> None:
        """Calls `answer` with a SubmitAnswer, once: at once, or when it is durable."""


class Throttle(Protocol):
    def wait_ms(self, account_id: int, rate_per_s: int | None, now_s: float, /) -> int:
        """0: go on, and this call is counted; else how long the caller should wait."""


class Health(Protocol):
    @property
    def ok(self) -> bool: ...


class Gateway(Protocol):
    @property
    def accounts(self) -> Accounts: ...
    @property
    def submission(self) -> Submission: ...
    def carriers(self) -> Sequence[Any]: ...
    async def message(self, id_text: str, account_id: int | None, /) -> Any | None: ...
    async def receipts(self, after: str | None, limit: int, account_id: int | None, /) -> Any: ...
    async def backup(self, path: str, /) -> None: ...
    async def store_info(self) -> Any: ...
    def health(self) -> Health: ...
