"""Digests of secrets are those of the standard library, so stores outlive this code."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from homing.runtime.keyfile import KEY_OCTETS, KeyFile


@given(st.binary(min_size=KEY_OCTETS, max_size=KEY_OCTETS), st.text())
def test_a_digest_is_hmac_sha256_and_the_next_does_not_depend_on_it(key: bytes, text: str) -> None:
    keys = KeyFile(key)
    for secret in (text, text, text + "\udc80"):
        octets = secret.encode("utf-8", "surrogatepass")
        assert keys.digest(secret) == hmac.digest(key, octets, "sha256")
