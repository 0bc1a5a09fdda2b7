"""What was signed is accepted as it was, in any order; any change of it is not."""

import hmac

from hypothesis import assume, given
from hypothesis import strategies as st

from homing.core.model.account import SignatureMethod
from homing.core.webhooks.signing import sign, verify

NOW_S = 1_600_000_000
NAMES = st.text(st.characters(exclude_characters="_"), min_size=1, max_size=8)
PARAMETERS = st.dictionaries(NAMES, st.text(max_size=20), max_size=8).map(
    lambda given: given | {"timestamp": str(NOW_S)}
)
SECRETS = st.text(min_size=1, max_size=80)
METHODS = st.sampled_from(SignatureMethod)


def own(parameters: dict[str, str]) -> dict[str, str]:
    parameters.pop("sig", None)
    parameters.pop("api_secret", None)
    return parameters


@given(PARAMETERS.map(own), SECRETS, METHODS, st.randoms())
def test_a_signature_fits_its_own_parameters_in_any_order(
    parameters: dict[str, str], secret: str, method: SignatureMethod, random: object
) -> None:
    pairs = list(parameters.items())
    random.shuffle(pairs)  # type: ignore[attr-defined]
    sig = sign(pairs, secret, method)
    assert sig == sign(parameters.items(), secret, method)
    for given_sig in (sig.lower(), sig.upper()):
        assert verify(parameters | {"sig": given_sig}, [secret], method, NOW_S) is None


@given(PARAMETERS.map(own), SECRETS, METHODS, NAMES, st.text(min_size=1, max_size=20))
def test_another_value_that_means_something_does_not_fit(
    parameters: dict[str, str], secret: str, method: SignatureMethod, name: str, value: str
) -> None:
    def as_signed(text: str) -> bytes:
        return text.replace("&", "_").replace("=", "_").encode("utf-8", "replace")

    assume(name not in ("sig", "api_secret", "timestamp"))
    assume(value.strip())  # a blank value means as much as none
    assume(name not in parameters or as_signed(parameters[name]) != as_signed(value))
    sig = sign(parameters.items(), secret, method)
    changed = parameters | {name: value, "sig": sig}
    assert verify(changed, [secret], method, NOW_S) is not None


@given(PARAMETERS.map(own), SECRETS, METHODS, st.integers(0, 7))
def test_two_parameters_made_one_do_not_fit(
    parameters: dict[str, str], secret: str, method: SignatureMethod, at: int
) -> None:
    sig = sign(parameters.items(), secret, method)
    names = sorted(parameters)[at : at + 2]
    assume(len(names) == 2)
    assume("timestamp" not in names)
    first, second = names
    merged = {name: value for name, value in parameters.items() if name not in names}
    merged[f"{first}={parameters[first]}&{second}"] = parameters[second]
    assert verify(merged | {"sig": sig}, [secret], method, NOW_S) is not None


@given(st.dictionaries(st.text(), st.text()), SECRETS, METHODS, st.booleans())
def test_any_parameters_at_all_are_answered(
    parameters: dict[str, str], secret: str, method: SignatureMethod, signs_none: bool
) -> None:
    parameters = {"timestamp": str(NOW_S), "sig": "ab"} | parameters
    assert verify(parameters, [secret], method, NOW_S, signs_none=signs_none) is not None


@given(st.binary(max_size=300).map(bytes.hex), SECRETS)
def test_the_macs_are_those_of_the_standard_library(value: str, secret: str) -> None:
    key = secret.encode("utf-8", "replace")
    for method in ("md5", "sha1", "sha256", "sha512"):
        made = sign([("a", value)], secret, SignatureMethod(method))
        assert made == hmac.digest(key, f"&a={value}".encode(), method).hex().upper()
