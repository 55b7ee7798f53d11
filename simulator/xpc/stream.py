"""Messages of a control socket: a length of four bytes, then one codec value.

``simctl`` and the tests speak to the service and to devices this way: requests are
``[verb, arguments]``, answers ``["ok", value]`` or ``["error", parts]`` (see ``xpc.errors``).
"""

import struct

from shared_container.codec import CodecError, decode, encode
from simulator.xpc.errors import Misbehaved, SimulatorError, to_wire

__all__ = ("LENGTH_SIZE", "body_length", "pack_error", "pack_message", "pack_ok", "parse_request")

_LENGTH = struct.Struct("<I")
LENGTH_SIZE = _LENGTH.size


def pack_message(value: object) -> bytes:
    """Return a message with its length in front."""
    body = encode(value)

    return _LENGTH.pack(len(body)) + body


def pack_ok(value: object) -> bytes:
    """Return an answer."""
    return pack_message(["ok", value])


def pack_error(error: SimulatorError) -> bytes:
    """Return an answer that is an error."""
    return pack_message(["error", to_wire(error)])


def body_length(head: bytes, limit: int) -> int:
    """Return the length of the body that follows ``head``.

    Raises:
        Misbehaved: It is over ``limit``.
    """
    (length,) = _LENGTH.unpack(head)

    if length > limit:
        raise Misbehaved(f"a message of {length} bytes; {limit} are the most (CONTROL_BYTES_MAX)")

    return int(length)


def parse_request(body: bytes) -> tuple[str, dict[str, object]]:
    """Return verb and arguments of a request.

    Raises:
        Misbehaved: It is none.
    """
    try:
        request = decode(body)
    except CodecError as problem:
        raise Misbehaved(f"a request that is no value: {problem}") from problem

    match request:
        case [str(verb), dict(arguments)]:
            return verb, arguments
        case _:
            raise Misbehaved("a request that is no [verb, arguments]")
