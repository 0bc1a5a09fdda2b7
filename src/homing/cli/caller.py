"""The account's own calls of the compatible API, and its several shapes of errors as one sentence.

The same client serves messages and receipts; see `homing.cli.control`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from homing.cli.control import Control, decoded
from homing.cli.problems import No, Sentence
from homing.cli.screen import safe

_FORM = "application/x-www-form-urlencoded"


class Caller(Control):
    """One gateway, asked as one account."""

    def __init__(
        self, *, socket_path: Path | None = None, url: str = "", credentials: tuple[str, str],
        source: str,
    ) -> None:  # fmt: skip
        """`source`: where the credentials come from, in words for people."""
        super().__init__(socket_path=socket_path, url=url, credentials=credentials)
        self.api_key, self.source = credentials[0], source

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """JSON. Raises No with the gateway's reason; Sentence when it could not be asked."""
        octets = self._asked("GET", f"{path}?{_spelled(query)}" if query else path, None)
        return decoded(octets, dict[str, Any])

    def post(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        """As `get`, with a form."""
        return decoded(self._asked("POST", path, _spelled(form).encode()), dict[str, Any])

    def balance(self) -> bytes:
        """The answer of /account/get-balance, as it came: decimals are not to be rounded."""
        return self._asked("GET", "/account/get-balance", None)

    def _asked(self, method: str, path: str, body: bytes | None) -> bytes:
        status, octets = self._call(method, path, body, _FORM)
        if status < 400:
            return octets
        if status == 401:
            raise No(
                f"{self.where} refuses the credentials of {safe(self.api_key)} ({self.source}): "
                "api_key or api_secret is wrong"
            )
        reason = _reason(octets)
        if reason and status < 500:
            raise No(reason)
        raise Sentence(f"{self.where} answers {path.partition('?')[0]} with HTTP status {status}")


def _spelled(values: Mapping[str, str]) -> str:
    return urlencode(values, encoding="utf-8", errors="surrogatepass")


def _reason(octets: bytes) -> str:
    """The field and the rule, wherever this family of calls puts them; empty when nowhere."""
    try:
        told = msgspec.json.decode(octets, type=dict[str, Any])
    except msgspec.MsgspecError:
        return ""
    fields = told.get("invalid_parameters")
    if isinstance(fields, dict) and fields:
        return safe("; ".join(f"{name}: {rule}" for name, rule in fields.items()))
    for name in ("error-code-label", "detail", "error_title"):
        if isinstance(told.get(name), str):
            return safe(told[name])
    return ""
