"""When a quiet link must be asked, and when it is given up. Pure: time is an argument.

    unbound          -> bind_timeout                        -> GIVE UP
    bound and quiet  -> enquire_link_after -> ENQUIRE -> enquire_timeout and still quiet -> GIVE UP
    unbind sent      -> enquire_timeout                     -> GIVE UP

A whole PDU of any kind is a sign of life; octets that never become one are not.
"""

from enum import Enum
from math import inf

from msgspec import Struct


class Due(Enum):
    """What the link must do now."""

    NOTHING = "nothing"
    ENQUIRE = "enquire"
    SILENT = "enquire_link was not answered"
    OVERDUE = "the step was not finished in time"


class LinkTimers(Struct):
    """The timers of one link; requests have theirs in `window`. `enquire_after_s` 0: never ask."""

    enquire_after_s: float
    enquire_timeout_s: float
    heard_s: float = 0.0
    asked_s: float = inf  # when enquire_link was sent; inf: it is answered
    step_by_s: float = inf  # when bind or unbind must be done
    is_watching: bool = False  # bound: silence counts

    def hear(self, now_s: float) -> None:
        """A PDU came."""
        self.heard_s = now_s
        self.asked_s = inf

    def ask(self, now_s: float) -> None:
        """enquire_link is being sent."""
        self.asked_s = now_s

    def next_s(self) -> float:
        """When `due` will next be something; inf for never."""
        if not self.is_watching or not self.enquire_after_s:
            return self.step_by_s
        if self.asked_s < inf:
            return min(self.asked_s + self.enquire_timeout_s, self.step_by_s)
        return min(self.heard_s + self.enquire_after_s, self.step_by_s)

    def due(self, now_s: float) -> Due:
        """What must be done at `now_s`."""
        if now_s < self.next_s():
            return Due.NOTHING
        if now_s >= self.step_by_s:
            return Due.OVERDUE
        return Due.SILENT if self.asked_s < inf else Due.ENQUIRE
