"""A demo account reaches the numbers of its whitelist alone."""

from homing.core.submit.whitelist import refuse_stranger


def test_only_a_number_on_the_whitelist_is_reached():
    assert refuse_stranger("447700900000", ("447700900001", "447700900000")) is None
    refusal = refuse_stranger("447700900002", ("447700900001",))
    assert refusal is not None
    assert (refusal.status, refusal.to) == (29, "447700900002")
    assert refusal.text.startswith("Non White-listed Destination - rejected")


def test_an_empty_whitelist_reaches_nobody():
    assert refuse_stranger("447700900000", ()) is not None
