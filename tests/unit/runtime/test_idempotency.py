"""A submit under an Idempotency-Key happens once, whatever comes between the tries."""

import pytest

from homing.core.model.times import DAY_MS
from homing.core.smpp.pdu import write_tlvs
from homing.core.submit.request import SmsRequest
from homing.core.submit.status import Status
from homing.runtime import idempotency
from homing.runtime.submission import SubmitAnswer
from support.house import RECIPIENT, House


def ask(house: House, key: str = "k", text: str = "hi", **more: object) -> list[SubmitAnswer]:
    """The answers, which may come later."""
    answers: list[SubmitAnswer] = []
    request = SmsRequest("Homing", RECIPIENT, text=text, **more)  # type: ignore[arg-type]
    house.gateway.submission.submit_once(house._account, request, key, answers.append)
    return answers


async def answered(house: House, *asked: list[SubmitAnswer]) -> list[SubmitAnswer]:
    await house.until(lambda: all(asked))
    return [one for (one,) in asked]


def facts(answer: SubmitAnswer) -> object:
    """All that an answer is written from."""
    assert answer.refusal is None
    assert answer.message is not None
    ids = [part.id for part in answer.parts]
    message = answer.message
    told = (message.uuid, message.price, message.network, message.recipient)
    return told, ids, answer.balance_before, tuple(answer.notices)


@pytest.fixture
def house(tmp_path) -> House:
    house = House(tmp_path, carriers={"north": {}}, routes={"44": ["north"]})
    house.smscs["north"].is_down = True  # what is accepted stays in the queue
    return house


def test_a_retry_gets_the_first_answer_and_costs_nothing(house: House) -> None:
    async def life() -> None:
        house._account.balance = 10**9
        (first,) = await answered(house, ask(house, text="x" * 400))
        left = house._account.balance
        (again,) = await answered(house, ask(house, text="x" * 400))
        assert facts(again) == facts(first)
        assert first.balance_before == 10**9
        assert house._account.balance == left
        assert house.count("message") == 1

    house.live(life)


def test_one_that_comes_while_the_first_is_being_made_waits_for_it(house: House) -> None:
    async def life() -> None:
        made = await answered(house, *(ask(house) for _ in range(5)))
        assert len({str(facts(one)) for one in made}) == 1
        assert house.count("message") == 1
        assert house.gateway.submission._once._making == {}

    house.live(life)


def test_a_retry_after_a_crash_gets_the_first_answer(house: House) -> None:
    told: list[object] = []

    async def first_life() -> None:
        (first,) = await answered(house, ask(house))
        told.append(facts(first))

    async def second_life() -> None:
        (again,) = await answered(house, ask(house))
        assert facts(again) == told[0]
        assert house.count("message") == 1

    house.live(first_life)
    house.live(second_life)


@pytest.mark.parametrize("change", [{"text": "other"}, {"client_ref": "r"}, {"api": "messages_v1"}])
@pytest.mark.parametrize("at_once", [True, False])
def test_another_request_under_the_same_key_is_refused(
    house: House, change: dict[str, str], at_once: bool
) -> None:
    async def life() -> None:
        first = ask(house)
        if not at_once:
            await answered(house, first)
        second = ask(house, **change)
        _, refused = await answered(house, first, second)
        assert refused.refusal is not None
        assert refused.refusal.status == Status.INVALID
        assert "Idempotency-Key" in refused.refusal.text
        assert house.count("message") == 1

    house.live(life)


def test_keys_of_two_accounts_do_not_meet(house: House) -> None:
    async def life() -> None:
        first = await answered(house, ask(house))
        house._account, _ = await house.gateway.accounts.add("other", rate_per_s=None)
        second = await answered(house, ask(house))
        assert facts(first[0]) != facts(second[0])
        assert house.count("message") == 2

    house.live(life)


def test_a_refusal_leaves_the_key_free(house: House) -> None:
    async def life() -> None:
        house._account.balance = 0
        (refused,) = await answered(house, ask(house))
        assert refused.refusal is not None
        house._account.balance = 10**9
        (taken,) = await answered(house, ask(house))
        assert taken.refusal is None

    house.live(life)


def test_a_commit_that_failed_leaves_the_key_free(house: House) -> None:
    async def life() -> None:
        house.store_is_full = True
        made = await answered(house, ask(house), ask(house))
        assert [one.refusal.status for one in made if one.refusal] == [Status.PLATFORM] * 2
        house.store_is_full = False
        (taken,) = await answered(house, ask(house))
        assert taken.refusal is None
        assert house.count("message") == 1

    house.live(life)


def test_nothing_is_sent_on_a_guess_when_the_store_cannot_be_read(house: House) -> None:
    async def life() -> None:
        house.reads_fail = True
        (refused,) = await answered(house, ask(house))
        assert refused.refusal is not None
        assert refused.refusal.status == Status.PLATFORM
        house.reads_fail = False
        assert house.count("message") == 0

    house.live(life)


def test_a_retry_after_the_message_was_redacted_gets_the_first_answer(house: House) -> None:
    north = house.smscs["north"]

    async def life() -> None:
        north.is_down, north.status = False, None
        await house.up("north")
        (first,) = await answered(house, ask(house))
        told = facts(first)
        await house.until(lambda: north.submits)
        north.answer(north.submits[0], id="north1", tlvs=write_tlvs({0x1403: b"310260"}))
        await house.until(lambda: house.count("answer"))
        north.deliver("north1")
        await house.until(lambda: house.webhook.taken)
        assert first.message is not None
        assert await house.gateway.redactions.redact(first.message.uuid, house._account.id)
        assert house.query("select recipient, network from message") == [("", "310260")]
        (again,) = await answered(house, ask(house))
        assert facts(again) == told

    house.live(life)


def test_after_its_time_the_key_is_a_new_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert idempotency.IDEMPOTENCY_MS == DAY_MS
    monkeypatch.setattr(idempotency, "IDEMPOTENCY_MS", 5_000)

    async def life() -> None:
        (first,) = await answered(house, ask(house))
        await house.pass_s(6)
        (second,) = await answered(house, ask(house, text="other"))
        assert facts(second) != facts(first)

    house.live(life)


def test_while_stopping_nothing_is_looked_up(house: House) -> None:
    async def life() -> None:
        house.gateway.submission.open = False
        (refused,) = ask(house)
        assert refused.refusal is not None
        assert refused.refusal.status == Status.PLATFORM

    house.live(life)
