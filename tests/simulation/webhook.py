"""The application's webhook, and what stands in for the HTTP client before it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from homing.core.webhooks.endpoint import Url
from homing.transport.webhook import WebhookResult

if TYPE_CHECKING:
    from simulation.world import World


@dataclass
class Told:
    message_id: str
    status: str
    webhook_id: str


@dataclass
class Webhook:
    """Lives longer than the gateway."""

    world: "World"
    told: list[Told] = field(default_factory=list)  # taken with a 2xx
    is_down: bool = False
    facts: dict[str, tuple[str, str]] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = Random(f"webhook {self.world.seed}")

    def asked(self, request: bytes) -> WebhookResult:
        """What one request is answered."""
        told = read_request(request)
        fact = (told.message_id, told.status)
        known = self.facts.setdefault(told.webhook_id, fact)
        if known != fact:
            self.world.broken(f"promise 6: webhook-id {told.webhook_id} says {known} and {fact}")
        rate = self.world.odds(self.world.scenario).webhook_failures
        if self.is_down or self.chance.random() < rate:
            kind = self.chance.choice(("http", "reset", "timeout", "connect"))
            if kind == "http":
                return WebhookResult(outcome="answer", http_status=self.chance.choice((404, 500)))
            return WebhookResult(outcome=kind)
        self.told.append(told)
        self.taken[told.webhook_id] += 1
        if self.chance.random() < rate / 2:
            return WebhookResult(outcome="timeout")  # it has it, and the answer was lost
        return WebhookResult(outcome="answer", http_status=200)


def read_request(request: bytes) -> Told:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    query = lines[0].split(" ")[1].partition("?")[2]
    pairs: dict[str, Any] = dict(parse_qsl(body.decode() or query, keep_blank_values=True))
    return Told(pairs["messageId"], pairs["status"], headers["webhook-id"])


class SimulatedClient:
    """`WebhookClient`'s interface. Answers always come in a later turn."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self._waiting: dict[int, Callable[[WebhookResult], None]] = {}
        self._number = 0
        self.active_most: Counter[int] = Counter()

    def post(
        self, url: Url, request: bytes, key: int, done: Callable[[WebhookResult], None]
    ) -> None:
        self._number += 1
        number = self._number
        self._waiting[number] = done
        chance = self.world.webhook.chance
        self.world.loop.call_later(chance.choice((0.002, 0.02, 0.3)), self._reach, number, request)

    def _reach(self, number: int, request: bytes) -> None:
        result = self.world.webhook.asked(request)
        wait_s = 15.0 if result.outcome == "timeout" else self.world.webhook.chance.uniform(0, 0.2)
        self.world.loop.call_later(wait_s, self._answer, number, result)

    def _answer(self, number: int, result: WebhookResult) -> None:
        done = self._waiting.pop(number, None)
        if done is not None:
            done(result)

    def retire_connections(self) -> None:
        pass

    async def close(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for done in waiting.values():
            done(WebhookResult(outcome="closed"))
