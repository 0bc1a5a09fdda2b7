"""Who calls one of the compatible routes, and with which parameters; the SMS API's own handler has
the same rules (`homing.api.credentials`) and other errors.

Every route of that API reads the same forms: query, form body, JSON body, merged; a Basic header, a
pair, or a signature.

Source: the compatible API, account API: errors; real clients: what each sends.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from homing.api.credentials import identify as identify_by
from homing.api.gateway import Gateway
from homing.api.parameters import read_parameters
from homing.api.reading import reply
from homing.core.model.account import Account
from homing.core.submit.refusal import Refusal
from homing.core.submit.status import Status

_NOT_AUTHENTICATED = {"error-code": "401", "error-code-label": "authentication failed"}


class CompatError(Exception):
    """An error as the compatible API spells it: an HTTP status and a JSON body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"HTTP {status}")
        self.status, self.body = status, body


async def identify(request: Request, gateway: Gateway) -> tuple[Account, dict[str, str]]:
    """The calling account, and everything that it gave, by name; the body wins over the query.

    Raises CompatError: 401 for credentials, whatever is wrong with them; 400 when the parameters
    cannot be read at all.
    """
    headers = dict(request.scope["headers"])
    body = await request.body()
    content_type = headers.get(b"content-type", b"")
    parameters = read_parameters(request.scope["query_string"], content_type, body)
    if isinstance(parameters, Refusal):
        if parameters.status == Status.SIGNATURE:
            raise CompatError(401, _NOT_AUTHENTICATED)
        raise CompatError(400, {"error-code": "400", "error-code-label": parameters.text})
    authorization = headers.get(b"authorization", b"")
    account = identify_by(gateway.accounts, authorization, parameters)
    if isinstance(account, Refusal):
        raise CompatError(401, _NOT_AUTHENTICATED)
    return account, parameters


async def compat_error(request: Request, problem: Exception) -> Response:
    """The handler of CompatError, to be registered with the application."""
    assert isinstance(problem, CompatError)
    answer = reply(problem.body, problem.status)
    if problem.status == 401:
        answer.headers["www-authenticate"] = 'Basic realm="homing", charset="UTF-8"'
    return answer
