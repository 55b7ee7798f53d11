"""Messages of the control sockets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_container.codec import decode, encode
from simulator.xpc import stream
from simulator.xpc.errors import Misbehaved, Misuse


def test_a_message_has_its_length_in_front() -> None:
    message = stream.pack_ok({"a": 1})
    length = stream.body_length(message[: stream.LENGTH_SIZE], 100)

    assert length == len(message) - stream.LENGTH_SIZE
    assert decode(message[stream.LENGTH_SIZE :]) == ["ok", {"a": 1}]


def test_a_length_over_the_limit_is_refused_before_anything_is_read() -> None:
    with pytest.raises(Misbehaved, match="CONTROL_BYTES_MAX"):
        stream.body_length(b"\xff\xff\xff\xff", 1000)


def test_an_error_is_told_with_its_class() -> None:
    body = stream.pack_error(Misuse("no"))[stream.LENGTH_SIZE :]

    assert decode(body) == ["error", ["Misuse", "no"]]


def test_a_request_is_a_verb_and_its_arguments() -> None:
    assert stream.parse_request(encode(["boot", {"udid": "x"}])) == ("boot", {"udid": "x"})


@given(st.binary(max_size=64))
def test_any_bytes_are_a_request_or_misbehaviour(body: bytes) -> None:
    try:
        verb, arguments = stream.parse_request(body)
    except Misbehaved:
        return

    assert isinstance(verb, str)
    assert isinstance(arguments, dict)
