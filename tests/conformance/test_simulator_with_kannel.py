"""What Kannel makes of our simulator beyond the common rules."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from homing.simulator.carrier import Simulator
from support.kannel import BUFFERED, DELIVERED, SUBMITTED, Kannel, need_kannel
from support.on_thread import LoopThread
from support.waiting import until

TO = "447700900001"
LONG = "The quick brown fox jumps over the lazy dog. " * 8


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Kannel, Simulator]]:
    need_kannel()
    with LoopThread() as loop:
        simulator = loop.start(Simulator(speed=100.0))
        with Kannel(tmp_path, simulator.port) as kannel:
            yield kannel, simulator


def test_an_answer_and_each_level_of_receipt_have_a_type_of_their_own(pair):
    kannel, _ = pair
    kannel.send(TO, "hello")
    types = [(TO, SUBMITTED), (TO, BUFFERED), (TO, DELIVERED)]
    assert until(lambda: len(kannel.reports) == len(types), 20.0), kannel.reports
    assert sorted(kannel.reports) == sorted(types)


def test_of_a_long_text_the_receipts_of_its_first_part_are_asked_for_and_come(pair):
    kannel, simulator = pair
    kannel.send(TO, LONG)
    assert until(lambda: simulator.shown(TO) == [LONG], 20.0), simulator.shown(TO)
    types = [(TO, SUBMITTED), (TO, BUFFERED), (TO, DELIVERED)]
    assert until(lambda: len(kannel.reports) == len(types), 20.0), kannel.reports
    assert sorted(kannel.reports) == sorted(types)


def test_it_finds_nothing_to_complain_of(pair, tmp_path):
    kannel, _ = pair
    kannel.send(TO, LONG)
    assert until(lambda: (TO, DELIVERED) in kannel.reports, 20.0), kannel.reports
    assert kannel.leave() == 0
    words = (tmp_path / "bearerbox.err").read_text("latin-1")
    complaints = [line for line in words.splitlines() if "ERROR" in line or "PANIC" in line]
    assert complaints == []
    assert "SMPP: " not in words  # its words on a PDU that it reads with difficulty
