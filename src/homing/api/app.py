"""The routes of each listener, as ASGI applications: who may reach what is decided here alone.

The public listener has the SMS API, health without details, and an account's own messages and
receipts. The operator's socket has that for all accounts, and the operator's routes. The hot path
answers /sms/* before it comes here; the endpoint here serves the spellings that it leaves alone,
through the same SmsDoor.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from homing.api import (
    account,
    conversions,
    countries,
    messages_v1,
    numbers,
    openapi,
    pricing,
    redact,
    reports,
    search,
    secret_routes,
    signing_routes,
    try_page,
)
from homing.api.caller import CompatError, compat_error
from homing.api.errors import ApiError, Code
from homing.api.faults import place_of
from homing.api.gateway import Gateway
from homing.api.homing import Pages
from homing.api.operator import Office
from homing.api.reading import reply
from homing.api.sms import NOTICE_HEADER, PATHS, SmsDoor, Spelling
from homing.runtime.accounts import AccountProblem
from homing.runtime.bookings import CannotMatch
from homing.runtime.settings import SettingsProblem
from homing.store.contract import StoreError

log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


def public_app(gateway: Gateway, door: SmsDoor) -> ASGIApp:
    """What anybody who reaches the HTTP port may ask."""

    async def health(request: Request) -> Response:
        ok = gateway.health().ok
        return reply({"status": "ok" if ok else "failing"}, 200 if ok else 503)

    pages = Pages(gateway, is_operator=False)
    return assemble(
        [
            Route("/health", health, methods=["GET"]),
            *_sms_routes(door),
            *_page_routes(pages),
            *_about_routes(gateway, is_operator=False),
            *_compat(gateway),
            *messages_v1.routes(gateway, door),
        ]
    )


def operator_app(gateway: Gateway, door: SmsDoor, reload: Callable[[], Awaitable[Any]]) -> ASGIApp:
    """What the owner of the socket may ask: everything."""
    office, base = Office(gateway, reload), "/homing/v1"
    return assemble(
        [
            *_sms_routes(door),
            *_page_routes(Pages(gateway, is_operator=True)),
            *_about_routes(gateway, is_operator=True),
            *_compat(gateway),
            *numbers.operator_routes(gateway),
            *signing_routes.routes(gateway),
            Route(f"{base}/accounts", office.accounts, methods=["GET", "POST"]),
            Route(f"{base}/accounts/{{api_key}}", office.account, methods=["GET", "PATCH"]),
            Route(f"{base}/carriers", office.carriers, methods=["GET"]),
            Route(f"{base}/carriers/{{name}}", office.carrier, methods=["GET", "PATCH"]),
            Route(f"{base}/carriers/{{name}}/receipts", office.evidence, methods=["GET"]),
            Route(f"{base}/carriers/{{name}}/reset", office.reset_carrier, methods=["POST"]),
            Route(f"{base}/receipts/unmatched", office.unmatched, methods=["GET"]),
            Route(f"{base}/receipts/{{id}}/match", office.match, methods=["POST"]),
            Route(f"{base}/receipts/{{id}}/dismiss", office.dismiss, methods=["POST"]),
            Route(f"{base}/reload", office.reload, methods=["POST"]),
            Route(f"{base}/store", office.store, methods=["GET"]),
            Route(f"{base}/store/backup", office.backup, methods=["POST"]),
            Route(f"{base}/health", office.health, methods=["GET"]),
        ]
    )


def _compat(gateway: Gateway) -> list[Route]:
    families = (
        account, conversions, numbers, pricing, redact, reports, search, secret_routes,
    )  # fmt: skip
    return [route for family in families for route in family.routes(gateway)]


def _about_routes(gateway: Gateway, *, is_operator: bool) -> list[Route]:
    return [
        *countries.routes(gateway, is_operator=is_operator),
        *openapi.routes(is_operator=is_operator),
        *try_page.routes(),
    ]


def _page_routes(pages: Pages) -> list[Route]:
    return [
        Route("/homing/v1/messages/{id}", pages.message, methods=["GET"]),
        Route("/homing/v1/receipts", pages.receipts, methods=["GET"]),
        Route("/homing/v1/inbound", pages.inbound, methods=["GET"]),
    ]


def _sms_routes(door: SmsDoor) -> list[Route]:
    found = []
    for path, spelling in PATHS.items():
        route = Route(path.decode(), _sms_endpoint(door, spelling), methods=["GET", "POST"])
        assert route.methods is not None
        route.methods.discard("HEAD")  # Starlette adds it to GET; here GET sends a message
        found.append(route)
    return found


def _sms_endpoint(door: SmsDoor, spelling: Spelling) -> Endpoint:
    content_type = spelling.content_type.decode()

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        answered: asyncio.Future[tuple[bytes, bytes]] = asyncio.get_running_loop().create_future()

        def respond(octets: bytes, notice: bytes = b"") -> None:
            if not answered.done():
                answered.set_result((octets, notice))

        scope = request.scope
        door.take(spelling, scope["query_string"], dict(scope["headers"]), body, respond)
        octets, notice = await answered
        headers = {"content-type": content_type}
        if notice:
            headers[NOTICE_HEADER.decode()] = notice.decode()
        return Response(octets, headers=headers)

    return endpoint


def assemble(routes: list[Route]) -> ASGIApp:
    """An application whose every error is the one error body."""
    app = Starlette(
        routes=routes,
        exception_handlers={
            ApiError: _api_error,
            AccountProblem: _account_problem,
            CannotMatch: _cannot_match,
            CompatError: compat_error,
            SettingsProblem: _settings_problem,
            StoreError: _store_error,
            HTTPException: _http_error,
        },
    )
    app.router.redirect_slashes = False
    return Shield(app)


# The handlers take Exception, as Starlette types them; each is registered for its own class.
async def _api_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, ApiError)
    return problem.response()


async def _account_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, AccountProblem)
    return ApiError(Code.INVALID_VALUE, str(problem), problem.param).response()


async def _cannot_match(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, CannotMatch)
    param, _, _ = str(problem).partition(":")
    return ApiError(Code.INVALID_VALUE, str(problem), param).response()


async def _settings_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, SettingsProblem)
    return ApiError(Code.INVALID_SETTINGS, str(problem), problem.key or None).response()


async def _store_error(request: Request, problem: Exception) -> Response:
    log.error("the store refused an API call: %s", place_of(problem))
    return ApiError(Code.STORE_UNAVAILABLE).response()


async def _http_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    code = Code.METHOD_NOT_ALLOWED if problem.status_code == 405 else Code.UNKNOWN_PATH
    answer = ApiError(code).response()
    for name, value in (problem.headers or {}).items():
        answer.headers[name] = value
    return answer


class Shield:
    """Outside of everything: a fault of ours is one log line without values, never a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                # Starlette's own words for a fault are plain text: ours follow in their place.
                if message["status"] == 500:
                    return
                started = True
            if started:
                await send(message)

        try:
            await self._app(scope, receive, watched)
        except (ClientDisconnect, asyncio.CancelledError):
            return  # nobody is there to be told; only the end of the server cancels
        except Exception as fault:
            log.error("an API call failed: %s", place_of(fault))
            if not started:
                await ApiError(Code.SERVER_ERROR).response()(scope, receive, send)
