"""A message is taken whole or refused whole; money is taken once and given back."""

import msgspec
import pytest

from homing.core.model.message import MESSAGES_V1, Extras
from homing.core.model.money import PART_PRICE
from homing.core.numbering.network import network_of
from homing.core.smpp.short import SubmitSm, read_submit_body
from homing.core.smpp.status import ESME_RINVDSTADR
from homing.core.submit.request import SmsRequest
from homing.core.submit.status import Status
from homing.runtime.submission import SubmitAnswer
from support.house import RECIPIENT, House


def ask(house: House, text: str = "hi", to: str = RECIPIENT, **more: object) -> list[SubmitAnswer]:
    """The answers, which may come later."""
    answers: list[SubmitAnswer] = []
    request = SmsRequest("Homing", to, text=text, **more)  # type: ignore[arg-type]
    house.gateway.submission.submit(house._account, request, answers.append)
    return answers


def refusal(answers: list[SubmitAnswer]) -> Status:
    assert len(answers) == 1
    assert answers[0].refusal is not None
    return Status(answers[0].refusal.status)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[int, bytes]]:
    """The TLVs of each `submit_sm` that a carrier read, in order."""
    found: list[dict[int, bytes]] = []

    def read(body: bytes) -> SubmitSm:
        submit = read_submit_body(body)
        found.append(submit.tlvs)
        return msgspec.structs.replace(submit, short_message=b"text")

    monkeypatch.setattr("support.house.read_submit_body", read)
    return found


@pytest.fixture
def house(tmp_path) -> House:
    return House(tmp_path, carriers={"north": {}}, routes={"44": ["north"]}, store_queue=5)


def test_what_is_refused_is_not_stored_not_charged_and_answered_at_once(house: House) -> None:
    async def life() -> None:
        house._account.balance = 3 * PART_PRICE - 1
        assert refusal(ask(house, "x" * 400)) is Status.QUOTA
        assert refusal(ask(house, to="497700900123")) is Status.UNROUTABLE
        assert refusal(ask(house, callback="http://u:p@x/")) is not None
        house.gateway.submission.open = False
        assert refusal(ask(house)) is Status.PLATFORM
        await house.pass_s(2)
        assert house._account.balance == 3 * PART_PRICE - 1
        assert house.count("message") == 0

    house.live(life)


def test_a_balance_is_taken_in_memory_so_that_two_at_once_cannot_both_spend_it(
    house: House,
) -> None:
    async def life() -> None:
        house._account.balance = PART_PRICE
        first, second = ask(house), ask(house)
        assert refusal(second) is Status.QUOTA
        await house.until(lambda: first)
        assert first[0].refusal is None
        assert first[0].balance_before == PART_PRICE
        assert house._account.balance == 0

    house.live(life)


def test_what_was_taken_is_given_back_when_the_commit_fails(house: House) -> None:
    async def life() -> None:
        house._account.balance = 10 * PART_PRICE
        house.store_is_full = True
        answers = ask(house, "x" * 400)
        assert house._account.balance == 7 * PART_PRICE
        await house.until(lambda: answers)
        assert refusal(answers) is Status.PLATFORM
        assert house._account.balance == 10 * PART_PRICE
        assert house.carrier("north")._reserved == 0
        assert house.gateway.submission.oldest_undurable() is None
        house.store_is_full = False
        await house.pass_s(2)
        assert house.smscs["north"].submits == []

    house.live(life)


def test_more_than_the_store_can_commit_is_refused_as_too_fast(house: House) -> None:
    async def life() -> None:
        answers = [ask(house) for _ in range(8)]
        throttled = [one for one in answers if one]
        assert len(throttled) >= 3
        assert {refusal(one) for one in throttled} == {Status.THROTTLED}
        await house.until(lambda: all(answers))

    house.live(life)


def test_nothing_is_submitted_before_the_message_is_stored(house: House) -> None:
    async def life() -> None:
        await house.up("north")
        seen: list[tuple[int, int]] = []
        commits = len(house.smscs["north"].submits)
        house.on_commit = lambda changes: seen.append(
            (house.count("message"), len(house.smscs["north"].submits) - commits)
        ) or True  # fmt: skip
        answers = [ask(house) for _ in range(3)]
        await house.until(lambda: len(house.smscs["north"].submits) == 3)
        assert seen[0] == (0, 0)
        assert all(answers)

    house.live(life)


def test_parts_take_the_ids_after_their_message_in_order(house: House) -> None:
    async def life() -> None:
        answers = ask(house, "x" * 400)
        await house.until(lambda: answers)
        message = answers[0].message
        assert message is not None
        ids = [part.id for part in answers[0].parts]
        assert ids == [message.id + 1, message.id + 2, message.id + 3]
        assert message.expires_at_ms - message.accepted_at_ms == 72 * 3_600_000 + 3 * 10_000

    house.live(life)


def test_too_little_credit_tells_what_is_left_and_what_a_part_would_cost(house: House) -> None:
    async def life() -> None:
        house._account.balance = 1
        (answer,) = ask(house)
        refusal = answer.refusal
        assert refusal is not None
        price = house.gateway.prices.price_of(RECIPIENT, network_of(RECIPIENT))
        assert (refusal.balance, refusal.price) == (1, price)
        assert refusal.network == network_of(RECIPIENT)

    house.live(life)


def test_an_account_with_a_whitelist_reaches_no_other_number(house: House) -> None:
    async def life() -> None:
        options = msgspec.structs.replace(house._account.options, whitelist=("447700900999",))
        house._account.options = options
        assert refusal(ask(house)) is Status.NOT_WHITELISTED
        answers = ask(house, to="447700900999")
        await house.until(lambda: answers)
        assert answers[0].refusal is None
        assert house.count("message") == 1

    house.live(life)


def test_what_is_not_usual_of_a_request_is_kept_with_its_message(house: House) -> None:
    async def life() -> None:
        usual, other = ask(house), ask(house, entity_id="11", api=MESSAGES_V1)
        await house.until(lambda: usual and other)
        assert usual[0].message is not None
        assert usual[0].message.extras is None
        assert other[0].message is not None
        assert other[0].message.extras == Extras(MESSAGES_V1, "11")

    house.live(life)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (None, {}),
        ({}, {0x1400: b"1101", 0x1401: b"1107"}),
        ({"entity_id": 0x1500, "content_id": 0x1501}, {0x1500: b"1101", 0x1501: b"1107"}),
    ],
)
def test_the_ids_of_a_register_go_to_carriers_that_want_them(
    tmp_path, sent, tags: dict[str, int] | None, expected: dict[int, bytes]
) -> None:
    house = House(tmp_path, carriers={"north": {} if tags is None else {"dlt_tlvs": tags}})

    async def life() -> None:
        ask(house, "x" * 200, entity_id="1101", content_id="1107")
        await house.until(lambda: len(sent) == 2)
        assert sent == [expected] * 2

    house.live(life)


def test_after_a_failover_the_ids_are_under_the_other_carriers_tags(tmp_path, sent) -> None:
    other = {"dlt_tlvs": {"entity_id": 0x1500}}
    house = House(
        tmp_path, carriers={"north": {"dlt_tlvs": {}}, "south": other},
        routes={"": ["north", "south"]},
    )  # fmt: skip
    house.smscs["north"].status = ESME_RINVDSTADR

    async def life() -> None:
        await house.up("north", "south")
        ask(house, entity_id="1101")
        await house.until(lambda: len(sent) == 2)
        assert sent == [{0x1400: b"1101"}, {0x1500: b"1101"}]

    house.live(life)
