"""Any JSON object is a request of the Messages API or a refusal that says why; nothing raises."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from homing.core.submit.messages_v1 import read_messages_v1
from homing.core.submit.refusal import Refusal
from homing.core.submit.request import SmsRequest
from homing.core.submit.status import messages_code

NAMES = (
    "message_type", "channel", "from", "to", "text", "client_ref", "ttl", "webhook_url",
    "webhook_version", "failover", "sms", "encoding_type", "entity_id", "content_id",
)  # fmt: skip
SOUND = {
    "message_type": "text", "channel": "sms", "from": "Acme", "to": "447700900000", "text": "hi",
}  # fmt: skip

texts = st.text(max_size=40) | st.sampled_from(["text", "sms", "447700900000", "unicode", "v1"])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(NAMES), values, max_size=6), st.booleans())
def test_any_object_is_a_request_or_a_refusal(given: dict[str, Any], is_over_sound: bool) -> None:
    found = read_messages_v1(SOUND | given if is_over_sound else given)
    if isinstance(found, Refusal):
        assert found.text.strip()
        assert messages_code(found.status) >= 1000
    else:
        assert isinstance(found, SmsRequest)
        assert found.text
        assert 20_000 <= found.ttl_ms <= 604_800_000
