"""Whatever a caller sends is a request that can be planned, or a refusal in words."""

from hypothesis import given
from hypothesis import strategies as st

from homing.core.encoding.udh import read_udh
from homing.core.smpp.short import read_submit_body
from homing.core.submit.plan import plan
from homing.core.submit.request import Refusal, read

any_text = st.text(st.characters(), max_size=300)  # lone surrogates included
plausible = {
    "from": st.sampled_from(["Acme", "+447700900000", "12345", "Nexmo CLI"]),
    "to": st.sampled_from(["447700900000", "+447700900000"]),
    "text": any_text,
    "type": st.sampled_from(["text", "unicode", "binary", "vcard"]),
    "body": st.binary(max_size=150).map(bytes.hex),
    "udh": st.sampled_from(["", "06050415811581", "0500030A0201", "05"]),
    "ttl": st.integers(0, 700_000_000).map(str),
    "message-class": st.integers(0, 4).map(str),
    "protocol-id": st.integers(0, 256).map(str),
    "callback": st.sampled_from(["http://a.example/x", "ftp://a.example"]),
    "client-ref": any_text,
}
any_params = st.fixed_dictionaries(
    {}, optional={name: st.one_of(values, any_text) for name, values in plausible.items()}
)
likely_params = st.fixed_dictionaries(
    {name: plausible[name] for name in ("from", "to", "text")},
    optional={name: plausible[name] for name in ("type", "body", "udh", "message-class", "ttl")},
)


@given(st.one_of(any_params, likely_params), st.integers(0, 2**31))
def test_any_parameters_are_planned_or_refused_in_words(params: dict[str, str], reference: int):
    request = read(params)
    if isinstance(request, Refusal):
        assert request.status > 0
        assert any(name in request.text for name in plausible)
        request.text.encode("utf-8")
        return
    bodies = plan(request, reference=reference)
    assert not isinstance(bodies, Refusal)
    for body in bodies:
        part = read_submit_body(body)
        assert part.registered_delivery == 1
        assert part.destination_addr.decode() == request.recipient
        assert 0 < len(part.short_message) <= 160


@given(st.binary(max_size=200))
def test_any_octets_are_read_as_a_header(octets: bytes):
    udh = read_udh(octets)
    assert 0 <= udh.length <= len(octets)
    if udh.concat is not None:
        assert 1 <= udh.concat.index <= udh.concat.count
