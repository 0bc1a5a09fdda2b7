"""The network that a carrier's answer names is the message's from the commit of the answer on."""

import pytest

from store.test_evidence import networks, receipt
from store.test_retention import overdue_done

TABLE, NAMED, RECEIPT = "23410", "310260", "20801"


async def accepted(world, *named):
    """A part for each of these networks, which the carrier's answer to it names."""
    accept = world.make.accept(parts=len(named))
    answers = [world.make.answer(part, f"{part.id:X}") for part in accept.parts]
    for answer, network in zip(answers, named, strict=True):
        answer.part.answered_at_ms, answer.network = answer.answered_at_ms, network
    await world.do(accept, *answers)
    return accept.parts


async def assert_reads(world, parts, expected):
    """The story of a message, and the parts that a receipt finds."""
    story = await world.store.message_story(parts[0].id)
    assert story.message.network == expected
    for part in parts:
        (found,) = await world.find(part.carrier_message_id)
        assert found.message.network == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (["", ""], TABLE),
        ([NAMED, ""], NAMED),
        (["", NAMED], NAMED),
        ([NAMED, "20802"], "20802"),
    ],
    ids=["none", "the first", "the second", "both: the last"],
)
def test_what_an_answer_names_is_the_messages_network_and_no_others(lasting, named, expected):
    messages = []

    async def write(world):
        messages.extend([await accepted(world, *named), await accepted(world, "", "")])
        await read(world)

    async def read(world):
        await assert_reads(world, messages[0], expected)
        await assert_reads(world, messages[1], TABLE)

    lasting.run(write)
    lasting.run(read)


def test_evidence_is_of_the_receipts_network_else_the_answers_else_the_tables(engine):
    async def body(world):
        for named, said in (("", ""), (NAMED, ""), (NAMED, RECEIPT), ("", RECEIPT)):
            (part,) = await accepted(world, named)
            await world.do(receipt(world, part, network=said))
        await accepted(world, NAMED)  # silent
        await overdue_done(world)
        await world.store.rollup()
        counted = {one.network: (one.owed, one.silent) for one in await networks(world)}
        assert counted == {TABLE: (1, 0), NAMED: (2, 1), RECEIPT: (2, 0)}

    engine.run(body)
