"""The parts that may still get a receipt and were lately touched, by carrier and carrier's id.

Bounded: two generations; when the young one is full it becomes the old one and the old one is
forgotten. A receipt that misses here is looked up in the store.
"""

from homing.core.model.message import Part

Key = tuple[str, str]  # carrier, carrier_message_id


class OpenParts:
    def __init__(self, size: int) -> None:
        self._generation_size = max(1, size // 2)
        self._young: dict[Key, Part] = {}
        self._old: dict[Key, Part] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def find(self, carrier: str, carrier_message_id: str) -> Part | None:
        key = (carrier, carrier_message_id)
        return self._young.get(key) or self._old.get(key)

    def add(self, part: Part) -> Part:
        """Remember this part; answers with the object that memory goes on with.

        Another part under the same key makes both rivals: memory no longer decides about them.
        """
        key = (part.carrier, part.carrier_message_id)
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
        """What memory believes of this part may be wrong: the store is asked next time."""
        key = (part.carrier, part.carrier_message_id)
        for generation in (self._young, self._old):
            if generation.get(key) is part:
                del generation[key]

    def resize(self, size: int) -> None:
        self._generation_size = max(1, size // 2)
