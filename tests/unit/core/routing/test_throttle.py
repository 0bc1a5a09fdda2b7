import pytest

from homing.core.routing.throttle import ApiThrottle, ApiThrottles, LinkHold, TokenBucket


def test_a_bucket_lets_its_burst_go_and_then_its_rate() -> None:
    bucket = TokenBucket(10, 3)
    assert [bucket.take(5.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.next_at(5.0) == pytest.approx(5.1)
    assert not bucket.take(5.05)
    assert bucket.take(bucket.next_at(5.05))
    assert not bucket.take(5.1)


def test_next_at_is_always_when_one_may_go() -> None:
    bucket = TokenBucket(7, 2)
    now_s, taken = 1000.0, 0
    while now_s < 1010.0:
        assert bucket.take(bucket.next_at(now_s))
        taken += 1
        now_s = bucket.next_at(now_s)
    assert taken in (71, 72)


def test_a_pause_saves_no_more_than_the_burst() -> None:
    bucket = TokenBucket(100, 5)
    assert bucket.take(0.0)
    assert sum(bucket.take(1e6) for _ in range(50)) == 5


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    bucket = TokenBucket(1, 1)
    assert bucket.take(100.0)
    assert not bucket.take(50.0)
    assert bucket.next_at(50.0) == 101.0


def test_a_hold_doubles_to_its_most_and_a_success_makes_it_short_again() -> None:
    hold, now_s, lengths = LinkHold(), 0.0, []
    for _ in range(7):
        until_s = hold.throttled(now_s)
        lengths.append(until_s - now_s)
        now_s = until_s
    assert lengths == [1, 2, 4, 8, 16, 30, 30]
    hold.succeeded()
    assert hold.throttled(now_s) - now_s == 1


def test_a_burst_of_refusals_is_one_hold() -> None:
    hold = LinkHold()
    assert {hold.throttled(10.0 + number / 1000) for number in range(100)} == {11.0}
    assert hold.is_held(10.999)
    assert not hold.is_held(11.0)
    assert hold.throttled(11.0) == 13.0


def test_a_success_does_not_end_a_hold() -> None:
    hold = LinkHold()
    hold.throttled(10.0)
    hold.succeeded()
    assert hold.is_held(10.5)


def test_an_account_gets_its_rate_within_any_second_and_is_told_how_long_to_wait() -> None:
    throttle = ApiThrottle(30)
    assert [throttle.allow(9.0 + n / 100) for n in range(30)] == [0] * 30
    assert throttle.allow(9.3) == 700
    assert throttle.allow(9.9) == 100
    assert throttle.allow(10.0) == 0  # the first one is a second old
    assert throttle.allow(10.0) == 10


def test_no_second_holds_more_than_the_rate_however_fast_one_asks() -> None:
    throttle = ApiThrottle(7)
    asked = [n / 50 for n in range(500)]
    passed = [now_s for now_s in asked if throttle.allow(now_s) == 0]
    assert len(passed) == 70
    assert all(later - first > 0.999 for first, later in zip(passed, passed[7:], strict=False))


def test_an_account_without_a_rate_never_waits() -> None:
    throttle = ApiThrottle(None)
    assert {throttle.allow(1.0) for _ in range(10_000)} == {0}


def test_accounts_do_not_slow_each_other_and_a_new_rate_holds_at_once() -> None:
    throttles = ApiThrottles()
    assert throttles.wait_ms(1, 1, 5.0) == 0
    assert throttles.wait_ms(1, 1, 5.0) == 1000
    assert throttles.wait_ms(2, 1, 5.0) == 0
    assert throttles.wait_ms(1, None, 5.0) == 0
    assert throttles.wait_ms(1, 2, 5.0) == 0
