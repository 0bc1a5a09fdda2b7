"""Recipients whose messages have a fate of their own."""

from collections import Counter

import pytest

from homing.core.receipts.read import read
from homing.core.smpp import status
from homing.simulator.magic_numbers import magic_numbers, personas_by_ending
from homing.simulator.persona import PLAIN, load
from unit.simulator.application import play, short

QUICK = 1_000_000.0
STATS = {
    "5550101": [],
    "5550102": ["ACCEPTD", "UNDELIV 027"],
    "5550103": ["REJECTD 015"],
    "5550104": ["ACCEPTD", "EXPIRED 006"],
    "5550105": ["ACCEPTD", "UNKNOWN"],
    "5550106": ["ACCEPTD"],
    "5550107": ["ACCEPTD", "DELIVRD"],
    "5550108": ["ACCEPTD", *["DELIVRD"] * 130],
    "5550110": ["ACCEPTD", "ENROUTE 040", "DELIVRD"],
    "5550111": ["ACCEPTD", "DELIVRD"],
    "5550112": ["DELIVRD"],
    "5550113": ["DELIVRD"],
    "5550114": ["ACCEPTD", "DELIVRD"],
    "5550115": ["ACCEPTD", "DELIVRD"],
    "5550117": ["ACCEPTD", "UNDELIV 001"],
    "5550118": ["ACCEPTD", "UNDELIV 013"],
    "5550119": ["ACCEPTD", "UNDELIV 031"],
    "5550120": ["ACCEPTD", "UNDELIV 034"],
    "5550121": ["ACCEPTD", "DELETED"],
    "5550122": ["DELIVRD"],
}
REFUSED = {"5550109": status.ESME_RTHROTTLED, "5550116": status.ESME_RINVDSTADR}


def told(recipient, receipts, **options):
    """The statuses of the answers, and what the receipts say, for one message to this recipient."""

    async def scenario(simulator, connect):
        application = await connect()
        application.submit(short(to=recipient.encode()))
        await application.until(lambda: application.answers())
        await application.until(lambda: len(application.delivered()) >= receipts)
        return application

    application = play(scenario, speed=QUICK, **options)
    words = []
    for one in map(read, application.delivered()):
        words.append(one.stat if one.err == "000" else f"{one.stat} {one.err}")
    return [one.command_status for one in application.answers()], words


def test_every_number_of_the_table_has_an_ending_of_its_own_and_a_test():
    endings = [row.ending for row in magic_numbers()]
    assert sorted(endings) == sorted({*STATS, *REFUSED})
    assert len(set(endings)) == len(endings)


@pytest.mark.parametrize("ending", STATS)
def test_a_message_to_the_number_has_the_receipts_of_the_table(ending):
    statuses, words = told("1212" + ending, len(STATS[ending]))
    assert statuses == [0]
    assert Counter(words) == Counter(STATS[ending])


@pytest.mark.parametrize("ending", REFUSED)
def test_a_message_to_the_number_is_refused(ending):
    assert told("44" + ending, 0) == ([REFUSED[ending]], [])


def test_the_first_try_is_throttled_and_the_second_delivered():
    async def scenario(simulator, connect):
        application = await connect()
        for tries in (1, 2):
            application.submit(short(to=b"12125550109"))
            await application.until(lambda tries=tries: len(application.answers()) == tries)
        await application.until(lambda: len(application.receipts()) == 2)
        return [one.command_status for one in application.answers()]

    assert play(scenario, speed=QUICK) == [status.ESME_RTHROTTLED, 0]


@pytest.mark.parametrize("recipient", ["447700900000", "447700900101", "12125550100", "5550123"])
def test_any_other_number_is_an_honest_one(recipient):
    assert told(recipient, 2) == ([0], ["ACCEPTD", "DELIVRD"])


def test_a_persona_without_magic_numbers_has_none_and_the_honest_one_has_them():
    assert told("12125550103", 2, persona=load("hex-tlv"))[1] == ["ACCEPTD", "DELIVRD"]
    assert told("12125550103", 1, persona=load("honest"))[1] == ["REJECTD 015"]


def test_ids_and_spelling_stay_the_carriers_own():
    for persona in personas_by_ending(PLAIN).values():
        assert (persona.ids, persona.writing) == (PLAIN.ids, PLAIN.writing)
