"""POST /v1/redact/transaction: the text and the numbers of a message go.

At once, where the platform makes its customers wait an hour: see `homing.store.sqlite.redaction`
for what a message that is not delivered yet still keeps. The whole message goes with any of its
parts, since they share their recipient.

Errors are problem documents: 404 for an id that is not the account's, 422 for values.
Source: the compatible API, redact API.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.caller import CompatError, identify
from homing.api.gateway import Gateway
from homing.api.secret_routes import Fault, problem, told

ID_CHARACTERS_MAX = 40  # a uuid has 36
PRODUCT, TYPE = "sms", "outbound"

UNPROCESSABLE = Fault(
    422, "https://developer.nexmo.com/api-errors#unprocessable", "Unprocessable Entity"
)
UNKNOWN = Fault(404, "https://developer.nexmo.com/api-errors/redact#invalid-id", "Invalid ID")


def routes(gateway: Gateway) -> list[Route]:
    desk = RedactDesk(gateway)
    return [Route("/v1/redact/transaction", told(desk.transaction), methods=["POST"])]


class RedactDesk:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def transaction(self, request: Request) -> Response:
        """`id`, `product`, `type`: 204 when it is durable."""
        account, given = await identify(request, self._gateway)
        id_text = given.get("id", "").strip()
        if not 1 <= len(id_text) <= ID_CHARACTERS_MAX:
            raise invalid("id", "must be the id of a message")
        if given.get("product", "").lower() != PRODUCT:
            raise invalid("product", f"must be {PRODUCT}")
        if given.get("type", "").lower() != TYPE:
            raise invalid("type", f"must be {TYPE}: what handsets send goes by its age alone")
        if not await self._gateway.redactions.redact(id_text, account.id):
            raise problem(UNKNOWN, f"ID {id_text!a} could not be found")
        return Response(status_code=204)


def invalid(name: str, rule: str) -> CompatError:
    """A value that will not do: names the field and the rule."""
    reasons = [{"name": name, "reason": rule}]
    return problem(UNPROCESSABLE, f"{name} {rule}", invalid_parameters=reasons)
