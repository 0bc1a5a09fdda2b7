"""A gateway in memory, as the API sees it, and raw HTTP over real sockets."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec
import uvloop

from homing.core.model.account import Account, ApiSecret, WebhookMethod
from homing.core.model.message import Message, Part
from homing.core.submit.request import Refusal, SmsRequest
from homing.runtime.accounts import AccountProblem

KEY, SECRET = "abcd1234", "abcdef0123456789"
PRICE = 3_330_000
FIRST_ID = 0x0A0000000123ABC0


class Answer(msgspec.Struct):
    refusal: Refusal | None = None
    message: Message | None = None
    parts: list[Part] = []
    balance_before: int | None = None
    notices: tuple[str, ...] = ()


def answer_of(request: SmsRequest, *, part_count: int = 1, balance: int | None = None) -> Answer:
    message = Message(
        id=FIRST_ID, uuid="0", account_id=1, sender=request.sender, recipient=request.recipient,
        client_ref=request.client_ref, callback=None, part_count=part_count, price=PRICE,
        network="23410", accepted_at_ms=0, expires_at_ms=0, report=True,
    )  # fmt: skip
    parts = [Part(FIRST_ID + n, message, n, "c", b"") for n in range(1, part_count + 1)]
    return Answer(None, message, parts, balance)


class StandInSubmission:
    """Answers at once, or holds the answers until `release`."""

    def __init__(self) -> None:
        self.taken: list[SmsRequest] = []
        self.refusal: Refusal | None = None
        self.part_count = 1
        self.balance: int | None = None
        self.holds = False
        self.held: list[Callable[[], None]] = []
        self.on_taken: Callable[[], None] = lambda: None
        self.fault: Exception | None = None
        self.keys: list[str] = []
        self.rejected: list[tuple[int, Refusal, str, str]] = []

    def reject(self, account: Account, refusal: Refusal, sender: str, recipient: str) -> None:
        self.rejected.append((account.id, refusal, sender, recipient))

    def submit_once(
        self, account: Account, request: SmsRequest, key: str, answer: Callable[[Any], None]
    ) -> None:
        self.keys.append(key)
        self.submit(account, request, answer)

    def submit(self, account: Account, request: SmsRequest, answer: Callable[[Any], None]) -> None:
        if self.fault is not None:
            raise self.fault
        self.taken.append(request)
        if self.refusal is not None:
            found = Answer(refusal=self.refusal, balance_before=self.balance)
        else:
            found = answer_of(request, part_count=self.part_count, balance=self.balance)
        if self.holds:
            self.held.append(lambda: answer(found))
        else:
            answer(found)
        self.on_taken()

    def release(self) -> None:
        held, self.held = self.held, []
        for one in held:
            one()


class StandInAccounts:
    def __init__(self) -> None:
        self.known = {
            KEY: Account(
                id=1,
                api_key=KEY,
                name="acme",
                secrets=(ApiSecret("s1", SECRET.encode(), 0),),
                rate_per_s=None,
            )
        }

    def by_key(self, api_key: str) -> Account | None:
        return self.known.get(api_key)

    def check(self, api_key: str, secret: str) -> Account | None:
        account = self.known.get(api_key)
        return account if account and account.secrets[0].digest == secret.encode() else None

    def all(self) -> list[Account]:
        return list(self.known.values())

    async def add(self, name: str, **given: Any) -> tuple[Account, str]:
        if name == "taken":
            raise AccountProblem("name", "an account is already named 'taken'")
        account = Account(
            id=2, api_key="ffff0000", name=name, secrets=(ApiSecret("s2", b"s", 0),), **given
        )
        self.known[account.api_key] = account
        return account, "s"

    async def set(self, api_key: str, **changes: Any) -> Account:
        account = self.known[api_key]
        for name, value in changes.items():
            setattr(account, name, value)
        assert isinstance(account.webhook_method, WebhookMethod)
        return account


class StandInThrottle:
    def __init__(self) -> None:
        self.wait = 0

    def wait_ms(self, account_id: int, rate_per_s: int | None, now_s: float) -> int:
        return self.wait


class Health(msgspec.Struct):
    ok: bool = True
    store: str = "ok"


class StandInGateway:
    def __init__(self) -> None:
        self.accounts = StandInAccounts()
        self.submission = StandInSubmission()
        self.is_healthy = True
        self.backups: list[str] = []
        self.asked: list[Any] = []
        self.fault: Exception | None = None

    def carriers(self) -> list[Any]:
        return [{"name": "north"}]

    async def message(self, id_text: str, account_id: int | None) -> Any:
        if self.fault is not None:
            raise self.fault
        self.asked.append((id_text, account_id))
        return {"id": id_text} if id_text == "0A0000000123ABC1" else None

    async def receipts(self, after: str | None, limit: int, account_id: int | None) -> Any:
        self.asked.append((after, limit, account_id))
        return {"receipts": [], "next": after}

    async def backup(self, path: str) -> None:
        if self.fault is not None:
            raise self.fault
        self.backups.append(path)

    async def store_info(self) -> Any:
        return {"path": "homing.db"}

    def health(self) -> Health:
        return Health(ok=self.is_healthy)


def run(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """On the loop that production runs on."""
    uvloop.run(asyncio.wait_for(body(), 20))


class Wire:
    """One client connection, octet for octet."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port: int, **options: Any) -> "Wire":
        return cls(*await asyncio.open_connection("127.0.0.1", port, **options))

    async def send(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def receive(self) -> tuple[int, dict[bytes, bytes], bytes]:
        """One response: status, headers, body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        pairs = (line.split(b": ", 1) for line in head[1:] if line)
        headers = {name.lower(): value for name, value in pairs}
        body = await self.reader.readexactly(int(headers.get(b"content-length", 0)))
        return int(head[0].split()[1]), headers, body

    async def at_end(self) -> bool:
        return await self.reader.read(1) == b""

    async def close(self) -> None:
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)


Scenario = Callable[..., Awaitable[None]]


def http(
    method: str, target: str, body: bytes = b"", headers: str = "", version: str = "1.1"
) -> bytes:
    """A request as a client would spell it; a form unless `headers` has a Content-Type."""
    lines = f"{method} {target} HTTP/{version}\r\nHost: x\r\n{headers}"
    if body or method != "GET":
        lines += f"Content-Length: {len(body)}\r\n"
        if "content-type" not in headers.lower():
            lines += "Content-Type: application/x-www-form-urlencoded\r\n"
    return lines.encode() + b"\r\n" + body
