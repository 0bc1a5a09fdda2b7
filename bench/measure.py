"""One measurement: start everything, submit, wait until the sink saw all, compute.

Times of different processes are joined on the wall clock, by the reference that each message
carries (its number). Nothing here is asserted: a run that loses messages says so in its result.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from processes import BUILD, GatewaySettings, Rig, Subject, start_gateway, start_limit

ONE_PART = "Your code is 4711"
# 3 x 153 GSM septets hold it, 2 do not; no space, so that it needs no escaping in a form.
THREE_PARTS = "0123456789" * 40
STALLED_AFTER_S = 30.0


@dataclass
class Load:
    """How messages are submitted."""

    messages: int = 20_000
    connections: int = 32
    rate_per_s: int = 0  # 0: closed loop, as fast as answers come
    text: str = ONE_PART
    parts: int = 1


@dataclass
class Run:
    """What one run gave. Times in seconds unless named otherwise."""

    subject: str
    accepted: int
    webhooks: int
    unique: int
    elapsed_s: float  # first submit to last webhook
    per_s: float  # webhooks a second over that time: one for each part
    cpu_us_per_message: float
    resident_mb: float
    answer_p99_ms: float
    webhook_p99_ms: float  # from the HTTP answer to the webhook's arrival
    answer_p50_ms: float
    webhook_p50_ms: float
    steady_per_s: float  # while submits and webhooks both flow
    lost: int
    resident_mb_at: dict[int, float] = field(default_factory=dict)  # webhooks seen -> memory


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of the sorted values lie; 0 for none."""
    return values[int((len(values) - 1) * share)] if values else 0.0


def load_command(subject: Subject, load: Load, log: Path) -> list[str]:
    """The rig's submitter, for this subject."""
    form = subject.form.replace("{text}", load.text)
    command = [str(BUILD / "load"), "--port", str(subject.http_port), "--path", subject.path]
    command += ["--form", form, "--messages", str(load.messages)]
    command += ["--conns", str(load.connections), "--rate", str(load.rate_per_s)]
    return [*command, "--ok-body", '"status":"0"', "--max-s", "3600", "--log", str(log)]


@dataclass
class Watch:
    """Follows one run until the sink saw everything or nothing moves any more."""

    rig: Rig
    subject: Subject
    wanted: int
    marks: list[int]  # counts of webhooks at which memory is noted
    patience_s: float  # how long nothing may happen
    say: Callable[[str], None]
    resident_mb_at: dict[int, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)

    def until_complete(self, submitter: subprocess.Popen[str]) -> None:
        """Returns when the sink saw `wanted`, or after `patience_s` without progress."""
        last, moved_at, said_at = -1.0, time.monotonic(), time.monotonic()
        while True:
            self.subject.child.check()
            self.seen = self.rig.seen()
            total, now_s = self.seen["total"], time.monotonic()
            self.note_memory(total)
            if total != last or submitter.poll() is None:
                last, moved_at = total, now_s
            if submitter.poll() is not None and total >= self.wanted:
                return
            if now_s - moved_at > self.patience_s:
                self.say(f"    stalled at {total:.0f} of {self.wanted} webhooks")
                return
            if now_s - said_at > 10:
                said_at = now_s
                self.say(f"    {total:.0f} of {self.wanted} webhooks")
            time.sleep(0.05)

    def note_memory(self, total: float) -> None:
        while self.marks and total >= self.marks[0]:
            self.resident_mb_at[self.marks.pop(0)] = self.subject.child.resident_octets() / 1e6


def read_answers(log: Path) -> dict[str, tuple[float, float]]:
    """Reference -> (due, answered) of the accepted submits."""
    answers = {}
    for line in log.read_text().splitlines():
        ref, status, due, answered = line.split()
        if 200 <= int(status) < 300:
            answers[ref] = (float(due), float(answered))
    return answers


def read_webhooks(log: Path) -> list[tuple[str, float]]:
    """(reference, arrival) of each webhook, in order of arrival."""
    lines = (line.split() for line in log.read_text().splitlines())
    return [(ref, float(at)) for ref, _answer, at in lines]


def steady_rate(
    answers: dict[str, tuple[float, float]], webhooks: list[tuple[str, float]]
) -> float:
    """Messages a second while submits and webhooks both flow; 0 when they never do.

    With late receipts the first and the last stretch carry only half of the work; this is the
    mean of submits and webhooks in the stretch that carries both.
    """
    if not answers or not webhooks:
        return 0.0
    begin = webhooks[0][1]
    end = max(answered for _, answered in answers.values())
    if end <= begin:
        return 0.0
    submits = sum(begin <= answered <= end for _, answered in answers.values())
    arrivals = sum(begin <= at <= end for _, at in webhooks)
    return (submits + arrivals) / 2 / (end - begin)


def measure(
    name: str,
    folder: Path,
    load: Load,
    *,
    settings: GatewaySettings | None = None,
    smsc: dict[str, str] | None = None,
    database: Path | None = None,
    memory_marks: list[int] | None = None,
    say: Callable[[str], None] = print,
) -> Run:
    """One run in `folder` (emptied first). `settings` None measures limit.py.

    Args:
        smsc: options of the rig's SMSC.
        database: a prepared store for the gateway; None starts with an empty one.
        memory_marks: counts of webhooks at which resident memory is noted.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    key = "client-ref" if settings else "ref"
    patience_s = STALLED_AFTER_S + float((smsc or {}).get("dlr-delay-ms", "0")) / 1000
    with Rig(folder, key, smsc or {}) as rig:
        if settings:
            subject = start_gateway(folder, rig, settings, database=database)
        else:
            subject = start_limit(folder, rig)
        wanted = load.messages * load.parts
        watch = Watch(rig, subject, wanted, memory_marks or [], patience_s, say)
        log = folder / "load.log"
        try:
            cpu_before_s = subject.child.cpu_s()
            command = load_command(subject, load, log)
            submitter = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            try:
                watch.until_complete(submitter)
                cpu_s = subject.child.cpu_s() - cpu_before_s
                resident_mb = subject.child.resident_octets() / 1e6
            finally:
                if submitter.poll() is None:
                    submitter.terminate()
                submitted = json.loads(submitter.communicate()[0] or "{}")
        finally:
            subject.child.stop()
        rig.stop()
        run = compute(name, load, submitted, read_answers(log), read_webhooks(rig.sink_log))
    run.cpu_us_per_message = cpu_s * 1e6 / max(1, run.accepted)
    run.resident_mb = resident_mb
    run.resident_mb_at = watch.resident_mb_at
    return run


def compute(
    name: str,
    load: Load,
    submitted: dict[str, float],
    answers: dict[str, tuple[float, float]],
    webhooks: list[tuple[str, float]],
) -> Run:
    """Join the logs of one run."""
    last_at = webhooks[-1][1] if webhooks else 0.0
    elapsed_s = max(0.0, last_at - submitted.get("t0", 0.0))
    answer_ms = sorted((answered - due) * 1e3 for due, answered in answers.values())
    webhook_ms = sorted((at - answers[ref][1]) * 1e3 for ref, at in webhooks if ref in answers)
    unique = len({ref for ref, _ in webhooks})
    return Run(
        subject=name,
        accepted=len(answers),
        webhooks=len(webhooks),
        unique=unique,
        elapsed_s=elapsed_s,
        per_s=len(webhooks) / elapsed_s if elapsed_s else 0.0,
        cpu_us_per_message=0.0,
        resident_mb=0.0,
        answer_p99_ms=quantile(answer_ms, 0.99),
        webhook_p99_ms=quantile(webhook_ms, 0.99),
        answer_p50_ms=quantile(answer_ms, 0.5),
        webhook_p50_ms=quantile(webhook_ms, 0.5),
        steady_per_s=steady_rate(answers, webhooks),
        lost=load.messages * load.parts - len(webhooks),
    )
