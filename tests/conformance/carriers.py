"""Stacks that are not ours as carriers: how each is started and told to misbehave."""

from collections.abc import Callable
from dataclasses import dataclass

from conformance.matrix import Peer
from conformance.programs import Program, python_peer
from conformance.versions import need_python_package, npm_version, python_version
from processes import free_port
from support.node_peers import NODE, need_node_package


@dataclass(frozen=True)
class CarrierStack:
    """need: skips or fails a test where it is not here. open: starts it on a port of its own.
    settings: more lines of the carrier in homing.toml."""

    peer: Peer
    need: Callable[[], None]
    open: Callable[[], Program]
    settings: str = ""


CARRIERS = [
    CarrierStack(
        Peer(
            "smpp34",
            "link",
            lambda: python_version("smpp34"),
            # It closes the link at once, and what it wrote is often lost on the way to the socket.
            {"unbind": "seldom answers"},
        ),
        lambda: need_python_package("smpp34"),
        lambda: python_peer("smpp34_carrier", str(free_port())),
    ),
    CarrierStack(
        Peer("npm smpp", "link", lambda: npm_version("smpp")),
        lambda: need_node_package("smpp"),
        lambda: Program(["node", "smsc.js"], NODE),
        'system_type = "text"',
    ),
]
