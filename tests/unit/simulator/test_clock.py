"""The simulated carrier's heap of things to do later."""

import asyncio

from homing.simulator.clock import Timers


def test_what_is_due_runs_in_order_of_time_and_then_of_arrival():
    timers, ran = Timers(lambda: None), []
    for due_s, name in ((2.0, "c"), (1.0, "a"), (1.0, "b"), (3.0, "d")):
        timers.at(due_s, ran.append, name)
    assert timers.run_due(0.9) == 0
    assert timers.run_due(2.0) == 3
    assert ran == ["a", "b", "c"]
    assert len(timers) == 1


def test_the_loop_wakes_for_the_earliest_and_tells_once_for_all_that_fell_due():
    async def scenario():
        loop, done, told, ran = asyncio.get_running_loop(), asyncio.Event(), [], []
        timers = Timers(lambda: told.append(len(ran)))
        timers.at(loop.time() + 60, ran.append, "never")
        timers.start(loop)
        timers.at(loop.time(), ran.append, "now")
        timers.at(loop.time(), lambda _: ran.append("last") or done.set(), None)
        async with asyncio.timeout(5):
            await done.wait()
        await asyncio.sleep(0)
        timers.stop()
        return ran, told

    ran, told = asyncio.run(scenario())
    assert ran == ["now", "last"]
    assert told[-1] == 2


def test_an_action_may_ask_for_another_one():
    async def scenario():
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        timers = Timers(lambda: None)
        timers.start(loop)
        again = lambda _: timers.at(loop.time(), lambda _: done.set(), None)  # noqa: E731
        timers.at(loop.time(), again, None)
        async with asyncio.timeout(5):
            await done.wait()
        timers.stop()

    asyncio.run(scenario())
