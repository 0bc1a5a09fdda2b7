import msgspec

from homing.core.receipts.forms import Relation
from homing.core.receipts.habit import Habit
from homing.core.receipts.learned import Learned
from homing.core.receipts.zone import Zone


def test_what_is_stored_comes_back() -> None:
    learned = Learned(Habit(seen=9, sure=Relation.HEX), Zone(3600, [4] * 16))
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(learned), type=Learned)
    assert again == learned
    assert again.habit.sure is Relation.HEX


def test_two_carriers_share_nothing() -> None:
    assert Learned().habit is not Learned().habit
    assert Learned().zone.votes is not Learned().zone.votes


def test_an_older_row_without_a_field_is_read() -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode({}), type=Learned) == Learned()
