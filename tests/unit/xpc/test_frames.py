"""Frames survive the way there and back, and nonsense is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.xpc import frames
from simulator.xpc.frames import Event, Frame, Kind

_U8, _U16, _U32, _U64 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32, 64))


@given(_U8, _U8, _U16, _U32, _U64, _U64, _U64, st.binary(max_size=200))
def test_a_frame_comes_back_as_it_was(  # noqa: PLR0917  one argument a field
    kind: int, flags: int, thread: int, arg: int, seq: int, ack: int, cause: int, payload: bytes
) -> None:
    frame = Frame(kind, flags, thread, arg, seq, ack, cause, payload)

    assert frames.unpack(frames.pack(frame)) == frame


def test_the_header_has_32_bytes() -> None:
    assert frames.HEADER_SIZE == 32
    assert len(frames.pack(Frame(Kind.POST, 0, 0, 0, 1, 0, 0, b""))) == 32


def test_a_frame_over_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="a frame carries 65504"):
        frames.pack(Frame(Kind.POST, 0, 0, 0, 1, 0, 0, bytes(frames.PAYLOAD_BYTES_MAX + 1)))


@given(st.binary(max_size=31))
def test_less_than_a_header_is_no_frame(data: bytes) -> None:
    with pytest.raises(ValueError, match="the header alone has 32"):
        frames.unpack(data)


@given(_U32, _U64, _U64)
def test_an_event_comes_back_as_it_was(token: int, sequence: int, before: int) -> None:
    event = Event(token, sequence, before)
    data = frames.pack_event(event)

    assert len(data) == frames.EVENT_SIZE
    assert frames.unpack_event(data) == event


@given(st.text(max_size=50), st.binary(max_size=50))
def test_a_set_comes_back_as_it_was(key: str, value: bytes) -> None:
    assert frames.unpack_set(frames.pack_set(key, value)) == (key, value)


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_url_and_its_source_come_back_as_they_were(source: str, url: str) -> None:
    assert frames.unpack_text_pair(frames.pack_text_pair(source, url)) == (source, url)


@given(st.binary(max_size=64))
def test_any_bytes_are_a_set_or_a_value_error(data: bytes) -> None:
    try:
        key, value = frames.unpack_set(data)
    except ValueError:
        return

    assert frames.pack_set(key, value) == data


@given(st.binary(max_size=40))
def test_any_bytes_are_an_idle_report_or_a_value_error(data: bytes) -> None:
    try:
        deadline, last_event = frames.unpack_idle(data)
    except ValueError:
        assert len(data) != 16
        return

    assert frames.pack_idle(deadline, last_event) == data
