"""The page of one message: everything in its order, nothing that drives the terminal."""

import msgspec

from homing.api.stories import spell
from homing.cli.timeline import lines
from homing.core.model.lifecycle import State
from homing.core.model.receipt import Level
from unit.cli.stories import FIRST, T, answer, notification, part, receipt, story


def page(told) -> str:
    return "\n".join(lines(told))


def test_events_are_told_in_the_order_in_which_they_happened():
    told = story(
        part(
            state=State.DELIVERED,
            answer=answer(),
            receipts=[
                receipt(2, State.DELIVERED, notification=notification()),
                receipt(1, State.ACCEPTED, Level.CARRIER),
            ],
        )
    )
    text = page(told)
    places = [
        text.index(words)
        for words in (
            "submit_sm to north, bind 0, sequence 4",
            "taken as '7', after 4 ms",
            "receipt of the carrier: accepted",
            "receipt of the handset: delivered",
            "webhook delivered (0A0000000123AC88), attempt 1: HTTP 204, taken "
            "(connect 0.3, first byte 0.9, total 1.2 ms)",
        )
    ]
    assert places == sorted(places)
    assert 'text      "hello"' in text
    assert "found by exact" in text


def test_the_network_is_the_receipts_before_the_messages():
    told = story(part(receipts=[receipt(1, State.DELIVERED)]))
    assert "to        447700900000\n" in page(told)
    told.message.network = "310260"
    assert "to        447700900000  (310260)\n" in page(told)
    told.parts[0].receipts[0].network = "20801"
    assert "to        447700900000  (20801)\n" in page(told)
    assert "net:    20801, named by this receipt" in page(told)


def test_raw_octets_are_shown_and_cannot_drive_the_terminal():
    text = page(story(part(state=State.DELIVERED, receipts=[receipt(1, State.DELIVERED)])))
    assert "text:   id:7 stat:X \\x1b[2J" in text
    assert "octets: \\x00\\x05\\x00Acme\\x00" in text
    assert "\x1b" not in text
    assert "Acme\\x1b" in text


def test_what_has_not_happened_yet_is_said():
    assert "waits for north" in page(story(part()))
    assert "waits in the store for north" in page(story(part(backlogged=True)))
    held = page(story(part(state=State.HELD, submitting_at_ms=T)))
    assert "about to be submitted to north, once" in held
    waiting = notification(attempts=[], next_due_at_ms=None)
    told = story(part(receipts=[receipt(1, State.DELIVERED, notification=waiting)]))
    assert "waits for its first attempt" in page(told)
    again = notification(next_due_at_ms=T + 5000)
    told = story(part(receipts=[receipt(1, State.DELIVERED, notification=again)]))
    assert "00:00:05.000  webhook delivered (0A0000000123AC88) is due again" in page(told)


def test_a_refusal_a_repeat_our_own_word_and_a_lost_text_are_said():
    refused = answer(command_status=0x45, carrier_message_id="", refused=State.REJECTED)
    assert "refused with ESME_RSUBMITFAIL (0x00000045)" in page(story(part(answer=refused)))
    repeated = receipt(1, State.DELIVERED, seen_count=3, last_at_ms=T + 4000, problems=["odd\n"])
    text = page(story(part(receipts=[repeated])))
    assert "the same receipt again, 3 times in all" in text
    assert "odd:    odd\\n" in text
    own = receipt(1, State.EXPIRED, by_gateway=True, body=None, reason="ttl ended")
    assert "our own word: expired (ttl ended)" in page(story(part(receipts=[own])))
    gone = story(part(body=b"", receipts=[receipt(1, State.DELIVERED, body=b"")]), texts_gone=True)
    assert page(gone).count("gone") == 2


def test_machines_get_ids_and_states_as_the_api_spells_them():
    told = story(
        part(
            state=State.UNDELIVERABLE,
            answer=answer(refused=State.REJECTED, notification=notification()),
            receipts=[receipt(1, State.DELIVERED, notification=notification())],
        )
    )
    shown = msgspec.json.decode(msgspec.json.encode(spell(told)))
    assert shown["message"]["id"] == f"{FIRST:016X}"
    seen = shown["parts"][0]
    assert seen["id"] == f"{FIRST + 1:016X}"
    assert (seen["state"], seen["status"]) == ("undeliverable", "failed")
    assert seen["answer"]["refused"] == "rejected"
    assert seen["answer"]["notification"]["id"] == f"{FIRST + 200:016X}"
    assert seen["receipts"][0]["part_id"] == f"{FIRST + 1:016X}"
    assert "\\x1b[2J" in seen["receipts"][0]["octets"]


def test_why_the_state_is_so_and_what_is_history_is_said():
    told = story(
        part(
            state=State.DELIVERED,
            answer=answer(),
            relation="hex",
            undone=[notification(id=FIRST + 300, status="failed")],
            receipts=[
                receipt(1, State.UNDELIVERABLE, role="contradicts", err_code="2", permanent=False,
                        meaning="absent", rung="hex"),
                receipt(2, State.DELIVERED, role="decides", level_reason="as slowly as handsets"),
                receipt(3, State.ACCEPTED, Level.CARRIER, role="late", copy_of=FIRST + 99),
            ],
        )
    )  # fmt: skip
    text = page(told)
    for words in (
        "the receipt of 00:00:02.000 decides",
        "ids in receipts of north: in decimal; its answers have them in hex",
        "counts: history: it contradicts the word that decides, which weighs more",
        "counts: it decides the state",
        "counts: history: late, the final word was there",
        "level:  handset: as slowly as handsets",
        "err:    code 2, absent, for now",
        "rung:   hex in the answer, decimal in the receipt ('7')",
        "copy:   0A0000000123AC23 stands for all parts with its id",
        "webhook failed (0A0000000123ACEC): told of a receipt that proved to be another part's",
    ):
        assert words in text


def test_what_a_part_without_receipts_rests_on_is_said():
    assert "north took it; no receipt has come" in page(story(part(answer=answer())))
    refused = answer(command_status=0x45, refused=State.REJECTED)
    assert "no carrier took it" in page(story(part(answer=refused)))
    ours = receipt(1, State.EXPIRED, by_gateway=True, body=None, role="decides")
    assert "our own word of 00:00:01.000 decides" in page(story(part(receipts=[ours])))


def test_every_pdu_is_shown_field_by_field_and_in_hex():
    told = story(part(answer=answer(), receipts=[receipt(1, State.DELIVERED)]))
    text = page(told)
    assert text.count("destination_addr 447700900000") == 2
    assert f"hex:    {told.parts[0].body.hex()}" in text
    assert f"hex:    {told.parts[0].receipts[0].body.hex()}" in text
    assert "short_message id:7 stat:X \\x1b[2J" in text
    assert "short_message hello" in page(story(part()))


def test_whom_the_webhook_is_told_is_said():
    told = story(part(), account="acme", webhook_url="http://a/\x1b")
    assert "account   acme\nwebhook   http://a/\\x1b" in page(told)
    assert "neither the message nor its account has one" in page(story(part()))
    told.message.report = False
    assert "the message asked for no receipt" in page(told)


def test_a_redacted_message_is_called_redacted():
    told = story(part(body=b""), texts_gone=True)
    assert "(gone: redacted, or its time is over)" in page(told)
    told.message.recipient = ""
    text = page(told)
    assert "to        (redacted)" in text
    assert "text      (redacted)" in text
    assert "note      its numbers are redacted" in text
