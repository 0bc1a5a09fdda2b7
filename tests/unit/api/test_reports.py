"""Reports: records by ids and by time, page after page, and how each wrong value is answered."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from homing.api import reports
from homing.api.reports import routes
from homing.core.model.times import iso
from store.test_inbound_sms import take
from support.compat_site import KEY
from support.inbound import deliver
from support.record_site import SENDER, TEXT, TO, on_records

PATH = "/v2/reports/records"
ASKED = {"account_id": KEY, "product": "SMS", "direction": "outbound"}
DAY = ASKED | {"date_start": "2026-09-21T00:00:00Z"}


def shown(part):
    return f"{part.id:016X}"


def test_a_record_says_everything_and_the_text_when_asked():
    async def test(site, world):
        accept = await world.delivered()
        at_ms = accept.message.accepted_at_ms
        asked = ASKED | {"id": shown(accept.parts[0]), "include_message": "true",
                         "show_concatenated": "true"}  # fmt: skip
        answer = await site.ask("GET", PATH, query=asked)
        assert answer.status == 200
        assert answer.json["records"] == [
            {
                "account_id": KEY, "message_id": shown(accept.parts[0]), "client_ref": None,
                "direction": "outbound", "from": SENDER, "to": TO, "network": "23410",
                "network_name": "O2 (UK)", "country": "GB", "country_name": "United Kingdom",
                "date_received": iso(at_ms), "date_finalized": iso(at_ms + 1_000),
                "latency": "1000", "status": "delivered", "error_code": "0",
                "error_code_description": "no error", "currency": "EUR",
                "total_price": "0.03330000", "message_body": TEXT, "concatenated": False,
            }
        ]  # fmt: skip
        assert (answer.json["request_status"], answer.json["items_count"]) == ("SUCCESS", 1)
        assert answer.json["ids_not_found"] == ""
        plain = await site.ask("GET", PATH, query=ASKED | {"id": shown(accept.parts[0])})
        assert not {"message_body", "concatenated"} & set(plain.json["records"][0])

    on_records(routes, test)


def test_ids_that_are_not_the_accounts_are_named():
    async def test(site, world):
        accept = await world.message(parts=2)
        foreign = world.make.accept(account_id=site.account.id + 1)
        await world.do(foreign)
        ids = f"{accept.message.uuid},{shown(foreign.parts[0])},nothing"
        found = (await site.ask("GET", PATH, query=ASKED | {"id": ids})).json
        assert [one["message_id"] for one in found["records"]] == [
            shown(part) for part in accept.parts
        ]
        assert found["ids_not_found"] == f"{shown(foreign.parts[0])},nothing"

    on_records(routes, test)


def test_a_time_and_a_status_choose():
    async def test(site, world):
        done, still = await world.delivered(), await world.message()
        found = (await site.ask("GET", PATH, query=DAY)).json
        assert [one["message_id"] for one in found["records"]] == [
            shown(done.parts[0]), shown(still.parts[0])
        ]  # fmt: skip
        assert found["date_end"] == "2026-09-22T00:00:00.000Z"
        for status, count in (("delivered", 1), ("any", 2), ("expired", 0)):
            some = (await site.ask("GET", PATH, query=DAY | {"status": status})).json
            assert some["items_count"] == count
        before = DAY | {"date_end": "2026-09-21T00:00:01+0000"}
        assert (await site.ask("GET", PATH, query=before)).json["records"] == []

    on_records(routes, test)


@pytest.mark.parametrize("room", [3, 4, 100])
def test_pages_lead_on_until_all_is_told_and_keep_messages_whole(monkeypatch, room):
    monkeypatch.setattr(reports, "RECORDS_MAX", room)

    async def test(site, world):
        accepts = [await world.message(parts=n) for n in (2, 2, 1, 3, 1)]
        found, query = [], DAY
        for _ in range(9):
            page = (await site.ask("GET", PATH, query=query)).json
            assert len(page["records"]) <= room
            found += [one["message_id"] for one in page["records"]]
            if page["request_status"] == "SUCCESS":
                break
            assert page["records"]
            link = urlsplit(page["_links"]["next"]["href"])
            query = dict(parse_qsl(link.query))
            assert (link.path, query) == (PATH, DAY | {"cursor": page["cursor"]})
        assert found == [shown(part) for accept in accepts for part in accept.parts]

    on_records(routes, test)


def test_messages_from_handsets_are_the_other_direction():
    async def test(site, world):
        change = take(world.make, deliver(b"STOP"), is_told=False,
                      account_id=site.account.id)  # fmt: skip
        await world.do(change)
        id_text = f"{change.inbound_id:016X}"
        for query in (DAY, ASKED | {"id": id_text}):
            asked = query | {"direction": "inbound", "include_message": "true"}
            (one,) = (await site.ask("GET", PATH, query=asked)).json["records"]
            assert (one["message_id"], one["message_body"]) == (id_text, "STOP")
            assert (one["direction"], one["status"]) == ("inbound", "delivered")

    on_records(routes, test)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"account_id": ""}, "account_id"),
        ({"product": "VOICE-CALL"}, "product"),
        ({"direction": "sideways"}, "direction"),
        ({"status": "lost"}, "status"),
        ({"include_message": "perhaps"}, "include_message"),
        ({"show_concatenated": "2"}, "show_concatenated"),
        ({"date_start": ""}, "date_start"),
        ({"date_start": "today"}, "date_start"),
        ({"date_start": "9999-12-31T23:59:59Z"}, "date_start"),
        ({"date_start": "0001-01-01T00:00:00+23:59"}, "date_start"),
        ({"date_end": "2026-09-22T00:00:01Z"}, "date_end"),
        ({"date_end": "2026-09-20T00:00:00Z"}, "date_end"),
        ({"date_end": "then"}, "date_end"),
        ({"id": ",".join(f"{n}" for n in range(21))}, "id"),
        ({"id": "x" * 41}, "id"),
        ({"cursor": "7"}, "cursor"),
    ],
)
def test_a_wrong_value_is_422_and_named(given, name):
    async def test(site, world):
        answer = await site.ask("GET", PATH, query=DAY | given)
        assert answer.status == 422
        assert [one["name"] for one in answer.json["invalid_parameters"]] == [name]

    on_records(routes, test)


def test_another_accounts_records_are_nobodys_business():
    async def test(site, world):
        answer = await site.ask("GET", PATH, query=DAY | {"account_id": "ffff0000"})
        assert answer.status == 403
        assert (await site.ask("GET", PATH, query=DAY, authorization="")).status == 401

    on_records(routes, test)


def test_a_report_as_a_file_is_refused_in_words():
    async def test(site, world):
        for method, path in (("POST", ""), ("GET", ""), ("GET", "/7"), ("DELETE", "/7")):
            answer = await site.ask(method, f"/v2/reports{path}")
            assert (answer.status, answer.json["title"]) == (404, "Not Available")
            assert PATH in answer.json["detail"]

    on_records(routes, test)
