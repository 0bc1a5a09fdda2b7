"""A listener that counts who rings: connections and whole HTTP requests. Nothing of homing.

Answers every request with 204 and closes, so that each request needs a connection of its own.
"""

import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass, field


@dataclass
class Doorbell:
    """Listens at one port on each of `hosts`; what came is kept by host."""

    hosts: tuple[str, ...] = ("127.0.0.1",)
    context: ssl.SSLContext | None = None
    port: int = 0
    connections: list[str] = field(default_factory=list)  # the host that was connected to
    requests: list[bytes] = field(default_factory=list)  # request lines

    def __enter__(self) -> "Doorbell":
        self._stopping = threading.Event()
        self._servers: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        for host in self.hosts:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            server = socket.create_server((host, self.port), family=family)
            server.settimeout(0.1)
            self.port = self.port or server.getsockname()[1]
            self._servers.append(server)
            thread = threading.Thread(target=self._serve, args=(server, host))
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(10)
        for server in self._servers:
            server.close()

    def _serve(self, server: socket.socket, host: str) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                sock, _ = server.accept()
                self.connections.append(host)
                sock.settimeout(5)
                with contextlib.suppress(OSError):  # ssl.SSLError is one: they hung up on us
                    self._answer(sock)
                sock.close()

    def _answer(self, sock: socket.socket) -> None:
        if self.context is not None:
            sock = self.context.wrap_socket(sock, server_side=True)
        received = b""
        while b"\r\n\r\n" not in received:
            octets = sock.recv(65536)
            if not octets:
                break
            received += octets
            if received[:1] == b"\x16":  # a TLS handshake (RFC 8446 5.1), and we speak none
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                break
        else:
            self.requests.append(received.partition(b"\r\n")[0])
            sock.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        if received and b"\r\n\r\n" not in received:
            self.requests.append(received)  # octets of a request, though not a whole one
        sock.close()


def has_ipv6() -> bool:
    """Whether this machine has a loopback of IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
