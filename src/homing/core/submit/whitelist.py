"""Which recipients a demo account may write to."""

from collections.abc import Collection

from homing.core.submit.refusal import Refusal
from homing.core.submit.status import Status, error_text

_TEXT = error_text(Status.NOT_WHITELISTED)


def refuse_stranger(recipient: str, whitelist: Collection[str]) -> Refusal | None:
    """The refusal of a recipient that the account's whitelist does not name."""
    if recipient in whitelist:
        return None
    rule = "to must be a number on the account's whitelist"
    return Refusal(Status.NOT_WHITELISTED, f"{_TEXT}: {rule}", recipient)
