"""Peers as programs: orders go in and events come out as JSON lines. Imports nothing of homing.

An application is told its port and `{"to": ..., "texts": [...]}`, the pieces of one text, each at
most one part long; it asks for receipts, and sends again what was throttled. `{"leave": true}`
makes it unbind. It says `bound`, `answered` (to, status), `told` (to, word) and `left`.

A carrier says `listening` (port), `submitted` (destination, udh, text, id) and `throttled`; the
line `throttle N` makes it refuse the next N submits, `unbind` makes it take leave of every bind and
say `let go`.
"""

import sys
from pathlib import Path

from support.programs import Event, Program

__all__ = ["PEERS", "Event", "Program", "python_peer"]

PEERS = Path(__file__).parent / "peers"


def python_peer(name: str, *arguments: str) -> Program:
    """A program of the folder `peers`."""
    return Program([sys.executable, "-W", "ignore", f"{name}.py", *arguments], PEERS)
