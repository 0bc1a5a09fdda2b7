"""Refused submits are kept for search: who was refused what and why, and nothing of the text."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from homing.core.model.times import DAY_MS
from homing.core.submit.refusal import Refusal
from homing.core.submit.request import SmsRequest
from homing.core.submit.status import Status
from homing.runtime.records import Records
from homing.runtime.rejections import Rejections
from homing.store.contract import Reject
from homing.store.pages import Rejection
from support.house import EPOCH_MS, RECIPIENT, House

DAY_START_MS = EPOCH_MS // DAY_MS * DAY_MS
BARRED = Refusal(Status.QUOTA, "Quota Exceeded - rejected")


async def kept(house: House, account_id: int | None = None) -> list[Rejection]:
    asked = house._account.id if account_id is None else account_id
    await house.pass_s(1)
    records = Records(house.gateway.store)
    found = await records.rejected(asked, DAY_START_MS, RECIPIENT)
    assert found is not None
    return found


def test_a_refused_submit_is_found_also_after_a_kill(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}}, routes={"1": ["north"]})

    async def life() -> None:
        request = SmsRequest("Homing", RECIPIENT, text="a secret")
        house.gateway.submission.submit(house._account, request, lambda answer: None)
        (one,) = await kept(house)
        assert one.status == Status.UNROUTABLE
        assert one.error_text.startswith("Unroutable message - rejected")

    async def after() -> None:
        (one,) = await kept(house)
        assert (one.sender, one.recipient) == ("Homing", RECIPIENT)
        assert await kept(house, house._account.id + 1) == []
        texts = house.query("select * from rejection")
        assert "secret" not in str(texts)

    house.live(life)
    house.live(after)


def test_a_submit_that_could_not_be_read_is_counted_and_found_too(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        refusal = Refusal(Status.SENDER, "Illegal Sender Address - rejected")
        house.gateway.submission.reject(house._account, refusal, "no\ud800" * 99, f"+{RECIPIENT}")
        (one,) = await kept(house)
        assert (one.sender, one.status) == (("no?" * 6)[:16], Status.SENDER)
        assert house.gateway.telemetry.count("messages_refused", str(Status.SENDER)) == 1

    house.live(life)


def test_another_request_under_an_idempotency_key_is_found(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        answers: list[object] = []
        for text in ("one", "other"):
            request = SmsRequest("Homing", RECIPIENT, text=text)
            house.gateway.submission.submit_once(house._account, request, "k", answers.append)
        await house.until(lambda: len(answers) == 2)
        (one,) = await kept(house)
        assert (one.status, "Idempotency-Key" in one.error_text) == (Status.INVALID, True)

    house.live(life)


@dataclass
class Desk:
    """Rejections over a store that only notes."""

    now_ms: int = EPOCH_MS

    def __post_init__(self) -> None:
        self.written: list[Reject] = []
        self.rejections = Rejections(self, self, self, most=3)  # type: ignore[arg-type]

    def wall_ms(self) -> int:
        return self.now_ms

    def take(self, count: int, now_ms: int) -> int:
        return 1

    def write(self, change: Reject) -> None:
        self.written.append(change)


@pytest.mark.parametrize("status", [Status.THROTTLED, Status.PLATFORM])
def test_what_says_come_again_is_not_kept(status: Status) -> None:
    desk = Desk()
    desk.rejections.keep(1, Refusal(status, "later"), "Homing", RECIPIENT)
    assert desk.written == []


@pytest.mark.parametrize("recipient", ["", "my mother", "447", "4" * 99])
def test_what_no_search_by_number_can_find_is_not_kept(recipient: str) -> None:
    desk = Desk()
    desk.rejections.keep(1, BARRED, "Homing", recipient)
    assert desk.written == []


def test_an_account_that_is_refused_all_day_is_kept_up_to_a_bound_and_anew_the_next_day() -> None:
    desk = Desk()
    for _ in range(9):
        desk.rejections.keep(1, BARRED, "Homing", RECIPIENT)
    desk.rejections.keep(2, BARRED, "Homing", RECIPIENT)
    assert [one.account_id for one in desk.written] == [1, 1, 1, 2]
    desk.now_ms += DAY_MS
    desk.rejections.keep(1, BARRED, "Homing", RECIPIENT)
    assert len(desk.written) == 5
