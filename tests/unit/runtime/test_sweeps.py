"""Every part and every notification comes to an end, and a restart searches only what is open."""

from pathlib import Path

import pytest

from homing.core.model import limits
from homing.runtime import sweeps
from support.house import House

TTL_MS = 30_000


def told(house: House) -> list[str]:
    return [status for _, status in house.webhook.taken]


def mark(house: House, name: str) -> int:
    return int(house.query("select value from mark where name = ?", name)[0][0])


def test_a_part_without_a_final_receipt_is_told_expired_when_its_time_is_up(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await house.up("north")
        await house.accept(2, ttl_ms=TTL_MS)
        await house.until(lambda: house.count("answer") == 2)
        house.smscs["north"].deliver("north2")
        await house.pass_s(39)
        assert told(house) == ["delivered"]
        await house.pass_s(3)
        assert told(house) == ["delivered", "expired"], "10 s of grace for the part, then ours"
        await house.pass_s(60)
        assert len(told(house)) == 2, "once"

    house.live(life)


def test_a_whole_batch_of_parts_ends_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "OVERDUE_BATCH", 3)
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await house.up("north")
        await house.accept(20, ttl_ms=TTL_MS)
        await house.pass_s(45)
        assert told(house) == ["expired"] * 20

    house.live(life)


def test_time_that_ran_out_while_the_gateway_was_down_is_told_after_the_start(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, carriers={"north": {}})

    async def before() -> None:
        await house.up("north")
        await house.accept(1, ttl_ms=TTL_MS)
        await house.until(lambda: house.count("answer") == 1)

    async def after() -> None:
        await house.until(lambda: told(house) == ["expired"], 3)

    house.live(before)
    house.now_s += 3600
    house.live(after)


def test_a_notification_that_nobody_takes_ends_at_its_deadline_and_stays_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NOTIFICATION_DEADLINE_MS", 60_000)
    house = House(tmp_path, carriers={"north": {}})
    house.webhook.http_status = 500

    async def life() -> None:
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: house.count("answer") == 1)
        house.smscs["north"].deliver("north1")
        await house.until(lambda: house.count("retry") == 1)
        await house.until(lambda: house.count("retry") == 0)
        assert house.query("select sum(ended) from attempt") == [(1,)]
        assert house.count("notification") == 1
        posts = len(house.webhook.posts)
        await house.pass_s(60)
        assert len(house.webhook.posts) == posts

    house.live(life)


def test_positions_move_on_though_one_part_is_never_answered(tmp_path: Path) -> None:
    """It gets a row of its own, and a start need not look at all that came after it."""
    house = House(tmp_path, carriers={"north": {"response_timeout_s": 600.0}})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: north.submits)
        north.status = 0
        stuck = house.query("select id from part")[0][0]
        await house.pass_s(20)
        assert mark(house, "parts_from") == stuck
        await house.pass_s(limits.SPILL_AFTER_MS / 1000)
        assert mark(house, "parts_from") > stuck
        assert house.query("select part_id from backlog") == [(stuck,)]
        north.answer(north.submits[0])
        await house.until(lambda: house.count("backlog") == 0)

    house.live(life)


def test_one_bad_beat_does_not_end_the_later_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await house.up("north")
        await house.accept(1, ttl_ms=TTL_MS)
        fleet = house.gateway.fleet
        beat, calls = fleet.beat, []

        def bad_once(now_s: float) -> None:
            calls.append(now_s)
            if len(calls) == 1:
                raise RuntimeError("simulated")
            beat(now_s)

        monkeypatch.setattr(fleet, "beat", bad_once)
        await house.until(lambda: told(house) == ["expired"])
        assert "a sweep failed" in caplog.text

    house.live(life)
