"""One endpoint's window, its probes, and how seldom it looks into the store."""

from homing.core.model import limits
from homing.runtime.endpoint import DOWN_AFTER_FAILURES, PROBE_MOST_S, Endpoint


def test_the_window_grows_with_success_to_its_bound_and_halves_on_failure():
    endpoint = Endpoint(1, 1)
    for _ in range(100):
        endpoint.succeeded()
    assert endpoint.window == limits.ENDPOINT_CONNECTIONS_MAX
    endpoint.failed(0.0)
    assert endpoint.window == limits.ENDPOINT_CONNECTIONS_MAX // 2


def test_a_dead_endpoint_is_probed_ever_more_seldom_by_one_at_a_time():
    endpoint = Endpoint(1, 1)
    for _ in range(DOWN_AFTER_FAILURES):
        endpoint.failed(100.0)
    assert not endpoint.may_send(100.0)
    assert endpoint.may_send(101.0)
    endpoint.active[1] = None  # type: ignore[assignment]
    assert not endpoint.may_send(101.0), "a second probe while one is on its way"
    for _ in range(50):
        endpoint.failed(100.0)
    endpoint.active.clear()
    assert endpoint.may_send(100.0 + PROBE_MOST_S)


def test_new_notifications_wait_in_the_store_while_older_ones_do():
    endpoint = Endpoint(1, 1)
    assert endpoint.has_room(10)
    endpoint.due_at(5.0)
    assert not endpoint.has_room(10)


def test_an_endpoint_with_anything_to_do_or_remember_is_not_idle():
    endpoint = Endpoint(1, 1)
    assert endpoint.is_idle(0.0)
    endpoint.reserved = 1
    assert not endpoint.is_idle(0.0)


def test_a_fault_is_forgotten_when_nothing_else_is_left():
    endpoint = Endpoint(1, 1)
    endpoint.failed(100.0)
    assert not endpoint.is_idle(100.0)
    assert endpoint.is_idle(101.0 + 2 * PROBE_MOST_S)
