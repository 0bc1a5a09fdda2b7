"""Connections of the whole node are shared among accounts."""

from homing.runtime.endpoint import Endpoint
from homing.runtime.turns import Turns


def taken(turns: Turns, account_id: int, count: int) -> list[bool]:
    return [turns.take(account_id, Endpoint(key, account_id)) for key in range(count)]


def test_one_account_cannot_take_more_than_its_share():
    turns = Turns(connections_max=4, account_max=2)
    assert taken(turns, 1, 3) == [True, True, False]
    assert taken(turns, 2, 2) == [True, True]
    assert turns.total == 4


def test_a_connection_that_comes_free_goes_to_the_account_that_holds_the_fewest():
    turns = Turns(connections_max=3, account_max=3)
    taken(turns, 1, 3)
    many, few = Endpoint(10, 1), Endpoint(20, 2)
    assert not turns.take(1, many)
    assert not turns.take(2, few)
    turns.give_back(1)
    went_on: list[Endpoint] = []
    turns.hand_on(lambda endpoint: went_on.append(endpoint) or turns.take(2, endpoint))
    assert went_on == [few]
    turns.give_back(1)
    turns.hand_on(went_on.append)
    assert went_on == [few, many]


def test_an_endpoint_waits_only_once_however_often_it_asks():
    turns = Turns(connections_max=1, account_max=1)
    taken(turns, 1, 1)
    endpoint = Endpoint(10, 1)
    assert [turns.take(1, endpoint) for _ in range(3)] == [False] * 3
    turns.give_back(1)
    went_on: list[Endpoint] = []
    turns.hand_on(went_on.append)
    assert went_on == [endpoint]
    assert not endpoint.waits_for_turn
