"""The inbox is counted from time to time, and told when it grows."""

import asyncio
import logging

import pytest

from homing.core.model import limits
from homing.runtime.clock import Clock
from homing.runtime.inbox import COUNT_EVERY_S, REST, Inbox
from support.house import House


class Counted:
    """A store whose count takes `takes_s`."""

    def __init__(self):
        self.now_s, self.takes_s, self.length, self.counts = 0.0, 0.0, 0, 0
        self.octets_each = 200
        self.inbox = Inbox(self, Clock(lambda: 0, lambda: self.now_s))

    async def waiting_count(self):
        self.counts += 1
        self.now_s += self.takes_s
        return self.length, self.length * self.octets_each

    def beat(self, length):
        self.length = length
        asyncio.run(self.inbox.beat(self.now_s))
        self.now_s += COUNT_EVERY_S


@pytest.fixture
def counted():
    return Counted()


def test_it_is_counted_when_it_is_time_and_not_before(counted):
    counted.beat(3)
    counted.now_s -= 1
    counted.beat(4)
    assert (counted.counts, counted.inbox.waiting) == (1, 3)
    counted.beat(4)
    assert (counted.counts, counted.inbox.waiting) == (2, 4)


def test_a_count_that_takes_long_rests_long(counted):
    counted.takes_s = 2.0
    counted.beat(3)
    counted.now_s = REST * 2.0 - 0.1
    counted.beat(4)
    assert counted.counts == 1
    counted.now_s = REST * 2.0
    counted.beat(4)
    assert counted.counts == 2


@pytest.mark.parametrize(
    ("octets_each", "most"),
    [(200, limits.INBOX_RECEIPTS_MAX), (1_000, limits.INBOX_RECEIPTS_MAX), (1 << 16, 1 << 13)],
)
def test_of_large_receipts_it_may_hold_fewer(counted, octets_each, most):
    counted.octets_each = octets_each
    counted.beat(100_000)
    assert counted.inbox.most == most


def test_each_step_is_told_once_until_it_shrinks(counted, caplog):
    caplog.set_level(logging.WARNING, "homing.inbox")
    told = []
    for length in (1_000, 1_001, 5_000, 990, 1_001, 10_001, 10_002, 8_999, 10_001, 0, 200_000):
        caplog.clear()
        counted.beat(length)
        told.append(len(caplog.records))
    assert told == [0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1]
    assert "200000 receipts found no part" in caplog.text


def test_a_scrape_reads_the_last_count_and_asks_nobody(tmp_path):
    house = House(tmp_path, carriers={"north": {}})

    async def life():
        await house.up("north")
        house.smscs["north"].deliver("nobody's")
        await house.until(lambda: house.count("receipt") == 1)
        gauges = house.gateway.telemetry.gauges
        house.gateway.inbox.waiting = 7
        assert ("receipts_waiting", (), 7) in list(gauges())
        await house.gateway.inbox.beat(house.loop.now_s + COUNT_EVERY_S)
        assert ("receipts_waiting", (), 1) in list(gauges())

    house.live(life)
