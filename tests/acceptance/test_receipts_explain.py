"""`homing receipts explain`, as people run it: lines in, JSON lines out, whatever they hold."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.corpus import Row, line_of, read_rows

HOMING = [str(Path(sys.executable).with_name("homing")), "receipts", "explain"]
CORPUS = read_rows()
WITHIN_S = 60


def explained(octets: bytes, *options: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [*HOMING, *options], input=octets, capture_output=True, timeout=WITHIN_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.decode("ascii").splitlines()]


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    return explained(b"\n".join(line_of(row) for row in CORPUS))


@pytest.mark.parametrize("number", range(len(CORPUS)), ids=range(1, len(CORPUS) + 1))
def test_the_command_understands_every_key_of_a_line_of_the_corpus(
    number: int, answers: list[dict[str, Any]]
) -> None:
    row: Row = CORPUS[number]
    wanted = row["expected"] | row.get("expected_extra", {}) | {"state": row["state"]}
    answer = answers[number]
    assert {key: answer[key] for key in wanted} == wanted
    assert answer["level"] in ("carrier", "handset")
    assert isinstance(answer["problems"], list)


def test_there_is_one_answer_for_each_line_also_for_an_empty_one(
    answers: list[dict[str, Any]],
) -> None:
    assert len(answers) == len(CORPUS)
    lines = [b"", b"\r", b"hello", os.urandom(300).replace(b"\n", b"x"), b"\0" * 5, b"id:1"]
    told = explained(b"\n".join(lines) + b"\n")
    assert len(told) == len(lines)
    assert [one["id"] for one in told[:3]] == [None] * 3
    assert all(one["problems"] for one in told)
    assert explained(b"") == []


def test_a_line_of_another_system_ends_in_a_carriage_return_that_is_no_part_of_it() -> None:
    assert explained(b"id:1 stat:DELIVRD text:Hi\r\n")[0]["text"] == "Hi"


def test_a_line_without_an_end_takes_no_memory_and_the_next_is_read() -> None:
    too_long = b"id:1 stat:DELIVRD text:" + b"x" * (3 << 20)
    told = explained(too_long + b"\nid:2 stat:EXPIRED\n" + too_long)
    assert [one["id"] for one in told] == [None, "2", None]
    assert told[0]["problems"] == ["line: longer than 1048576 octets"]


def test_each_line_is_answered_when_it_comes() -> None:
    with subprocess.Popen(HOMING, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as command:
        assert command.stdin is not None
        assert command.stdout is not None
        for number in (b"1", b"2"):
            command.stdin.write(b"id:" + number + b"\n")
            command.stdin.flush()
            assert json.loads(command.stdout.readline())["id"] == number.decode()
        command.stdin.close()
        assert command.wait(WITHIN_S) == 0


def test_whoever_reads_may_stop_at_any_line() -> None:
    line = f"yes id:1 | {' '.join(HOMING)} | head -n 1; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert done.stdout.splitlines()[-1] == "0"
    assert json.loads(done.stdout.splitlines()[0])["id"] == "1"
    assert "Traceback" not in done.stderr
    assert "homing" not in done.stderr


def test_a_dialect_is_chosen_by_name_and_another_name_is_told_which_there_are() -> None:
    line = b"id:1 stat:UNDELIV err:005"
    codes = [explained(line, *o)[0]["err_code"] for o in ((), ("--dialect", "kaleyra"))]
    assert codes == ["3", "4"]
    done = subprocess.run(
        [*HOMING, "--dialect", "x"], input=line, capture_output=True, timeout=WITHIN_S, check=False
    )
    assert done.returncode == 2
    assert b"there are: plain, " in done.stderr
