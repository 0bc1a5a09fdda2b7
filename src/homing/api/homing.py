"""Our own API under /homing/v1, as an application sees it: its messages and its receipts.

The same routes serve the operator's socket; there no account is asked for and all is seen.
"""

from starlette.requests import Request
from starlette.responses import Response

from homing.api.credentials import read_basic
from homing.api.errors import ApiError, Code
from homing.api.gateway import Gateway
from homing.api.reading import read_count, read_cursor, read_query, reply
from homing.api.stories import spell

RECEIPTS_DEFAULT = 100
RECEIPTS_MAX = 1000


class Pages:
    """Messages and receipts, read from the store."""

    def __init__(self, gateway: Gateway, *, is_operator: bool) -> None:
        self._gateway = gateway
        self._is_operator = is_operator

    async def message(self, request: Request) -> Response:
        """GET /homing/v1/messages/{id}: by message id, part id or uuid."""
        account_id = self._account_id(request)
        read_query(request, ())
        story = await self._gateway.message(request.path_params["id"], account_id)
        if story is None:
            raise ApiError(Code.UNKNOWN_MESSAGE, param="id")
        return reply(spell(story))

    async def receipts(self, request: Request) -> Response:
        """GET /homing/v1/receipts?after=&limit=: in the order in which they came.

        For those who cannot take a webhook: the page's `next_after_id` is the next `after`."""
        account_id = self._account_id(request)
        given = read_query(request, ("after", "limit"))
        limit = read_count(
            given.get("limit"), param="limit", default=RECEIPTS_DEFAULT, most=RECEIPTS_MAX
        )
        after = read_cursor(given.get("after"), param="after")
        return reply(spell(await self._gateway.receipts(after, limit, account_id)))

    async def inbound(self, request: Request) -> Response:
        """GET /homing/v1/inbound?after=&limit=: messages from handsets, as they came."""
        account_id = self._account_id(request)
        given = read_query(request, ("after", "limit"))
        limit = read_count(
            given.get("limit"), param="limit", default=RECEIPTS_DEFAULT, most=RECEIPTS_MAX
        )
        after = read_cursor(given.get("after"), param="after")
        return reply(spell(await self._gateway.inbound_messages(after, limit, account_id)))

    def _account_id(self, request: Request) -> int | None:
        """None: the operator, who sees all accounts."""
        if self._is_operator:
            return None
        return caller_id(request, self._gateway)


def caller_id(request: Request, gateway: Gateway) -> int:
    """The id of the account whose Basic header it is. Raises ApiError."""
    headers = dict(request.scope["headers"])
    pair = read_basic(headers.get(b"authorization", b""))
    account = gateway.accounts.check(*pair) if pair is not None else None
    if account is None:
        raise ApiError(Code.BAD_CREDENTIALS)
    return account.id
