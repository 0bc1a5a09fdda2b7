"""The answer to a request that is not taken."""

from msgspec import Struct


class Refusal(Struct, frozen=True):
    """Why a request is not taken. Nothing is stored or charged for it."""

    status: int  # see `core.submit.status`
    text: str  # names the parameter and the rule; never quotes the value
    to: str | None = None  # the recipient, when the fault was found after it was read
    network: str | None = None  # MCC-MNC; these three when there was too little credit
    price: int | None = None  # of one part, 10^-8 units
    balance: int | None = None  # what was left
