"""A fuzzer that reads our own OpenAPI documents finds no 5xx, and no answer that they do not tell.

schemathesis as a command, beside a running gateway: about half a minute for each listener;
HOMING_WHOLE=1 for long.
"""

import asyncio
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from homing.core.model.account import Number
from homing.runtime.offline import offline
from homing.runtime.settings import read_settings
from support.gateways import WHOLE, GatewayProcess
from support.needs import need
from support.on_thread import LoopThread
from support.smsc_thread import SmscThread
from support.tcp_to_unix import TcpToUnix

EXAMPLES = 500 if WHOLE else 10
MOST_S = 600 if WHOLE else 25
FEWEST_CASES = 500  # fewer would be a run that tested nothing
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)
DOCUMENT = "/homing/v1/openapi.json"


@pytest.fixture
def gateway(tmp_path) -> Iterator[GatewayProcess]:
    with SmscThread() as smsc, GatewayProcess(tmp_path, smsc.port, 9) as found:
        asyncio.run(prepare(found))
        found.start()
        yield found
        child = found.child
        assert child is not None
        assert found.stop() == 0
        errors = child.errors.read_text()
        assert "Traceback" not in errors
        assert "call failed" not in errors, errors


async def prepare(gateway: GatewayProcess) -> None:
    """So that more than refusals is answered."""
    async with offline(read_settings(gateway.config)) as accounts:
        await accounts.set(
            gateway.api_key,
            balance=10**12,
            top_up=10**8,
            numbers=(Number("447700900001", "GB"),),
        )


def fuzz(gateway: GatewayProcess, port: int, *more: str) -> None:
    need("the Python package schemathesis", importlib.util.find_spec("schemathesis"))
    # The values that lead beyond "there is no such thing".
    gateway.folder.joinpath("schemathesis.toml").write_text(
        f'[parameters]\n"path.api_key" = "{gateway.api_key}"\n"path.name" = "rig"\n'
        '"path.country" = "GB"\nmsisdn = "447700900001"\n'
    )
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-W", "ignore", "-m", "schemathesis.cli", "run", f"{url}{DOCUMENT}",
        "--url", url, "--auth", f"{gateway.api_key}:{gateway.api_secret}", "--checks", CHECKS,
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES),
        "--max-time", str(MOST_S), "--seed", "1", "--generation-database", "none",
        "--request-timeout", "20", "--continue-on-failure", "--no-color", *more,
    ]  # fmt: skip
    made = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=MOST_S + 60,
        check=False,
        cwd=gateway.folder,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
    )
    assert made.returncode == 0, made.stdout[-8_000:] + made.stderr[-2_000:]
    generated = re.search(r"(\d+) generated", made.stdout)
    assert generated is not None, made.stdout[-2_000:]
    assert int(generated[1]) >= FEWEST_CASES


@pytest.mark.timeout(MOST_S + 120)
def test_the_fuzzer_finds_no_fault_on_the_public_listener(gateway: GatewayProcess) -> None:
    fuzz(gateway, gateway.http_port)


@pytest.mark.timeout(MOST_S + 120)
def test_the_fuzzer_finds_no_fault_on_the_operators_socket(gateway: GatewayProcess) -> None:
    socket = read_settings(gateway.config).socket_path
    with LoopThread() as thread:
        port = thread.start(TcpToUnix(socket)).port
        # A backup would be written to whatever path the fuzzer thinks of.
        fuzz(gateway, port, "--exclude-path", "/homing/v1/store/backup")
