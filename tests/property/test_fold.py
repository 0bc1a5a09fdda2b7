"""Promises 5 and 6 over every order and repetition of the same receipts."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from homing.core.model.lifecycle import FINAL, STATUS, Source, State, rank
from homing.core.model.message import Standing
from homing.core.model.receipt import Level, Receipt
from homing.core.receipts.fold import combine, fold, news, own_word

SUBMITTED = Standing(State.SUBMITTED)
states = st.sampled_from([state for state in State if state >= State.ENROUTE])
words = st.one_of(
    st.tuples(
        st.builds(
            Receipt,
            id=st.just("1"),
            state=states,
            recipient=st.just("44"),
            sender=st.just("1"),
            err=st.sampled_from(["", "000", "027"]),
            done_at_ms=st.sampled_from([0, 1000, 2000]),
        ),
        st.sampled_from([b"", b"a", b"b", b"ab"]),
        st.sampled_from(Level),
    ).map(lambda word: word if word[0].state is State.DELIVERED else (*word[:2], Level.CARRIER)),
    st.sampled_from([State.EXPIRED, State.UNKNOWN, State.REJECTED]),  # our own final word
)
Word = tuple[Receipt, bytes, Level] | State


def apply(standing: Standing, word: Word) -> Standing:
    return own_word(standing, word) if isinstance(word, State) else fold(standing, *word)


@given(st.lists(words, min_size=1, max_size=7), st.data())
def test_any_order_and_repetition_gives_one_result(said: list[Word], data: st.DataObject) -> None:
    wanted = reduce(apply, said, SUBMITTED)
    repeated = said + data.draw(st.lists(st.sampled_from(said), max_size=5))
    assert reduce(apply, data.draw(st.permutations(repeated)), SUBMITTED) == wanted


@given(st.lists(words, min_size=1, max_size=7))
def test_the_result_has_the_highest_rank_that_was_said(said: list[Word]) -> None:
    result = reduce(apply, said, SUBMITTED)
    ranks = [
        rank(word, Source.GATEWAY) if isinstance(word, State)
        else rank(word[0].state, Source.CARRIER)
        for word in said
    ]  # fmt: skip
    assert rank(result.state, result.source) == max(ranks)


@given(st.lists(words, min_size=2, max_size=2), st.lists(words, min_size=1, max_size=3))
def test_folding_in_two_halves_is_folding_in_one(left: list[Word], right: list[Word]) -> None:
    both = reduce(apply, left + right, SUBMITTED)
    halves = reduce(apply, left, SUBMITTED), reduce(apply, right, SUBMITTED)
    assert combine(*halves) == combine(*reversed(halves)) == both


@given(st.lists(words, min_size=1, max_size=9), st.booleans())
def test_each_change_is_told_once_and_the_last_told_is_the_result(
    said: list[Word], tell_intermediate: bool
) -> None:
    standing, told, all_told = SUBMITTED, "", []
    for word in said + said:
        before, standing = standing, apply(standing, word)
        status = news(told, before, standing, tell_intermediate)
        if status is not None:
            assert status == STATUS[standing.state] != told
            assert STATUS[standing.state] != STATUS[before.state]
            told = status
            all_told.append(status)
    if standing.state in FINAL or tell_intermediate:
        assert told == STATUS[standing.state]
    else:
        assert all_told == []
    assert "accepted" not in all_told[1:] or all_told[0] == "buffered"
