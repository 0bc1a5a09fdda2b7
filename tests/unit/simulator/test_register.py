"""What a carrier still knows when query_sm asks."""

from homing.core.smpp.short import SubmitSm
from homing.simulator import register
from homing.simulator.ids import Spelled
from homing.simulator.register import Register, final_date
from homing.simulator.submission import Submission


def submission(message_id, final_s=0.0):
    ids = Spelled(message_id, message_id, message_id)
    return Submission(ids, "a", SubmitSm(), b"", None, 0.0, 1.0, final_s=final_s)


def test_an_application_finds_its_own_submission_and_nobody_elses():
    known, one = Register(), submission(b"1")
    known.add(one)
    assert known.find("a", b"1") is one
    assert known.find("b", b"1") is None
    assert known.find("a", b"2") is None


def test_of_two_with_one_id_the_newer_is_meant_also_when_the_older_is_forgotten(monkeypatch):
    monkeypatch.setattr(register, "SUBMISSIONS_REMEMBERED", 2)
    known, older, newer = Register(), submission(b"1"), submission(b"1")
    for one in (older, newer, submission(b"2")):
        known.add(one)
    assert known.find("a", b"1") is newer
    known.add(submission(b"3"))
    assert known.find("a", b"1") is None


def test_the_final_date_is_written_as_an_absolute_time_in_utc():
    assert final_date(submission(b"1")) == b""
    assert final_date(submission(b"1", final_s=1_767_225_663.0)) == b"260101000103000+"
