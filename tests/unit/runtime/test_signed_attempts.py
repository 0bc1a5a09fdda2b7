"""Webhooks of an account that signs: each attempt anew, also after a start; others unsigned."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from homing.core.model.account import SignatureMethod
from homing.core.webhooks.signing import verify
from support.house import House, Webhook

SECRET = "SigSecret0123456"


class Reading(Webhook):
    """Keeps what each attempt told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, str]] = []

    def post(self, url: object, request: bytes, key: int, done: Any) -> None:
        target = request.split(b" ", 2)[1].decode()
        self.told.append(dict(parse_qsl(urlsplit(target).query, keep_blank_values=True)))
        super().post(url, request, key, done)


def reading_house(folder) -> tuple[House, Reading]:
    house = House(folder, carriers={"north": {}})
    house.webhook = webhook = Reading()
    return house, webhook


async def delivered(house: House) -> None:
    north = house.smscs["north"]
    await house.accept(1)
    await house.until(lambda: north.submits)
    north.deliver(north.submits[-1].id)


def is_sound(told: dict[str, str], secret: str = SECRET) -> bool:
    at_s = int(told["timestamp"])
    return verify(told, [secret], SignatureMethod.SHA256, at_s) is None


def test_each_attempt_is_signed_anew(tmp_path):
    house, webhook = reading_house(tmp_path)

    async def life() -> None:
        await house.up("north")
        (account,) = house.gateway.accounts.all()
        await house.gateway.accounts.rotate_signature_secret(account.api_key, SECRET)
        await house.gateway.accounts.set(
            account.api_key, signs_webhooks=True, signature_method="sha256"
        )
        webhook.http_status = 500
        await delivered(house)
        await house.until(lambda: len(webhook.told) == 2)
        webhook.http_status = 200

    async def next_life() -> None:
        await house.up("north")
        await house.until(lambda: len(webhook.told) == 3)

    house.live(life)
    house.live(next_life)
    assert all(is_sound(told) for told in webhook.told)
    assert [list(told)[-3:] for told in webhook.told] == [["timestamp", "nonce", "sig"]] * 3
    assert len({told["nonce"] for told in webhook.told}) == 3
    assert len({told["timestamp"] for told in webhook.told}) == 3
    assert len({told["messageId"] for told in webhook.told}) == 1


def test_an_attempt_after_a_rotation_is_signed_by_the_new_secret(tmp_path):
    house, webhook = reading_house(tmp_path)

    async def life() -> None:
        await house.up("north")
        (account,) = house.gateway.accounts.all()
        accounts = house.gateway.accounts
        await accounts.rotate_signature_secret(account.api_key, SECRET)
        await accounts.set(account.api_key, signs_webhooks=True, signature_method="sha256")
        webhook.http_status = 500
        await delivered(house)
        await house.until(lambda: len(webhook.told) == 1)
        await accounts.rotate_signature_secret(account.api_key, "NextSecret012345")
        await house.until(lambda: len(webhook.told) == 2)

    house.live(life)
    assert [is_sound(told) for told in webhook.told] == [True, False]
    assert is_sound(webhook.told[1], "NextSecret012345")


def test_an_account_with_a_secret_that_does_not_sign_tells_nothing_of_it(tmp_path):
    house, webhook = reading_house(tmp_path)

    async def life() -> None:
        await house.up("north")
        (account,) = house.gateway.accounts.all()
        await house.gateway.accounts.rotate_signature_secret(account.api_key, SECRET)
        await delivered(house)
        await house.until(lambda: webhook.told)

    house.live(life)
    assert not {"timestamp", "nonce", "sig"} & set(webhook.told[0])
