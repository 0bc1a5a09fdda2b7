"""The API's err-code of a receipt. Whom it testifies for is `level`'s.

The err-codes are data. They are derived from the evidence at hand in this order: the carrier's own
table of errs, the number space that its err is in (MAP where nothing else is known), the status of
a refused `submit_sm`, then the state. A code never decides success: `delivered` is 0 whatever the
err says. Source: the compatible API's err-code list; 3GPP TS 29.002; SMPP 3.4 5.1.3.
"""

from collections.abc import Callable

from homing.core.model.lifecycle import State
from homing.core.model.receipt import Receipt
from homing.core.receipts.dialects import PLAIN, Dialect, ErrIs, err_key
from homing.core.smpp import status as smpp

DELIVERED_CODE = "0"
UNKNOWN_CODE = "1"
GENERAL_CODE = "99"

# MAP user errors (3GPP TS 29.002), as most SS7 carriers write them.
MAP_ERRORS: dict[int, str] = {
    1: "3",  # unknown subscriber
    2: "11",  # unknown base station
    3: "11",  # unknown MSC
    5: "3",  # unidentified subscriber
    6: "2",  # absent subscriber (SM)
    8: "12",  # roaming not allowed
    9: "3",  # illegal subscriber
    10: "12",  # bearer service not provisioned
    11: "12",  # teleservice not provisioned
    12: "3",  # illegal equipment
    13: "4",  # call barred
    15: "14",  # CUG reject
    21: "12",  # facility not supported
    27: "2",  # absent subscriber
    28: "12",  # incompatible terminal
    31: "7",  # subscriber busy for MT SMS
    32: "8",  # SM delivery failure: memory full or protocol, the diagnostic would tell
    33: "2",  # message waiting list full
    34: "8",  # system failure
    35: "8",  # data missing
    36: "8",  # unexpected data value
    40: "8",  # memory full or tracing buffer, by list
    45: "7",  # busy
    51: "8",  # resource limitation
    71: "10",  # unknown alphabet
    144: "3",  # number changed
}

# SMPP 3.4 5.1.3, and the vendor space of one aggregator that others copied.
REFUSALS: dict[int, str] = {
    smpp.ESME_ROK: DELIVERED_CODE,
    smpp.ESME_RINVMSGLEN: "10",
    smpp.ESME_RSYSERR: "8",
    smpp.ESME_RINVSRCADR: "11",
    smpp.ESME_RINVDSTADR: "12",
    smpp.ESME_RMSGQFUL: "8",
    smpp.ESME_RINVESMCLASS: "10",
    smpp.ESME_RSUBMITFAIL: "14",
    smpp.ESME_RTHROTTLED: "8",
    smpp.ESME_RINVSCHED: "10",
    smpp.ESME_RINVEXPIRY: "10",
    smpp.ESME_RX_T_APPN: "8",
    0x401: "15",  # credit
    0x404: "6",  # spam
    0x405: "10",  # length
    0x406: "10",  # UDH
    0x407: "10",
    0x408: "9",  # do not disturb
}

# Whether the same message to the same number would fail again; a code without a row: not known.
PERMANENT: dict[str, bool] = {
    "2": False,  # absent
    "3": True,  # no such subscriber
    "4": True,  # barred by the user
    "5": False,  # portability: routing data catch up
    "6": True,  # spam
    "7": False,  # the handset is busy or full
    "8": False,  # the network
    "9": True,  # opted out
    "10": True,  # the message itself
    "13": True,  # age
    "14": True,  # blocked by the carrier
    "15": False,  # credit
    "50": True,  # the four filters: entity, header, content, consent
    "51": True,
    "52": True,
    "53": True,
    "54": True,  # regulation
}
# The API's whole list: an err that is already one of them passes as it is.
API_CODES = frozenset(
    {DELIVERED_CODE, *map(str, range(1, 16)), *map(str, range(50, 55)), GENERAL_CODE}
)  # fmt: skip

# Without any code, or with one that stands in no table.
_BY_STATE: dict[State, str] = {
    State.EXPIRED: "2",
    State.UNDELIVERABLE: UNKNOWN_CODE,
    State.DELETED: UNKNOWN_CODE,
    State.UNKNOWN: UNKNOWN_CODE,
    State.REJECTED: "11",
}
_REJECTED_WITH_ERR = "14"
_NO_FAULT = frozenset({State.DELIVERED, State.ACCEPTED, State.ENROUTE})
_NO_ERR = frozenset({"NULL", "NUL", "NONE"})
_ERR_CHARACTERS_MAX = 8
_HEX_DIGITS = frozenset("0123456789ABCDEF")


def err_code(receipt: Receipt, dialect: Dialect = PLAIN) -> str:
    """The API's err-code of a receipt, as digits."""
    return err_code_of(receipt.state, receipt.err, dialect)


def err_code_of(state: State, err: str = "", dialect: Dialect = PLAIN) -> str:
    """The API's err-code of a state and the carrier's `err`; also for our own final words."""
    if state in _NO_FAULT:
        return DELIVERED_CODE
    key = err_key(err)
    if not key or key in _NO_ERR:
        return _BY_STATE.get(state, UNKNOWN_CODE)
    code = dialect.err_codes.get(key) or _mapped(err.strip(), key, dialect.err_is)
    if code is not None:
        return code
    return _REJECTED_WITH_ERR if state is State.REJECTED else _BY_STATE.get(state, UNKNOWN_CODE)


def err_code_of_refusal(command_status: int, dialect: Dialect = PLAIN) -> str:
    """The API's err-code of a `submit_sm` that was refused; "99" for a status without a row."""
    own = dialect.refusals.get(command_status)
    return own or REFUSALS.get(command_status, GENERAL_CODE)


def permanent_of(err_code: str) -> bool | None:
    """Whether what an err-code of the API names would happen again; None: not known."""
    return PERMANENT.get(err_code)


def _mapped(err: str, key: str, err_is: ErrIs) -> str | None:
    if len(key) > _ERR_CHARACTERS_MAX or not key.isascii() or not key.isalnum():
        return None
    if err[:2].lower() == "0x" and err_is is not ErrIs.MAP_HEX:
        err_is = ErrIs.SMPP_HEX  # nothing but a command_status is written so
    return _SPACES[err_is](key)


def _map(key: str) -> str | None:
    return MAP_ERRORS.get(int(key)) if key.isdigit() else _smpp_hex(key)  # "00B"


def _map_hex(key: str) -> str | None:
    number = _hex(key)
    return None if number is None else MAP_ERRORS.get(number)


def _smpp_hex(key: str) -> str | None:
    number = _hex(key)
    return None if number is None else REFUSALS.get(number)


def _api(key: str) -> str | None:
    return key if key in API_CODES else None


def _private(key: str) -> str | None:
    return None


def _hex(key: str) -> int | None:
    return int(key, 16) if _HEX_DIGITS.issuperset(key) else None


_SPACES: dict[ErrIs, Callable[[str], str | None]] = {
    ErrIs.MAP: _map,
    ErrIs.MAP_HEX: _map_hex,
    ErrIs.SMPP_HEX: _smpp_hex,
    ErrIs.API: _api,
    ErrIs.PRIVATE: _private,
}
