"""What a receipt means beyond its state: whom it testifies for, and the API's err-code.

The err-codes are data. They are derived from the evidence at hand in this order: the carrier's
`err` as a number of MAP (decimal) or as a command_status (hex), then the state. A code never
decides success: `delivered` is 0 whatever the err says. Source: the compatible API's err-code list.
"""

from homing.core.model.lifecycle import State
from homing.core.model.receipt import Level, Receipt
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
_NO_ERR = frozenset({"null", "nul", "none"})


def level(receipt: Receipt) -> Level:
    """Whom this receipt testifies for.

    Delivered is the handset's word; every other state is what the carrier says of itself, the
    failures too: no handset was there to say them.
    """
    return Level.HANDSET if receipt.state is State.DELIVERED else Level.CARRIER


def err_code(receipt: Receipt) -> str:
    """The API's err-code of a receipt, as digits."""
    return err_code_of(receipt.state, receipt.err)


def err_code_of(state: State, err: str = "") -> str:
    """The API's err-code of a state and the carrier's `err`; also for our own final words."""
    if state in _NO_FAULT:
        return DELIVERED_CODE
    err = err.strip()
    if not err.strip("0") or err.lower() in _NO_ERR:
        return _BY_STATE.get(state, UNKNOWN_CODE)
    code = _mapped(err)
    if code is not None:
        return code
    return _REJECTED_WITH_ERR if state is State.REJECTED else _BY_STATE.get(state, UNKNOWN_CODE)


def err_code_of_refusal(command_status: int) -> str:
    """The API's err-code of a `submit_sm` that was refused; "99" for a status without a row."""
    return REFUSALS.get(command_status, GENERAL_CODE)


def _mapped(err: str) -> str | None:
    if len(err) > 8 or not err.isascii() or not err.isalnum():
        return None
    if err.isdigit():
        return MAP_ERRORS.get(int(err))
    try:
        return REFUSALS.get(int(err, 16))  # "00B": the command_status in hex
    except ValueError:
        return None
