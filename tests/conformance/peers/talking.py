"""What the Python peers share: events on standard output, and a long text as octets."""

import json
from collections.abc import Sequence
from typing import Any

THROTTLED = 0x58  # SMPP 3.4 5.1.3
WORDS = {2: "delivered", 6: "accepted"}  # message_state, 5.2.28
BACK_OFF_S = 0.1
UDHI = 0x40  # esm_class, 5.2.12
_REFERENCE = 0x2A


def say(event: str, **facts: Any) -> None:
    print(json.dumps({"event": event, **facts}), flush=True)


def user_data(texts: Sequence[str]) -> list[bytes]:
    """Each piece as its octets, behind a header of concatenation (3GPP TS 23.040 9.2.3.24.1)."""
    if len(texts) == 1:
        return [texts[0].encode("ascii")]
    return [
        bytes((5, 0, 3, _REFERENCE, len(texts), index)) + text.encode("ascii")
        for index, text in enumerate(texts, 1)
    ]
