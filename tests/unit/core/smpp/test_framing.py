"""Frames do not depend on how TCP cut the stream, and a length is judged as soon as it is seen."""

import pytest

from homing.core.smpp.errors import FramingLost
from homing.core.smpp.framing import Frame, Framer
from homing.core.smpp.pdu import frame

STREAM = [(0x15, 0, 1, b""), (4, 0, 2, b"body of one"), (0x80000005, 8, 3, b"\0")]
OCTETS = b"".join(frame(*pdu) for pdu in STREAM)


def frames_from(chunks: list[bytes], pdu_octets_max: int = 1024) -> tuple[list[Frame], int]:
    framer = Framer(pdu_octets_max)
    frames: list[Frame] = []
    for chunk in chunks:
        framer.feed(chunk)
        frames += framer
    return frames, framer.held()


def test_frames_do_not_depend_on_how_tcp_cut_the_stream() -> None:
    for size in range(1, len(OCTETS) + 1):
        chunks = [OCTETS[at : at + size] for at in range(0, len(OCTETS), size)]
        assert frames_from(chunks) == (STREAM, 0)


def test_every_split_in_two_gives_the_same_frames() -> None:
    for at in range(len(OCTETS) + 1):
        assert frames_from([OCTETS[:at], OCTETS[at:]]) == (STREAM, 0)


def test_a_tail_is_held_until_its_rest_comes() -> None:
    for length in range(1, 16):
        assert frames_from([OCTETS + frame(0x15, 0, 4)[:length]]) == (STREAM, length)


@pytest.mark.parametrize("length", [0, 1, 15, 1025, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_length_out_of_bounds_ends_the_stream_at_its_fourth_octet(length: int) -> None:
    octets = length.to_bytes(4, "big")
    assert frames_from([octets[:3]]) == ([], 3)
    with pytest.raises(FramingLost, match=str(length)):
        frames_from([octets])
    with pytest.raises(FramingLost):
        frames_from([octets[:1], octets[1:3], octets[3:]])
    with pytest.raises(FramingLost):
        frames_from([octets + bytes(64)])


def test_frames_before_the_bad_length_are_handed_out() -> None:
    framer = Framer(1024)
    framer.feed(OCTETS + b"\xff\xff\xff\xff")
    frames = iter(framer)
    assert [next(frames) for _ in STREAM] == STREAM
    with pytest.raises(FramingLost):
        next(frames)


def test_nothing_is_read_or_held_after_the_framing_is_lost() -> None:
    framer = Framer(1024)
    framer.feed(b"\0\0\0\0")
    with pytest.raises(FramingLost):
        list(framer)
    framer.feed(OCTETS)
    assert list(framer) == []
    assert framer.held() == 0


def test_a_frame_of_exactly_the_bound_is_read() -> None:
    whole = frame(4, 0, 1, bytes(1024 - 16))
    assert frames_from([whole[:1000], whole[1000:]]) == ([(4, 0, 1, bytes(1008))], 0)


def test_a_frame_that_comes_octet_by_octet_is_copied_once() -> None:
    framer = Framer(1 << 20)
    whole = frame(4, 0, 1, bytes(200_000))
    count = 0
    for octet in whole:
        framer.feed(bytes((octet,)))
        count += len(list(framer))
    assert count == 1
