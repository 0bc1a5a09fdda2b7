"""What `homing up` starts: a House with a simulated carrier, and the demo account that survives.

The account's key and secret are kept in an owner-only file of the folder, since the store has only
the secret's digest.
"""

import asyncio
import os
import secrets
from pathlib import Path

import msgspec
from msgspec import Struct

from homing.cli import place
from homing.cli.handsets import HandsetDesk
from homing.cli.house import House
from homing.cli.place import Place, write_private
from homing.cli.problems import Sentence
from homing.cli.where import settings_of
from homing.core.model.account import Account
from homing.core.webhooks.endpoint import read_url
from homing.runtime.settings import HttpSettings, MetricsSettings, WebhookSettings
from homing.simulator.carrier import Simulator
from homing.simulator.persona import PersonaProblem, load

CREDENTIALS_NAME = "demo.json"
LEDGER_NAME = "ledger.jsonl"
LOOPBACK = ["127.0.0.0/8", "::1/128"]
BOUND_WITHIN_S = 5.0
ACCOUNT = "demo"


class Credentials(Struct):
    api_key: str
    api_secret: str


class Upstairs:
    """Everything of one `homing up` in `folder`."""

    def __init__(
        self,
        folder: Path,
        *,
        speed: float,
        off: tuple[str, ...] = (),
        persona: str | None = None,
        port: int,
        may_move: bool,
        webhook: str | None,
        webhook_method: str | None,
    ) -> None:
        if webhook is not None and isinstance(problem := read_url(webhook), str):
            raise Sentence(f"--webhook {problem}")
        self._folder = folder
        self._changes = {
            name: value
            for name, value in (("webhook_url", webhook), ("webhook_method", webhook_method))
            if value is not None
        }
        settings = settings_of(folder)
        settings.http = HttpSettings(listen=f"127.0.0.1:{port}")
        settings.metrics = MetricsSettings(listen="127.0.0.1:0")
        settings.webhooks = WebhookSettings(allow=list(LOOPBACK), check_new_urls=False)
        self._ledger = folder / LEDGER_NAME
        try:
            behaviour = None if persona is None else load(persona)
        except PersonaProblem as problem:
            raise Sentence(f"--persona {problem}") from problem
        self._simulator = Simulator(speed=speed, ledger=self._ledger, persona=behaviour)
        for number in off:
            self._simulator.set_handset(number, False)
        self._handsets = HandsetDesk(self._simulator)
        self._house = House(settings, simulator=self._simulator, may_move=may_move)
        self._credentials = Credentials("", "")
        self.account: Account

    async def start(self) -> None:
        """Raises as House does."""
        self._ledger.unlink(missing_ok=True)  # of the last run: it holds texts
        await self._house.start()
        try:
            await self._open_account()
            await self._until_bound()
            await self._handsets.start()
            place.record(self.place())
        except BaseException:
            await self._handsets.stop()
            await self._house.stop()
            raise

    async def stop(self) -> None:
        place.forget(os.getpid())
        await self._handsets.stop()
        await self._house.stop()
        self._ledger.unlink(missing_ok=True)

    @property
    def port(self) -> int:
        """The HTTP port as bound."""
        return self._house.listeners.http[1]

    def metrics_url(self) -> str:
        assert self._house.listeners.metrics is not None
        host, port = self._house.listeners.metrics
        return f"http://{host}:{port}/metrics"

    def place(self) -> Place:
        """What is recorded for the other commands."""
        return Place(
            pid=os.getpid(),
            url=self._house.listeners.url,
            socket=str(self._house.settings.socket_path),
            api_key=self._credentials.api_key,
            api_secret=self._credentials.api_secret,
            smpp=f"{self._simulator.host}:{self._simulator.port}",
            ledger=str(self._ledger),
        )

    def facts(self) -> bytes:
        """The line for machines."""
        found = self.place()
        return msgspec.json.encode(
            {
                "url": found.url,
                "api_key": found.api_key,
                "api_secret": found.api_secret,
                "smpp": found.smpp,
            }
        )

    async def _open_account(self) -> None:
        """The kept account, or a new one. The file first: an account without it were lost."""
        accounts = self._house.gateway.accounts
        kept = read_credentials(self._folder)
        if kept is None:
            kept = Credentials(secrets.token_hex(4), secrets.token_hex(8))
            write_private(self._folder / CREDENTIALS_NAME, msgspec.json.encode(kept))
        self._credentials = kept
        account = accounts.by_key(kept.api_key)
        if account is None:
            names = {one.name for one in accounts.all()}
            name, number = ACCOUNT, 1
            while name in names:  # the file was lost, the account was not
                number += 1
                name = f"{ACCOUNT}-{number}"
            account, _ = await accounts.add(
                name, rate_per_s=None, api_key=kept.api_key, secret=kept.api_secret
            )
        if self._changes:
            account = await accounts.set(account.api_key, **self._changes)
        self.account = account

    async def _until_bound(self) -> None:
        """The first message shall find its carrier up. If it does not come, say ready anyway:
        messages wait for it. Asked for, since the carrier's own signal belongs to the fleet."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + BOUND_WITHIN_S
        while self._house.gateway.health().carriers_up == 0 and loop.time() < end_s:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def read_credentials(folder: Path) -> Credentials | None:
    """The demo account's of this folder. Raises Sentence when the file is no such thing."""
    path = folder / CREDENTIALS_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Credentials)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError:
        raise Sentence(f"{path} does not hold a key and a secret: remove it") from None
