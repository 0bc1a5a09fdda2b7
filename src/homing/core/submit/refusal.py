"""The answer to a request that is not taken."""

from msgspec import Struct


class Refusal(Struct, frozen=True):
    """Why a request is not taken. Nothing is stored or charged for it."""

    status: int  # see `core.submit.status`
    text: str  # names the parameter and the rule; never quotes the value
    to: str | None = None  # the recipient, when the fault was found after it was read
