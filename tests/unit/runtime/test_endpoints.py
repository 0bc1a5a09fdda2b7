"""An account that names a new URL with each message costs bounded memory, and is told all."""

import pytest

from homing.core.model import limits
from homing.runtime import endpoints
from support.house import House

MANY, BOUND = 60, 5


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ENDPOINTS_MAX", BOUND)


async def delivered(house: House, *callbacks: str | None) -> None:
    """A message for each of these callbacks, delivered by the carrier."""
    north = house.smscs["north"]
    first, wanted = len(north.submits), len(north.replies) + len(callbacks)
    for callback in callbacks:
        await house.accept(1, callback=callback)
    await house.until(lambda: len(north.submits) == first + len(callbacks))
    for submit in north.submits[first:]:
        north.deliver(submit.id)
    await house.until(lambda: len(north.replies) == wanted)


def urls(first: int = 0) -> list[str]:
    return [f"http://app.example/{number}" for number in range(first, first + MANY)]


async def stays_small(house: House, seconds: int) -> None:
    for _ in range(seconds):
        await house.pass_s(1)
        # What rests, what is at work, and what was admitted since the count.
        assert len(house.gateway.dispatcher.endpoints) <= 3 * BOUND


def test_urls_that_fail_stay_within_the_bound_and_all_are_told_at_last(tmp_path):
    house = House(tmp_path, carriers={"north": {}})

    async def failing() -> None:
        await house.up("north")
        house.webhook.http_status = 500
        await delivered(house, *urls())
        await stays_small(house, 30)
        assert len(house.webhook.posts) >= MANY, "each had its turn"
        await stays_small(house, 300)
        house.webhook.http_status = 200
        await house.until(lambda: len(set(house.webhook.taken)) == MANY, 1_000)
        await house.until(lambda: not house.gateway.dispatcher.endpoints, 300)
        assert house.count("retry") == 0

    house.live(failing)


def test_a_start_finds_them_all_within_the_bound(tmp_path):
    house = House(tmp_path, carriers={"north": {}})

    async def failing() -> None:
        await house.up("north")
        house.webhook.http_status = 500
        await delivered(house, *urls())
        await stays_small(house, 60)

    async def after() -> None:
        house.webhook.http_status = 200
        house.reads_fail = True
        await house.pass_s(5)
        house.reads_fail = False
        await stays_small(house, 30)
        await house.until(lambda: len(set(house.webhook.taken)) == MANY, 1_000)
        assert house.count("retry") == 0

    house.live(failing)
    house.live(after)


def test_a_start_lets_nobody_wait_behind_the_urls_of_others(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "ENDPOINTS_MAX", 2 * MANY)
    monkeypatch.setattr(endpoints, "PAGE", 2)
    house = House(tmp_path, carriers={"north": {}})

    async def failing() -> None:
        await house.up("north")
        house.webhook.http_status = 500
        await delivered(house, *urls())
        await house.until(lambda: house.count("retry") == MANY)

    async def after() -> None:
        await house.pass_s(2)
        assert len(house.gateway.dispatcher.endpoints) == MANY

    house.live(failing)
    house.live(after)


def test_a_start_finds_the_retries_of_an_endpoint_that_has_something_untold_too(tmp_path):
    house = House(tmp_path, carriers={"north": {}})

    async def failing() -> None:
        await house.up("north")
        house.webhook.http_status = 500
        await delivered(house, None)
        await house.until(lambda: house.count("retry"))

    async def killed_before_it_is_tried() -> None:
        house.webhook.http_status = None
        await house.up("north")
        await delivered(house, None)

    async def after() -> None:
        house.webhook.http_status = 200
        await house.until(lambda: len(set(house.webhook.taken)) == 2, 60)
        await house.until(lambda: not house.count("retry"), 60)

    house.live(failing)
    house.live(killed_before_it_is_tried)
    house.live(after)


def test_the_url_that_an_account_has_set_is_known_however_many_others_fail(tmp_path):
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await house.up("north")
        house.webhook.http_status = 500
        await delivered(house, *urls(), None)
        endpoints = house.gateway.dispatcher.endpoints
        (key,) = endpoints.own.values()
        for _ in range(60):
            await house.pass_s(1)
            assert endpoints.known(key) is not None
        await delivered(house, *urls(MANY))
        await stays_small(house, 60)
        assert endpoints.known(key) is not None

    house.live(life)
