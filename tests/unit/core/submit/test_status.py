"""The status table."""

from homing.core.submit.status import ERROR_TEXT, Status, error_text


def test_every_status_but_0_has_a_text():
    assert set(ERROR_TEXT) == set(Status)
    assert [status for status in Status if not ERROR_TEXT[status]] == [Status.OK]


def test_known_wordings_are_kept():
    assert error_text(4) == "Bad Credentials"
    assert error_text(6) == "Unroutable message - rejected"
    assert error_text(9) == "Quota Exceeded - rejected"


def test_a_status_outside_the_table_is_our_fault():
    assert error_text(999) == error_text(Status.PLATFORM)
