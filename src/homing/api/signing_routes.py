"""The operator's route for signatures: method, signed webhooks, rotation of the secret.

A secret is shown in the one answer that made it, as API secrets are, and nowhere else.
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.errors import ApiError, Code
from homing.api.gateway import Accounts, Gateway
from homing.api.reading import read_body, reply
from homing.core.model.account import Account, SignatureMethod
from homing.core.model.times import iso
from homing.runtime.accounts import OVERLAP_S


class SignatureOrder(Struct, forbid_unknown_fields=True):
    """Body of POST /homing/v1/accounts/{api_key}/signature: what is absent stays.

    `secret`: the one to rotate to, e.g. that of the hosted platform; absent: a new one.
    """

    method: SignatureMethod | UnsetType = UNSET
    sign_webhooks: bool | UnsetType = UNSET
    accept_none: bool | UnsetType = UNSET  # see `AccountOptions.accepts_none_signatures`
    rotate: bool = False
    secret: str | None = None
    overlap_s: int = OVERLAP_S


class SecretView(Struct):
    """One secret for signing, without itself."""

    id: str
    created_at: str
    accepted_until: str | None  # null: it signs


class SignatureView(Struct, omit_defaults=True):
    """How an account signs; `signature_secret` only in the answer that made it."""

    api_key: str
    method: str
    sign_webhooks: bool
    accept_none: bool
    secrets: list[SecretView]
    signature_secret: str | UnsetType = UNSET


def signature_view(account: Account, secret: str | UnsetType = UNSET) -> SignatureView:
    options = account.options
    return SignatureView(
        api_key=account.api_key,
        method=options.signature_method.value,
        sign_webhooks=options.signs_webhooks,
        accept_none=options.accepts_none_signatures,
        secrets=[
            SecretView(
                one.id,
                iso(one.created_at_ms),
                iso(one.retires_at_ms) if one.retires_at_ms else None,
            )
            for one in account.signature_secrets
        ],
        signature_secret=secret,
    )


_SETTINGS = {
    "method": "signature_method",
    "sign_webhooks": "signs_webhooks",
    "accept_none": "accepts_none_signatures",
}


async def carry_out(accounts: Accounts, api_key: str, order: SignatureOrder) -> SignatureView:
    """Rotate first, so that signing can begin with the first secret. Raises AccountProblem;
    KeyError when there is no such account."""
    account, secret = accounts.by_key(api_key), None
    if account is None:
        raise KeyError(api_key)
    if order.rotate or order.secret is not None:
        account, secret = await accounts.rotate_signature_secret(
            api_key, order.secret, overlap_s=order.overlap_s
        )
    changes: dict[str, Any] = {
        setting: value
        for field, setting in _SETTINGS.items()
        if (value := getattr(order, field)) is not UNSET
    }
    if changes:
        account = await accounts.set(api_key, **changes)
    return signature_view(account, UNSET if secret is None else secret)


def routes(gateway: Gateway) -> list[Route]:
    """For the operator's socket."""

    async def signature(request: Request) -> Response:
        """POST /homing/v1/accounts/{api_key}/signature; an empty order only shows."""
        order = await read_body(request, SignatureOrder)
        try:
            return reply(await carry_out(gateway.accounts, request.path_params["api_key"], order))
        except KeyError:
            raise ApiError(Code.UNKNOWN_ACCOUNT, param="api_key") from None

    return [Route("/homing/v1/accounts/{api_key}/signature", signature, methods=["POST"])]
