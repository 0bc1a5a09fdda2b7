"""What a test needs beside Python: skipped with a reason on a user's machine, failed in CI."""

import os

import pytest


def need(what: str, found: object) -> None:
    """Go on when `found` is something."""
    if found:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not on this machine, and CI must show everything")
    pytest.skip(f"needs {what}: `make needs` as root installs it, or your package manager")
