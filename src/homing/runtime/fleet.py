"""All carriers and the routes over them; parts move here from one carrier to another."""

import asyncio
from collections.abc import Callable
from functools import partial
from random import random

from homing.core.model import limits
from homing.core.model.message import Part
from homing.core.routing.rules import RouteTable, choose
from homing.runtime.carrier import Carrier
from homing.runtime.insist import Insist
from homing.runtime.settings import CarrierSettings
from homing.runtime.telemetry import Telemetry
from homing.store.contract import Move, Store

FAILOVER_AFTER_S = 2.0  # a carrier down for so long gives its queue to the next one


class Fleet:
    def __init__(
        self, *, store: Store, insist: Insist, telemetry: Telemetry,
        make: Callable[[str, CarrierSettings], Carrier],
    ) -> None:  # fmt: skip
        self._store, self._insist, self._telemetry, self._make = store, insist, telemetry, make
        self.carriers: dict[str, Carrier] = {}
        self.routes = RouteTable(())
        self._down_since_s: dict[str, float] = {}

    def choose(self, recipient: str, tried: tuple[str, ...], pick: float) -> Carrier | None:
        """The carrier for this recipient now; None when no route leads anywhere."""
        name = choose(self.routes, recipient, up=self._is_up, tried=tried, pick=pick)
        return self.carriers.get(name) if name is not None else None

    def _is_up(self, name: str) -> bool:
        carrier = self.carriers.get(name)
        return carrier is not None and carrier.is_up

    # --- settings

    def start(self, carriers: dict[str, CarrierSettings], routes: RouteTable) -> None:
        self.routes = routes
        for name, settings in carriers.items():
            self._add(name, settings)

    def apply(
        self, carriers: dict[str, CarrierSettings], routes: RouteTable, *, grace_s: float
    ) -> dict[str, list[str]]:
        """Take new settings: what did not change keeps its binds. Says what happened to whom.

        Carriers that are gone or must bind anew are stopped in the background; their queued parts
        stay, or move by the new routes.
        """
        report: dict[str, list[str]] = {"added": [], "removed": [], "rebound": [], "changed": []}
        self.routes = routes
        for name, carrier in list(self.carriers.items()):
            wanted = carriers.get(name)
            if wanted == carrier.settings:
                continue
            if wanted is not None and carrier.apply(wanted):
                report["changed"].append(name)
                continue
            report["removed" if wanted is None else "rebound"].append(name)
            del self.carriers[name]
            self._retire(carrier, wanted, grace_s)
        for name, settings in carriers.items():
            if name not in self.carriers and name not in report["rebound"]:
                self._add(name, settings)
                report["added"].append(name)
        return report

    def _add(self, name: str, settings: CarrierSettings) -> Carrier:
        carrier = self.carriers[name] = self._make(name, settings)
        carrier.start()
        return carrier

    def _retire(self, carrier: Carrier, wanted: CarrierSettings | None, grace_s: float) -> None:
        waiting = carrier.take_all()
        if wanted is not None:
            fresh = self._add(carrier.name, wanted)
            fresh.behind = carrier.behind
            fresh.enqueue(waiting)
        else:
            self.move(carrier.name, waiting)
        task = asyncio.get_running_loop().create_task(carrier.stop(grace_s))
        task.add_done_callback(lambda _: self.move(carrier.name, carrier.take_all()))

    async def stop(self, grace_s: float) -> None:
        await asyncio.gather(*(carrier.stop(grace_s) for carrier in self.carriers.values()))

    # --- failover

    def reroute(self, part: Part) -> bool:
        """Give a refused part to a carrier that has not refused it; False when there is none."""
        carrier = self.choose(part.message.recipient, part.tried, random())
        if carrier is None or carrier.name in part.tried:
            return False
        self._move_to(carrier, [part])
        return True

    def move(self, from_name: str, parts: list[Part]) -> None:
        """Give parts that wait for a carrier to whom the routes name now; else keep them there."""
        groups: dict[str, list[Part]] = {}
        for part in parts:
            carrier = self.choose(part.message.recipient, part.tried, random())
            groups.setdefault(carrier.name if carrier is not None else from_name, []).append(part)
        for name, group in groups.items():
            target = self.carriers.get(name)
            if target is None:
                continue  # removed and no route: they stay in the store for when it returns
            if name == from_name:
                target.queue.extend(group)
            else:
                self._move_to(target, group)

    def _move_to(self, carrier: Carrier, parts: list[Part]) -> None:
        old = parts[0].carrier
        self._telemetry.add("parts_moved", old, count=len(parts))
        for part in parts:
            part.carrier = carrier.name
        self._insist.write(
            Move(parts=parts, carrier=carrier.name), lambda change: carrier.enqueue(parts)
        )

    def beat(self, now_s: float) -> None:
        """Once a second: queues of carriers that stay down move to those that are up."""
        for name, carrier in self.carriers.items():
            if carrier.is_up:
                self._down_since_s.pop(name, None)
                continue
            since_s = self._down_since_s.setdefault(name, now_s)
            if now_s - since_s < FAILOVER_AFTER_S:
                continue
            if carrier.waiting() and self._has_other(carrier, carrier.queue):
                self.move(name, carrier.take_all())
            elif carrier.behind and not carrier.waiting():
                self._store.waiting_parts(
                    name, 0, limits.LOOKUP_BATCH_MAX, partial(self._move_backlog, carrier)
                )

    def _move_backlog(self, carrier: Carrier, parts: list[Part]) -> None:
        if carrier.is_up or not self._has_other(carrier, parts):
            return
        for part in parts:
            part.backlogged = True
        self.move(carrier.name, parts)

    def _has_other(self, carrier: Carrier, parts: object) -> bool:
        """Whether any route of the first waiting part leads to a carrier that is up."""
        first = next(iter(parts), None)  # type: ignore[call-overload]
        if first is None:
            return False
        other = self.choose(first.message.recipient, first.tried, random())
        return other is not None and other is not carrier and other.is_up
