"""Whatever is told arrives as it was told, and a URL that was read can do no harm in a request."""

import json
from urllib.parse import parse_qsl, urlencode, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from homing.core.model.account import WebhookMethod
from homing.core.model.lifecycle import Source
from homing.core.model.message import Message, Part
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level
from homing.core.webhooks.endpoint import Url, endpoint_key, read_url
from homing.core.webhooks.guard import refusal
from homing.core.webhooks.payload import build, compact_json, form, make_head, request, write

SOUND = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = ("msisdn", "to", "network-code", "client-ref")


@given(st.tuples(SOUND, SOUND, SOUND, SOUND))
def test_the_form_is_what_the_standard_library_writes_and_reads(values: tuple[str, ...]) -> None:
    pairs = list(zip(KEYS, values, strict=True))
    assert form(pairs) == urlencode(pairs)
    assert parse_qsl(form(pairs), keep_blank_values=True) == pairs


@given(st.tuples(SOUND, SOUND, SOUND, SOUND))
def test_the_json_reads_back_in_order(values: tuple[str, ...]) -> None:
    pairs = list(zip(KEYS, values, strict=True))
    assert list(json.loads(compact_json(pairs)).items()) == pairs


@given(st.lists(st.text(), min_size=4, max_size=4))
def test_any_text_at_all_can_be_told(values: list[str]) -> None:
    pairs = list(zip(KEYS, values, strict=True))
    form(pairs).encode("ascii")
    json.loads(compact_json(pairs))


@given(
    st.lists(st.text(), min_size=6, max_size=6),
    st.one_of(st.none(), st.text()),
    st.sampled_from(Level),
    st.sampled_from(Source),
    st.sampled_from(WebhookMethod),
)
def test_the_short_way_to_json_writes_what_the_pairs_say(
    texts: list[str],
    client_ref: str | None,
    level: Level,
    source: Source,
    method: WebhookMethod,
) -> None:
    sender, recipient, network, status, err, api_key = texts
    message = Message(
        id=6, uuid="u", account_id=1, sender=sender, recipient=recipient, client_ref=client_ref,
        callback=None, part_count=1, price=3_330_000, network=network, accepted_at_ms=0,
        expires_at_ms=0, report=True,
    )  # fmt: skip
    part = Part(7, message, 1, "north", b"")
    told = Notification(8, part, status, err, 1_490_801_880_000, level, source, 1, 0)
    url = read_url("http://app.example/dlr")
    assert isinstance(url, Url)
    now_ms = 1_594_953_275_000
    pairs = build(told, api_key, now_ms)
    assert request(url, method, told, api_key, now_ms) == write(make_head(url, method), told, pairs)


PIECES = st.sampled_from(
    ["http://", "https://", "HTTP://", "a.example", "127.0.0.1", "[::1]", ":", "80", "@", "/", "?",
     "#", "\\", "\r", "\n", "\t", " ", "%0d%0a", "ü", "。", "\x00", "\u2028", "&", "x", "..", "-"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)))
def test_a_url_that_was_read_adds_no_line_and_names_the_host_that_others_see(text: str) -> None:
    url = read_url(text)
    if isinstance(url, str):
        assert url.startswith("must ")
        return
    assert isinstance(url, Url)
    for method in WebhookMethod:
        head = make_head(url, method)
        assert head.start.isascii()
        assert not any(c < " " for c in head.start.replace("\r\n", ""))
        assert head.start.split("\r\n")[0].count(" ") == (1 if method is WebhookMethod.GET else 2)
        assert 0 <= endpoint_key(1, url, method) < 1 << 63
    seen = urlsplit(text)
    assert seen.scheme == url.scheme
    assert (seen.hostname or "").removesuffix(".") == url.host
    assert (seen.port or {"http": 80, "https": 443}[url.scheme]) == url.port


@given(st.one_of(st.ip_addresses(), st.text()))
def test_the_guard_has_a_word_on_everything_and_never_passes_what_is_not_global(
    address: object,
) -> None:
    refused = refusal(str(address))
    if not isinstance(address, str) and not address.is_global:  # type: ignore[attr-defined]
        assert refused is not None
