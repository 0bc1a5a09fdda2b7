"""All carriers and the routes over them; parts move here from one carrier to another."""

import asyncio
from collections.abc import Callable
from functools import partial
from random import random

from homing.core.model import limits
from homing.core.model.message import Part
from homing.core.model.receipt import Receipt
from homing.core.routing.rules import RouteTable, choose
from homing.runtime.carrier import Carrier
from homing.runtime.insist import Insist
from homing.runtime.settings import CarrierSettings
from homing.runtime.telemetry import Telemetry
from homing.store.contract import Move, ParkParts, Store

FAILOVER_AFTER_S = 2.0  # a carrier down for so long gives its queue to the next one


class Fleet:
    def __init__(
        self, *, store: Store, insist: Insist, telemetry: Telemetry,
        make: Callable[[str, CarrierSettings], Carrier],
    ) -> None:  # fmt: skip
        self._store, self._insist, self._telemetry, self._make = store, insist, telemetry, make
        self.carriers: dict[str, Carrier] = {}
        self.routes = RouteTable(())
        self.orphans: set[str] = set()  # backlogs in the store whose carrier is no more
        self._moving: dict[int, Part] = {}  # their Move is on its way to the store
        self._retiring: dict[Carrier, asyncio.Task[None]] = {}
        self._answering: set[int] = set()  # backlogged parts whose Answer is not yet durable
        self._emptying: set[str] = set()  # a piece of this backlog is being moved
        self._emptied_to: dict[str, int] = {}  # up to this id a backlog was looked through
        self._stuck: set[str] = set()  # what is left of their backlog leads nowhere else for now
        self._up: set[str] = set()
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
        self._look_through_again()
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
        carrier.answering, carrier.elsewhere = self._answering, self._taken_care_of
        carrier.behind = True  # it may have a backlog of earlier days; an empty one costs one read
        self.orphans.discard(name)
        carrier.start()
        return carrier

    def _retire(self, carrier: Carrier, wanted: CarrierSettings | None, grace_s: float) -> None:
        """Stop a carrier in the background. Until it is gone its parts count as in memory."""
        waiting = carrier.take_all()
        task = asyncio.get_running_loop().create_task(carrier.stop(grace_s))
        self._retiring[carrier] = task
        task.add_done_callback(lambda _: self._retired(carrier))
        if wanted is not None:
            self._add(carrier.name, wanted).take_back(waiting)
        else:
            self.orphans.add(carrier.name)
            self.move(carrier.name, waiting)

    def _retired(self, carrier: Carrier) -> None:
        left = carrier.take_all()
        del self._retiring[carrier]
        fresh = self.carriers.get(carrier.name)
        if fresh is not None:
            fresh.take_back(left)
        else:
            self.move(carrier.name, left)

    async def stop(self, grace_s: float) -> None:
        stops = [carrier.stop(grace_s) for carrier in self.carriers.values()]
        await asyncio.gather(*stops, *self._retiring.values())

    def parts_in_memory(self) -> list[Part]:
        """Every part without an answer that memory is responsible for, wherever it is."""
        parts = list(self._moving.values())
        for carrier in (*self.carriers.values(), *self._retiring):
            parts += carrier.parts_in_memory()
        return parts

    def _taken_care_of(self) -> set[int]:
        """What somebody has, though the backlog may still have a row of it."""
        return {part.id for part in self.parts_in_memory()} | self._answering

    # --- ids that are not known

    def is_in_flight(self, carrier: str, receipt: Receipt, before_ms: int) -> bool:
        found = self.carriers.get(carrier)
        return found is not None and found.is_in_flight(receipt, before_ms)

    def has_lost_answer(self, carrier: str, receipt: Receipt) -> bool:
        found = self.carriers.get(carrier)
        return found is not None and found.has_lost_answer(receipt)

    def part_in_memory(self, part_id: int) -> Part | None:
        """A part that has no answer yet, as its carrier has it."""
        return next((part for part in self.parts_in_memory() if part.id == part_id), None)

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
        kept = self.carriers.get(from_name)
        for name, group in self._by_carrier(from_name, parts).items():
            if name != from_name:
                self._move_to(self.carriers[name], group)
            elif kept is not None:
                kept.take_back(group)
            else:
                self._leave_to_store(from_name, group)

    def _by_carrier(self, from_name: str, parts: list[Part]) -> dict[str, list[Part]]:
        """Whom the routes name for each of these now; `from_name` where they name nobody."""
        groups: dict[str, list[Part]] = {}
        for part in parts:
            carrier = self.choose(part.message.recipient, part.tried, random())
            groups.setdefault(carrier.name if carrier is not None else from_name, []).append(part)
        return groups

    def _move_to(self, carrier: Carrier, parts: list[Part]) -> None:
        """Durable first: a part is in no queue while its Move is on its way, and still counted."""
        self._telemetry.add("parts_moved", parts[0].carrier, count=len(parts))
        for part in parts:
            part.carrier = carrier.name
            self._moving[part.id] = part
        carrier.reserve(len(parts))

        def durable(change: Move) -> None:
            carrier.release(len(parts))
            if self.carriers.get(carrier.name) is carrier and carrier.has_room(len(parts)):
                for part in parts:
                    self._moving.pop(part.id, None)
                carrier.enqueue(parts)
            else:
                self._leave_to_store(carrier.name, parts)

        self._insist.write(Move(parts=parts, carrier=carrier.name), durable)

    def _leave_to_store(self, name: str, parts: list[Part]) -> None:
        """No room, or no carrier: they wait in its backlog until there is."""
        for part in parts:
            part.backlogged = True
            self._moving[part.id] = part

        def durable(change: ParkParts) -> None:
            for part in parts:
                self._moving.pop(part.id, None)
            self._look_through_again()
            carrier = self.carriers.get(name)
            if carrier is None:
                self.orphans.add(name)
            else:
                carrier.look_again()

        self._insist.write(ParkParts(parts=parts), durable)

    def beat(self, now_s: float) -> None:
        """Once a second: what waits for carriers that stay down moves to those that are up."""
        up = {name for name, carrier in self.carriers.items() if carrier.is_up}
        if up - self._up:
            self._look_through_again()
        self._up = up
        for name in list(self.orphans):
            self._empty_backlog(name)
        for name, carrier in self.carriers.items():
            if carrier.is_up:
                self._down_since_s.pop(name, None)
                continue
            since_s = self._down_since_s.setdefault(name, now_s)
            if now_s - since_s < FAILOVER_AFTER_S:
                continue
            if not self._move_movable(carrier) and carrier.behind:
                self._empty_backlog(name)

    def _look_through_again(self) -> None:
        """The routes, who is up, or what is in a backlog changed."""
        self._stuck.clear()
        self._emptied_to.clear()

    def _move_movable(self, carrier: Carrier) -> bool:
        """Those of its queue that another carrier, which is up, can take; False: there are none."""
        movable: list[Part] = []
        others: list[Part] = []
        for part in carrier.take_all():
            has_other = self._has_other(part, carrier.name, must_be_up=True)
            (movable if has_other else others).append(part)
        carrier.take_back(others)
        if movable:
            self.move(carrier.name, movable)
        return bool(movable)

    def _empty_backlog(self, name: str) -> None:
        """Move a piece of a backlog, in the store alone; one piece at a time."""
        if name in self._emptying or name in self._stuck:
            return
        self._emptying.add(name)
        after_id = self._emptied_to.get(name, 0)
        self._store.waiting_parts(
            name, after_id, limits.LOOKUP_BATCH_MAX, partial(self._move_backlog, name, after_id)
        )

    def _move_backlog(self, name: str, after_id: int, parts: list[Part] | None) -> None:
        self._emptying.discard(name)
        carrier = self.carriers.get(name)
        if parts is None or (carrier is not None and carrier.is_up):
            return
        if not parts:
            if after_id:
                self._stuck.add(name)  # looked through to its end
            else:
                self.orphans.discard(name)
            return
        taken = self._taken_care_of()
        must_be_up = carrier is not None
        movable = [
            part
            for part in parts
            if part.id not in taken and self._has_other(part, name, must_be_up=must_be_up)
        ]
        self._emptied_to[name] = parts[-1].id
        for target, group in self._by_carrier(name, movable).items():
            self._emptying.add(name)
            # Not insisted on: once this carrier is up again, a late Move would take from it what
            # it has sent. Who reads the backlog after this change sees it.
            self._store.write(
                Move(parts=group, carrier=target), partial(self._backlog_moved, name, target)
            )

    def _backlog_moved(self, name: str, target: str, change: Move) -> None:
        self._emptying.discard(name)
        if change.error is not None:
            self._emptied_to.pop(name, None)  # from the beginning, with the next beat
            return
        self._telemetry.add("parts_moved", name, count=len(change.parts))
        carrier = self.carriers.get(target)
        if carrier is not None:
            carrier.look_again()
        else:
            self.orphans.add(target)  # it was removed meanwhile

    def _has_other(self, part: Part, name: str, *, must_be_up: bool) -> bool:
        """Whether the routes lead this part to another carrier than this one."""
        other = self.choose(part.message.recipient, part.tried, random())
        return other is not None and other.name != name and (other.is_up or not must_be_up)
