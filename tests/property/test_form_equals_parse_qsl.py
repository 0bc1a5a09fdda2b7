"""Our reader of forms means what the standard library's means, for any octets."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from homing.api.form import TooManyParameters, read_fields, read_form
from homing.core.model.limits import REQUEST_PARAMETERS_MAX

PIECES = st.sampled_from(
    [b"&", b"=", b"+", b"%", b"%4", b"%41", b"%e2%82%ac", b"%E2%82", b"%ff", b"%zz", b"%%41", b";",
     b"a", b"to", "€".encode(), b"\xff", b"\xe2\x82", b"\x00", b" ", b"%00", b"%2B", b"%26", b"%3d"]
)  # fmt: skip
OCTETS = st.one_of(st.binary(max_size=80), st.lists(PIECES, max_size=24).map(b"".join))


def expected(octets: bytes) -> list[tuple[str, str]]:
    return parse_qsl(octets.decode("utf-8", "replace"), keep_blank_values=True)


@given(OCTETS.filter(lambda octets: octets.count(b"&") < REQUEST_PARAMETERS_MAX))
@example(b"a=%E2%82%AC&b=\xe2\x82\xac%e2")
@example(b"&&a&=b&c==d&")
def test_any_octets_are_read_as_the_standard_library_reads_them(octets):
    assert read_form(octets) == expected(octets)
    assert read_fields(octets) == dict(expected(octets))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=12))
def test_what_a_client_encodes_is_read_back(pairs):
    assert read_form(urlencode(pairs).encode()) == pairs
    assert read_fields(urlencode(pairs).encode()) == dict(pairs)


@pytest.mark.parametrize("read", [read_form, read_fields])
@pytest.mark.parametrize("escape", [b"", b"&%41=1"])
def test_more_fields_than_the_bound_are_refused(read, escape):
    most = b"&".join([b"a=1"] * (REQUEST_PARAMETERS_MAX - escape.count(b"&"))) + escape
    assert read(most)
    with pytest.raises(TooManyParameters):
        read(most + b"&")
