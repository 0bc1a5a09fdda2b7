"""The house, put together: gateway, listeners and, for `homing up`, a carrier in the same loop.

Owns the order: the carrier before the links that bind to it; the gateway before the listeners that
submit to it; and backwards when it ends. What is half built is taken down again.
"""

import errno
import logging
import os
import ssl
from contextlib import suppress
from pathlib import Path
from typing import cast

from homing.api.gateway import Gateway as ApiGateway
from homing.cli.problems import Sentence
from homing.runtime.gateway import Gateway
from homing.runtime.settings import (
    CarrierSettings,
    RouteSettings,
    Settings,
    SettingsProblem,
    read_settings,
    split_address,
)
from homing.runtime.views import ReloadReport
from homing.simulator.carrier import Simulator
from homing.transport.tls import server_context
from homing.web import server
from homing.web.listening import PortBusy

log = logging.getLogger(__name__)

LISTENERS_GRACE_S = 2.0  # with the gateway's own grace, well under the 10 s of a clean end
PORTS_TRIED = 20
SIMULATED = "simulator"  # the name of the carrier inside `homing up`


class House:
    """One process's gateway. `start` once, `stop` once.

    Args:
        settings: checked; `http.listen` and `metrics.listen` say where.
        config: the file that `reload` reads again; None: there is none.
        simulator: becomes the carrier of every route.
        may_move: another HTTP port may be taken when the wanted one is busy.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        config: Path | None = None,
        simulator: Simulator | None = None,
        may_move: bool = False,
    ) -> None:
        self.settings, self.simulator = settings, simulator
        self.gateway = Gateway(settings)
        self._config, self._may_move = config, may_move
        self._listeners: server.Listeners | None = None
        self._is_gateway_up = False

    @property
    def listeners(self) -> server.Listeners:
        assert self._listeners is not None
        return self._listeners

    async def start(self) -> None:
        """Raises PortBusy, ListenProblem, SettingsProblem, Unusable, OSError: for people."""
        try:
            if self.simulator is not None:
                await self._start_simulator(self.simulator)
            tls = self._tls()
            await self._start_gateway(tls)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Take nothing new, answer what was asked, let what is in flight end, commit, close."""
        if self._listeners is not None:
            await self._listeners.stop(LISTENERS_GRACE_S)
            self._listeners = None
        if self._is_gateway_up:
            self._is_gateway_up = False
            await self.gateway.stop()
        if self.simulator is not None:
            await self.simulator.stop()

    async def reload(self) -> ReloadReport:
        """Read the settings file again. Raises SettingsProblem: then nothing changed."""
        if self._config is None:
            raise SettingsProblem("homing up", 0, "", "has no settings file to read again")
        report = await self.gateway.reload(read_settings(self._config))
        log.info(
            "settings read again: %d carriers added, %d removed, %d rebound, %d changed%s",
            len(report.added), len(report.removed), len(report.rebound), len(report.changed),
            "; a restart is needed for " + ", ".join(report.needs_restart)
            if report.needs_restart else "",
        )  # fmt: skip
        return report

    async def _start_simulator(self, simulator: Simulator) -> None:
        port = await start_simulator(simulator)
        # Nobody can bind to it from elsewhere, and it asks for no password.
        self.settings.carriers[SIMULATED] = CarrierSettings(
            address=f"{simulator.host}:{port}",
            system_id="homing",
            password="",
            handset_speed=simulator.speed,
        )
        self.settings.routes.append(RouteSettings(carriers=[SIMULATED]))

    async def _start_gateway(self, tls: ssl.SSLContext | None) -> None:
        async def listen() -> None:
            self._listeners = await self._listen(tls)

        try:
            await self.gateway.start(listen)
        except BaseException:
            with suppress(Exception):  # best effort: the first fault is the one to tell
                await self.gateway.store.stop()
            raise
        self._is_gateway_up = True

    def _tls(self) -> ssl.SSLContext | None:
        http = self.settings.http
        if http.tls_cert is None or http.tls_key is None:
            return None
        try:
            return server_context(http.tls_cert, http.tls_key)
        except OSError as fault:
            origin = str(self._config or "settings")
            raise SettingsProblem(
                origin, 0, "http.tls_cert", f"cannot be used: {fault.strerror or fault}"
            ) from fault

    async def _listen(self, tls: ssl.SSLContext | None) -> server.Listeners:
        wanted = split_address(self.settings.http.listen)
        metrics = split_address(self.settings.metrics.listen)
        assert wanted is not None, "the settings were checked"
        host, port = wanted
        last = port + PORTS_TRIED if self._may_move else port
        while True:
            listen = server.Listen(
                host=host,
                port=port,
                tls=tls,
                socket_path=self.settings.socket_path,
                metrics_host=metrics[0] if metrics else "",
                metrics_port=metrics[1] if metrics else None,
            )
            try:
                return await server.start(
                    cast(ApiGateway, self.gateway),
                    listen,
                    reload=self.reload,
                    registry=self.gateway.telemetry.registry,
                )
            except PortBusy as busy:
                if port >= last or busy.address != f"{host}:{port}":
                    raise
                port += 1


async def start_simulator(simulator: Simulator) -> int:
    """Its port. Raises Sentence when it cannot listen there."""
    try:
        return await simulator.start()
    except OSError as fault:
        if fault.filename:  # the ledger
            raise
        where = f"{simulator.host}:{simulator.port}"
        raise Sentence(f"cannot listen on {where}: {_words(fault)}") from fault


def _words(fault: OSError) -> str:
    if fault.errno == errno.EADDRINUSE:
        return "it is already in use"
    return os.strerror(fault.errno) if fault.errno and fault.errno > 0 else str(fault)
