"""The simulated telephones."""

from homing.core.encoding.udh import Concat, write_udh
from homing.core.smpp.short import SubmitSm
from homing.simulator import handset
from homing.simulator.handset import Handsets
from homing.simulator.ids import Spelled
from homing.simulator.submission import Submission, user_data, validity_s


def submission(octets, *, udh=b"", to=b"4915", sender=b"Acme", data_coding=0):
    pdu = SubmitSm(
        source_addr=sender,
        destination_addr=to,
        esm_class=0x40 if udh else 0,
        data_coding=data_coding,
        short_message=udh + octets,
    )
    rest, concat = user_data(pdu)
    return Submission(
        ids=Spelled(b"1", b"1", b"1"),
        system_id="a",
        pdu=pdu,
        octets=rest,
        concat=concat,
        submitted_s=0.0,
        expires_s=100.0,
    )


def part(index, count, octets, *, reference=7, wide=False, **how):
    udh = write_udh(Concat(reference, count, index, wide))
    return submission(octets, udh=udh, **how)


def test_a_short_text_is_shown_when_it_arrives():
    handsets = Handsets()
    shown = handsets.arrive(submission(b"hello"))
    assert shown is not None
    assert shown.text == "hello"
    assert handsets.shown(b"4915") == ["hello"]


def test_a_long_text_is_shown_only_when_all_parts_are_there_in_any_order():
    for wide in (False, True):
        handsets = Handsets()
        assert handsets.arrive(part(3, 3, b"c", wide=wide)) is None
        assert handsets.arrive(part(1, 3, b"a", wide=wide)) is None
        assert handsets.arrive(part(1, 3, b"a", wide=wide)) is None  # a repeat is no new part
        assert handsets.shown(b"4915") == []
        shown = handsets.arrive(part(2, 3, b"b", wide=wide))
        assert shown is not None
        assert shown.text == "abc"
        assert [one.concat.index for one in shown.parts] == [1, 2, 3]


def test_parts_of_different_texts_senders_and_recipients_are_not_joined():
    handsets = Handsets()
    assert handsets.arrive(part(1, 2, b"a")) is None
    assert handsets.arrive(part(2, 2, b"b", reference=8)) is None
    assert handsets.arrive(part(2, 2, b"b", sender=b"Other")) is None
    assert handsets.arrive(part(2, 2, b"b", to=b"4916")) is None
    assert handsets.arrive(part(2, 3, b"b")) is None


def test_a_surrogate_pair_cut_between_parts_is_shown_whole():
    octets = "😀".encode("utf-16-be")
    handsets = Handsets()
    assert handsets.arrive(part(1, 2, octets[:2], data_coding=8)) is None
    shown = handsets.arrive(part(2, 2, octets[2:], data_coding=8))
    assert shown is not None
    assert shown.text == "😀"


def test_parts_are_also_joined_by_the_sar_tlvs():
    handsets = Handsets()
    for index, octets in ((1, b"a"), (2, b"b")):
        tlvs = {0x020C: b"\0\7", 0x020E: b"\2", 0x020F: bytes([index])}
        pdu = SubmitSm(destination_addr=b"4915", short_message=octets, tlvs=tlvs)
        rest, concat = user_data(pdu)
        assert concat is not None
        handsets.arrive(Submission(Spelled(b"1", b"1", b"1"), "a", pdu, rest, concat, 0.0, 1.0))
    assert handsets.shown(b"4915") == ["ab"]


def test_what_waits_for_a_handset_is_given_back_when_it_comes_back():
    handsets = Handsets()
    assert not handsets.is_off(b"4915")
    handsets.switch(b"4915", on=False)
    assert handsets.is_off(b"4915")
    first, second = submission(b"1"), submission(b"2")
    handsets.keep(first)
    handsets.keep(second)
    handsets.forget(first)
    assert handsets.switch(b"4915", on=True) == [second]
    assert handsets.switch(b"4915", on=True) == []


def test_every_memory_of_a_handset_is_bounded(monkeypatch):
    monkeypatch.setattr(handset, "HANDSETS_MAX", 3)
    monkeypatch.setattr(handset, "JOINING_MAX", 2)
    monkeypatch.setattr(handset, "WAITING_MAX", 2)
    handsets = Handsets()
    for number in range(10):
        handsets.arrive(submission(b"x", to=b"%d" % number))
    assert sum(bool(handsets.shown(b"%d" % number)) for number in range(10)) == 3
    for reference in range(10):
        handsets.arrive(part(1, 2, b"x", reference=reference))
    assert handsets.arrive(part(2, 2, b"x", reference=0)) is None  # its first part is forgotten
    handsets.switch(b"4915", on=False)
    kept = [submission(b"%d" % number) for number in range(3)]
    assert [handsets.keep(one) for one in kept] == [None, None, kept[0]]


def test_a_relative_validity_period_is_read_and_any_other_means_three_days():
    assert validity_s(b"000000000030000R") == 30.0
    assert validity_s(b"000002030405000R") == 2 * 86_400 + 3 * 3_600 + 4 * 60 + 5
    for period in (b"", b"260101000000000+", b"00000000003000xR", b"R"):
        assert validity_s(period) == 3 * 86_400.0
