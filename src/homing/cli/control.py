"""A small synchronous client of our own API: over the operator's socket, or over HTTP.

Knows the routes' shapes and turns their error body into a sentence. Everything else of the
commands works on the typed stories that come back.
"""

import http.client
import os
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from homing.api.stories import read_story
from homing.cli.problems import NoGateway, Sentence
from homing.core.model.ids import show_id
from homing.runtime.settings import AF_UNIX_PATH_MAX
from homing.runtime.views import CarrierView, LearnedView, ReloadReport
from homing.store.contract import StoreInfo
from homing.store.pages import InboundMessagePage, InboxPage, MessageStory, ReceiptPage

T = TypeVar("T")

TIMEOUT_S = 30.0
BACKUP_TIMEOUT_S = 3600.0  # a copy of a large store takes as long as its disk takes


class NotRunning(Sentence):
    """Nobody answers there."""


class Refused(Sentence):
    """The gateway said no; `code` is its word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket; the host name only fills the header."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(str(self._path))
        except BaseException:
            self.sock.close()
            raise


class Control:
    """One gateway. Each call is a connection of its own: commands are short, gateways restart."""

    def __init__(
        self,
        *,
        socket_path: Path | None = None,
        url: str = "",
        credentials: tuple[str, str] | None = None,
    ) -> None:
        """Give `socket_path` (the operator, sees all) or `url` with an account's credentials."""
        assert (socket_path is None) != (not url)
        if socket_path is not None and len(os.fsencode(socket_path)) > AF_UNIX_PATH_MAX:
            raise Sentence(f"{socket_path}: the path is too long for a socket")
        self._socket_path, self._url, self._credentials = socket_path, url, credentials
        self.where = str(socket_path or url)

    # --- the routes

    def is_up(self) -> bool:
        """Whether somebody answers."""
        try:
            self._call("GET", "/homing/v1/health" if self._socket_path else "/health")
        except NotRunning:
            return False
        return True

    def accounts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/homing/v1/accounts")["accounts"]
        return found

    def add_account(self, **given: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.ask("POST", "/homing/v1/accounts", given)
        return made

    def set_account(self, api_key: str, **changes: Any) -> dict[str, Any]:
        path = f"/homing/v1/accounts/{quote(api_key, safe='')}"
        changed: dict[str, Any] = self.ask("PATCH", path, changes)
        return changed

    def carriers(self) -> list[CarrierView]:
        answer = self.ask("GET", "/homing/v1/carriers")
        return msgspec.convert(answer["carriers"], list[CarrierView])

    def reload(self) -> ReloadReport:
        return msgspec.convert(self.ask("POST", "/homing/v1/reload"), ReloadReport)

    def backup(self, path: Path) -> None:
        order = {"path": str(path)}
        self.ask("POST", "/homing/v1/store/backup", order, timeout_s=BACKUP_TIMEOUT_S)

    def store_info(self) -> StoreInfo:
        return msgspec.convert(self.ask("GET", "/homing/v1/store"), StoreInfo)

    def message(self, id_text: str) -> MessageStory | None:
        """By message id, part id or uuid; None when there is none."""
        try:
            answer = self._call("GET", f"/homing/v1/messages/{quote(id_text, safe='')}")
            return decoded(_checked(*answer), MessageStory, read_story)
        except Refused as refused:
            if refused.code != "unknown_message":
                raise
            return None

    def receipts(self, after_id: int, limit: int) -> ReceiptPage:
        """The receipts that came after one, in the order in which they came."""
        query = urlencode({"after": show_id(after_id), "limit": limit})
        answer = self._call("GET", f"/homing/v1/receipts?{query}")
        return decoded(_checked(*answer), ReceiptPage, read_story)

    def inbound(self, after: str | None, limit: int) -> InboundMessagePage:
        """Messages from handsets after a cursor, in the order in which they came."""
        query = urlencode({"limit": limit} if after is None else {"after": after, "limit": limit})
        answer = self._call("GET", f"/homing/v1/inbound?{query}")
        return decoded(_checked(*answer), InboundMessagePage, read_story)

    def unmatched(self, after: str | None, limit: int, carrier: str | None) -> InboxPage:
        """The inbox after a cursor, the oldest first. `carrier` None: of all."""
        given = {"after": after, "limit": limit, "carrier": carrier}
        query = urlencode({name: value for name, value in given.items() if value is not None})
        answer = self._call("GET", f"/homing/v1/receipts/unmatched?{query}")
        return decoded(_checked(*answer), InboxPage, read_story)

    def match(self, receipt: str, part: str) -> None:
        path = f"/homing/v1/receipts/{quote(receipt, safe='')}/match"
        self.ask("POST", path, {"part": part})

    def dismiss(self, receipt: str) -> None:
        self.ask("POST", f"/homing/v1/receipts/{quote(receipt, safe='')}/dismiss")

    def learned(self, carrier: str) -> LearnedView:
        """What was learned of its receipts."""
        return self._learned("GET", carrier)

    def pin(self, carrier: str, relation: str | None) -> LearnedView:
        """`relation`: a word of RELATIONS; None: no longer pinned."""
        return self._learned("PATCH", carrier, body={"pin": relation})

    def reset_learned(self, carrier: str) -> LearnedView:
        return self._learned("POST", carrier, "/reset")

    def _learned(
        self, method: str, carrier: str, tail: str = "", body: object = None
    ) -> LearnedView:
        path = f"/homing/v1/carriers/{quote(carrier, safe='')}{tail}"
        return msgspec.convert(self.ask(method, path, body), LearnedView)

    def submit(self, form: Mapping[str, str]) -> dict[str, Any]:
        """POST /sms/json. A refusal is an answer: see `messages[].status`."""
        body = urlencode(form, encoding="utf-8", errors="surrogatepass").encode()
        kind = "application/x-www-form-urlencoded"
        return decoded(_checked(*self._call("POST", "/sms/json", body, kind)), dict[str, Any])

    # --- the way there

    def ask(
        self, method: str, path: str, body: object = None, *, timeout_s: float = TIMEOUT_S
    ) -> dict[str, Any]:
        """One JSON call. Raises NotRunning, Refused, NoGateway."""
        octets = None if body is None else msgspec.json.encode(body)
        answer = self._call(method, path, octets, "application/json", timeout_s)
        return decoded(_checked(*answer), dict[str, Any])

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        kind: str = "application/json",
        timeout_s: float = TIMEOUT_S,
    ) -> tuple[int, bytes]:
        headers = {"Content-Type": kind} if body is not None else {}
        if self._credentials is not None and not path.startswith("/sms/"):
            pair = ":".join(self._credentials).encode()
            headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
        connection, base = self._connection(timeout_s)
        try:
            connection.request(method, base + path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except TimeoutError:
            raise Sentence(f"{self.where} did not answer within {timeout_s:.0f} s") from None
        except ssl.SSLError as fault:
            raise Sentence(f"{self.where}: TLS failed: {fault.reason or fault}") from fault
        except (OSError, http.client.HTTPException) as fault:
            words = getattr(fault, "strerror", None) or str(fault)
            raise NotRunning(f"no gateway answers at {self.where}: {words}") from fault
        finally:
            connection.close()

    def _connection(self, timeout_s: float) -> tuple[http.client.HTTPConnection, str]:
        if self._socket_path is not None:
            return _UnixConnection(self._socket_path, timeout_s), ""
        try:
            url = urlsplit(self._url if "://" in self._url else f"http://{self._url}")
            host, port = url.hostname, url.port
        except ValueError:
            host = None
        if not host or url.scheme not in ("http", "https"):
            raise Sentence(f"{self._url!r} is no URL like http://127.0.0.1:8080")
        base = url.path.rstrip("/")
        if url.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout_s), base
        # The variable that makes the Python clients trust a development certificate.
        context = ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE") or None)
        return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context), base


def _read_json(octets: bytes, kind: type[T]) -> T:
    return msgspec.json.decode(octets, type=kind)


def decoded(octets: bytes, kind: type[T], read: Callable[[bytes, type[T]], T] = _read_json) -> T:
    """What a good answer says. Raises NoGateway: it may be that of any program."""
    try:
        return read(octets, kind)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        raise NoGateway("its answer cannot be read") from None


def _checked(status: int, body: bytes) -> bytes:
    """The body of a good answer. Raises Refused with the words of a bad one."""
    if status < 400:
        return body
    try:
        told = msgspec.json.decode(body)
        code, message, param = str(told["code"]), str(told["message"]), told.get("param")
    except (msgspec.MsgspecError, KeyError, TypeError, AttributeError):
        raise Refused("", f"the answer was HTTP status {status}") from None
    is_named = not param or re.search(rf"\b{re.escape(str(param))}\b", message)
    raise Refused(code, message if is_named else f"{param}: {message}")
