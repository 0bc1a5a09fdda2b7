"""Signatures are those of the official clients, and what was changed or is late is refused."""

import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from homing.core.model.account import SignatureMethod
from homing.core.webhooks.signing import (
    TOLERANCE_S,
    Stamp,
    add_signature,
    sign,
    string_to_sign,
    verify,
)

VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parents[3] / "vectors/signatures.jsonl").read_text().splitlines()
]
EACH = [
    pytest.param(one, SignatureMethod(method), sig, id=f"{one['name']}, {method}")
    for one in VECTORS
    for method, sig in one["signatures"].items()
]
SECRET = "SigSecret0123456"
NOW_S = 1_461_605_400
SHA256 = SignatureMethod.SHA256
SENT = {"api_key": "abcd1234", "from": "Acme", "text": "a&b", "timestamp": "1461605396", "to": "1"}


def signed(parameters: dict[str, str], **changes: str) -> dict[str, str]:
    return parameters | {"sig": sign(parameters.items(), SECRET, SHA256)} | changes


def fault(parameters: dict[str, str], *secrets: str, **options: Any) -> str | None:
    return verify(parameters, secrets or (SECRET,), SHA256, NOW_S, **options)


@pytest.mark.parametrize(("vector", "method", "sig"), EACH)
def test_signatures_are_those_of_the_official_clients(
    vector: dict[str, Any], method: SignatureMethod, sig: str
) -> None:
    made = sign(vector["parameters"].items(), vector["secret"], method)
    assert made == (sig.lower() if method is SignatureMethod.MD5HASH else sig.upper())


@pytest.mark.parametrize(("vector", "method", "sig"), EACH)
def test_signatures_of_official_clients_are_accepted_in_either_case(
    vector: dict[str, Any], method: SignatureMethod, sig: str
) -> None:
    parameters = {"timestamp": "7"} | vector["parameters"]
    if parameters != vector["parameters"]:  # vectors without a time prove only how we sign
        sig = sign(parameters.items(), vector["secret"], method)
    for given in (sig.lower(), sig.upper()):
        now_s = int(parameters["timestamp"]) + 5
        secrets = ("another one", vector["secret"])
        assert verify(parameters | {"sig": given}, secrets, method, now_s) is None


def test_the_string_to_sign_is_sorted_by_octets_and_cleans_values() -> None:
    (vector,) = (one for one in VECTORS if "string_to_sign" in one)
    assert string_to_sign(vector["parameters"].items()) == vector["string_to_sign"]
    assert string_to_sign([("b", "1&2=3"), ("a", ""), ("B", "x")]) == "&B=x&a=&b=1_2_3"


def test_sig_and_secret_are_never_signed() -> None:
    pairs = [("a", "1"), ("sig", "x"), ("api_secret", "y")]
    assert string_to_sign(pairs) == "&a=1"


def test_a_repeated_parameter_makes_another_signature() -> None:
    once = [("text", "hi"), ("to", "1")]
    assert string_to_sign([*once, ("text", "hi")]) == "&text=hi&text=hi&to=1"
    assert sign([*once, ("text", "hi")], SECRET, SHA256) != sign(once, SECRET, SHA256)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "b&a"}, {"to": "2"}, {"timestamp": "1461605397"}, {"ttl": "900000"},
        {"sig": "0" * 64}, {"sig": "z"}, {"sig": "é\ud800"}, {"sig": "0" * 10_000},
    ],
)  # fmt: skip
def test_what_was_changed_or_added_is_refused(change: dict[str, str]) -> None:
    found = fault(signed(SENT) | change)
    assert found is not None
    assert "sig does not fit" in found
    assert "sha256" in found


def test_what_was_taken_away_is_refused() -> None:
    without = {name: value for name, value in signed(SENT).items() if name != "from"}
    assert "sig does not fit" in str(fault(without))


def test_a_signature_of_another_secret_or_method_is_refused() -> None:
    assert fault(signed(SENT), "SigSecret0123457") is not None
    assert fault(SENT | {"sig": sign(SENT.items(), SECRET, SignatureMethod.SHA512)}) is not None
    assert fault(signed(SENT), "other", SECRET) is None


@pytest.mark.parametrize("away_s", [-TOLERANCE_S, 0, TOLERANCE_S])
def test_a_timestamp_within_the_tolerance_is_accepted(away_s: int) -> None:
    assert fault(signed(SENT | {"timestamp": str(NOW_S + away_s)})) is None


@pytest.mark.parametrize(
    ("timestamp", "words"),
    [
        (str(NOW_S + TOLERANCE_S + 1), "more than 300 s away"),
        (str(NOW_S - TOLERANCE_S - 1), "more than 300 s away"),
        ("", "timestamp is required"),
        ("2020-01-01 14:00:00", "timestamp must be Unix seconds"),
        ("-1", "timestamp must be Unix seconds"),
        ("1" * 400_000, "timestamp must be Unix seconds"),
        ("١٤٦١٦٠٥٤٠٠", "timestamp must be Unix seconds"),
    ],
)
def test_a_timestamp_that_is_wrong_or_far_away_is_named(timestamp: str, words: str) -> None:
    assert words in str(fault(signed(SENT | {"timestamp": timestamp})))


def test_a_missing_timestamp_or_sig_is_named() -> None:
    assert "timestamp is required" in str(fault({"sig": "ab"}))
    assert "sig is required" in str(fault(SENT))


def test_names_are_cleaned_after_sorting() -> None:
    pairs = [("a_b", "1"), ("a&b", "2"), ("a=b", "3")]
    assert string_to_sign(pairs) == "&a_b=2&a_b=3&a_b=1"
    assert string_to_sign([("b=c", "&")]) == "&b_c=_"


def test_no_name_passes_for_two_signed_parameters() -> None:
    merged = signed(SENT)
    del merged["from"], merged["text"]
    assert "sig does not fit" in str(fault(merged | {"from=Acme&text": "a_b"}))


def test_blank_values_may_be_left_out_as_some_clients_do_but_no_others() -> None:
    sig = signed(SENT)["sig"]
    assert fault(SENT | {"client-ref": "", "ttl": " ", "sig": sig}) is None
    assert fault(signed(SENT | {"client-ref": ""})) is None
    assert fault(SENT | {"client-ref": "x", "sig": sig}) is not None


NONE_SIGNED = (  # of PyPI vonage 4.9.1: what it hashes for SENT, unset fields and `sig` with it
    "&account-ref=None&api_key=abcd1234&body=None&callback=None&client-ref=None&content-id=None"
    "&entity-id=None&from=Acme&message-class=None&protocol-id=None&sig=None&status-report-req=None"
    "&text=a_b&timestamp=1461605396&to=1&trusted-number=None&ttl=None&type=None&udh=None"
)


@pytest.mark.parametrize("without", ["", "&trusted-number=None"])
def test_fields_signed_as_none_are_accepted_only_where_the_account_says_so(without: str) -> None:
    text = NONE_SIGNED.replace(without, "") if without else NONE_SIGNED
    sig = hmac.digest(SECRET.encode(), text.encode(), "sha256").hex()
    assert "sig does not fit" in str(fault(SENT | {"sig": sig}))
    assert fault(SENT | {"sig": sig}, signs_none=True) is None
    assert fault(SENT | {"sig": sig, "to": "2"}, signs_none=True) is not None
    assert fault(signed(SENT), signs_none=True) is None, "sound clients go on"


def test_a_webhook_is_signed_at_its_end_and_keeps_its_values() -> None:
    stamp = Stamp(SECRET, SHA256, "ec11dd3e-1e7f-4db5-9467-82b02cd223b9")
    pairs = [("to", "A & B"), ("status", "delivered")]
    add_signature(pairs, stamp, 1_577_887_200_999)
    assert pairs[:4] == [
        ("to", "A & B"), ("status", "delivered"), ("timestamp", "1577887200"),
        ("nonce", stamp.nonce),
    ]  # fmt: skip
    assert pairs[4:] == [("sig", sign(pairs[:4], SECRET, SHA256))]


def test_a_stamp_does_not_show_its_secret() -> None:
    stamp = Stamp(SECRET, SHA256, "n")
    assert SECRET not in f"{stamp!r} {stamp} {[stamp]}"


def test_a_secret_longer_than_a_block_signs_as_hmac_does() -> None:
    key = "k" * 200
    assert (
        sign([("a", "1")], key, SHA256)
        == hmac.digest(key.encode(), b"&a=1", "sha256").hex().upper()
    )
