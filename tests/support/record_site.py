"""A site of the compatible API over messages that really are in a store."""

from collections.abc import Awaitable, Callable
from typing import Any

from homing.core.model.ids import read_id
from homing.core.model.lifecycle import State
from homing.core.receipts.classify import err_code_of
from homing.core.smpp.short import submit_body
from homing.runtime.records import Records
from store.making import Maker
from support.compat_site import Site, on_site

TO, SENDER, TEXT = "447700900123", "Homing", "hi & <bye>"


def body(text: str = TEXT) -> bytes:
    return submit_body(
        source_ton=5, source_npi=0, source_addr=b"Acme", dest_ton=1, dest_npi=1,
        destination_addr=TO.encode(), esm_class=0, protocol_id=0, registered_delivery=1,
        data_coding=0, short_message=text.encode(),
    )  # fmt: skip


class World:
    """Writes what happened to messages."""

    def __init__(self, site: Site, store: Any) -> None:
        self.site, self.store, self.make = site, store, Maker()

    async def do(self, *changes: Any) -> None:
        for change in changes:
            self.store.write(change)
        await self.store.rollup()  # comes after them
        assert [change.error for change in changes] == [None] * len(changes)

    async def message(self, **options: Any) -> Any:
        """One that waits; the change that made it."""
        accept = self.make.accept(account_id=self.site.account.id, body=body(), **options)
        await self.do(accept)
        return accept

    async def delivered(self, spelled: str = "A1", state: State = State.DELIVERED) -> Any:
        """One with its receipt, a second after it was accepted."""
        accept = await self.message()
        settle = self.make.settle(accept.parts[0], spelled, state=state, notified=False)
        settle.raw.received_at_ms = accept.message.accepted_at_ms + 1_000
        await self.do(self.make.answer(accept.parts[0], spelled), settle)
        return accept


def on_records(
    routes: Callable[..., list[Any]], test: Callable[[Site, World], Awaitable[None]]
) -> None:
    async def with_records(site: Site) -> None:
        store: Any = site.accounts._store

        async def message(id_text: str, account_id: int | None) -> Any:
            found = read_id(id_text)
            story = await store.message_story(id_text if found is None else found, account_id)
            for part in story.parts if story is not None else ():
                for receipt in part.receipts:
                    receipt.err_code = err_code_of(receipt.state, receipt.err)
            return story

        on: Any = site
        on.message, on.records = message, Records(store)
        await test(site, World(site, store))

    on_site(routes, with_records)
