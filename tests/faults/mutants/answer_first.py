"""A gateway that answers status 0 before the commit. The suite must fail it."""

import copy

from homing.cli.main import main
from homing.store.sqlite import SqliteStore

from homing.store.contract import Accept

honest = SqliteStore.write


def write(self, change, when_durable=None):
    if isinstance(change, Accept) and when_durable is not None:
        when_durable(copy.copy(change))
        honest(self, change, None)
    else:
        honest(self, change, when_durable)


SqliteStore.write = write
main()
