"""Search: one message, several, a day's; what an item says; how each wrong value is answered."""

import xml.etree.ElementTree as ET

import pytest

from homing.api import search
from homing.api.search import routes
from homing.core.model.ids import made_at_ms
from homing.core.model.lifecycle import State
from homing.core.model.times import message_timestamp
from homing.runtime.records import Records
from homing.store.contract import Redact, Reject
from store.test_inbound_sms import take
from support.compat_site import KEY
from support.inbound import HANDSET, OURS, deliver
from support.record_site import SENDER, TEXT, TO, on_records

DAY = "2026-09-21"  # of the tests' clock


def shown(part):
    return f"{part.id:016X}"


def test_a_delivered_part_says_everything():
    async def test(site, world):
        accept = await world.delivered()
        at_ms = accept.message.accepted_at_ms
        answer = await site.ask("GET", "/search/message", query={"id": shown(accept.parts[0])})
        assert answer.status == 200
        assert answer.json == {
            "message-id": shown(accept.parts[0]), "account-id": KEY, "network": "23410",
            "from": SENDER, "to": TO, "body": TEXT, "price": "0.03330000",
            "date-received": message_timestamp(at_ms), "final-status": "DELIVRD",
            "date-closed": message_timestamp(at_ms + 1_000), "latency": 1_000,
            "status": "delivered", "error-code": "0", "error-code-label": "no error", "type": "MT",
        }  # fmt: skip

    on_records(routes, test)


@pytest.mark.parametrize(
    ("state", "final", "status"),
    [(State.EXPIRED, "EXPIRED", "expired"), (State.DELETED, "UNDELIV", "failed"),
     (State.UNDELIVERABLE, "UNDELIV", "failed"), (State.UNKNOWN, "UNKNOWN", "unknown"),
     (State.REJECTED, "REJECTD", "rejected")],
)  # fmt: skip
def test_every_final_word_is_one_of_those_that_clients_know(state, final, status):
    async def test(site, world):
        accept = await world.delivered(state=state)
        answer = await site.ask("GET", "/search/message", query={"id": shown(accept.parts[0])})
        assert (answer.json["final-status"], answer.json["status"]) == (final, status)

    on_records(routes, test)


def test_an_open_message_is_on_its_way_and_one_that_nobody_took_is_rejected():
    async def test(site, world):
        accept, refused = await world.message(), await world.message()
        await world.do(world.make.refusal(refused.parts[0], notified=False))
        still = await site.ask("GET", "/search/message", query={"id": shown(accept.parts[0])})
        assert still.json["status"] == "buffered"
        assert not {"final-status", "date-closed", "latency"} & set(still.json)
        found = await site.ask("GET", "/search/message", query={"id": shown(refused.parts[0])})
        assert (found.json["final-status"], found.json["status"]) == ("REJECTD", "rejected")
        assert found.json["error-code"] != "0"

    on_records(routes, test)


def test_a_redacted_message_has_no_text_even_while_it_waits_for_its_carrier():
    async def test(site, world):
        accept = await world.message(backlogged=True)
        await world.do(
            Redact(message_id=accept.message.id, at_ms=world.make.now_ms, recipient_digest=b"")
        )
        found = await site.ask("GET", "/search/message", query={"id": shown(accept.parts[0])})
        assert (found.json["body"], found.json["to"]) == ("", TO)

    on_records(routes, test)


def test_a_message_from_a_handset_is_found_by_its_id():
    async def test(site, world):
        change = take(world.make, deliver(b"STOP it"), is_told=False,
                      account_id=site.account.id)  # fmt: skip
        other = take(world.make, deliver(b"STOP it"), is_told=False, account_id=99)
        await world.do(change, other)
        found = await site.ask("GET", "/search/message", query={"id": f"{change.inbound_id:016X}"})
        assert found.json == {
            "message-id": f"{change.inbound_id:016X}", "account-id": KEY,
            "network": found.json["network"], "from": HANDSET, "to": OURS, "body": "STOP it",
            "date-received": message_timestamp(change.raw.received_at_ms), "type": "MO",
        }  # fmt: skip
        hidden = await site.ask("GET", "/search/message", query={"id": f"{other.inbound_id:016X}"})
        assert hidden.status == 400

    on_records(routes, test)


def test_several_ids_are_found_in_their_order_and_unknown_ones_left_out():
    async def test(site, world):
        long, other = await world.message(parts=3), await world.delivered()
        ids = [shown(other.parts[0]), "0" * 16, shown(long.parts[1]), long.message.uuid]
        found = await site.ask("GET", "/search/messages", query=[("ids", one) for one in ids])
        assert found.json["count"] == 5
        assert [one["message-id"] for one in found.json["items"]] == [
            ids[0], ids[2], *(shown(part) for part in long.parts)
        ]  # fmt: skip

    on_records(routes, test)


def test_a_day_and_a_number_find_every_part_of_that_day_to_that_number():
    async def test(site, world):
        long = await world.message(parts=2)
        other = world.make.accept(account_id=site.account.id)
        other.message.recipient = "447700900999"
        foreign = world.make.accept(account_id=site.account.id + 1)
        await world.do(other, foreign)
        for to in (TO, f"+{TO}", "0044 7700 900123"):
            found = await site.ask("GET", "/search/messages", query={"date": DAY, "to": to})
            ids = [one["message-id"] for one in found.json["items"]]
            assert ids == [shown(part) for part in long.parts]
        none = await site.ask("GET", "/search/messages", query={"date": "2026-09-22", "to": TO})
        assert none.json == {"count": 0, "items": []}

    on_records(routes, test)


def test_a_day_that_holds_too_much_is_refused_in_words(monkeypatch):
    async def test(site, world):
        for _ in range(4):
            await world.message()
        query = {"date": DAY, "to": TO}
        monkeypatch.setattr(search, "MESSAGES_MAX", 3)
        many = await site.ask("GET", "/search/messages", query=query)
        assert (many.status, list(many.json["invalid_parameters"])) == (400, ["to"])
        monkeypatch.setattr(search, "MESSAGES_MAX", 4)
        assert (await site.ask("GET", "/search/messages", query=query)).json["count"] == 4
        monkeypatch.setattr("homing.store.sqlite.search.STEP_MESSAGES", 2)
        site.records = Records(site.accounts._store, steps_max=1)
        full = await site.ask("GET", "/search/messages", query=query)
        assert (full.status, list(full.json["invalid_parameters"])) == (400, ["date"])

    on_records(routes, test)


def rejection(world, *, account_id, recipient=TO, status=9):
    return Reject(
        rejection_id=world.make.id(),
        account_id=account_id,
        sender=SENDER,
        recipient=recipient,
        status=status,
        error_text="Quota Exceeded - rejected",
    )


def test_rejections_are_the_accounts_refused_submits_of_a_day_to_a_number():
    async def test(site, world):
        mine = rejection(world, account_id=site.account.id)
        others = rejection(world, account_id=site.account.id + 1)
        elsewhere = rejection(world, account_id=site.account.id, recipient="447700900999")
        await world.do(mine, others, elsewhere)
        query = {"date": DAY, "to": TO}
        found = await site.ask("GET", "/search/rejections", query=query)
        assert found.json == {
            "count": 1,
            "items": [
                {
                    "account-id": KEY, "from": SENDER, "to": TO,
                    "date-received": message_timestamp(made_at_ms(mine.rejection_id)),
                    "error-code": "9", "error-code-label": "Quota Exceeded - rejected",
                }
            ],
        }  # fmt: skip
        listed = await site.ask("GET", "/search/rejections", query=query, accept="application/xml")
        root = ET.fromstring(listed.body)
        assert (root.tag, root.findtext("count")) == ("rejections", "1")
        assert root.findtext("items/rejection/error-code-label") == "Quota Exceeded - rejected"
        none = await site.ask("GET", "/search/rejections", query={"date": "2026-09-22", "to": TO})
        assert none.json == {"count": 0, "items": []}

    on_records(routes, test)


def test_a_day_of_which_not_all_rejections_were_kept_is_refused_in_words(monkeypatch):
    async def test(site, world):
        monkeypatch.setattr("homing.runtime.records.REJECTIONS_OF_A_DAY_MAX", 2)
        await world.do(*(rejection(world, account_id=site.account.id) for _ in range(2)))
        answer = await site.ask("GET", "/search/rejections", query={"date": DAY, "to": TO})
        assert (answer.status, list(answer.json["invalid_parameters"])) == (400, ["date"])

    on_records(routes, test)


@pytest.mark.parametrize(
    ("path", "query", "name"),
    [
        ("message", {}, "id"),
        ("message", {"id": "0" * 16}, "id"),
        ("message", {"id": "x" * 99}, "id"),
        ("messages", {}, "ids"),
        ("messages", {"ids": " "}, "ids"),
        ("messages", {"date": DAY}, "to"),
        ("messages", {"to": TO}, "date"),
        ("messages", {"to": TO, "date": "2026-02-30"}, "date"),
        ("messages", {"to": TO, "date": "yesterday"}, "date"),
        ("messages", {"to": "Acme", "date": DAY}, "to"),
        ("rejections", {"to": TO}, "date"),
        ("rejections", {"date": DAY}, "to"),
    ],
)
def test_a_wrong_value_is_400_and_named(path, query, name):
    async def test(site, world):
        answer = await site.ask("GET", f"/search/{path}", query=query)
        assert answer.status == 400
        assert answer.json["type"] == "BAD_REQUEST"
        assert list(answer.json["invalid_parameters"]) == [name]

    on_records(routes, test)


def test_ten_ids_are_the_most():
    async def test(site, world):
        answer = await site.ask("GET", "/search/messages", query=[("ids", "0" * 16)] * 11)
        assert answer.json["invalid_parameters"] == {"ids": "must be at most 10"}

    on_records(routes, test)


def test_xml_has_the_same_names_and_escapes():
    async def test(site, world):
        accept = await world.delivered()
        id_text = shown(accept.parts[0])
        one = await site.ask("GET", "/search/message", query={"id": id_text},
                             accept="application/xml")  # fmt: skip
        root = ET.fromstring(one.body)
        assert (root.tag, root.findtext("message-id"), root.findtext("body")) == (
            "message", id_text, TEXT
        )  # fmt: skip
        many = await site.ask("GET", "/search/messages", query={"ids": id_text}, accept="text/xml")
        root = ET.fromstring(many.body)
        assert (root.tag, root.findtext("count")) == ("messages", "1")
        assert root.findtext("items/message/message-id") == id_text

    on_records(routes, test)


def test_without_credentials_nothing_is_found():
    async def test(site, world):
        accept = await world.delivered()
        for path in ("message", "messages", "rejections"):
            query = {"id": shown(accept.parts[0])}
            answer = await site.ask("GET", f"/search/{path}", query=query, authorization="")
            assert (answer.status, answer.json["error-code"]) == (401, "401")

    on_records(routes, test)
