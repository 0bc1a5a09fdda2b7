"""Which version of a peer is on this machine, read from the peer; empty when it is not here."""

import json
from importlib import metadata

from support.needs import need
from support.node_peers import NODE


def python_version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def npm_version(package: str) -> str:
    description = NODE / "node_modules" / package / "package.json"
    if not description.exists():
        return ""
    version: str = json.loads(description.read_text(encoding="utf-8"))["version"]
    return version


def need_python_package(package: str) -> None:
    """Go on when it is installed."""
    need(f"{package} from PyPI", python_version(package))
