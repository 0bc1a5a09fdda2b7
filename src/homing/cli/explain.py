"""`homing receipts explain`: what raw receipts say, a JSON line for each, as a stream."""

import os
import stat
import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from homing.core.receipts.dialects import Dialect

LINE_OCTETS_MAX = 1 << 20  # far above a PDU in hex; no line may fill the memory


@click.command()
@click.option("--dialect", "name", default="plain", help="The carrier type that wrote them.")
def explain(name: str) -> None:
    """Explain raw receipts: a JSON line for every line of input.

    A line is a PDU in hex, its header included, or the text of a receipt. The text is UTF-8 in
    which U+0000 to U+00FF stand for octets. Any line is answered, and the exit status is 0 whatever
    they hold: "problems" says what was wrong with it.

    \b
    Example:
      $ echo 'id:7A3F stat:UNDELIV err:027' | homing receipts explain
    """
    out = sys.stdout.buffer
    by_line = not _is_file(out)
    dialect = _dialect(name)
    try:
        for answer in _answers(sys.stdin.buffer, dialect):
            out.write(answer)
            if by_line:
                out.flush()  # who follows a growing file sees each line when it comes
        out.flush()
    except BrokenPipeError:
        _look_away(out)  # whoever reads has seen enough


def _dialect(name: str) -> "Dialect":
    from homing.core.receipts.dialects import NoSuchDialect, dialect

    try:
        return dialect(name)
    except NoSuchDialect as fault:
        raise click.BadParameter(str(fault), param_hint="--dialect") from None


def _answers(stream: IO[bytes], dialect: "Dialect") -> Iterator[bytes]:
    import json

    from homing.core.receipts.explain import explain, nothing

    for line in _lines(stream):
        if line is None:
            told: dict[str, Any] = nothing([f"line: longer than {LINE_OCTETS_MAX} octets"])
        else:
            told = explain(line, dialect)
        yield json.dumps(told, ensure_ascii=True).encode("ascii") + b"\n"


def _lines(stream: IO[bytes]) -> Iterator[bytes | None]:
    """Each line without its end, as soon as it is there; None for one that is too long."""
    while line := stream.readline(LINE_OCTETS_MAX + 2):
        if len(line) > LINE_OCTETS_MAX and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = stream.readline(LINE_OCTETS_MAX)
            yield None
        else:
            yield line.removesuffix(b"\n").removesuffix(b"\r")


def _is_file(stream: IO[bytes]) -> bool:
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except OSError:
        return False


def _look_away(stream: IO[bytes]) -> None:
    """Send what is still buffered nowhere, so that the interpreter's own flush is quiet too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
