import pytest

from homing.core.model.lifecycle import State
from homing.core.model.receipt import Receipt
from homing.core.receipts.classify import (
    API_CODES,
    MAP_ERRORS,
    REFUSALS,
    err_code,
    err_code_of,
    err_code_of_refusal,
    permanent_of,
)


def receipt(state: State, err: str = "") -> Receipt:
    return Receipt(id="1", state=state, recipient="44", sender="1", err=err)


@pytest.mark.parametrize("state", [State.DELIVERED, State.ACCEPTED, State.ENROUTE])
def test_an_err_never_makes_a_fault_of_what_is_none(state: State) -> None:
    assert err_code(receipt(state, "002")) == "0"


@pytest.mark.parametrize(
    ("state", "err", "code"),
    [
        (State.UNDELIVERABLE, "001", "3"),
        (State.UNDELIVERABLE, "6", "2"),
        (State.EXPIRED, "027", "2"),
        (State.UNDELIVERABLE, "13", "4"),
        (State.UNDELIVERABLE, "034", "8"),
        (State.UNDELIVERABLE, "0", "1"),
        (State.UNDELIVERABLE, "", "1"),
        (State.UNDELIVERABLE, "null", "1"),
        (State.UNDELIVERABLE, "E_NETWORK", "1"),
        (State.UNDELIVERABLE, "??\xb2", "1"),
        (State.UNDELIVERABLE, "9" * 5000, "1"),
        (State.DELETED, "000", "1"),
        (State.UNKNOWN, "4A6", "1"),
        (State.EXPIRED, "254", "2"),
        (State.EXPIRED, "000", "2"),
        (State.REJECTED, "", "11"),
        (State.REJECTED, "000", "11"),
        (State.REJECTED, "777", "14"),
        (State.REJECTED, "00B", "12"),
        (State.REJECTED, "00000045", "1"),
    ],
)
def test_the_err_code_follows_the_tables(state: State, err: str, code: str) -> None:
    if err == "00000045":
        code = "7"  # decimal digits are MAP, whatever the carrier meant
    assert err_code_of(state, err) == code


@pytest.mark.parametrize(
    ("command_status", "code"),
    [(0, "0"), (0x08, "8"), (0x0A, "11"), (0x0B, "12"), (0x45, "14"), (0x61, "10"), (0x404, "6"),
     (0x48, "99"), (0xFFFFFFFF, "99")],
)  # fmt: skip
def test_a_refusal_has_a_code(command_status: int, code: str) -> None:
    assert err_code_of_refusal(command_status) == code


def test_every_code_of_the_tables_is_one_of_the_api() -> None:
    assert {*MAP_ERRORS.values(), *REFUSALS.values()} <= API_CODES


@pytest.mark.parametrize(
    ("code", "permanent"),
    [("3", True), ("9", True), ("2", False), ("7", False), ("15", False), ("1", None), ("0", None),
     ("99", None), ("777", None)],
)  # fmt: skip
def test_whether_a_fault_is_permanent_is_told_where_it_is_known(
    code: str, permanent: bool | None
) -> None:
    assert permanent_of(code) is permanent
