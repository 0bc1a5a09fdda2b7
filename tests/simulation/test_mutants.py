"""A checker that never finds anything proves nothing: broken gateways must be found out."""

from collections.abc import Callable
from typing import Any

import pytest

from homing.runtime.answering import Answering
from homing.runtime.carrier import Carrier
from homing.runtime.settlement import Settlement
from homing.store.contract import Settle, Submitting
from homing.store.sqlite import SqliteStore
from simulation.world import Broken, World

SEEDS = range(6)


def is_found_out(name: str) -> str:
    """What the checkers say of the first seed that breaks."""
    for seed in SEEDS:
        try:
            World(name, seed).run()
        except Broken as broken:
            return str(broken)
    return ""


def test_a_receipt_answered_before_its_commit_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    settle = Settlement._settle

    def early(self: Settlement, arrival: Any, *args: Any, **more: Any) -> None:
        arrival.reply(0)
        arrival.reply = lambda status: None
        settle(self, arrival, *args, **more)

    monkeypatch.setattr(Settlement, "_settle", early)
    assert "promise 2" in is_found_out("store")


def test_a_part_sent_again_by_a_carrier_that_holds_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        Answering, "unanswered", lambda self, carrier, part: carrier.give_back(part)
    )
    assert "promise 7" in is_found_out("links")


def test_a_submit_before_its_point_1b_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(self: Carrier, batch: list[Any]) -> None:
        for link, part in batch:
            link.submit(part)

    monkeypatch.setattr(Carrier, "_send", hasty)
    assert "point 1b" in is_found_out("links")


def test_a_settle_that_is_forgotten_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_every(monkeypatch, 20, lambda change: type(change) is Settle)
    assert is_found_out("orderly")


def test_a_point_1b_that_is_forgotten_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_every(monkeypatch, 5, lambda change: type(change) is Submitting)
    assert "point 1b" in is_found_out("links")


def forget_every(monkeypatch: pytest.MonkeyPatch, nth: int, of: Callable[[Any], bool]) -> None:
    """A store that says of each nth such change that it lasts, and keeps nothing."""
    write, seen = SqliteStore.write, []

    def forgetful(self: SqliteStore, change: Any, when_durable: Any = None) -> None:
        if of(change):
            seen.append(change)
            if len(seen) % nth == 0:
                when_durable(change)
                return
        write(self, change, when_durable)

    monkeypatch.setattr(SqliteStore, "write", forgetful)
