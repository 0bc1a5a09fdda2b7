"""When a quiet link is asked and when it is given up: numbers in, a word out."""

from math import inf

from homing.core.smpp.timers import Due, LinkTimers


def watching() -> LinkTimers:
    timers = LinkTimers(30, 10, is_watching=True)
    timers.hear(100)
    return timers


def test_a_quiet_link_is_asked_after_its_time() -> None:
    timers = watching()
    assert timers.due(129.9) is Due.NOTHING
    assert timers.due(130) is Due.ENQUIRE
    assert timers.next_s() == 130


def test_a_link_that_does_not_answer_is_given_up() -> None:
    timers = watching()
    timers.ask(130)
    assert timers.next_s() == 140
    assert timers.due(139.9) is Due.NOTHING
    assert timers.due(140) is Due.SILENT


def test_any_pdu_is_a_sign_of_life() -> None:
    timers = watching()
    timers.ask(130)
    timers.hear(139)
    assert timers.due(140) is Due.NOTHING
    assert timers.next_s() == 169


def test_a_step_that_takes_too_long_is_overdue_whether_watching_or_not() -> None:
    for is_watching in (True, False):
        timers = LinkTimers(30, 10, step_by_s=5, is_watching=is_watching)
        assert timers.next_s() == 5
        assert timers.due(5) is Due.OVERDUE


def test_an_unbound_link_is_not_asked() -> None:
    timers = LinkTimers(30, 10)
    assert timers.due(1e9) is Due.NOTHING
    assert timers.next_s() == inf


def test_zero_seconds_of_silence_means_never_ask() -> None:
    timers = LinkTimers(0, 10, is_watching=True)
    assert timers.due(1e9) is Due.NOTHING
    assert timers.next_s() == inf
