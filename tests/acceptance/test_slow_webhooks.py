"""A bad webhook delays only its own account: hung, reset, trickling, senseless or endless ones cost
the others nothing, and a dead one costs few probes however much waits for it.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle

import pytest

from support.asking import Caller, add_account, bound, metric
from support.gateways import WHOLE, GatewayProcess
from support.hooks import Hook
from support.ledgers import Submitter
from support.moody_smsc import MoodySmsc
from support.on_thread import LoopThread
from support.waiting import until

MANNERS = ("hang", "reset", "trickle", "garbage", "endless")
ACCOUNTS_EACH = 4 if WHOLE else 2
MESSAGES = 3_000 if WHOLE else 150  # of the healthy account, and of all bad ones together
BACKLOG = 10_000 if WHOLE else 1_000
DEAD_S = 60.0 if WHOLE else 4.0
CALLBACKS = 10_000 if WHOLE else 2_500


def delays_s(healthy: Caller, hook: Hook, others: list[Caller], first: int) -> list[float]:
    """From status 0 to the webhook, of the healthy account, in order; each of its sends is followed
    by one of the others'."""
    answered_s: dict[str, float] = {}
    seen_before = len(hook.taken)
    turn = cycle(others)
    for number in range(first, first + MESSAGES):
        recipient = str(447_700_000_000 + number)
        assert healthy.send("Acme", recipient)["status"] == "0"
        answered_s[recipient] = time.monotonic()
        assert next(turn).send("Other", recipient)["status"] == "0"
    complete = lambda: len(hook.taken) == seen_before + MESSAGES  # noqa: E731
    assert until(complete, 60), "the healthy account is not told all"
    came_s = {one.recipient: one.at_s for one in hook.taken[seen_before:]}
    return sorted(max(0.0, came_s[number] - at_s) for number, at_s in answered_s.items())


def p99_ms(delays: list[float]) -> float:
    return delays[len(delays) * 99 // 100] * 1000


@pytest.mark.timeout(600)
def test_webhooks_that_hang_or_babble_delay_no_other_account(tmp_path):
    with LoopThread() as loop:
        good = loop.start(Hook())
        bad = [loop.start(Hook()) for _ in MANNERS]
        smsc = loop.start(MoodySmsc(words=("DELIVRD",)))
        with GatewayProcess(tmp_path, smsc.port, good.port) as gateway:
            gateway.start()
            assert bound(gateway)
            assert gateway.child is not None
            urls = [f"http://127.0.0.1:{hook.port}/" for hook in bad] * ACCOUNTS_EACH
            names = [f"bad{number}" for number in range(len(urls))]
            with ThreadPoolExecutor(2) as pool:
                others = list(pool.map(partial(add_account, gateway), names, urls))
            healthy = Caller(gateway)
            delays_s(healthy, good, others, 0)  # it learns the endpoints
            without_ms = p99_ms(delays_s(healthy, good, others, MESSAGES))
            before = gateway.child.resident_octets()
            for hook, manner in zip(bad, MANNERS, strict=True):
                hook.manner = manner
                loop.call(hook.drop)
            with_ms = p99_ms(delays_s(healthy, good, others, 2 * MESSAGES))
            grown = gateway.child.resident_octets() - before
            attempts = sum(len(hook.seen) for hook in bad)
            print(f"p99 {without_ms:.1f} ms without, {with_ms:.1f} ms with; {grown} octets more")
            for caller in (healthy, *others):
                caller.close()
            assert with_ms < 4 * without_ms + 20, f"{without_ms:.1f} ms became {with_ms:.1f} ms"
            assert grown < 30_000_000
            # What the kernel's buffers took before the connection was cut; of it, we read a part.
            assert all(hook.octets_sent < 8_000_000 * len(hook.seen) for hook in bad if hook.seen)
            assert attempts > 0
            assert gateway.stop() == 0, "bad webhooks hold up the end"
            assert "Traceback" not in (tmp_path / "homing.err").read_text()


@pytest.mark.timeout(900)
def test_a_dead_endpoint_costs_few_probes_and_gets_all_when_it_is_back(tmp_path):
    with LoopThread() as loop:
        hook = loop.start(Hook("reset"))
        smsc = loop.start(MoodySmsc(words=("DELIVRD",)))
        with GatewayProcess(tmp_path, smsc.port, hook.port) as gateway:
            gateway.start()
            assert bound(gateway)
            assert gateway.child is not None
            submitter = Submitter(gateway.http_port, gateway.api_key, gateway.api_secret)
            asyncio.run(submitter.run(connections=8, stop=asyncio.Event(), most=BACKLOG))
            assert len(submitter.accepted) == BACKLOG
            assert until(lambda: metric(gateway, "receipts_matched") == BACKLOG, 120)
            before = gateway.child.resident_octets()
            until(lambda: False, DEAD_S)
            probes = hook.connections
            in_memory = metric(gateway, "notifications_in_memory")
            assert metric(gateway, "endpoints_down") == 1
            hook.manner = "take"
            ids = lambda: {one.webhook_id for one in hook.taken}  # noqa: E731
            assert until(lambda: len(ids()) == BACKLOG, 120), f"{len(ids())} of {BACKLOG}"
            assert gateway.child.resident_octets() - before < 30_000_000
            print(f"{probes} connections for {BACKLOG} that wait; {in_memory:.0f} in memory")
            assert gateway.stop() == 0
    assert probes <= 20
    assert in_memory <= 1_000
    assert len(hook.taken) == BACKLOG, "something was told twice"
    assert {one.recipient for one in hook.taken} == submitter.accepted.keys()


@pytest.mark.timeout(600)
def test_an_account_that_names_another_dead_url_each_time_costs_bounded_memory(tmp_path):
    with LoopThread() as loop:
        hook = loop.start(Hook("refuse"))
        smsc = loop.start(MoodySmsc(words=("DELIVRD",)))
        with GatewayProcess(tmp_path, smsc.port, hook.port) as gateway:
            gateway.start()
            assert bound(gateway)
            caller = Caller(gateway)
            for number in range(CALLBACKS):
                url = f"http://127.0.0.1:{hook.port}/{number}"
                answer = caller.send("Other", str(447_700_000_000 + number), callback=url)
                assert answer["status"] == "0"
            caller.close()
            recipients = lambda seen: len({one.recipient for one in seen})  # noqa: E731
            assert until(lambda: recipients(hook.seen) == CALLBACKS, 60), "each has its first turn"
            in_memory = metric(gateway, "endpoints")
            hook.manner = "take"
            assert until(lambda: recipients(hook.taken) == CALLBACKS, 300)
            assert len(hook.taken) == CALLBACKS, "something was told twice"
            assert until(lambda: metric(gateway, "endpoints") == 0, 200)
            print(f"{in_memory:.0f} endpoints in memory of {CALLBACKS}")
            assert gateway.stop() == 0
    assert in_memory <= 2_000
