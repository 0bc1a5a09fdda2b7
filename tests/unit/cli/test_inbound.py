"""`homing inbound`: what its table shows of a message."""

from typing import Any

import pytest

from homing.cli.inbound import _row
from homing.store.pages import InboundStory


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [("text", "hi", "hi"), ("text", "", ""), ("unicode", "", ""), ("binary", "", "binary")],
)
def test_a_text_is_shown_as_it_is_and_octets_by_their_type(kind, text, shown):
    made: dict[str, Any] = dict.fromkeys(InboundStory.__struct_fields__)
    made |= {"id": 1, "sender": "447700900123", "recipient": "447700900999", "part_count": 1,
             "text": text, "type": kind}  # fmt: skip
    assert _row(InboundStory(**made))[-1] == shown
