"""A rhythm that no handsets have is seen in a block of twenty, and forgotten in the next."""

from collections.abc import Callable, Iterable

from homing.core.receipts.tempo import SAME_DELAY, SAME_MOMENT, Tempo

START_MS = 1_769_860_800_000


def play(
    tempo: Tempo,
    *,
    answered: Callable[[int], int],
    received: Callable[[int], int],
    done: Callable[[int], int] = lambda number: 0,
    recipients: int = 20,
    numbers: Iterable[int] = range(20),
) -> list[str]:
    return [
        tempo.observe(
            f"4477009000{number % recipients:02}",
            START_MS + answered(number),
            START_MS + received(number),
            done(number) and START_MS + done(number),
        )
        for number in numbers
    ]


def at_one_delay(tempo: Tempo, **changed: int) -> list[str]:
    return play(
        tempo, answered=lambda n: n * 900, received=lambda n: n * 900 + 3000 + n % 7, **changed
    )


def like_handsets(tempo: Tempo) -> list[str]:
    return play(
        tempo, answered=lambda n: n * 900, received=lambda n: n * 900 + 3000 + n * n * 37 % 4000
    )


def test_the_same_delay_for_every_number_is_no_handsets_work() -> None:
    assert at_one_delay(Tempo()) == [""] * 19 + [SAME_DELAY]


def test_handsets_differ() -> None:
    assert like_handsets(Tempo()) == [""] * 20


def test_one_telephone_can_be_as_regular_as_it_likes() -> None:
    assert at_one_delay(Tempo(), recipients=4) == [""] * 20
    assert at_one_delay(Tempo(), recipients=5)[-1] == SAME_DELAY


def test_the_same_moment_however_long_ago_they_were_sent_is_no_handsets_work() -> None:
    assert play(Tempo(), answered=lambda n: n * 900, received=lambda n: 60_000 + n)[-1] == (
        SAME_MOMENT
    )


def test_what_was_sent_together_may_come_together() -> None:
    assert play(Tempo(), answered=lambda n: n * 40, received=lambda n: 9_000 - n * 40)[-1] == ""


def test_a_backlog_after_an_outage_comes_at_once_but_its_dates_differ() -> None:
    found = play(
        Tempo(),
        answered=lambda n: n * 30_000,
        received=lambda n: 3_600_000 + n,
        done=lambda n: n * 30_000 + 5_000 + n * 333,
    )
    assert found[-1] == ""


def test_the_verdict_holds_until_a_block_says_otherwise() -> None:
    tempo = Tempo()
    at_one_delay(tempo)
    assert like_handsets(tempo) == [SAME_DELAY] * 19 + [""]


def test_a_block_counts_only_its_own() -> None:
    tempo = Tempo()
    like_handsets(tempo)
    assert at_one_delay(tempo)[-1] == SAME_DELAY
