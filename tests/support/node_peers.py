"""Programs of tests/acceptance/node as processes that print JSON lines. Nothing of homing."""

import shutil
from pathlib import Path

from support.needs import need
from support.programs import Event, Program

__all__ = ["NODE", "Event", "NodePeer", "need_node_package"]

NODE = Path(__file__).parents[1] / "acceptance" / "node"


def need_node_package(package: str) -> None:
    """Go on when Node.js and this package of npm are here."""
    need("Node.js", shutil.which("node"))
    need(f"{package} from npm", (NODE / "node_modules" / package).is_dir())


class NodePeer(Program):
    """One program of the folder NODE."""

    def __init__(self, program: str, *arguments: str) -> None:
        super().__init__(["node", program, *arguments], NODE)
