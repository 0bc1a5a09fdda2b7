"""Puts the API on its listeners, inside the loop that runs the gateway, and takes it off again.

uvicorn's own server is not used: it takes the process's signals and owns the loop. Its protocol is
(`homing.web.fast`); its settings are made here, once.
"""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path
from typing import Any

from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.config import Config

from homing.api.app import assemble, operator_app, public_app
from homing.api.gateway import Gateway
from homing.api.sms import SmsDoor
from homing.core.routing.throttle import ApiThrottles
from homing.web import bounds
from homing.web.crowd import Crowd
from homing.web.fast import FastProtocol
from homing.web.listening import listen_tcp, listen_unix

CUT_S = 1.0  # for what was cut to be gone


class Listen(Struct, frozen=True):
    """Where to listen. Ports may be 0; None leaves a listener out."""

    host: str = "127.0.0.1"
    port: int = 8080
    tls: ssl.SSLContext | None = None
    socket_path: Path | None = None  # the operator's
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    connections_max: int = bounds.CONNECTIONS_MAX


class Listeners:
    """What listens. `http` and `metrics` are (host, port) as bound."""

    def __init__(self, crowds: list[Crowd], servers: list[asyncio.Server]) -> None:
        self.http: tuple[str, int] = ("", 0)
        self.url = ""
        self.metrics: tuple[str, int] | None = None
        self.socket_path: Path | None = None
        self._crowds = crowds
        self._servers = servers
        self._loop = asyncio.get_running_loop()
        self._clock: asyncio.TimerHandle | None = None

    def _advance(self) -> None:
        now = formatdate(time.time(), usegmt=True).encode()
        for crowd in self._crowds:
            crowd.advance(now)
        self._clock = self._loop.call_later(1.0, self._advance)

    async def stop(self, grace_s: float) -> None:
        """Accept nothing new, answer what is whole for at most `grace_s`, then cut."""
        for server in self._servers:
            server.close()
        for crowd in self._crowds:
            crowd.stopping = True
            for connection in tuple(crowd.connections):
                connection.shutdown()
        await self._emptied(grace_s)
        for crowd in self._crowds:
            for connection in tuple(crowd.connections):
                connection.cut()
            for task in tuple(crowd.tasks):
                task.cancel()
        await self._emptied(CUT_S)
        tasks = [task for crowd in self._crowds for task in crowd.tasks]
        if tasks:
            await asyncio.wait(tasks, timeout=CUT_S)
        if self._clock is not None:
            self._clock.cancel()
        if self.socket_path is not None:
            self.socket_path.unlink(missing_ok=True)

    async def _emptied(self, most_s: float) -> None:
        """Wait until the last connection has gone, at most so long."""
        waits = [crowd.emptied.wait() for crowd in self._crowds if crowd.connections]
        with suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await asyncio.gather(*waits)


async def start(
    gateway: Gateway,
    listen: Listen,
    *,
    reload: Callable[[], Awaitable[Any]],
    registry: CollectorRegistry | None = None,
) -> Listeners:
    """Listen, all or nothing. The gateway must have started: `accounts` and `submission` are used.

    Args:
        reload: reads the settings file again and hands it to the gateway; what it returns is the
            answer to POST /homing/v1/reload, SettingsProblem becomes a 422.
        registry: what the metrics listener shows.

    Raises:
        PortBusy, ListenProblem: with a sentence; whatever was opened is closed again.
    """
    door = SmsDoor(gateway.accounts, gateway.submission, ApiThrottles())
    listeners = Listeners([], [])
    try:
        await _open(listeners, gateway, door, listen, reload, registry)
    except BaseException:
        await listeners.stop(0)
        raise
    listeners._advance()
    return listeners


async def _open(
    listeners: Listeners,
    gateway: Gateway,
    door: SmsDoor,
    listen: Listen,
    reload: Callable[[], Awaitable[Any]],
    registry: CollectorRegistry | None,
) -> None:
    def serve(app: ASGIApp, door: SmsDoor | None) -> Callable[[], asyncio.BaseProtocol]:
        crowd, make = _factory(app, door, listen.connections_max)
        listeners._crowds.append(crowd)
        return make

    server = await listen_tcp(
        serve(public_app(gateway, door), door), listen.host, listen.port, tls=listen.tls
    )
    listeners._servers.append(server)
    listeners.http = _bound(server)
    host, port = listeners.http
    shown = f"[{host}]" if ":" in host else host
    listeners.url = f"{'https' if listen.tls else 'http'}://{shown}:{port}"
    if listen.metrics_port is not None and registry is not None:
        server = await listen_tcp(
            serve(metrics_app(registry), None), listen.metrics_host, listen.metrics_port
        )
        listeners._servers.append(server)
        listeners.metrics = _bound(server)
    if listen.socket_path is not None:
        app = operator_app(gateway, door, reload)
        listeners._servers.append(await listen_unix(serve(app, door), listen.socket_path))
        listeners.socket_path = listen.socket_path


def _bound(server: asyncio.Server) -> tuple[str, int]:
    name = server.sockets[0].getsockname()
    return name[0], name[1]


def _factory(
    app: ASGIApp, door: SmsDoor | None, connections_max: int
) -> tuple[Crowd, Callable[[], asyncio.BaseProtocol]]:
    config = Config(
        app,
        http=FastProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        workers=1,
        timeout_keep_alive=bounds.IDLE_S,
    )
    config.load()
    crowd = Crowd(door, connections_max=connections_max)
    crowd.set_date(formatdate(time.time(), usegmt=True).encode())
    loop = asyncio.get_running_loop()
    return crowd, lambda: FastProtocol(config, crowd, loop)


def metrics_app(registry: CollectorRegistry) -> ASGIApp:
    """GET /metrics, in Prometheus' text format."""

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return assemble([Route("/metrics", metrics, methods=["GET"])])
