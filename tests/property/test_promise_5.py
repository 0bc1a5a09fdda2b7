"""Promise 5: whatever subset of a part's receipts came, in whatever order and however often, it
ends in the same state, level and err-code. First in the core, then in the whole gateway."""

from functools import reduce
from itertools import chain, combinations, permutations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from homing.core.model.lifecycle import STATUS, State
from homing.core.model.message import Part, Standing
from homing.core.model.receipt import Level, Receipt, ReceiptKind
from homing.core.receipts import level as levels  # bare names would be taken for tests
from homing.core.receipts.classify import err_code_of
from homing.core.receipts.dialects import PLAIN, Dialect
from homing.core.receipts.fold import fold
from homing.core.receipts.level import Circumstances
from homing.core.receipts.read import read
from homing.core.smpp import spec
from homing.core.smpp.pdu import write_body
from homing.core.smpp.short import read_delivered
from support.house import House

SUBMITTED = Standing(State.SUBMITTED)


class Came(Struct, frozen=True):
    """One receipt with its own octets, and how long after the answer it came."""

    receipt: Receipt
    octets: bytes
    latency_ms: int


came = st.builds(
    Came,
    st.builds(
        Receipt,
        id=st.just("1"),
        state=st.sampled_from([state for state in State if state >= State.ENROUTE]),
        recipient=st.just("447700900123"),
        sender=st.just("Homing"),
        err=st.sampled_from(["", "000", "001", "027", "00B"]),
        done_at_ms=st.sampled_from([0, 1000, 2000]),
        kind=st.sampled_from([ReceiptKind.CARRIER, ReceiptKind.HANDSET]),
    ),
    st.binary(max_size=2),
    st.sampled_from([-5, 100, 999, 1000, 60_000]),
)
dialects = st.sampled_from(
    [PLAIN, Dialect(delivered_level=Level.CARRIER), Dialect(err_codes={"1": "7"})]
)


def outcome(those: list[Came], dialect: Dialect) -> tuple[State, Level, str]:
    def one_more(standing: Standing, one: Came) -> Standing:
        level = levels.testimony(
            one.receipt, dialect, Circumstances(latency_ms=one.latency_ms)
        ).level
        return fold(standing, one.receipt, one.octets, level)

    end = reduce(one_more, those, SUBMITTED)
    return end.state, end.level, err_code_of(end.state, end.err, dialect)


def subsets(those: list[Came]) -> chain[tuple[Came, ...]]:
    return chain.from_iterable(combinations(those, n) for n in range(1, len(those) + 1))


@given(st.lists(came, min_size=1, max_size=4), dialects, st.data())
def test_every_subset_in_every_order_and_repetition_ends_the_same(
    those: list[Came], dialect: Dialect, data: st.DataObject
) -> None:
    for subset in subsets(those):
        wanted = outcome(list(subset), dialect)
        again = data.draw(st.lists(st.sampled_from(subset), max_size=2))
        for order in permutations(subset):
            assert outcome([*order], dialect) == wanted
            assert outcome([*order, *again], dialect) == wanted
            assert outcome([*again, *order], dialect) == wanted


# --- the whole gateway

CARRIER_NUMBER = (
    "263771234567"  # Zimbabwe: no handset receipts there: a `delivered` is the carrier's word
)
RECEIPTS = [  # esm_class, stat, err, done date
    (4, "ACCEPTD", "000", "2601011201"),
    (4, "UNDELIV", "001", "2601011203"),
    (4, "DELETED", "027", "2601011202"),
    (4, "DELIVRD", "000", "2601011202"),
    (8, "DELIVRD", "000", "2601011204"),
]


def body(id: str, number: int) -> bytes:
    esm_class, stat, err, done = RECEIPTS[number]
    text = f"id:{id} submit date:2601011200 done date:{done} stat:{stat} err:{err} text:"
    fields = {
        "source_addr": CARRIER_NUMBER.encode(), "destination_addr": b"Homing",
        "esm_class": esm_class, "short_message": text.encode(),
    }  # fmt: skip
    return write_body(spec.DELIVER_SM, fields)


def orders() -> list[tuple[int, ...]]:
    """Every subset in every order; every other one with its first receipt once more at its end."""
    found = [
        order
        for size in (1, 2, 3, 4, 5)
        for subset in combinations(range(len(RECEIPTS)), size)
        for order in permutations(subset)
    ]
    return [order + order[:1] if n % 2 else order for n, order in enumerate(found)]


def wanted(order: tuple[int, ...]) -> tuple[State, Level, str]:
    found = []
    for number in set(order):
        octets = body("north1", number)
        receipt = read(read_delivered(spec.DELIVER_SM, octets))
        found.append(Came(receipt, octets, 60_000))
    around = Circumstances(country_receipts="carrier")

    def one_more(standing: Standing, one: Came) -> Standing:
        level = levels.testimony(one.receipt, PLAIN, around).level
        return fold(standing, one.receipt, one.octets, level)

    end = reduce(one_more, found, SUBMITTED)
    return end.state, end.level, end.err


def test_so_it_is_in_the_whole_gateway_and_after_a_crash(tmp_path: Path) -> None:
    house, tried = House(tmp_path, carriers={"north": {}}), orders()
    north = house.smscs["north"]

    async def standings() -> dict[int, tuple[State, Level, str]]:
        """By the number in the carrier's id."""
        found: dict[int, tuple[State, Level, str]] = {}

        def one(part: Part | None) -> None:
            assert part is not None
            end = part.standing
            number = int(part.carrier_message_id.removeprefix("north"))
            found[number] = end.state, end.level, end.err

        for (part_id,) in house.query("select id from part"):
            house.gateway.store.part(part_id, one)
        await house.until(lambda: len(found) == len(tried))
        return found

    async def life() -> None:
        await house.up("north")
        await house.accept(len(tried), to=CARRIER_NUMBER)
        await house.until(lambda: house.count("answer") == len(tried))
        for turn in range(6):
            for number, order in enumerate(tried, 1):
                if turn < len(order):
                    octets = body(f"north{number}", order[turn])
                    assert north._ends[0].session.deliver(octets, octets) is not None
            north._flush()
            await house.pass_s(2)
        assert north.replies == [0] * sum(map(len, tried))
        assert house.count("waiting") == 0
        found = await standings()
        last_told = dict(house.webhook.taken)  # the later ones replace the earlier
        assert len(last_told) == len(tried)
        ids = dict(house.query("select carrier_message_id, part_id from answer"))
        for number, order in enumerate(tried, 1):
            assert found[number] == wanted(order), order
            told = last_told[f"{ids[f'north{number}']:016X}"]
            assert told == STATUS[found[number][0]], order
        before.update(found)

    async def after() -> None:
        assert await standings() == before

    before: dict[int, tuple[State, Level, str]] = {}
    house.live(life)
    house.live(after)
