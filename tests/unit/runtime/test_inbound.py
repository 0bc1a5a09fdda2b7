"""Messages from handsets: whose they are, told once, joined or by the part, and never lost."""

import pytest

from homing.core.model.account import Number
from homing.core.model.limits import INBOUND_JOIN_MS, INBOUND_REPEAT_MS
from homing.core.smpp.status import ESME_RX_R_APPN, ESME_RX_T_APPN
from homing.store.contract import TakeInbound, TellInbound
from support.inbound import HANDSET, OURS, URL, Town, deliver, part

JOIN_S = INBOUND_JOIN_MS / 1000


@pytest.fixture
def town(tmp_path):
    return lambda **given: Town(tmp_path, **given)


def test_a_message_is_told_to_the_account_that_has_its_number(town):
    one = town()

    async def life():
        await one.open()
        assert await one.say(deliver(b"stop it please")) == [0]
        await one.until(lambda: one.told)
        (told,) = one.told
        assert (told["msisdn"], told["to"]) == (HANDSET, OURS)
        assert (told["text"], told["type"], told["keyword"]) == ("stop it please", "text", "STOP")
        assert "concat" not in told
        assert one.webhook.urls == [URL]
        assert one.gateway.telemetry.count("inbound_received", "north") == 1

    one.live(life)


def test_a_number_of_nobody_is_refused_for_good_counted_and_logged_once_a_minute(town, caplog):
    one = town(numbers=())

    async def life():
        await one.open()
        assert await one.say(deliver(b"a"), deliver(b"b")) == [ESME_RX_R_APPN] * 2
        assert len(caplog.messages) == 1
        assert HANDSET not in caplog.text
        assert OURS not in caplog.text
        await one.pass_s(61)
        await one.say(deliver(b"a"))
        assert "refused 2 message" in caplog.messages[-1]
        assert one.gateway.telemetry.count("inbound_refused", "north") == 3
        assert one.count("inbound") == one.count("notification") == 0

    with caplog.at_level("WARNING", "homing.inbound"):
        one.live(life)


def test_a_number_that_is_given_away_later_is_taken_from_then_on(town):
    one = town(numbers=())

    async def life():
        await one.open()
        await one.say(deliver(b"hello"))
        await one.gateway.accounts.set(one._account.api_key, numbers=(Number(OURS),))
        assert await one.say(deliver(b"hello")) == [0]
        await one.until(lambda: one.texts() == ["hello"])

    one.live(life)


def test_without_a_url_it_is_kept_and_nobody_is_told_not_even_where_receipts_go(town):
    one = town()

    async def life():
        gateway = await one.open()
        await gateway.accounts.set(one._account.api_key, inbound_url=None)
        assert await one.say(deliver(b"hello")) == [0]
        await one.pass_s(10)
        assert one.told == []
        page = await gateway.inbound_messages(None, 10)
        assert [(m.text, m.notification) for m in page.messages] == [("hello", None)]

    one.live(life)


def test_the_same_octets_within_the_window_are_one_also_over_a_restart(town):
    one = town()

    async def first():
        await one.open()
        assert await one.say(*[deliver(b"hello")] * 3) == [0, 0, 0]
        await one.until(lambda: one.told)

    async def second():
        await one.up("north")
        assert await one.say(deliver(b"hello")) == [0]
        await one.pass_s(INBOUND_REPEAT_MS / 1000)
        assert one.texts() == ["hello"]
        assert one.count("inbound") == 1
        assert await one.say(deliver(b"hello")) == [0]
        await one.until(lambda: one.texts() == ["hello"] * 2)

    one.live(first)
    one.live(second)


def test_a_word_said_again_on_a_bind_that_was_answered_and_stood_is_told_again(town):
    one = town()

    async def life():
        await one.open()
        for times in (1, 2):
            assert await one.say(deliver(b"1")) == [0]
            await one.until(lambda times=times: one.texts() == ["1"] * times)
        one.north.cut()
        await one.pass_s(5)
        await one.up("north")
        assert await one.say(deliver(b"1")) == [0], "the carrier can have missed the answer"
        await one.pass_s(5)
        assert one.texts() == ["1"] * 2

    one.live(life)


def test_a_webhook_that_is_down_gets_it_later_over_a_restart_with_text_and_keyword(town):
    one = town()

    async def first():
        await one.open()
        one.webhook.http_status = 500
        await one.say(deliver("Grüße an alle".encode("utf-16-be"), data_coding=8))
        await one.until(lambda: one.webhook.posts)
        await one.until(lambda: one.count("retry"))

    async def second():
        one.webhook.http_status = 200
        await one.until(lambda: one.told)
        (told,) = one.told
        assert (told["text"], told["keyword"], told["type"]) == (
            "Grüße an alle",
            "GRÜSSE",
            "unicode",
        )
        await one.until(lambda: not one.count("retry"))

    one.live(first)
    one.live(second)


def test_a_url_that_changes_is_asked_at_the_next_attempt(town):
    one = town(numbers=(Number(OURS, inbound_url="http://app.example/old"),))

    async def life():
        gateway = await one.open()
        one.webhook.http_status = 500
        await one.say(deliver(b"hello"))
        await one.until(lambda: one.webhook.posts)
        await gateway.accounts.set(
            one._account.api_key, numbers=(Number(OURS, inbound_url="http://app.example/new"),)
        )
        one.webhook.http_status = 200
        await one.until(lambda: one.told)
        assert one.webhook.urls == ["http://app.example/new"]

    one.live(life)


def test_the_carrier_is_answered_only_when_it_is_stored_and_for_now_when_it_cannot_be(town):
    one = town()

    async def life():
        await one.open()
        one.on_commit = lambda changes: not any(isinstance(c, TakeInbound) for c in changes)
        one.north.say(deliver(b"hello"))
        await one.pass_s(3)
        assert one.north.replies == []
        await one.until(lambda: one.north.replies == [ESME_RX_T_APPN])
        assert one.told == []
        one.on_commit = lambda changes: True
        assert await one.say(deliver(b"hello")) == [0]
        await one.until(lambda: one.texts() == ["hello"])

    one.live(life)


# --- long ones


def test_parts_are_told_each_with_their_place(town):
    one = town()

    async def life():
        await one.open()
        await one.say(part(2, 2, b"world"), part(1, 2, b"hello "))
        await one.until(lambda: len(one.told) == 2)
        fields = [
            (t["concat"], t["concat-ref"], t["concat-total"], t["concat-part"], t["text"])
            for t in one.told
        ]
        assert fields == [("true", "7", "2", "2", "world"), ("true", "7", "2", "1", "hello ")]

    one.live(life)


def test_a_long_message_is_told_whole_when_the_account_wants_it_so(town):
    one = town(joins=True)

    async def life():
        await one.open()
        assert (
            await one.say(part(3, 3, b"ld"), part(1, 3, b"hello "), part(2, 3, b"wor")) == [0] * 3
        )
        await one.until(lambda: one.told)
        await one.pass_s(JOIN_S + 10)
        (told,) = one.told
        assert (told["text"], told["keyword"]) == ("hello world", "HELLO")
        assert "concat" not in told
        assert one.count("notification") == 1

    one.live(life)


def test_parts_wait_over_a_restart(town):
    one = town(joins=True)

    async def first():
        await one.open()
        await one.say(part(1, 2, b"hello "))

    async def second():
        await one.up("north")
        await one.say(part(2, 2, b"world"))
        await one.until(lambda: one.texts() == ["hello world"])

    one.live(first)
    one.live(second)


def test_a_whole_that_was_not_yet_told_when_the_gateway_died_is_told_after_it(town):
    one = town(joins=True)

    async def first():
        await one.open()
        one.on_commit = lambda changes: not any(isinstance(c, TellInbound) for c in changes)
        one.north.say(part(1, 2, b"hello "), part(2, 2, b"world"))
        await one.until(lambda: one.count("inbound") == 2)
        await one.pass_s(5)
        assert one.north.replies == [0], "the last part is answered with the notification"

    async def second():
        one.on_commit = lambda changes: True
        await one.until(lambda: one.texts() == ["hello world"])

    one.live(first)
    one.live(second)


def test_when_a_part_does_not_come_in_time_those_that_are_there_are_told_as_parts(town):
    one = town(joins=True)

    async def first():
        await one.open()
        await one.say(part(1, 3, b"hello "), part(3, 3, b"ld"))
        await one.pass_s(JOIN_S / 2)
        assert one.told == []

    async def second():
        await one.pass_s(JOIN_S / 2 + 5)
        assert sorted((t["concat-part"], t["text"]) for t in one.told) == [
            ("1", "hello "),
            ("3", "ld"),
        ]

    one.live(first)
    one.live(second)


def test_a_reference_that_comes_round_again_is_another_message(town):
    one = town(joins=True)

    async def life():
        await one.open()
        await one.say(part(1, 2, b"the old "))
        await one.say(part(1, 2, b"the new "), part(2, 2, b"one"))
        await one.until(lambda: len(one.told) == 2)
        assert sorted(one.texts()) == ["the new one", "the old "]

    one.live(life)


# --- keywords


def test_all_parts_follow_the_first_one_to_the_account_of_its_keyword(town):
    one = town(numbers=(Number(OURS, keyword="WIN", inbound_url="http://app.example/win"),))

    async def life():
        gateway = await one.open()
        other, _ = await gateway.accounts.add("other", rate_per_s=None)
        await gateway.accounts.set(
            other.api_key, numbers=(Number(OURS),), inbound_url="http://app.example/other"
        )
        await one.say(part(2, 3, b"win nothing "), part(1, 3, b"win a "), part(3, 3, b"car"))
        await one.say(deliver(b"other things"), deliver(b"Win"))
        await one.until(lambda: len(one.told) == 5)
        found = dict(zip(one.texts(), one.webhook.urls, strict=True))
        assert found.pop("other things") == "http://app.example/other"
        assert set(found.values()) == {"http://app.example/win"}

    one.live(life)


def test_parts_whose_first_one_never_comes_go_to_the_number_without_a_keyword_or_nobody(town):
    one = town(numbers=(Number(OURS, keyword="WIN"),))

    async def life():
        gateway = await one.open()
        assert await one.say(part(2, 2, b"a car")) == [0]
        await one.pass_s(JOIN_S + 5)
        assert one.told == []
        page = await gateway.inbound_messages(None, 10)
        assert [(m.account_id, m.waits_until_ms) for m in page.messages] == [(0, None)]

    one.live(life)


def test_without_room_to_wait_a_part_is_told_by_itself(town):
    one = town(joins=True)

    async def life():
        gateway = await one.open()
        gateway.inbound._joins._joining_max = 1
        await one.say(part(1, 2, b"hello "))
        await one.say(part(1, 2, b"other", reference=8))
        await one.until(lambda: one.told)
        assert [(t["text"], t["concat-part"]) for t in one.told] == [("other", "1")]

    one.live(life)
