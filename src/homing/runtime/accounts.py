"""The accounts, whole in memory: who may submit, and where receipts go.

API secrets are known by their digests alone. Secrets for signing are recoverable by nature: in the
store they are sealed under the key file, in memory they stand in `Account.signature_secrets`, and
nothing here shows or logs them.
"""

import hmac
import logging
import secrets
from asyncio import Future, Lock, get_running_loop
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import uuid4

import msgspec

from homing.core.model.account import Account, ApiSecret, SignatureSecret
from homing.core.model.limits import API_RATE_PER_S
from homing.core.webhooks.signing import TOLERANCE_S, Stamp, verify
from homing.runtime.account_rules import (
    API_SECRETS_MAX,
    CHECKS,
    OPTION_CHECKS,
    SIGNATURE_SECRETS_MAX,
    AccountProblem,
    LastSecret,
    TooManySecrets,
    UnknownSecret,
    check_together,
    checked_api_secret,
    checked_balance,
    checked_method,
    checked_name,
    checked_rate,
    checked_signature_secret,
    checked_url,
)
from homing.runtime.clock import Clock
from homing.runtime.keyfile import KeyFile, WrongKey
from homing.runtime.nonces import Nonces, NonceSource
from homing.store.contract import PutAccount, Store

__all__ = ["AccountProblem", "Accounts", "LastSecret", "TooManySecrets", "UnknownSecret"]

log = logging.getLogger(__name__)

KEY_CHARACTERS = "0123456789abcdef"
OVERLAP_S = 86_400  # how long a secret for signing is still accepted after it was rotated out
OVERLAP_MAX_S = 90 * 86_400


TOP_UPS_KEPT = 100  # of an account: a `trx` that is older adds again


class _Kept(SignatureSecret, frozen=True, array_like=True):
    """As it is in memory: no repr of an account shows it."""

    def __repr__(self) -> str:
        return f"SignatureSecret(id={self.id!r})"


_secrets_of = msgspec.msgpack.Decoder(tuple[_Kept, ...]).decode


class Accounts:
    """Reads never touch the store. Changes are durable before they return."""

    def __init__(
        self, store: Store, keys: KeyFile, clock: Clock, *, tolerance_s: int = TOLERANCE_S
    ) -> None:
        """`tolerance_s`: so far may the time of a signed request lie from ours, either way."""
        self._store, self._keys, self._clock = store, keys, clock
        self._by_key: dict[str, Account] = {}
        self._by_id: dict[int, Account] = {}
        self._changing = Lock()
        self._tolerance_s = tolerance_s
        self._nonces, self._nonce_source = Nonces(tolerance_s), NonceSource()
        self.on_change: Callable[[Account], None] = lambda account: None

    def load(self, accounts: Iterable[Account]) -> None:
        """As the store gave them: see `store.contract.PutAccount.sealed`."""
        for account in accounts:
            if account.signature_secrets:
                account.signature_secrets = self._unsealed(account)
            self._remember(account)

    def by_key(self, api_key: str) -> Account | None:
        return self._by_key.get(api_key)

    def by_id(self, account_id: int) -> Account | None:
        return self._by_id.get(account_id)

    def all(self) -> list[Account]:
        return sorted(self._by_key.values(), key=lambda account: account.id)

    # --- who is calling

    def check(self, api_key: str, secret: str) -> Account | None:
        """The account, when the secret is one of its own; compared in constant time."""
        account = self._by_key.get(api_key)
        digest = self._keys.digest(secret)
        if account is None:
            return None
        fits = False
        for known in account.secrets:
            fits |= hmac.compare_digest(known.digest, digest)
        return account if fits else None

    def check_signature(self, account: Account, parameters: Mapping[str, str]) -> str | None:
        """Why the signature of these parameters is not this account's, in words; None: it is.

        A nonce counts as used from its first sound signature on. Without one, the same request may
        come again while its timestamp is accepted: official clients send none and sign whole
        seconds, so their second "yes" to one number is the very same request.
        """
        now_ms = self._clock.wall_ms()
        accepted = [
            one.secret
            for one in account.signature_secrets
            if not one.retires_at_ms or now_ms < one.retires_at_ms
        ]
        if not accepted:
            return "the account has no signature secret that is accepted now"
        options = account.options
        fault = verify(
            parameters,
            accepted,
            options.signature_method,
            now_ms / 1000,
            tolerance_s=self._tolerance_s,
            signs_none=options.accepts_none_signatures,
        )
        if fault is not None:
            return fault
        nonce = parameters.get("nonce")
        if nonce and not self._nonces.use(account.id, nonce, now_ms / 1000):
            return f"nonce was used already in the last {self._nonces.window_s} s"
        return None

    def stamp(self, account: Account) -> Stamp | None:
        """What signs the next request to this account's application; None: it is not signed."""
        options = account.options
        if not options.signs_webhooks:
            return None
        for one in account.signature_secrets:
            if not one.retires_at_ms:
                return Stamp(one.secret, options.signature_method, self._nonce_source.take())
        return None

    # --- changes

    async def add(
        self,
        name: str,
        *,
        webhook_url: str | None = None,
        webhook_method: str = "GET",
        rate_per_s: int | None = API_RATE_PER_S,
        balance: int | None = None,
        api_key: str | None = None,
        secret: str | None = None,
    ) -> tuple[Account, str]:
        """A new account and its secret, which is shown here once and kept nowhere.

        Raises AccountProblem.
        """
        checked_name(name)
        if any(account.name == name for account in self._by_key.values()):
            raise AccountProblem("name", f"an account is already named {name!r}")
        secret = secret or "".join(secrets.choice(KEY_CHARACTERS) for _ in range(16))
        account = Account(
            id=max(self._by_id, default=0) + 1,
            api_key=api_key or self._new_key(),
            name=name,
            secrets=(self.new_secret(secret),),
            webhook_url=checked_url(webhook_url),
            webhook_method=checked_method(webhook_method),
            rate_per_s=checked_rate(rate_per_s),
            balance=checked_balance(balance),
            created_at_ms=self._clock.wall_ms(),
        )
        self._remember(account)  # before the wait: two adds at once must not take one id
        try:
            await self._put(PutAccount(account=account, balance_too=True))
        except BaseException:
            self._by_key.pop(account.api_key, None)
            self._by_id.pop(account.id, None)
            raise
        return account, secret

    def new_secret(self, secret: str) -> ApiSecret:
        return ApiSecret(str(uuid4()), self._keys.digest(secret), self._clock.wall_ms())

    async def set(self, api_key: str, /, **changes: Any) -> Account:
        """Change what `CHECKS` and `OPTION_CHECKS` of the rules name, options by their own names.

        Raises AccountProblem; KeyError when there is no such account.
        """
        async with self._changing:  # two at once would each write the other's old values
            account = self._by_key[api_key]
            return await self._apply(account, _checked(account, changes))

    async def add_secret(self, api_key: str, secret: str) -> ApiSecret:
        """One more API secret; the others stay. Raises AccountProblem, TooManySecrets, KeyError."""
        async with self._changing:
            account = self._by_key[api_key]
            checked_api_secret(secret)
            if len(account.secrets) >= API_SECRETS_MAX:
                rule = f"an account has at most {API_SECRETS_MAX} secrets: remove one first"
                raise TooManySecrets("secret", rule)
            added = self.new_secret(secret)
            await self._apply(account, {"secrets": (*account.secrets, added)})
            return added

    async def remove_secret(self, api_key: str, secret_id: str) -> None:
        """Opens nothing from now on. Raises UnknownSecret, LastSecret, KeyError."""
        async with self._changing:
            account = self._by_key[api_key]
            left = tuple(one for one in account.secrets if one.id != secret_id)
            if len(left) == len(account.secrets):
                raise UnknownSecret("secret_id", "the account has no secret of this id")
            if not left:
                raise LastSecret("secret_id", "the last secret of an account must stay")
            await self._apply(account, {"secrets": left})

    async def rotate_signature_secret(
        self, api_key: str, secret: str | None = None, *, overlap_s: int = OVERLAP_S
    ) -> tuple[Account, str]:
        """The secret that signs from now on: a new one, or the one given.

        The one before is still accepted for `overlap_s`, but signs nothing more; those that were
        retiring already are accepted no longer than that. 0 retires them all at once.

        Raises AccountProblem, TooManySecrets; KeyError when there is no such account.
        """
        if not 0 <= overlap_s <= OVERLAP_MAX_S:
            raise AccountProblem("overlap_s", f"must be 0 to {OVERLAP_MAX_S} seconds")
        secret = secrets.token_hex(16) if secret is None else checked_signature_secret(secret)
        async with self._changing:
            account, now_ms = self._by_key[api_key], self._clock.wall_ms()
            kept = [_Kept(str(uuid4()), secret, now_ms)]
            for one in account.signature_secrets:
                end_ms = min(one.retires_at_ms or 1 << 62, now_ms + overlap_s * 1000)
                if end_ms > now_ms and one.secret != secret:
                    kept.append(_Kept(one.id, one.secret, one.created_at_ms, end_ms))
            if len(kept) > SIGNATURE_SECRETS_MAX:
                rule = f"at most {SIGNATURE_SECRETS_MAX} are accepted at once: wait, or overlap_s 0"
                raise TooManySecrets("rotate", rule)
            return await self._apply(account, {"signature_secrets": tuple(kept)}), secret

    async def top_up(self, api_key: str, trx: str) -> Account:
        """Add what the operator set, once for each `trx`, also over a restart.

        Raises AccountProblem.
        """
        async with self._changing:
            account = self._by_key[api_key]
            options = account.options
            if trx in options.top_ups:
                return account
            if account.balance is None or options.top_up is None:
                raise AccountProblem("trx", "the account is not charged: nothing to top up")
            balance = checked_balance(account.balance + options.top_up)
            kept = (*options.top_ups, trx)[-TOP_UPS_KEPT:]
            changed = msgspec.structs.replace(options, top_ups=kept)
            return await self._apply(account, {"balance": balance, "options": changed})

    async def _apply(self, account: Account, changes: dict[str, Any]) -> Account:
        changed = msgspec.structs.replace(account, **changes)
        before = account.balance
        put = PutAccount(account=changed, balance_too="balance" in changes)
        if "signature_secrets" in changes:
            octets = msgspec.msgpack.encode(changed.signature_secrets)
            put.sealed = self._keys.seal(octets, _label(account))
        await self._put(put)
        if changes.get("balance") is not None and before is not None:
            # What was spent while the commit was on its way is spent from the new balance.
            changes["balance"] += (account.balance or 0) - before
        # The object stays the same: messages on their way hold it.
        for param, value in changes.items():
            setattr(account, param, value)
        self.on_change(account)
        return account

    def _unsealed(self, account: Account) -> tuple[SignatureSecret, ...]:
        sealed = bytes.fromhex(account.signature_secrets[0].secret)
        try:
            return _secrets_of(self._keys.unseal(sealed, _label(account)))
        except WrongKey:
            # Nothing else can be done with them, and all that needs none of them goes on.
            log.error(
                "account %s: its signature secrets were sealed under another key file;"
                " it has none until the next rotation",
                account.api_key,
            )
            return ()

    def _remember(self, account: Account) -> None:
        self._by_key[account.api_key] = account
        self._by_id[account.id] = account

    def _new_key(self) -> str:
        while True:
            key = "".join(secrets.choice(KEY_CHARACTERS) for _ in range(8))
            if key not in self._by_key:
                return key

    async def _put(self, change: PutAccount) -> None:
        done: Future[None] = get_running_loop().create_future()

        def durable(change: PutAccount) -> None:
            if done.done():
                return
            if change.error is None:
                done.set_result(None)
            else:
                done.set_exception(change.error)

        self._store.write(change, durable)
        await done


def _checked(account: Account, changes: dict[str, Any]) -> dict[str, Any]:
    """Fields of the account with their new values. Raises AccountProblem."""
    fields: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for param, value in changes.items():
        if param in CHECKS:
            fields[param] = CHECKS[param](value)
        elif param in OPTION_CHECKS:
            options[param] = OPTION_CHECKS[param](value)
        else:
            raise AccountProblem(param, "no such setting of an account")
    if options:
        fields["options"] = msgspec.structs.replace(account.options, **options)
        if options.get("signs_webhooks"):
            check_together(msgspec.structs.replace(account, **fields))
    return fields


def _label(account: Account) -> bytes:
    return f"account {account.id}".encode()
