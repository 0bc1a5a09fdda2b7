"""Every persona as an application meets it: what is answered, what is written, in which order.

Receipts are looked at twice: by hand, and by the reader that the gateway has.
"""

import json
import re
from collections import Counter

import pytest
from msgspec import structs

from homing.core.encoding.udh import Concat, write_udh
from homing.core.receipts.read import read
from homing.core.smpp import status
from homing.core.smpp.events import Delivered, SubmitAnswered
from homing.simulator.persona import Outcome, Persona, Receipts, Submits, load
from unit.simulator.application import play, short

QUICK = 1_000_000.0  # hours are milliseconds
TO = b"447700900123"
APPENDIX_B = re.compile(
    r"^(?:id:(?P<id>\S+) )?sub:001 dlvrd:00[01] submit date:\d{10}(?:\d\d)? "
    r"done date:(?P<done>\d+) stat:(?P<stat>\w{7}) err:(?P<err>\w*) text:"
)


def numbered(count, **how):
    return [short(b"text %d" % number, to=TO, **how) for number in range(count)]


def long(count, **how):
    return [
        short(b"part", to=TO, udh=write_udh(Concat(9, count, index)), **how)
        for index in range(1, count + 1)
    ]


def met(persona, submits, receipts, *, binds=1, ledger=None, speed=QUICK, seed=1, **options):
    """Submit all on one bind; the applications once so many receipts have come to them."""

    async def scenario(simulator, connect):
        applications = [await connect() for _ in range(binds)]
        applications[0].submit(*submits)
        # Where there are two, all receipts come on the last.
        await applications[-1].until(lambda: len(applications[-1].of(Delivered)) >= receipts)
        await applications[0].until(lambda: len(applications[0].answers()) == len(submits))
        return applications

    whole = load(persona) if isinstance(persona, str) else persona
    return play(scenario, persona=whole, speed=speed, seed=seed, ledger=ledger, **options)


def lines(path, event):
    told = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in told if line["event"] == event]


@pytest.mark.parametrize("delay_s", [0.0, 1.0], ids=["at once", "later"])
def test_an_answer_can_name_the_network(delay_s):
    persona = Persona(submit=Submits(network="310260", answer_delay_s=delay_s))
    answers = met(persona, numbered(2), 4)[0].answers()
    assert [one.rest for one in answers] == [b"\x14\x03\x00\x06310260"] * 2


def by_hand(deliver):
    """(id, stat) of an Appendix B text in the sender's own alphabet or in UCS-2."""
    coding = "utf-16-be" if deliver.data_coding == 8 else "latin-1"
    found = APPENDIX_B.match(deliver.short_message.decode(coding))
    return found["id"], found["stat"]


# --- ids

# What the answers and the receipts' texts and TLVs of the first three submissions spell.
SPELLED = {
    "honest": (b"1 2 3", b"1 2 3", b"1 2 3"),
    "leading-zeros": (b"0000000001 0000000002 0000000003", b"1 2 3", None),
    "upper-case": (b"00000001 00000002 00000003", b"00000001 00000002 00000003", None),
    "hex-tlv": (b"1 2 3", b"0000000001 0000000002 0000000003", b"1 2 3"),
}
ELEVENTH = {
    "hex-answer": (b"b", b"11", None),
    "hex-receipt": (b"11", b"b", None),
    "hex-tlv": (b"b", b"0000000011", b"b"),
    "upper-case": (b"0000000b", b"0000000B", None),
    "lower-case": (b"0000000B", b"0000000b", None),
}


def spelled(name, count):
    (application,) = met(name, numbered(count), 2 * count)
    finals = [one for one in application.delivered() if b"stat:DELIVRD" in one.short_message]
    texts = [re.match(rb"id:(\S+) ", one.short_message)[1] for one in finals]
    tlvs = [one.tlvs.get(0x001E, b"").rstrip(b"\0") for one in finals]
    return [one.message_id for one in application.answers()], texts, tlvs


@pytest.mark.parametrize("name", SPELLED)
def test_the_first_ids_are_spelled_in_each_place_as_the_persona_says(name):
    answers, texts, tlvs = spelled(name, 3)
    in_answers, in_texts, in_tlvs = SPELLED[name]
    assert answers == in_answers.split()
    assert sorted(texts) == in_texts.split()
    assert sorted(tlvs) == (in_tlvs.split() if in_tlvs else [b""] * 3)


@pytest.mark.parametrize("name", ELEVENTH)
def test_the_eleventh_id_shows_the_base_and_the_case(name):
    answers, texts, tlvs = spelled(name, 11)
    in_answer, in_text, in_tlv = ELEVENTH[name]
    assert answers[10] == in_answer
    assert in_text in texts
    assert (in_tlv or b"") in tlvs


def test_a_truncated_id_is_the_beginning_of_the_uuid_in_the_answer():
    answers, texts, tlvs = spelled("truncated", 2)
    assert [len(one) for one in answers] == [36, 36]
    assert sorted(texts) == sorted(one[:32] for one in answers)
    assert tlvs == [b"", b""]


@pytest.mark.parametrize(
    ("name", "count", "repeated"),
    [("id-reuse", 21, {b"1": 2, b"11": 2}), ("counter-reset", 499, {b"1": 2, b"2": 2})],
)
def test_ids_are_given_again(name, count, repeated):
    (application,) = met(name, numbered(count, registered_delivery=0), 0)
    counts = Counter(one.message_id for one in application.answers())
    assert {one: n for one, n in counts.items() if n > 1} == repeated


def test_one_id_is_given_to_all_parts_and_each_has_receipts_of_its_own(tmp_path):
    ledger = tmp_path / "ledger"
    (application,) = met("one-id", long(3) + numbered(1), 8, ledger=ledger)
    assert [one.message_id for one in application.answers()] == [b"1", b"1", b"1", b"2"]
    told = [one for one in lines(ledger, "reported") if one["answered"] == "1"]
    assert Counter(one["ref"] for one in told) == {1: 2, 2: 2, 3: 2}


# --- which receipts, and when


@pytest.mark.parametrize(
    ("name", "stats", "truths"),
    [
        ("honest", ["ACCEPTD", "DELIVRD"], ["carrier", "handset"]),
        ("carrier-only", ["ACCEPTD"], ["carrier"]),
        ("handset-only", ["DELIVRD"], ["handset"]),
        ("silent", [], []),
        ("instant-liar", ["DELIVRD"], ["false"]),
        ("early", ["DELIVRD"], ["false"]),
        ("constant-liar", ["ACCEPTD", "DELIVRD"], ["carrier", "false"]),
        ("late", ["ACCEPTD", "DELIVRD"], ["carrier", "handset"]),
        ("memory-full", ["ACCEPTD", "ENROUTE", "DELIVRD"], ["carrier", "carrier", "handset"]),
        ("off-then-on", ["ACCEPTD", "DELIVRD"], ["carrier", "handset"]),
    ],
)
def test_the_persona_sends_these_receipts_in_this_order(tmp_path, name, stats, truths):
    ledger = tmp_path / "ledger"
    (application,) = met(name, numbered(1), len(stats), ledger=ledger)
    assert [by_hand(one) for one in application.delivered()] == [("1", stat) for stat in stats]
    assert [one["of"] for one in lines(ledger, "reported")] == truths


def test_the_early_persona_says_delivered_and_shows_nothing(tmp_path):
    ledger = tmp_path / "ledger"

    async def scenario(simulator, connect):
        application = await connect()
        application.submit(*long(3))
        await application.until(lambda: len(application.receipts()) == 3)
        assert simulator.shown(TO.decode()) == []

    play(scenario, persona=load("early"), speed=1.0, ledger=ledger)
    assert lines(ledger, "arrived") == lines(ledger, "shown") == []


def test_a_liar_says_delivered_in_the_very_read_that_brought_the_message():
    (application,) = met("instant-liar", long(3), 3, speed=1.0)
    kinds = [type(event) for event in application.events[1:]]
    assert kinds == [SubmitAnswered, SubmitAnswered, SubmitAnswered, *[Delivered] * 3]


def test_late_receipts_are_dated_when_the_handset_showed_the_message():
    at_s = [1_767_225_660.0]  # 2026-01-01 00:01 UTC

    async def scenario(simulator, connect):
        application = await connect()
        application.submit(*numbered(1))
        await application.until(lambda: simulator.shown(TO.decode()))
        at_s[0] += 10_800
        await application.until(lambda: len(application.receipts()) == 2)
        return application

    application = play(scenario, persona=load("late"), speed=20_000.0, wall_s=lambda: at_s[0])
    assert b"done date:2601010001 stat:DELIVRD" in application.delivered()[1].short_message


def test_the_final_receipt_comes_130_times_in_the_same_octets():
    (application,) = met("duplicate", numbered(2), 2 + 260)
    stats = Counter(application.receipts())
    assert stats == {(b"1", b"ACCEPTD"): 1, (b"2", b"ACCEPTD"): 1,
                     (b"1", b"DELIVRD"): 130, (b"2", b"DELIVRD"): 130}  # fmt: skip
    finals = {event.body for event in application.of(Delivered) if b"DELIVRD" in event.body}
    assert len(finals) == 2


def test_receipts_overtake_each_other():
    (application,) = met("out-of-order", numbered(100), 200, speed=1_000.0)
    ids = [int(one) for one, stat in application.receipts() if stat == b"ACCEPTD"]
    assert sorted(ids) == list(range(1, 101))
    assert ids != sorted(ids)
    order = application.receipts()
    early = [one for one in ids if order.index((b"%d" % one, b"DELIVRD"))
             < order.index((b"%d" % one, b"ACCEPTD"))]  # fmt: skip
    assert early, "no final receipt came before the carrier's own"


def test_receipts_come_before_the_answer_to_the_submit():
    (application,) = met("before-answer", numbered(3), 6, speed=100.0)
    kinds = [type(event) for event in application.events[1:]]
    assert kinds == [*[Delivered] * 6, *[SubmitAnswered] * 3]
    honest = Persona(receipts=Receipts(before_answer=True))
    (application,) = met(honest, numbered(1), 2)
    assert [type(event) for event in application.events[1:3]] == [Delivered, SubmitAnswered]


def test_receipts_come_on_another_bind_than_the_one_that_submitted():
    submitter, other = met("other-bind", numbered(40), 80, binds=2)
    assert len(submitter.receipts()) == 0
    assert len(other.receipts()) == 80
    (alone,) = met("other-bind", numbered(4), 8)
    assert len(alone.receipts()) == 8


# --- how they are written


def whole(name, **options):
    (application,) = met(name, numbered(1), 2, **options)
    return application.delivered()


def test_ucs2_receipts_are_ucs2_as_a_whole():
    for deliver, stat in zip(whole("ucs2"), ("ACCEPTD", "DELIVRD"), strict=True):
        assert deliver.data_coding == 8
        assert deliver.short_message.startswith("id:1 sub".encode("utf-16-be"))
        assert by_hand(deliver) == ("1", stat)
        assert (read(deliver).id, read(deliver).stat) == ("1", stat)


def test_receipts_by_tlv_alone_have_no_text():
    for deliver, state in zip(whole("tlv-only"), (6, 2), strict=True):
        assert deliver.short_message == b""
        assert deliver.tlvs == {0x001E: b"1\0", 0x0427: bytes([state])}
    failing = structs.replace(load("tlv-only"), outcomes=(Outcome("undeliverable", "027"),))
    (application,) = met(failing, numbered(1), 2)
    failed = application.delivered()[1]
    assert failed.tlvs == {0x001E: b"1\0", 0x0427: b"\5", 0x0423: b"\3\0\x1b"}
    assert read(failed).id == "1"


def test_receipts_in_message_payload_have_nothing_else():
    for event_body, stat in zip(bodies("message-payload"), (b"ACCEPTD", b"DELIVRD"), strict=True):
        # sm_length 0, then the one TLV to the end.
        at = event_body.index(b"\x04\x24")
        assert event_body[at - 1] == 0
        size = int.from_bytes(event_body[at + 2 : at + 4], "big")
        assert len(event_body) == at + 4 + size
        assert event_body[at + 4 :].startswith(b"id:1 sub:001")
        assert b"stat:" + stat in event_body


def bodies(name):
    (application,) = met(name, numbered(1), 2)
    return [event.body for event in application.of(Delivered)]


@pytest.mark.parametrize(
    ("name", "source", "destination"),
    [
        ("honest", TO, b"Acme"),
        ("masked", b"4477****0123", b"Acme"),
        ("plus", b"+447700900123", b"Acme"),
        ("swapped", b"Acme", TO),
    ],
)
def test_addresses_come_back_as_the_persona_writes_them(name, source, destination):
    for deliver in whole(name):
        assert (deliver.source_addr, deliver.destination_addr) == (source, destination)
        own = (deliver.dest_ton, deliver.dest_npi) if name == "swapped" else (
            deliver.source_ton, deliver.source_npi)  # fmt: skip
        assert own == (1, 1)


def test_dates_are_in_the_carriers_own_zone():
    (_, final) = whole("local-dates", wall_s=lambda: 1_767_225_663.0)
    assert b"submit date:260101053103 done date:260101053103 " in final.short_message


# --- how submits are answered


def test_a_throttling_carrier_takes_so_many_a_second():
    (application,) = met("throttling", numbered(250), 400, wall_s=lambda: 1_767_225_660.0)
    counts = Counter(one.command_status for one in application.answers())
    assert counts == {0: 200, status.ESME_RTHROTTLED: 50}


def test_a_refusing_carrier_refuses_some_and_reports_the_others(tmp_path):
    ledger = tmp_path / "ledger"
    (application,) = met("refusing", numbered(200), 1, ledger=ledger)
    counts = Counter(one.command_status for one in application.answers())
    assert set(counts) == {0, status.ESME_RINVDSTADR}
    assert 20 <= counts[status.ESME_RINVDSTADR] <= 60
    refused = {one["ref"] for one in lines(ledger, "submitted") if one["status"]}
    assert len(refused) == counts[status.ESME_RINVDSTADR]
    assert not refused & {one["ref"] for one in lines(ledger, "reported")}


def test_a_flapping_link_is_cut_after_the_message_was_taken_and_before_its_answer(tmp_path):
    ledger = tmp_path / "ledger"

    async def scenario(simulator, connect):
        first = await connect()
        first.submit(*numbered(900))
        await first.until(lambda: first.closed is not None)
        heir = await connect()
        await heir.until(lambda: simulator.shown(TO.decode()))
        return first, heir

    first, _ = play(scenario, persona=load("flapping"), speed=1_000.0, ledger=ledger, seed=3)
    (cut,) = lines(ledger, "cut")
    taken = lines(ledger, "submitted")
    assert taken[-1]["ref"] == cut["ref"] == len(taken) < 900
    assert taken[-1]["status"] == 0
    assert taken[-1]["id"].encode() not in {one.message_id for one in first.answers()}


# --- handsets


def test_a_missing_part_has_no_word_but_the_carriers_first_and_the_text_is_not_shown(tmp_path):
    ledger = tmp_path / "ledger"
    (application,) = met("missing-part", long(3) + numbered(1), 7, ledger=ledger)
    assert Counter(one for one, _ in application.receipts()) == {
        b"1": 2, b"2": 1, b"3": 2, b"4": 2,
    }  # fmt: skip
    assert [one["ref"] for one in lines(ledger, "lost")] == [2]
    assert [one["refs"] for one in lines(ledger, "shown")] == [[4]]


def test_a_full_memory_is_told_with_its_code_before_the_message_arrives():
    (application,) = met("memory-full", numbered(1), 3)
    errs = [APPENDIX_B.match(one.short_message.decode())["err"] for one in application.delivered()]
    assert errs == ["000", "040", "000"]


# --- chance


def test_outcomes_come_by_chance_with_their_codes():
    (application,) = met("mixed", numbered(600), 1_000)
    finals = [read(one) for one in application.delivered()]
    told = Counter((one.stat, one.err) for one in finals if one.stat != "ACCEPTD")
    assert set(told) == {
        ("DELIVRD", "000"), ("UNDELIV", "001"), ("UNDELIV", "027"), ("EXPIRED", "006"),
        ("REJECTD", "015"), ("UNKNOWN", "000"),
    }  # fmt: skip
    assert told["DELIVRD", "000"] > 300


@pytest.mark.parametrize("name", ["mixed", "refusing"])
def test_the_same_seed_gives_the_same_run_and_another_one_another(tmp_path, name):
    def run(seed, number):
        ledger = tmp_path / f"{number}"
        met(name, numbered(300), 1, seed=seed, ledger=ledger, speed=1_000.0)
        answers = [(one["ref"], one["id"], one["status"]) for one in lines(ledger, "submitted")]
        finals = {
            (one["ref"], one["stat"])
            for one in lines(ledger, "reported")
            if one["stat"] == "REJECTD"
        }
        return answers, finals

    first, again, other = run(5, 1), run(5, 2), run(6, 3)
    assert first == again
    assert first != other
