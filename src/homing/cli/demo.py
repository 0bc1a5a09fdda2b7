"""`homing demo`: two messages through everything, their receipts at another process's webhook.

Starts a receiver and `homing up` as processes of their own, as a user would, and prints what the
receiver was sent. With an honest carrier it ends with 0 only if that is what it should be: the
carrier's and the handset's receipt of each of four parts, and the long message's handsets in their
own time. With another persona it says what became of each part, and what that is worth.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from msgspec import Struct

from homing.cli.problems import EXIT_NO, No
from homing.cli.screen import word
from homing.core.model.ids import show_id
from homing.core.model.lifecycle import FINAL
from homing.core.model.receipt import Level
from homing.store.pages import PartStory

SPEED = 4.0
HANDSET_PART_S = 10.0 / SPEED  # 10 s a part at speed 1
JITTER = 0.1  # handsets take so much more or less
SLACK_S = 0.5  # the way through everything, on a busy machine
READY_WITHIN_S = 20.0
WHOLE_WITHIN_S = 40.0
ONE_PART = "Your table for two is booked."
THREE_PARTS = (
    "A long message travels in parts, and each of them comes home with receipts of its own: first "
    "the carrier says that it took the part, then the handset says that it is there. "
) * 2 + "Long ones take a while: about ten seconds a part, for each in turn, as real handsets do."
PLACE = "/webhooks/delivery-receipt"
PERSONA_TTL_MS = 20_000  # the least that a message can have; each part adds 10 s to it
PERSONA_WITHIN_S = 58.0
ASK_AGAIN_S = 0.5


class Line(Struct):
    """What the receiver printed, and how long after the message was sent."""

    told: dict[str, str]
    at_s: float


@click.command()
@click.option(
    "--persona",
    metavar="NAME_OR_FILE",
    help="How the simulated carrier behaves; `homing simulator --personas` lists them.",
)
def demo(persona: str | None) -> None:
    """The whole way of two messages, shown and checked.

    Prints, as JSON lines, what a webhook receiver was sent: eight receipts of four parts. Takes
    about ten seconds; exit status 0 only if all was as promised.

    With --persona it says of each part how it ended, on whose word, and whom that word testifies
    for. Takes a minute at most; exit status 1 if a part had no final receipt of its carrier.
    """
    with tempfile.TemporaryDirectory(prefix="homing-demo-") as state:
        # The user's own `homing up` shall not be forgotten because of us.
        environment = {**os.environ, "XDG_STATE_HOME": state}
        receiver = [sys.executable, "-m", "homing.cli.receiver"]
        with _process(receiver, environment) as received:
            port = json.loads(received.get(timeout=READY_WITHIN_S))["port"]
            gateway = [
                sys.executable, "-m", "homing.cli.main", "up", "--json", "--port", "0",
                "--speed", f"{SPEED:g}", "--webhook", f"http://127.0.0.1:{port}{PLACE}",
                "--webhook-method", "POST_JSON",
            ]  # fmt: skip
            if persona is not None:
                gateway += ["--persona", persona]
            with _process(gateway, environment) as said:
                facts = json.loads(said.get(timeout=READY_WITHIN_S))
                if persona is not None:
                    raise click.exceptions.Exit(_run_persona(facts, received))
                problems = _run(facts, received)
    for problem in problems:
        click.echo(f"demo: {problem}", err=True)
    if problems:
        raise click.exceptions.Exit(EXIT_NO)
    click.echo(
        f"demo: 4 parts, 8 receipts; a handset took {HANDSET_PART_S:g} s a part of the long "
        f"message (10 s, {SPEED:g} times as fast)",
        err=True,
    )


def _run_persona(facts: dict[str, str], received: "queue.Queue[str]") -> int:
    """Send both, print what is received until each part has its final word; the exit status."""
    from homing.cli.control import Control
    from homing.cli.following import read_parts

    control = Control(url=facts["url"], credentials=(facts["api_key"], facts["api_secret"]))
    form = {"api_key": facts["api_key"], "api_secret": facts["api_secret"], "from": "Homing",
            "to": "447700900000", "ttl": str(PERSONA_TTL_MS)}  # fmt: skip
    ids: list[str] = []
    for text in (ONE_PART, THREE_PARTS):
        parts = read_parts(control.submit({**form, "text": text}))
        ids.append(parts[0].message_id)
    end_s = time.monotonic() + PERSONA_WITHIN_S
    while True:
        _echo_all(received)
        stories = [control.message(message_id) for message_id in ids]
        parts_of = [part for story in stories if story is not None for part in story.parts]
        left_s = end_s - time.monotonic()
        if left_s <= 0 or all(part.state in FINAL for part in parts_of):
            break
        time.sleep(min(ASK_AGAIN_S, left_s))
    time.sleep(ASK_AGAIN_S)  # for the last webhook
    _echo_all(received)
    endings = [ending(part) for part in parts_of]
    for part, (words, _) in zip(parts_of, endings, strict=True):
        click.echo(f"demo: part {part.index} of {show_id(part.id - part.index)}: {words}", err=True)
    return 0 if all(is_carriers for _, is_carriers in endings) else EXIT_NO


def _echo_all(received: "queue.Queue[str]") -> None:
    while not received.empty():
        click.echo(received.get())


def ending(part: PartStory) -> tuple[str, bool]:
    """How a part ended, in words; and whether its carrier said so."""
    last = [one for one in part.receipts if one.state is part.state]
    if part.state not in FINAL:
        return f"no receipt, and no final word in {PERSONA_WITHIN_S:.0f} s", False
    if not last or last[0].by_gateway:
        came = [one for one in part.receipts if not one.by_gateway]
        missing = f"{word(came[-1].state)} and no final receipt" if came else "no receipt"
        why = f": {last[0].reason}" if last else ""
        return f"{missing}; our own final word is {word(part.state)}{why}", False
    best = next((one for one in last if one.level is Level.HANDSET), last[0])
    return f"{word(part.state)}, {best.level.value} level: {best.level_reason}", True


def _run(facts: dict[str, str], received: "queue.Queue[str]") -> list[str]:
    """Send both, print what is received, say what is wrong with it."""
    from homing.cli.control import Control
    from homing.cli.following import read_parts

    control = Control(url=facts["url"])
    sent: list[list[str]] = []
    start_s = time.monotonic()
    for text in (ONE_PART, THREE_PARTS):
        form = {"api_key": facts["api_key"], "api_secret": facts["api_secret"],
                "from": "Homing", "to": "447700900000", "text": text}  # fmt: skip
        parts = read_parts(control.submit(form))
        if any(part.status != "0" for part in parts):
            return [f"refused: {parts[0].error_text}"]
        sent.append([part.message_id for part in parts])
    lines: list[Line] = []
    while len(lines) < 8:
        left_s = WHOLE_WITHIN_S - (time.monotonic() - start_s)
        try:
            text = received.get(timeout=max(0.0, left_s))
        except queue.Empty:
            return [f"after {WHOLE_WITHIN_S:.0f} s only {len(lines)} of 8 receipts had come"]
        click.echo(text)
        lines.append(Line(json.loads(text), time.monotonic() - start_s))
    return judge(sent, lines)


def judge(sent: list[list[str]], lines: list[Line]) -> list[str]:
    """What is not as promised. `sent`: the message-ids of each message, in order of its parts."""
    problems = []
    if [len(ids) for ids in sent] != [1, 3]:
        problems.append(f"the messages have {[len(ids) for ids in sent]} parts, not 1 and 3")
    wanted = {(i, status) for ids in sent for i in ids for status in ("accepted", "delivered")}
    came = [(line.told.get("messageId", ""), line.told.get("status", "")) for line in lines]
    if len({i for i, _ in wanted}) != 4:
        problems.append("the message-ids are not four distinct ones")
    problems += [f"no receipt {status} of {i}" for i, status in sorted(wanted - set(came))]
    problems += [f"nobody waited for {status} of {i}" for i, status in sorted(set(came) - wanted)]
    if len(set(came)) != len(came):
        problems.append("a receipt came twice")
    at_s = {pair: line.at_s for pair, line in zip(came, lines, strict=True)}
    for number, one in enumerate(sent[-1] if sent else (), 1):
        took_s = at_s.get((one, "delivered"), 0.0)
        low_s = HANDSET_PART_S * number * (1 - JITTER)
        high_s = HANDSET_PART_S * number * (1 + JITTER) + SLACK_S
        if not low_s <= took_s <= high_s:
            problems.append(
                f"the handset took {took_s:.1f} s for part {number}, not {low_s:.1f} to "
                f"{high_s:.1f} s"
            )
    return problems


@contextmanager
def _process(command: list[str], environment: dict[str, str]) -> "Iterator[queue.Queue[str]]":
    """A process, and the lines of its standard output; it has ended when this ends."""
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=environment
    )
    lines: queue.Queue[str] = queue.Queue()

    def read(pipe: Any) -> None:
        for line in pipe:
            lines.put(line.rstrip("\n"))

    thread = threading.Thread(target=read, args=(child.stdout,), daemon=True)
    thread.start()
    try:
        yield lines
    except queue.Empty:
        raise No(f"{' '.join(command[1:4])} did not become ready") from None
    finally:
        child.terminate()
        try:
            child.wait(timeout=12)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        thread.join(timeout=5)
        if child.stdout is not None and not thread.is_alive():
            child.stdout.close()
        if child.stdout is not None:
            child.stdout.close()
