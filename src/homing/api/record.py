"""What search and reports say of one part: the facts of its story, as both spell them.

A part counts as closed when the word that decides its state came. One that nobody has said anything
of is `buffered`: on its way.
"""

from msgspec import Struct

from homing.api.gateway import Gateway
from homing.core.encoding.decode import decode
from homing.core.model.ids import read_id
from homing.core.model.lifecycle import FINAL, STATUS, State
from homing.core.model.message import Message
from homing.core.receipts.classify import err_code_of_refusal
from homing.core.receipts.history import Role
from homing.core.receipts.meanings import MEANINGS
from homing.core.smpp.errors import SmppError
from homing.core.smpp.short import read_submit_body
from homing.simulator.submission import user_data
from homing.store.pages import MessageStory, PartStory

ON_ITS_WAY = STATUS[State.ENROUTE]


class Record(Struct):
    """One part of a message."""

    part_id: int
    message: Message
    text: str  # empty once it is gone
    status: str
    state: State
    network: str  # MCC-MNC: the newest receipt's before the message's
    closed_at_ms: int | None  # None: it has no final word
    err_code: str

    @property
    def meaning(self) -> str:
        return MEANINGS.get(self.err_code, "")


async def find_story(gateway: Gateway, id_text: str, account_id: int) -> MessageStory | None:
    """By the id of the message or of any of its parts, or its uuid."""
    story = await gateway.message(id_text, account_id)
    assert story is None or isinstance(story, MessageStory)
    return story


async def find_records(gateway: Gateway, id_text: str, account_id: int) -> list[Record]:
    """The part with this id; all parts when it is the message's own id, or its uuid."""
    story = await find_story(gateway, id_text, account_id)
    if story is None:
        return []
    wanted = read_id(id_text)
    found = records(story)
    return [one for one in found if one.part_id == wanted] or found


def records(story: MessageStory) -> list[Record]:
    """One a part, in order."""
    return [_record(story, part) for part in story.parts]


def _record(story: MessageStory, part: PartStory) -> Record:
    closed_at_ms, err_code = _closed(part) if part.state in FINAL else (None, "0")
    return Record(
        part.id,
        story.message,
        "" if story.texts_gone else _text(part),
        STATUS[part.state] or ON_ITS_WAY,
        part.state,
        network_of_part(story, part),
        closed_at_ms,
        err_code,
    )


def network_of_part(story: MessageStory, part: PartStory) -> str:
    """MCC-MNC: the newest receipt's that names one, else the message's."""
    named = [one.network for one in part.receipts if one.network]
    return named[-1] if named else story.message.network


def _closed(part: PartStory) -> tuple[int | None, str]:
    for receipt in part.receipts:
        if receipt.role == Role.DECIDES:
            return receipt.received_at_ms, receipt.err_code
    answer = part.answer
    if answer is None:
        return None, "0"
    return answer.answered_at_ms, err_code_of_refusal(answer.command_status)


def _text(part: PartStory) -> str:
    """As a handset shows it; octets of a binary one as hex."""
    try:
        pdu = read_submit_body(part.body)
        octets, _ = user_data(pdu)
    except SmppError:
        return ""
    return decode(octets, pdu.data_coding)
