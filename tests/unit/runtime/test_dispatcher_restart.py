"""Notifications that wait in the store are polled and told, whatever the store was like."""

from homing.store.contract import Attempted, ParkNotifications
from support.house import House


async def delivered(house: House, count: int) -> None:
    """So many parts that the carrier delivers, each with a notification."""
    north = house.smscs["north"]
    first = len(north.submits)
    await house.accept(count)
    await house.until(lambda: len(north.submits) == first + count)
    wanted = len(north.replies) + count
    for submit in north.submits[first:]:
        north.deliver(submit.id)
    await house.until(lambda: len(north.replies) == wanted)


def told(house: House) -> int:
    return len(set(house.webhook.taken))


def refuse(house: House, kind: type) -> None:
    house.on_commit = lambda changes: not any(isinstance(one, kind) for one in changes)


def test_a_retry_that_could_not_be_stored_until_it_was_due_is_told(tmp_path):
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await house.up("north")
        house.webhook.http_status = 500
        refuse(house, Attempted)
        await delivered(house, 1)
        await house.until(lambda: house.webhook.posts)
        await house.pass_s(300)
        assert len(house.webhook.posts) == 1, "not tried again before its attempt is stored"
        house.webhook.http_status = 200
        house.on_commit = lambda changes: True
        await house.until(lambda: told(house) == 1, 30)
        await house.until(lambda: house.count("retry") == 0)

    house.live(life)


def test_notifications_that_could_not_be_given_rows_for_long_are_told(tmp_path):
    """The webhook hangs; what waits behind it is to move into the store, which is full."""
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await house.up("north")
        house.webhook.http_status = None
        await delivered(house, 12)
        parked = []

        def refuse_parking(changes) -> bool:
            found = [one for one in changes if isinstance(one, ParkNotifications)]
            parked.extend(found)
            return not found

        house.on_commit = refuse_parking
        await house.until(lambda: parked)
        assert len(house.webhook.posts) < 12
        await house.pass_s(20)
        house.webhook.release()
        house.on_commit = lambda changes: True
        await house.until(lambda: told(house) == 12, 60)
        await house.until(lambda: house.count("retry") == 0)

    house.live(life)


def test_after_a_restart_with_retries_the_room_is_counted_once(tmp_path):
    """One endpoint, found by its key alone at the start: what is made is what is sent, and when all
    is told nothing stays reserved."""
    house = House(tmp_path, carriers={"north": {}}, endpoint_queue=5)

    async def with_retries() -> None:
        await house.up("north")
        house.webhook.http_status = 500
        await delivered(house, 1)
        await house.until(lambda: house.count("retry") == 1)
        await house.gateway.stop()

    async def after() -> None:
        endpoints = house.gateway.dispatcher.endpoints
        await delivered(house, 1)
        await house.until(lambda: told(house) == 2 and not endpoints, 60)
        for _ in range(8):  # more in all than an endpoint's queue holds
            parked = house.count("retry")
            await delivered(house, 2)
            assert house.count("retry") == parked == 0, "there was room in memory"
        await house.until(lambda: not endpoints, 60)
        assert told(house) == 18

    house.live(with_retries)
    house.webhook.http_status = 200
    house.live(after)


def test_retries_of_an_endpoint_are_told_after_a_restart(tmp_path):
    house = House(tmp_path, carriers={"north": {}})

    async def failing() -> None:
        await house.up("north")
        house.webhook.http_status = 500
        await delivered(house, 10)
        await house.until(lambda: house.count("retry"))

    async def after() -> None:
        await house.until(lambda: told(house) == 10, 60)
        await house.until(lambda: house.count("retry") == 0)

    house.live(failing)
    house.webhook.http_status = 200
    house.live(after)
