"""Requests signed by the clients that can: taken as they are, refused when changed."""

import itertools
import time
from collections.abc import Callable

import pytest

from clients.having import having
from clients.libraries import METHODS, NPM_NEXMO, SIGNED, VONAGE_4, Client, Library
from clients.site import SIGNATURE_SECRET, Site
from homing.core.model.account import SignatureMethod

TEXT = "Grüße, signed; with ? and % and €"
_numbers = itertools.count(447_700_300_000)


def signing(client: Client, site: Site, method: str) -> Client:
    """The client with a signature secret in the place of its API secret."""
    site.give_signature_secret(client.facts)
    site.choose(client.facts, signature_method=SignatureMethod(method))
    return client.given(api_secret=None, signature_secret=SIGNATURE_SECRET, signature_method=method)


def message(text: str = TEXT) -> dict[str, str]:
    return {"from": "Acme", "to": str(next(_numbers)), "text": text}


def _signed_test(method: str, row: str) -> Callable[..., None]:
    @having(row)
    def test(client: Client, site: Site) -> None:
        signed = signing(client, site, method)
        found = signed.returned("sms", **message())
        assert found["messages"][0]["status"] == "0", found
        params = {"api_key": client.facts["api_key"], **message("A & B = C")}
        params["timestamp"] = str(int(time.time()))
        sig = signed.returned("sign", params=params)
        changed = {**params, "sig": sig, "text": "A & B = D"}
        assert site.call("/sms/json", changed)["messages"][0]["status"] == "14"
        assert site.call("/sms/json", {**params, "sig": sig})["messages"][0]["status"] == "0"

    return test


test_md5hash, test_md5, test_sha1, test_sha256, test_sha512 = (
    _signed_test(method, row) for method, row in zip(METHODS, SIGNED, strict=True)
)


@pytest.mark.parametrize("library", [pytest.param(VONAGE_4, id=VONAGE_4.name)])
@pytest.mark.parametrize("method", METHODS[1:])
def test_signatures_over_none_are_taken_only_where_the_account_says_so(
    client: Client, site: Site, method: str
) -> None:
    """PyPI `vonage` 4 signs the fields that it does not send, as `None`."""
    signed = signing(client, site, method)
    refused = signed.ask("sms", **message())
    assert client.library.read_refusal(refused).status == "14"
    site.choose(client.facts, accepts_none_signatures=True)
    found = signed.returned("sms", **message())
    assert found["messages"][0]["status"] == "0"


@pytest.mark.parametrize("library", [pytest.param(VONAGE_4, id=VONAGE_4.name)])
def test_it_cannot_be_told_to_sign_with_the_plain_hash(client: Client) -> None:
    signed = client.given(signature_secret=SIGNATURE_SECRET, signature_method="md5hash")
    assert signed.ask("sms", **message()).raised == "TypeError"


@pytest.mark.parametrize("library", [pytest.param(NPM_NEXMO, id=NPM_NEXMO.name)])
@pytest.mark.parametrize("text", ["hi & bye", "hi & bye = ok"])
def test_a_text_that_it_sends_broken_is_refused(
    client: Client, site: Site, library: Library, text: str
) -> None:
    """npm `nexmo` leaves `&` and `=` as they are in its query: half of the text is lost."""
    answer = signing(client, site, "md5hash").ask("sms", **message(text))
    assert library.read_refusal(answer).status == "14"
