"""Stories as JSON: what the commands read back is what the store told."""

import json

import msgspec

from homing.api.stories import read_story, spell
from homing.core.model.lifecycle import State
from homing.store.pages import ConversionStory, MessageStory, ReceiptPage
from unit.cli.stories import FIRST, answer, notification, part, receipt, story

TOLD = story(
    part(
        state=State.UNDELIVERABLE,
        answer=answer(refused=State.REJECTED, notification=notification()),
        receipts=[
            receipt(1, State.DELETED, notification=notification(), copy_of=FIRST + 100),
            receipt(2, State.EXPIRED, by_gateway=True, body=None, command_id=None),
        ],
        undone=[notification()],
    ),
    part(2, submitting_at_ms=5, body=b""),
)


def test_a_story_comes_back_as_it_was():
    assert read_story(msgspec.json.encode(spell(TOLD)), MessageStory) == TOLD


def test_conversions_come_back_too():
    words = [ConversionStory(False, None, 4), ConversionStory(True, 3, 5)]
    told = msgspec.structs.replace(TOLD, conversion=words[-1], conversions=words)
    spelled = spell(told)
    assert spelled["conversion"] == {"delivered": True, "at_ms": 3, "told_at_ms": 5}
    assert read_story(msgspec.json.encode(spelled), MessageStory) == told


def test_a_page_comes_back_as_it_was():
    page = ReceiptPage([receipt(1, State.ENROUTE, part_id=None, message_id=None)], FIRST + 101)
    assert read_story(msgspec.json.encode(spell(page)), ReceiptPage) == page


def test_states_are_smpps_words_beside_the_apis():
    told = spell(TOLD)
    (first, _) = told["parts"]
    assert (first["state"], first["status"]) == ("undeliverable", "failed")
    assert (first["receipts"][0]["state"], first["receipts"][0]["status"]) == ("deleted", "failed")
    assert first["answer"]["refused"] == "rejected"


def test_every_pdu_is_in_hex_and_field_by_field_with_control_octets_escaped():
    first, second = json.loads(msgspec.json.encode(spell(TOLD)))["parts"]
    assert first["pdu"]["command"] == "submit_sm"
    assert first["pdu"]["short_message"] == "hello"
    shown = first["receipts"][0]
    assert shown["pdu"]["command"] == "deliver_sm"
    assert shown["pdu"]["short_message"] == "id:7 stat:X \\x1b[2J"
    assert bytes.fromhex(shown["hex"]) == receipt(1, State.DELETED).body
    assert first["receipts"][1]["pdu"] is None
    assert (second["pdu"], second["hex"]) == (None, "")
