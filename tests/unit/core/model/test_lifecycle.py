from homing.core.model.lifecycle import FINAL, OWN_FINAL_RANK, RANK, STATUS, Source, State, rank


def test_every_state_has_a_rank_and_a_word():
    assert set(RANK) == set(STATUS) == set(State)


def test_delivered_is_above_all_and_our_own_word_below_every_final_of_a_carrier():
    carriers = {state: rank(state, Source.CARRIER) for state in FINAL}
    assert max(carriers, key=carriers.__getitem__) is State.DELIVERED
    assert all(value > OWN_FINAL_RANK for value in carriers.values())
    assert all(rank(state, Source.GATEWAY) == OWN_FINAL_RANK for state in FINAL)


def test_what_is_not_final_is_below_every_final_word():
    assert all(RANK[state] < OWN_FINAL_RANK for state in State if state not in FINAL)
