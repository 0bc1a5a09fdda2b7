"""What can go wrong in SMPP, by what the catcher must do: close, answer, or mend our own code.

A tree of its own: `core.smpp` knows nobody. Whoever runs a link turns these into the errors of
its layer.
"""

from typing import NamedTuple


class Header(NamedTuple):
    """The sixteen octets before every PDU's body. Source: SMPP 3.4 3.2."""

    command_length: int
    command_id: int
    command_status: int
    sequence_number: int


class SmppError(Exception):
    """Any of the three below."""


class FramingLost(SmppError):
    """Lengths no longer make sense: nobody knows where the next PDU begins. Close the link."""


class BadPdu(SmppError):
    """The frame is sound, its content is not. Answer with `command_status` and keep the link.

    `header` is None when only a body was read; the caller still holds the sequence number.
    """

    def __init__(self, header: Header | None, command_status: int, reason: str = "") -> None:
        super().__init__(reason)
        self.header = header
        self.command_status = command_status
        self.reason = reason


class LocalMistake(SmppError):
    """Our own code asked for what the protocol forbids: a bug here, never the peer's fault."""
