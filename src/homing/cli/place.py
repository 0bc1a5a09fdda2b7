"""The owner-only file that says where `homing up` runs: its URL, socket and account.

One a user: the last `homing up` wins. `sms`, `accounts`, `show`, `receipts` read it unless they
are told where to look. It holds the demo account's secret, so it is 0600 in a 0700 folder.
"""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from homing.cli.problems import Sentence


class Place(Struct):
    """A running `homing up`."""

    pid: int
    url: str
    socket: str
    api_key: str
    api_secret: str
    smpp: str  # host:port of the simulated carrier
    ledger: str = ""  # what the simulated handsets really showed


def place_path() -> Path:
    """Source: XDG Base Directory, state; a relative XDG_STATE_HOME is to be ignored."""
    state = os.environ.get("XDG_STATE_HOME", "")
    folder = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    return folder / "homing" / "current.json"


def record(place: Place) -> None:
    """Write it whole, readable by its owner alone. Raises OSError."""
    path = place_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, msgspec.json.encode(place))


def forget(pid: int) -> None:
    """Remove the file, if it is still that of `pid`."""
    try:
        if _read(place_path()).pid == pid:
            place_path().unlink()
    except (OSError, msgspec.MsgspecError):
        pass  # gone, or another's: both are well


def read_place(look: str = "--config FILE or --data FOLDER") -> Place:
    """The running `homing up`. Raises Sentence when there is none, or it is gone.

    `look`: the options by which the command can be told of another gateway.
    """
    path = place_path()
    try:
        place = _read(path)
    except FileNotFoundError:
        raise Sentence(
            f"no `homing up` is running: start one, or say where to look with {look}"
        ) from None
    except msgspec.MsgspecError:
        raise Sentence(f"{path} cannot be read: remove it and start `homing up` again") from None
    if not _is_alive(place.pid):
        raise Sentence(
            f"the `homing up` recorded in {path} is no longer running: start it again, or say "
            f"where to look with {look}"
        )
    return place


def write_private(path: Path, octets: bytes) -> None:
    """Replace a file of secrets: never half written, never readable by others. Raises OSError."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink()
        raise


def _read(path: Path) -> Place:
    return msgspec.json.decode(path.read_bytes(), type=Place)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
