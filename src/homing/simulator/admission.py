"""Whether a carrier takes a submit_sm: rates, refusals, and the switches over both."""

from collections.abc import Callable

from msgspec import Struct

from homing.core.smpp import status
from homing.simulator.persona import Persona
from homing.simulator.script import Purpose, chance

THROTTLED_ONCE_MAX = 10_000  # recipients remembered; the oldest goes first


class Switches(Struct):
    """How the carrier misbehaves over its persona; may be changed while it runs."""

    throttle_per_s: int = 0  # submits in one second beyond this get ESME_RTHROTTLED; 0: no limit
    refuse_status: int = 0  # every submit gets this command_status; 0: none
    refuse_binds: int = 0  # every bind gets this command_status; 0: none
    answer_delay_s: float = 0.0  # before submit_sm_resp
    accept_only: bool = False  # handsets take messages and never confirm
    silent: bool = False  # no receipts at all


class Admission:
    """Counts a carrier's submits of this second, and whom it throttled once."""

    def __init__(self, wall_s: Callable[[], float]) -> None:
        self._wall_s = wall_s
        self._second, self._count = 0, 0
        self._throttled_once: dict[bytes, None] = {}

    def refusal(self, switches: Switches, persona: Persona, recipient: bytes, luck: float) -> int:
        """The command_status to refuse it with; ESME_ROK: take it."""
        submit = persona.submit
        per_s = switches.throttle_per_s or submit.throttle_per_s
        if per_s and self._is_beyond(per_s):
            return status.ESME_RTHROTTLED
        if submit.throttle_first and self._is_first(recipient):
            return status.ESME_RTHROTTLED
        if submit.refuse_status and chance(luck, Purpose.REFUSAL) < submit.refuse_share:
            return submit.refuse_status
        return switches.refuse_status

    def _is_beyond(self, per_s: int) -> bool:
        second = int(self._wall_s())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count > per_s

    def _is_first(self, recipient: bytes) -> bool:
        once = self._throttled_once
        if recipient in once:
            del once[recipient]
            return False
        once[recipient] = None
        if len(once) > THROTTLED_ONCE_MAX:
            del once[next(iter(once))]
        return True
