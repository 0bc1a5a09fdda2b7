"""Changes that nobody can be refused for are written until they last."""

import asyncio

from homing.runtime import insist
from homing.runtime.insist import Insist
from homing.store.contract import Busy, Mark, StoreError


class Store:
    """Answers each write with the next of these errors."""

    def __init__(self, *errors: StoreError | None) -> None:
        self._errors = list(errors)

    def write(self, change, when_durable):
        change.error = self._errors.pop(0)
        when_durable(change)


def test_busy_is_tried_again_and_meanwhile_it_is_said_that_something_waits(monkeypatch):
    monkeypatch.setattr(insist, "AGAIN_S", 0)

    async def main() -> None:
        one = Insist(Store(Busy("full"), Busy("full"), None))
        done = asyncio.get_running_loop().create_future()
        one.write(Mark(name="x", value=1), done.set_result)
        assert one.waiting == 1
        assert (await done).error is None
        assert one.waiting == 0

    asyncio.run(main())


def test_any_other_error_is_told_at_once():
    told = []
    one = Insist(Store(StoreError("a fault of this change")))
    one.write(Mark(name="x", value=1), told.append)
    assert [str(change.error) for change in told] == ["a fault of this change"]
    assert one.waiting == 0
