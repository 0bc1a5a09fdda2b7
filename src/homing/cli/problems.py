"""What goes wrong in a command, as one sentence on standard error and an exit status.

Exit statuses of all commands: 0 done; 1 the answer is no (`sms`: refused or failed; `demo`: not as
promised); 2 it could not be asked (usage, settings, busy port, no gateway); 3 no final receipt, or
(`simulator send`) no answer, in time; 70 a fault of ours.
"""

import sys
from typing import IO, Any

import click

EXIT_NO = 1
EXIT_CANNOT = 2
EXIT_NOT_IN_TIME = 3
EXIT_OUR_FAULT = 70  # EX_SOFTWARE of sysexits


class Sentence(click.ClickException):
    """One sentence for people: it could not be asked."""

    exit_code = EXIT_CANNOT

    def show(self, file: IO[Any] | None = None) -> None:
        words = " ".join(self.format_message().split())
        click.echo(f"homing: {words}", file=file or sys.stderr, err=file is None)


class No(Sentence):
    """One sentence for people: the answer is no."""

    exit_code = EXIT_NO


class NoGateway(Sentence):
    """Something answered, but not as a gateway does."""

    def __init__(self, why: str) -> None:
        super().__init__(f"what answered there is no SMS gateway: {why}")


class NotInTime(Sentence):
    exit_code = EXIT_NOT_IN_TIME


class OurFault(Sentence):
    exit_code = EXIT_OUR_FAULT


def sentence_for(fault: Exception) -> Sentence:
    """What a fault means to the person at the terminal; any class not known here is our fault."""
    # Imported when something went wrong: `homing --help` shall not wait for them.
    from homing.api.faults import place_of
    from homing.runtime.accounts import AccountProblem
    from homing.runtime.settings import SettingsProblem
    from homing.store.contract import StoreError
    from homing.web.listening import ListenProblem

    if isinstance(fault, AccountProblem):
        return Sentence(f"{fault.param}: {fault}")
    if isinstance(fault, SettingsProblem | ListenProblem | StoreError):
        return Sentence(str(fault))
    if isinstance(fault, OSError):
        where = f"{fault.filename}: " if fault.filename else ""
        return Sentence(f"{where}{fault.strerror or fault}")
    return OurFault(
        f"this is a fault of Homing itself: {place_of(fault)} (HOMING_TRACEBACK=1 shows all of it)"
    )
