"""A TCP connection in memory: octets arrive in order, later, or never.

The gateway's end is an asyncio transport; the carrier's end is told by two calls.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, Protocol

from simulation.virtual import VirtualLoop


class Peer(Protocol):
    def heard(self, octets: bytes) -> None: ...
    def hung_up(self) -> None: ...


class Wire:
    """`cut` ends it at once; what was on its way to the carrier may still get there."""

    def __init__(self, loop: VirtualLoop, chance: Random, protocol: asyncio.Protocol) -> None:
        self.loop, self.chance, self.protocol = loop, chance, protocol
        self.peer: Peer
        self.transport = GatewayEnd(self)
        self.is_open = True
        self._to_carrier: deque[bytes] = deque()
        self._next_s = [0.0, 0.0]

    def _after_latency(self, direction: int, call: Callable[..., None], *args: Any) -> None:
        at_s = max(
            self._next_s[direction] + 1e-6, self.loop.now_s + self.chance.uniform(0.0005, 0.03)
        )
        self._next_s[direction] = at_s
        self.loop.call_at(at_s, call, *args)

    # --- towards the carrier

    def send_to_carrier(self, octets: bytes) -> None:
        self._to_carrier.append(octets)
        self._after_latency(0, self._reach_carrier)

    def _reach_carrier(self) -> None:
        if self._to_carrier and self.is_open:
            self.peer.heard(self._to_carrier.popleft())

    def close_from_gateway(self) -> None:
        """What was written before still arrives."""
        self._after_latency(0, self._end)
        self.loop.call_soon(self._gateway_lost, None)

    # --- towards the gateway

    def send_to_gateway(self, octets: bytes, arrived: Callable[[], None] | None = None) -> None:
        self._after_latency(1, self._reach_gateway, octets, arrived)

    def _reach_gateway(self, octets: bytes, arrived: Callable[[], None] | None) -> None:
        if self.is_open and not self.transport.is_lost:
            if arrived is not None:
                arrived()
            self.protocol.data_received(octets)

    def cut(self, *, arrives: bool) -> None:
        """The network is gone. `arrives`: what was on its way to the carrier gets there first."""
        if not self.is_open:
            return
        if arrives:
            while self._to_carrier and self.is_open:
                self.peer.heard(self._to_carrier.popleft())
        self._end()
        if not self.loop.is_closed():
            self.loop.call_soon(self._gateway_lost, ConnectionResetError("cut"))

    def _end(self) -> None:
        if self.is_open:
            self.is_open = False
            self._to_carrier.clear()
            self.peer.hung_up()

    def _gateway_lost(self, fault: Exception | None) -> None:
        if not self.transport.is_lost:
            self.transport.is_lost = self.transport.is_closed = True
            self.protocol.connection_lost(fault)


class GatewayEnd(asyncio.Transport):
    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.wire = wire
        self.is_closed = self.is_lost = False

    def write(self, data: Any) -> None:
        if not self.is_closed:
            self.wire.send_to_carrier(bytes(data))

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.wire.close_from_gateway()

    def abort(self) -> None:
        if not self.is_lost:
            self.is_closed = True
            self.wire.cut(arrives=False)

    def is_closing(self) -> bool:
        return self.is_closed

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass
