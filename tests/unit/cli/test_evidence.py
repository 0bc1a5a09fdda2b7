"""`homing carriers NAME --receipts`: what it asks, and that its figures are the answer's."""

import json

import msgspec
import pytest

from homing.cli.control import Control
from homing.cli.evidence import show_evidence, within
from homing.store.evidence import BOUNDS_S, CarrierEvidence, NetworkEvidence

PATH = "/homing/v1/carriers/no%2Frth/receipts"


def histogram(**buckets):
    """`b3=7`: seven in the fourth bucket."""
    return [buckets.get(f"b{number}", 0) for number in range(len(BOUNDS_S) + 1)]


FOUND = CarrierEvidence(
    "no/rth", 1_790_000_000_000, list(BOUNDS_S),
    [
        NetworkEvidence("", owed=3, silent=3, ended={"expired_by_gateway": 3}),
        NetworkEvidence(
            "23410", owed=200, carrier_level=150, handset_level=99, silent=1,
            ended={"delivered": 181, "expired": 19}, carrier_after=histogram(b0=150),
            handset_after=histogram(b3=50, b4=39, b7=10), rungs={"exact": 40, "hex": 209},
            contradictions={"delivered+expired": 2}, corrections={"delivered": 4}, repeats=7,
            converted={"yes": 61, "no": 5},
        ),
    ],
)  # fmt: skip


def test_each_network_is_a_row_of_shares_of_what_was_owed(scripted, capsys):
    scripted.answers["GET", PATH] = (200, msgspec.json.encode(FOUND))
    show_evidence(Control(socket_path=scripted.path), "no/rth", days=7, as_json=False)
    assert scripted.asked[-1][:3] == ("GET", PATH, "days=7")
    heading, columns, unknown, known = capsys.readouterr().out.splitlines()
    assert "no/rth" in heading
    assert "2026-09-21T14:13:20.000Z" in heading
    assert columns.split()[:2] == ["network", "owed"]
    assert unknown.split() == [
        "unknown", "3", "0.0", "%", "0.0", "%", "100.0", "%", "0.0", "%", "-", "-", "-", "-", "-",
        "-", "-", "0", "-",
    ]  # fmt: skip
    for words in (
        "23410", "200", "75.0 %", "49.5 %", "0.5 %", "90.5 %", "under 1 s", "5-10 s", "5-60 min",
        "hex 209, exact 40", "delivered+expired 2", "delivered 4", "7",
        "yes 61, no 5",
    ):  # fmt: skip
        assert words in known


def test_machines_get_the_answer_itself(scripted, capsys):
    scripted.answers["GET", PATH] = (200, msgspec.json.encode(FOUND))
    show_evidence(Control(socket_path=scripted.path), "no/rth", days=7, as_json=True)
    assert json.loads(capsys.readouterr().out) == msgspec.to_builtins(FOUND)


def test_nothing_counted_yet_is_a_sentence(scripted, capsys):
    nothing = CarrierEvidence("no/rth", 0, list(BOUNDS_S), [])
    scripted.answers["GET", PATH] = (200, msgspec.json.encode(nothing))
    show_evidence(Control(socket_path=scripted.path), "no/rth", days=7, as_json=False)
    assert "no part that was owed a receipt" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("bucket", "told"),
    list(
        enumerate(
            ["under 1 s", "1-2 s", "2-5 s", "5-10 s", "10-30 s", "30-60 s", "1-5 min", "5-60 min",
             "1-6 h", "6-24 h", "over 24 h"]
        )
    ),
)  # fmt: skip
def test_a_time_is_told_as_the_range_of_its_bucket(bucket, told):
    assert within(histogram(**{f"b{bucket}": 1}), BOUNDS_S, 0.9) == told


def test_the_bucket_is_the_first_in_which_the_share_is_reached():
    nine_and_one = histogram(b1=9, b5=1)
    assert within(nine_and_one, BOUNDS_S, 0.9) == "1-2 s"
    assert within(histogram(b1=89, b5=11), BOUNDS_S, 0.9) == "30-60 s"
    assert within([0] * 11, BOUNDS_S, 0.5) == "-"
