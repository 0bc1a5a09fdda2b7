import pytest

from homing.core.model.lifecycle import State
from homing.core.receipts.dialects import DIALECTS, PLAIN
from homing.core.receipts.final_word import ACCEPTED, NO_RECEIPTS, SILENT, final_word

WITH_CARRIER = (State.SUBMITTED, State.SUBMITTING, State.ENROUTE, State.ACCEPTED)
(ACCEPTED_IS_FINAL, *_) = (one for one in DIALECTS.values() if one.accepted_is_final)


@pytest.mark.parametrize("stands_at", WITH_CARRIER)
@pytest.mark.parametrize(("country", "reason"), [("", SILENT), ("none", NO_RECEIPTS)])
def test_a_part_that_its_carrier_has_expires(stands_at: State, country: str, reason: str) -> None:
    word = final_word(stands_at, PLAIN, country)
    assert (word.state, word.status, word.reason) == (State.EXPIRED, "expired", reason)
    assert word.err_code == "2"


@pytest.mark.parametrize("country", ["", "none"])
def test_what_its_carrier_never_had_is_said_so_whatever_the_country(country: str) -> None:
    queued, held = (final_word(one, PLAIN, country) for one in (State.QUEUED, State.HELD))
    assert (queued.status, "queue" in queued.reason) == ("expired", True)
    assert (held.status, "twice" in held.reason) == ("unknown", True)


def test_where_accepted_is_final_it_stays_what_is_told() -> None:
    word = final_word(State.ACCEPTED, ACCEPTED_IS_FINAL, "")
    assert (word.state, word.status, word.err_code) == (State.UNKNOWN, "accepted", "0")
    assert word.reason == ACCEPTED
    assert final_word(State.ENROUTE, ACCEPTED_IS_FINAL, "").status == "expired"
