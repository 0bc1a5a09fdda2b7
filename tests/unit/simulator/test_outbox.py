"""Receipts on their way to an application."""

from homing.simulator.outbox import TRIES_MAX, Outbox, Report
from homing.simulator.submission import MessageState


class Taker:
    def __init__(self, room, number=1):
        self.room, self.number, self.taken, self.flushes = room, number, [], 0

    def offer(self, report):
        if not self.room:
            return False
        self.room -= 1
        self.taken.append(report)
        return True

    def flush(self):
        self.flushes += 1


def reports(count):
    return [Report(None, MessageState.DELIVERED, b"%d" % number) for number in range(count)]


def test_receipts_wait_without_a_bind_and_go_in_order_when_one_comes():
    outbox = Outbox(lambda report: None)
    all_of_them = reports(5)
    for report in all_of_them:
        outbox.add(report)
    outbox.pump()
    assert len(outbox) == 5
    taker = Taker(3)
    outbox.join(taker)
    outbox.pump()
    assert taker.taken == all_of_them[:3]
    assert taker.flushes == 1
    assert len(outbox) == 2


def test_what_a_lost_bind_had_not_answered_comes_first_again():
    outbox = Outbox(lambda report: None)
    all_of_them = reports(4)
    first, second = Taker(2), Taker(10)
    outbox.join(first)
    for report in all_of_them:
        outbox.add(report)
    outbox.pump()
    outbox.leave(first, first.taken)
    outbox.join(second)
    outbox.pump()
    assert second.taken == all_of_them


def test_binds_share_the_receipts():
    outbox, takers = Outbox(lambda report: None), [Taker(100), Taker(100)]
    for taker in takers:
        outbox.join(taker)
    for report in reports(64):
        outbox.add(report)
    outbox.pump()
    assert [len(taker.taken) for taker in takers] == [32, 32]


def test_beyond_the_bound_the_oldest_is_dropped_and_said_so():
    dropped = []
    outbox = Outbox(dropped.append, waiting_max=3)
    all_of_them = reports(5)
    for report in all_of_them:
        outbox.add(report)
    assert dropped == all_of_them[:2]
    assert len(outbox) == 3


def test_a_receipt_refused_too_often_is_given_up():
    dropped = []
    outbox = Outbox(dropped.append)
    (report,) = reports(1)
    assert [outbox.refused(report) for _ in range(TRIES_MAX)] == [True] * (TRIES_MAX - 1) + [False]
    assert dropped == [report]


def test_copies_of_a_receipt_are_sent_one_after_the_other_and_are_one_entry():
    outbox, taker = Outbox(lambda report: None), Taker(4)
    (first, second) = reports(2)
    first.copies = 3
    for report in (first, second):
        outbox.add(report)
    assert len(outbox) == 2
    outbox.join(taker)
    outbox.pump()
    assert taker.taken == [first, first, first, second]
    assert len(outbox) == 0


def test_a_receipt_avoids_a_bind_while_there_is_another():
    outbox = Outbox(lambda report: None)
    submitter, other = Taker(10, number=1), Taker(10, number=2)
    outbox.join(submitter)
    outbox.join(other)
    first, second = reports(2)
    first.not_on = second.not_on = 1
    outbox.add(first)
    outbox.pump()
    assert (submitter.taken, other.taken) == ([], [first])
    outbox.leave(other, [])
    outbox.add(second)
    outbox.pump()
    assert submitter.taken == [second]
