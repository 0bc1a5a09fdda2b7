"""Opens sockets, and says in one sentence why one cannot be opened."""

import asyncio
import errno
import os
import socket
import ssl
import stat
from collections.abc import Callable
from pathlib import Path

BACKLOG = 1024
OWNER_ONLY_UMASK = 0o177


class ListenProblem(Exception):
    """This address cannot be listened on; the text is for people."""

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        super().__init__(f"cannot listen on {address}: {reason}")


class PortBusy(ListenProblem):
    """Somebody else listens there."""

    def __init__(self, address: str) -> None:
        super().__init__(address, "it is already in use")


async def listen_tcp(
    make: Callable[[], asyncio.BaseProtocol],
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
) -> asyncio.Server:
    """A TCP listener; port 0 takes a free one. Raises ListenProblem, PortBusy."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        return await asyncio.get_running_loop().create_server(
            make, host, port, ssl=tls, backlog=BACKLOG
        )
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise PortBusy(address) from problem
        number = problem.errno or 0  # a name that does not resolve has a negative one
        words = os.strerror(number) if number > 0 else str(problem)
        raise ListenProblem(address, words) from problem
    except (OverflowError, UnicodeError) as problem:
        raise ListenProblem(address, "this is no address") from problem


async def listen_unix(make: Callable[[], asyncio.BaseProtocol], path: Path) -> asyncio.Server:
    """A Unix socket that only its owner can open. Raises ListenProblem, PortBusy."""
    address = str(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_folder(path.parent, address)
        _remove_stale(path)
        # Not chmod after bind: in between, others could connect.
        umask = os.umask(OWNER_ONLY_UMASK)
        try:
            sock.bind(address)
        finally:
            os.umask(umask)
        sock.setblocking(False)
        return await asyncio.get_running_loop().create_unix_server(make, sock=sock, backlog=BACKLOG)
    except OSError as problem:
        sock.close()
        if problem.errno == errno.EADDRINUSE:
            raise PortBusy(address) from problem
        raise ListenProblem(address, problem.strerror or str(problem)) from problem
    except ListenProblem:
        sock.close()
        raise


def _check_folder(folder: Path, address: str) -> None:
    """Others must not be able to put a socket of theirs in the place of ours."""
    found = folder.stat()
    others_write = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if found.st_uid not in (os.getuid(), 0) or (others_write and not found.st_mode & stat.S_ISVTX):
        raise ListenProblem(address, f"{folder} can be written by other users")


def _remove_stale(path: Path) -> None:
    """A socket file outlives a process that was killed; one that answers is somebody's."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise ListenProblem(str(path), "a file that is no socket is there")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
        else:
            raise PortBusy(str(path))
