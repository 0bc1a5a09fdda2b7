"""A gateway that answers status 0 before the commit. The suite must fail it."""

import copy

from homing.cli.main import main
from homing.store.contract import Accept
from homing.store.sqlite import SqliteStore

honest = SqliteStore.write


def write(self, change, when_durable=None):
    if isinstance(change, Accept) and when_durable is not None:
        late = copy.deepcopy(change)  # as it was: what is answered goes on and changes
        when_durable(change)
        honest(self, late, None)
    else:
        honest(self, change, when_durable)


SqliteStore.write = write
main()
