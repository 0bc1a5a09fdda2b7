"""What was told to a webhook, as lines of a timeline: each attempt, and when it is tried again."""

from homing.cli.screen import safe
from homing.core.model.ids import show_id
from homing.store.pages import AttemptStory, NotificationStory

Line = tuple[int, str]  # when, and what

LEFT = "told of a receipt that proved to be another part's"


def told_lines(told: NotificationStory, *, has_left: bool = False) -> list[Line]:
    """`has_left`: the receipt behind it is this part's no more."""
    name = f"webhook {told.status} ({show_id(told.id)})"
    found = [
        (attempt.started_at_ms, f"{name}, attempt {attempt.number}: {_attempt(attempt)}")
        for attempt in told.attempts
    ]
    if has_left:
        found.insert(0, (told.received_at_ms, f"{name}: {LEFT}"))
    if told.next_due_at_ms is not None:
        found.append((told.next_due_at_ms, f"{name} is due again"))
    elif not told.attempts:
        found.append((told.received_at_ms, f"{name} waits for its first attempt"))
    return found


def _attempt(attempt: AttemptStory) -> str:
    steps = [
        f"{name} {value / 1000:.1f}"
        for name, value in (
            ("dns", attempt.dns_us),
            ("connect", attempt.connect_us),
            ("tls", attempt.tls_us),
            ("first byte", attempt.first_byte_us),
            ("total", attempt.total_us),
        )
        if value >= 0
    ]
    result = f"HTTP {attempt.http_status}" if attempt.http_status else attempt.outcome
    if attempt.ended:
        result += ", taken" if attempt.outcome == "taken" else ", given up"
    detail = f" {safe(attempt.detail)}" if attempt.detail and attempt.outcome != "taken" else ""
    return f"{result}{detail} ({', '.join(steps)} ms)" if steps else f"{result}{detail}"
