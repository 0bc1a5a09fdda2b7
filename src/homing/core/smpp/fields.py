"""The kinds of field that PDU bodies are made of: how each is read and written.

Values are `int` or `bytes`. Lists (the destinations of submit_multi) stay octets after they were
checked: nothing in this gateway sends to many at once, and one shape keeps every reader simple.
Source: SMPP 3.4 3.1.
"""

from typing import Protocol

Value = int | bytes


class FieldUnsound(Exception):
    """This field cannot be read at this place. `is_cut`: the body ended inside it."""

    def __init__(self, reason: str, *, is_cut: bool) -> None:
        super().__init__(reason)
        self.is_cut = is_cut


class Kind(Protocol):
    """One kind of field. `read` gives the value and where the next field begins."""

    def read(self, body: bytes, at: int) -> tuple[Value, int]: ...

    def write(self, value: Value) -> bytes: ...

    @property
    def empty(self) -> Value: ...


class Int:
    """An unsigned integer of `size` octets, most significant first."""

    empty: Value = 0

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, body: bytes, at: int) -> tuple[Value, int]:
        end = at + self.size
        if end > len(body):
            raise FieldUnsound("the body ends before it", is_cut=True)
        return int.from_bytes(body[at:end], "big"), end

    def write(self, value: Value) -> bytes:
        if not isinstance(value, int) or not 0 <= value < 1 << 8 * self.size:
            raise ValueError(f"not an integer of {self.size} octets")
        return value.to_bytes(self.size, "big")


class CString:
    """Octets closed by NUL; `octets_max` counts the NUL."""

    empty: Value = b""

    def __init__(self, octets_max: int) -> None:
        self.octets_max = octets_max

    def read(self, body: bytes, at: int) -> tuple[Value, int]:
        end = body.find(0, at, at + self.octets_max)
        if end < 0:
            is_cut = len(body) < at + self.octets_max
            raise FieldUnsound(f"no NUL within {self.octets_max} octets", is_cut=is_cut)
        return body[at:end], end + 1

    def write(self, value: Value) -> bytes:
        if not isinstance(value, bytes) or len(value) >= self.octets_max or 0 in value:
            raise ValueError(f"not up to {self.octets_max - 1} octets without NUL")
        return value + b"\0"


class Octets:
    """Octets after one octet that tells their number: sm_length and short_message."""

    empty: Value = b""

    def read(self, body: bytes, at: int) -> tuple[Value, int]:
        if at >= len(body):
            raise FieldUnsound("the body ends before its length", is_cut=True)
        end = at + 1 + body[at]
        if end > len(body):
            raise FieldUnsound("longer than the body", is_cut=False)
        return body[at + 1 : end], end

    def write(self, value: Value) -> bytes:
        if not isinstance(value, bytes) or len(value) > 255:
            raise ValueError("not up to 255 octets")
        return bytes((len(value),)) + value


class Destinations:
    """number_of_dests and its dest_address entries, kept as octets. Source: SMPP 3.4 4.5.1.1."""

    empty: Value = b"\0"

    _SME = (Int(1), Int(1), CString(21))
    _LIST = (CString(21),)

    def read(self, body: bytes, at: int) -> tuple[Value, int]:
        if at >= len(body):
            raise FieldUnsound("the body ends before the number of destinations", is_cut=True)
        start, count, at = at, body[at], at + 1
        for _ in range(count):
            flag, at = Int(1).read(body, at)
            if flag not in (1, 2):
                raise FieldUnsound("dest_flag is neither 1 nor 2", is_cut=False)
            for kind in self._SME if flag == 1 else self._LIST:
                _, at = kind.read(body, at)
        return body[start:at], at

    def write(self, value: Value) -> bytes:
        if not isinstance(value, bytes) or self.read(value, 0)[1] != len(value):
            raise ValueError("not a list of destinations")
        return value


class Unsuccessful:
    """no_unsuccess and its unsuccess_sme entries, kept as octets. Source: SMPP 3.4 4.5.2."""

    empty: Value = b"\0"

    _ENTRY = (Int(1), Int(1), CString(21), Int(4))

    def read(self, body: bytes, at: int) -> tuple[Value, int]:
        if at >= len(body):
            raise FieldUnsound("the body ends before the number of entries", is_cut=True)
        start, count, at = at, body[at], at + 1
        for _ in range(count):
            for kind in self._ENTRY:
                _, at = kind.read(body, at)
        return body[start:at], at

    def write(self, value: Value) -> bytes:
        if not isinstance(value, bytes) or self.read(value, 0)[1] != len(value):
            raise ValueError("not a list of refused destinations")
        return value


FieldTable = tuple[tuple[str, Kind], ...]
