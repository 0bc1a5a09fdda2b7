"""The parts that may still get a receipt and were lately touched, by carrier and carrier's id.

Bounded: two generations; when the young one is full it becomes the old one and the old one is
forgotten. A receipt that misses here is looked up in the store.
"""

from homing.core.model.message import Part
from homing.core.receipts.forms import fold_id

Key = tuple[str, str]  # carrier, folded carrier_message_id


class OpenParts:
    def __init__(self, size: int) -> None:
        self._generation_size = max(1, size // 2)
        self._young: dict[Key, Part] = {}
        self._old: dict[Key, Part] = {}
        self._pinned: dict[int, Part] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def find(self, carrier: str, folded: str) -> Part | None:
        """`folded`: the carrier_message_id, see `core.receipts.forms`."""
        key = (carrier, folded)
        return self._young.get(key) or self._old.get(key)

    def known(self, part: Part) -> Part:
        """The object that memory goes on with for this part; itself when memory has none."""
        pinned = self._pinned.get(part.id)
        if pinned is not None:
            return pinned
        known = self.find(part.carrier, fold_id(part.carrier_message_id))
        return known if known is not None and known.id == part.id else part

    def add(self, part: Part) -> Part:
        """Remember this part; answers with the object that memory goes on with.

        Another part under the same key makes both rivals: memory no longer decides about them.
        """
        if self._pinned:
            part = self._pinned.get(part.id, part)
        if not part.carrier_message_id:
            return part  # no receipt can name it
        key = (part.carrier, fold_id(part.carrier_message_id))
        known = self._young.get(key) or self._old.get(key)
        if known is not None:
            if known.id == part.id:
                return known
            known.rivals = part.rivals = True
        if len(self._young) >= self._generation_size:
            self._old, self._young = self._young, {}
        self._young[key] = part
        return part

    def forget(self, part: Part) -> None:
        """What memory believes of this part may be wrong: the store is asked next time; unless it
        knows less."""
        if part.id in self._pinned:
            return
        key = (part.carrier, fold_id(part.carrier_message_id))
        for generation in (self._young, self._old):
            if generation.get(key) is part:
                del generation[key]

    def pin(self, part: Part) -> None:
        """Go on with this object until `unpin`: the store does not know yet what it knows."""
        self._pinned[part.id] = part

    def unpin(self, part: Part) -> None:
        self._pinned.pop(part.id, None)

    def resize(self, size: int) -> None:
        self._generation_size = max(1, size // 2)
