from collections import Counter

import pytest

from homing.core.routing.rules import Route, RouteTable, choose

ROUTES = [
    Route("", ("world",)),
    Route("44", ("north", "south")),
    Route("447", ("mobile",)),
    Route("44", ("second",)),
    Route("49", ("a", "b", "c"), (1, 3, 0)),
]


@pytest.fixture(params=[list, RouteTable], ids=["scan", "table"])
def routes(request: pytest.FixtureRequest) -> object:
    return request.param(ROUTES)


def pick_one(routes, recipient, *, down=(), tried=(), pick=0.0):  # type: ignore[no-untyped-def]
    return choose(routes, recipient, up=lambda name: name not in down, tried=tried, pick=pick)


def test_the_longest_prefix_decides_and_of_equal_ones_the_first(routes: object) -> None:
    assert pick_one(routes, "447700900000") == "mobile"
    assert pick_one(routes, "442000000000") == "north"
    assert pick_one(routes, "33600000000") == "world"
    assert pick_one(routes, "4") == "world"


def test_without_a_route_there_is_no_carrier() -> None:
    assert pick_one([Route("44", ("north",))], "336") is None
    assert pick_one([], "336") is None


def test_failover_goes_in_order_and_returns(routes: object) -> None:
    assert pick_one(routes, "4420", down=("north",)) == "south"
    assert pick_one(routes, "4420") == "north"


def test_a_carrier_that_refused_the_part_is_not_asked_again(routes: object) -> None:
    assert pick_one(routes, "4420", tried=("north",)) == "south"
    assert pick_one(routes, "4420", tried=("north",), down=("south",)) == "south"
    assert pick_one(routes, "4420", tried=("north", "south")) is None


def test_with_nobody_up_the_part_waits_for_the_first(routes: object) -> None:
    assert pick_one(routes, "4420", down=("north", "south")) == "north"
    assert pick_one(routes, "49", down=("a", "b", "c")) == "a"


def test_a_shorter_prefix_is_no_reserve(routes: object) -> None:
    assert pick_one(routes, "4477", tried=("mobile",)) is None


def test_weights_share_the_load_among_those_up(routes: object) -> None:
    picks = [number / 1000 for number in range(1000)]
    shares = Counter(pick_one(routes, "49", pick=pick) for pick in picks)
    assert shares == {"a": 250, "b": 750}
    shares = Counter(pick_one(routes, "49", down=("b",), pick=pick) for pick in picks)
    assert shares == {"a": 1000}
    shares = Counter(pick_one(routes, "49", tried=("a",), pick=pick) for pick in picks)
    assert shares == {"b": 1000}


def test_a_weight_of_0_is_a_reserve(routes: object) -> None:
    assert pick_one(routes, "49", down=("a", "b"), pick=0.5) == "c"
    assert pick_one(routes, "49", tried=("a", "b", "c")) is None


def test_the_same_pick_gives_the_same_carrier(routes: object) -> None:
    assert {pick_one(routes, "49", pick=0.999999999999) for _ in range(5)} == {"b"}
