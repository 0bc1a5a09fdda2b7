"""The submissions that a carrier still knows, for query_sm. Bounded: the oldest goes first."""

import time
from collections import deque

from homing.simulator.submission import Submission

SUBMISSIONS_REMEMBERED = 100_000


class Register:
    """By the id in the answer; of two with one id, the newer."""

    def __init__(self) -> None:
        self._by_id: dict[bytes, Submission] = {}
        self._order: deque[Submission] = deque()

    def add(self, submission: Submission) -> None:
        """Remember it."""
        self._by_id[submission.ids.answer] = submission
        self._order.append(submission)
        if len(self._order) > SUBMISSIONS_REMEMBERED:
            oldest = self._order.popleft()
            if self._by_id.get(oldest.id) is oldest:
                del self._by_id[oldest.id]

    def find(self, system_id: str, message_id: bytes) -> Submission | None:
        """The application's own one."""
        found = self._by_id.get(message_id)
        return found if found is not None and found.system_id == system_id else None


def final_date(submission: Submission) -> bytes:
    """When it became final, as 7.1.1.1 writes times; empty before."""
    if not submission.final_s:
        return b""
    return time.strftime("%y%m%d%H%M%S000+", time.gmtime(submission.final_s)).encode()
