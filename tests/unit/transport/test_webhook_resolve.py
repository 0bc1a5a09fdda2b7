"""A dead name server holds up nobody but its own names."""

import asyncio
import socket
import threading

import pytest

from homing.transport.webhook_resolve import NameResolver, system_lookup
from support.webhook_receivers import run


class Lookups:
    """A look-up that waits for its name's leave."""

    def __init__(self) -> None:
        self.leave: dict[str, threading.Event] = {}
        self.begun: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.begun.append(host)
        if host in self.leave:
            assert self.leave[host].wait(10)
        if host == "no.example":
            raise OSError("no such name")
        if host == "odd.example":
            raise ValueError("odd")
        return ["192.0.2.1"]


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("2001:db8:0::1", "2001:db8::1")],
)
def test_a_number_is_its_own_address_and_asks_nobody(host: str, address: str) -> None:
    async def story() -> None:
        lookups = Lookups()
        assert await NameResolver(lookups)(host, 80) == [address]
        assert not lookups.begun

    run(story())


@pytest.mark.parametrize("host", ["no.example", "odd.example"])
def test_whatever_a_look_up_raises_is_an_oserror(host: str) -> None:
    async def story() -> None:
        with pytest.raises(OSError):
            await NameResolver(Lookups())(host, 80)

    run(story())


def test_all_who_ask_for_a_name_share_one_look_up_and_a_dead_one_holds_one_thread() -> None:
    async def story() -> None:
        lookups = Lookups()
        lookups.leave["dead.example"] = threading.Event()
        resolver = NameResolver(lookups, lookups_max=2)
        waiting = [asyncio.ensure_future(resolver("dead.example", 80)) for _ in range(20)]
        for _ in range(3):
            assert await resolver("good.example", 80) == ["192.0.2.1"]
        assert lookups.begun.count("dead.example") == 1
        assert lookups.begun.count("good.example") == 3  # nothing is remembered
        for leaving in waiting[:10]:
            leaving.cancel()
        lookups.leave["dead.example"].set()
        assert await asyncio.gather(*waiting[10:]) == [["192.0.2.1"]] * 10

    run(story())


def test_no_more_look_ups_than_the_bound_are_under_way() -> None:
    async def story() -> None:
        lookups = Lookups()
        hosts = [f"{number}.example" for number in range(6)]
        lookups.leave = {host: threading.Event() for host in hosts}
        resolver = NameResolver(lookups, lookups_max=2)
        waiting = [asyncio.ensure_future(resolver(host, 80)) for host in hosts]
        await asyncio.sleep(0)
        for number, host in enumerate(hosts):
            assert len(lookups.begun) <= number + 2
            lookups.leave[host].set()
            await waiting[number]
        assert sorted(lookups.begun) == hosts

    run(story())


def test_a_look_up_that_outlives_its_loop_harms_nothing() -> None:
    lookups = Lookups()
    lookups.leave["late.example"] = threading.Event()

    async def story() -> None:
        asking = asyncio.ensure_future(NameResolver(lookups)("late.example", 80))
        await asyncio.sleep(0)
        asking.cancel()

    run(story())
    (thread,) = [one for one in threading.enumerate() if one.name == "homing-dns"]
    assert thread.daemon
    lookups.leave["late.example"].set()
    thread.join(10)
    assert not thread.is_alive()


def test_the_systems_addresses_come_once_each_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (ip, 80)) for ip in ("2001:db8::1", "192.0.2.1", "192.0.2.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert system_lookup("app.example", 80) == ["2001:db8::1", "192.0.2.1"]


def test_a_name_that_cannot_be_asked_for_is_an_oserror() -> None:
    with pytest.raises(OSError, match="name"):
        system_lookup("a" * 64 + ".example", 80)
