import pytest

from homing.core.routing.retry import Next, after_answer
from homing.core.smpp import status


def test_ok_is_done() -> None:
    assert after_answer(0) is Next.DONE


@pytest.mark.parametrize("command_status", [status.ESME_RTHROTTLED, status.ESME_RMSGQFUL])
def test_too_fast_holds_the_whole_link(command_status: int) -> None:
    assert after_answer(command_status) is Next.HOLD_LINK


@pytest.mark.parametrize("command_status", [0x08, 0x45, 0x0A, 0x0B, 0x64, 0x65, 0x66, 0x67, 0xFF])
def test_faults_of_one_carrier_ask_the_next(command_status: int) -> None:
    assert after_answer(command_status) is Next.OTHER_CARRIER


def test_a_status_without_a_row_never_drops_a_part() -> None:
    given_up = [number for number in range(0x600) if after_answer(number) is Next.REFUSED]
    assert given_up == [status.ESME_RINVMSGLEN, status.ESME_RINVCMDLEN]
    assert after_answer(0xFFFFFFFF) is Next.OTHER_CARRIER
