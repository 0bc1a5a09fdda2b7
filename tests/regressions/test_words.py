"""What is said of a part and of a level, where something fails in the middle."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from homing.store.contract import OwnWord
from support import house as house_module
from support.house import House


@pytest.fixture(autouse=True)
def texts_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The house reads a submit_sm as UTF-8, its UDH too."""
    read = SimpleNamespace(short_message=b"a part")
    monkeypatch.setattr(house_module, "read_submit_body", lambda body: read)


def test_where_accepted_is_final_an_account_without_intermediates_hears_a_final_word(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, carriers={"north": {"dialect": "bandwidth"}})
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        house.gateway.accounts.by_id(house._account.id).tell_intermediate = False
        await house.accept(1)
        await house.until(lambda: house.count("answer") == 1)
        north.deliver("north1", stat="ACCEPTD")
        await house.pass_s(5_000)
        assert house.webhook.taken

    house.live(life)


def test_another_receipt_of_the_same_part_is_no_sibling(tmp_path: Path) -> None:
    """Two parts, 10 s apart, one of them reported twice within a second: handsets' work."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        house._numbers = iter(["x" * 200])
        await house.accept(1)
        await house.until(lambda: house.count("answer") == 2)
        await house.pass_s(5)
        north.deliver("north1")
        await house.pass_s(0.2)
        north.deliver("north1", stat="DELIVERED")
        await house.pass_s(10)
        north.deliver("north2")
        await house.pass_s(2)
        assert house.query("select distinct level from receipt") == [("handset",)]

    house.live(life)


def test_a_level_that_was_corrected_stays_corrected_when_more_comes(tmp_path: Path) -> None:
    """Memory must not write the old level of the standing again."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        house._numbers = iter(["x" * 200])
        await house.accept(1)
        await house.until(lambda: house.count("answer") == 2)
        await house.pass_s(5)
        north.deliver("north1")
        await house.pass_s(0.2)
        north.deliver("north2")  # together: both are the carrier's word
        await house.pass_s(1)
        assert house.query("select distinct standing_level from receipt") == [(0,)]
        north.deliver("north1", stat="ENROUTE")  # late
        await house.pass_s(1)
        assert house.query("select distinct standing_level from receipt") == [(0,)]

    house.live(life)


def test_what_is_told_last_is_what_holds_though_our_own_word_was_stored_late(
    tmp_path: Path,
) -> None:
    """The store refuses our own word once; a receipt is stored before it is written again."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        refused = house.refuse_first(OwnWord)
        await house.accept(1, ttl_ms=20_000)
        await house.until(lambda: house.count("answer") == 1)
        await house.turns_until_s(lambda: refused, 60)
        north.deliver("north1")
        await house.pass_s(60)
        assert [status for _, status in house.webhook.taken][-1] == "delivered"

    house.live(life)
