import pytest

from homing.core.model.lifecycle import Source, State
from homing.core.model.message import Standing
from homing.core.model.receipt import Level, Receipt
from homing.core.receipts.fold import fold, news, own_word

SUBMITTED = Standing(State.SUBMITTED)


def receipt(state: State, done_at_ms: int = 0, err: str = "") -> Receipt:
    return Receipt(id="1", state=state, recipient="44", sender="1", err=err, done_at_ms=done_at_ms)


def after(*states: State, start: Standing = SUBMITTED) -> Standing:
    for state in states:
        start = fold(start, receipt(state), state.name.encode(), Level.CARRIER)
    return start


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (State.ENROUTE, State.ACCEPTED),
        (State.ACCEPTED, State.UNKNOWN),
        (State.UNKNOWN, State.EXPIRED),
        (State.EXPIRED, State.UNDELIVERABLE),
        (State.EXPIRED, State.DELETED),
        (State.UNDELIVERABLE, State.REJECTED),
        (State.DELETED, State.REJECTED),
        (State.REJECTED, State.DELIVERED),
    ],
)
def test_the_higher_rank_wins_in_either_order(weaker: State, stronger: State) -> None:
    assert after(weaker, stronger).state is stronger
    assert after(stronger, weaker).state is stronger


@pytest.mark.parametrize("word", [State.EXPIRED, State.UNKNOWN, State.REJECTED])
def test_every_final_word_of_the_carrier_beats_our_own(word: State) -> None:
    own = own_word(after(State.ACCEPTED), word)
    assert (own.state, own.source) == (word, Source.GATEWAY)
    for state in (State.UNKNOWN, State.EXPIRED, State.DELIVERED):
        later = after(state, start=own)
        assert (later.state, later.source) == (state, Source.CARRIER)
        assert own_word(after(state), word) == later
    assert after(State.ENROUTE, State.ACCEPTED, start=own) == own


def test_within_a_rank_the_earliest_valid_done_date_decides_then_the_smallest_octets() -> None:
    early = fold(SUBMITTED, receipt(State.UNDELIVERABLE, 1000), b"z", Level.CARRIER)
    late = fold(SUBMITTED, receipt(State.DELETED, 2000), b"a", Level.CARRIER)
    undated = fold(SUBMITTED, receipt(State.DELETED, 0), b"a", Level.CARRIER)
    for other, octets, at_ms in ((State.DELETED, b"a", 2000), (State.DELETED, b"a", 0)):
        assert fold(early, receipt(other, at_ms), octets, Level.CARRIER) == early
    assert fold(late, receipt(State.UNDELIVERABLE, 1000), b"z", Level.CARRIER) == early
    assert fold(undated, receipt(State.UNDELIVERABLE, 1000), b"z", Level.CARRIER) == early
    smaller = fold(early, receipt(State.DELETED, 1000), b"y", Level.CARRIER)
    assert (smaller.state, smaller.octets) == (State.DELETED, b"y")


def test_the_deciding_receipt_is_kept_with_its_err() -> None:
    standing = fold(SUBMITTED, receipt(State.EXPIRED, 5, "027"), b"raw", Level.CARRIER)
    assert standing == Standing(State.EXPIRED, Source.CARRIER, 5, b"raw", "027")


def told_after(*states: State, tell_intermediate: bool = True) -> list[str]:
    told, standing, all_told = "", SUBMITTED, []
    for state in states:
        before, standing = standing, after(state, start=standing)
        status = news(told, before, standing, tell_intermediate)
        if status is not None:
            told = status
            all_told.append(status)
    return all_told


def test_each_change_is_told_once() -> None:
    assert told_after(State.ENROUTE, State.ACCEPTED, State.DELIVERED) == [
        "buffered",
        "accepted",
        "delivered",
    ]


def test_a_repeat_tells_nothing() -> None:
    assert told_after(State.ACCEPTED, State.ACCEPTED, State.DELIVERED, State.DELIVERED) == [
        "accepted",
        "delivered",
    ]


def test_a_late_intermediate_tells_nothing() -> None:
    assert told_after(State.DELIVERED, State.ACCEPTED, State.ENROUTE) == ["delivered"]
    assert told_after(State.ACCEPTED, State.ENROUTE) == ["accepted"]


def test_a_correction_is_told_and_a_lower_final_is_not() -> None:
    assert told_after(State.UNDELIVERABLE, State.DELIVERED) == ["failed", "delivered"]
    assert told_after(State.DELIVERED, State.UNDELIVERABLE) == ["delivered"]


def test_two_states_with_one_status_are_one_news() -> None:
    assert told_after(State.UNDELIVERABLE, State.DELETED) == ["failed"]


def test_a_second_delivered_with_an_earlier_date_tells_nothing() -> None:
    carrier = fold(SUBMITTED, receipt(State.DELIVERED, 2000), b"carrier", Level.CARRIER)
    handset = fold(carrier, receipt(State.DELIVERED, 1000), b"handset", Level.CARRIER)
    assert handset != carrier
    assert news("delivered", carrier, handset, True) is None


def test_an_account_without_intermediates_hears_only_finals() -> None:
    assert told_after(State.ENROUTE, State.ACCEPTED, State.DELIVERED, tell_intermediate=False) == [
        "delivered"
    ]


def test_our_own_expired_confirmed_by_the_carrier_tells_nothing() -> None:
    own = own_word(SUBMITTED, State.EXPIRED)
    assert news("", SUBMITTED, own, True) == "expired"
    assert news("expired", own, after(State.EXPIRED, start=own), True) is None
    assert news("expired", own, after(State.DELIVERED, start=own), True) == "delivered"


def test_what_is_ours_alone_is_never_told() -> None:
    for state in (State.QUEUED, State.SUBMITTING, State.SUBMITTED, State.HELD):
        assert news("", Standing(), Standing(state), True) is None


def test_the_handsets_word_raises_the_level_whatever_receipt_decides() -> None:
    carrier = fold(SUBMITTED, receipt(State.DELIVERED, 1000), b"c", Level.CARRIER)
    both = fold(carrier, receipt(State.DELIVERED, 2000), b"h", Level.HANDSET)
    assert (both.octets, both.done_at_ms, both.level) == (b"c", 1000, Level.HANDSET)
    handset = fold(SUBMITTED, receipt(State.DELIVERED, 2000), b"h", Level.HANDSET)
    assert fold(handset, receipt(State.DELIVERED, 1000), b"c", Level.CARRIER) == both
    assert news("delivered", carrier, both, True) is None


def test_a_word_of_lower_rank_leaves_the_level() -> None:
    handset = fold(SUBMITTED, receipt(State.DELIVERED), b"h", Level.HANDSET)
    assert fold(handset, receipt(State.UNDELIVERABLE), b"u", Level.CARRIER) == handset
    failed = fold(SUBMITTED, receipt(State.UNDELIVERABLE), b"u", Level.CARRIER)
    assert fold(failed, receipt(State.DELIVERED), b"h", Level.HANDSET) == handset
