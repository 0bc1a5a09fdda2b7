"""Our signed webhooks before the checkers of five clients: every method and form, and changed."""

import itertools
from collections.abc import Callable

import pytest

from clients.having import having
from clients.libraries import CHECKS, METHODS, Client
from clients.site import SIGNATURE_SECRET, Site
from homing.core.model.account import SignatureMethod, WebhookMethod

FORMS = tuple(WebhookMethod)
REFERENCES = ["a=b&c", "Grüße €5"]
CHANGES = {"status": "failed", "err-code": "9", "messageId": "0A0000001234567B"}
_numbers = itertools.count(447_700_400_000)


def receipts(client: Client, site: Site, method: str, form: WebhookMethod) -> list[dict[str, str]]:
    """What the account's webhook is sent for two messages, signed."""
    site.give_signature_secret(client.facts)
    site.choose(client.facts, signature_method=SignatureMethod(method), signs_webhooks=True)
    site.set(client.facts, webhook_method=form)
    for reference in REFERENCES:
        given = {"from": "Acme", "to": str(next(_numbers)), "text": "hi", "client-ref": reference}
        client.returned("sms", **given)
    return site.told(client.facts, 2 * len(REFERENCES))


def _checking_test(method: str, row: str) -> Callable[..., None]:
    @pytest.mark.parametrize("form", FORMS)
    @having(row)
    def test(client: Client, site: Site, form: WebhookMethod) -> None:
        checker = client.given(signature_secret=SIGNATURE_SECRET, signature_method=method)
        other = checker.given(signature_secret="Another012345678")
        posts = receipts(client, site, method, form)
        assert {post["client-ref"] for post in posts} == set(REFERENCES)
        for post in posts:
            assert {"timestamp", "nonce", "sig"} <= post.keys()
            changed = [{**post, name: value} for name, value in CHANGES.items()]
            verdicts = checker.ask_in_turn(*(("check", {"params": dict(one)})
                                             for one in (post, *changed)))  # fmt: skip
            assert [one.returned for one in verdicts] == [True] + [False] * len(changed)
            assert other.ask("check", params=dict(post)).returned is False

    return test


test_md5hash, test_md5, test_sha1, test_sha256, test_sha512 = (
    _checking_test(method, row) for method, row in zip(METHODS, CHECKS, strict=True)
)
