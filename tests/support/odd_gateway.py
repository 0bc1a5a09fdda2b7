"""The `homing` command on an odd machine. A program, started by tests in place of `homing`.

HOMING_TEST_STORE: a file; while it holds `full` no page can be added to the store, while it holds
    `read only` nothing can be written.
HOMING_TEST_CLOCK: a file with seconds; the wall clock is so far ahead. Monotonic time is not.
HOMING_TEST_TALKS: logs at the most talkative level.
"""

import logging
import os
import sqlite3
import time
from pathlib import Path

from homing.cli import running
from homing.cli.main import main

UNBOUNDED = 4_294_967_294


class Sick(sqlite3.Connection):
    """A store that falls ill and recovers, between transactions."""

    state = ""

    def execute(self, sql, *arguments):
        if sql == "begin immediate":
            wanted = _content("HOMING_TEST_STORE")
            if wanted != self.state:
                self.state = wanted
                pages = 1 if wanted == "full" else UNBOUNDED
                super().execute(f"pragma max_page_count = {pages}").close()
                super().execute(f"pragma query_only = {int(wanted == 'read only')}").close()
        return super().execute(sql, *arguments)


def _content(variable: str) -> str:
    path = os.environ.get(variable)
    return Path(path).read_text().strip() if path and os.path.exists(path) else ""


def _ahead_ns() -> int:
    return int(float(_content("HOMING_TEST_CLOCK") or 0) * 1e9)


if "HOMING_TEST_STORE" in os.environ:
    honest_connect = sqlite3.connect

    def connect(*arguments, **options):
        return honest_connect(*arguments, **({"factory": Sick} | options))

    sqlite3.connect = connect

if "HOMING_TEST_CLOCK" in os.environ:
    honest_ns = time.time_ns
    time.time_ns = lambda: honest_ns() + _ahead_ns()
    time.time = lambda: time.time_ns() / 1e9

if "HOMING_TEST_TALKS" in os.environ:
    honest_log = running.log_to_stderr

    def log_to_stderr() -> None:
        honest_log()
        logging.getLogger().setLevel(logging.DEBUG)

    running.log_to_stderr = log_to_stderr

main()
