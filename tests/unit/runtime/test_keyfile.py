"""Digests of secrets are those of the standard library, so stores outlive this code."""

import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homing.runtime.keyfile import KEY_OCTETS, KeyFile


@given(st.binary(min_size=KEY_OCTETS, max_size=KEY_OCTETS), st.text())
def test_a_digest_is_hmac_sha256_and_the_next_does_not_depend_on_it(key: bytes, text: str) -> None:
    keys = KeyFile(key)
    for secret in (text, text, text + "\udc80"):
        octets = secret.encode("utf-8", "surrogatepass")
        assert keys.digest(secret) == hmac.digest(key, octets, "sha256")


def test_a_key_is_made_once_for_its_owner_alone_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "homing.db.key"
    first = KeyFile.open(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert KeyFile.open(path).digest("secret") == first.digest("secret")
    assert len(path.read_bytes()) == KEY_OCTETS


def test_two_keys_give_one_secret_two_digests(tmp_path: Path) -> None:
    one, two = (KeyFile.open(tmp_path / name) for name in ("one", "two"))
    assert one.digest("secret") != two.digest("secret")


def test_a_file_that_is_no_key_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="not a key"):
        KeyFile.open(path)
    assert path.read_bytes() == b"short"


def test_a_folder_that_does_not_exist_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        KeyFile.open(tmp_path / "absent" / "key")
