"""The `Idempotency-Key` header: what it may hold.

Any visible ASCII, as clients of several styles send it (a UUID, bare or quoted). What follows from
it is `homing.runtime.idempotency`'s.
"""

import re

from homing.core.model.limits import IDEMPOTENCY_KEY_MAX
from homing.core.submit.refusal import Refusal
from homing.core.submit.status import Status

HEADER = b"idempotency-key"

_KEY = re.compile(rb"[!-~]+")
_RULE = f"Idempotency-Key must be 1 to {IDEMPOTENCY_KEY_MAX} visible ASCII characters"


def read_key(value: bytes) -> str | Refusal:
    """The key of a header's value; or why it cannot be one."""
    if len(value) > IDEMPOTENCY_KEY_MAX or _KEY.fullmatch(value) is None:
        return Refusal(Status.INVALID, f"Invalid Idempotency-Key: {_RULE}")
    return value.decode("ascii")
