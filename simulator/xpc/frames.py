"""The frames of a bootstrap socket and the events of a wire, byte for byte.

A frame is one message of a ``SOCK_SEQPACKET`` socket: a header of 32 bytes and a payload. Numbers
are little-endian. The header says everything that virtual time, exploration and the event log need,
so that none of them has to guess:

========  =====  ==============================================================================
field     type   meaning
========  =====  ==============================================================================
kind      u8     one of :class:`Kind`
flags     u8     ``SYNC`` the sender waits for the reply · ``ERROR`` a reply that is an error ·
                 ``FILES`` descriptors travel with it · ``DELETE`` a set that removes the key
thread    u16    ordinal of the sender's thread, 0 is the main thread
arg       u32    a small number whose meaning the kind gives: a token, a domain, a slot
seq       u64    ordinal of this frame in its direction, from 1
ack       u64    the last frame of the other direction that was handled to its end
cause     u64    guest to host: what is being handled (see below); in a reply: the request's seq
========  =====  ==============================================================================

*Cause.* A guest names the frame in whose handler it speaks by its ``seq``, an event of its wire by
its sequence with the top bit set, and nothing by 0. The host checks it and translates it into
an id of the event log; a guest never sees or says such an id.

*Hot* frames (post, register, set, idle, URL) are fixed binary; a ``CALL`` is a codec list
``[verb, arguments]`` whose verb is ``daemon.name``.
"""

import struct
from typing import NamedTuple

__all__ = (
    "EVENT_CAUSE",
    "EVENT_SIZE",
    "FRAME_BYTES_MAX",
    "HEADER_SIZE",
    "PAYLOAD_BYTES_MAX",
    "PROTOCOL_VERSION",
    "Event",
    "Flag",
    "Frame",
    "Kind",
    "Opening",
    "pack",
    "pack_again",
    "pack_change",
    "pack_claim",
    "pack_event",
    "pack_fields",
    "pack_idle",
    "pack_set",
    "pack_state",
    "pack_text_pair",
    "unpack",
    "unpack_again",
    "unpack_change",
    "unpack_claim",
    "unpack_event",
    "unpack_idle",
    "unpack_set",
    "unpack_state",
    "unpack_text_pair",
)

PROTOCOL_VERSION = 1
FRAME_BYTES_MAX = 64 * 1024  # measured: SEQPACKET refuses above about 200 kB
EVENT_CAUSE = 1 << 63

_new_tuple = tuple.__new__  # a class's own __new__ takes twice as long, on every frame
_HEADER = struct.Struct("<BBHIQQQ")
_EVENT = struct.Struct("<IIQQ")
_IDLE = struct.Struct("<qQ")
_U16 = struct.Struct("<H")
_new_tuple = tuple.__new__  # the classes' own __new__ takes twice as long
_STATE = struct.Struct("<Q")
_CHANGE = struct.Struct("<Qq")
_CLAIM = struct.Struct("<IIBBHH")

HEADER_SIZE = _HEADER.size
EVENT_SIZE = _EVENT.size
PAYLOAD_BYTES_MAX = FRAME_BYTES_MAX - HEADER_SIZE


class Kind:
    """What a frame is. Below 64 a guest says it, from 64 the host."""

    HELLO = 1  # arg: protocol version; payload: level. First frame, after seccomp
    FAIL = 2  # arg: errno; payload: step. Instead of HELLO
    IDLE = 3  # payload: deadline ns or -1, last event; ack: last frame. Cumulative
    CALL = 4  # payload: codec [verb, arguments]
    POST = 5  # arg: a token registered for the name, or 0; payload: the name where arg is 0
    REGISTER = 6  # arg: token; payload: name. SYNC: the reply's arg is the name's word
    CANCEL = 7  # arg: token
    SET = 8  # arg: domain; payload: key and value, or DELETE and the key
    OPEN_URL = 9  # payload: URL; arg: 1 for universal links only
    YIELD = 10  # payload: label of a shared point; SYNC
    SHOW = 11  # payload: codec view
    CRASH = 12  # payload: codec [type, text, file, line]
    DRAINED = 13  # the wire was read to its end after FULL
    CHECK = 14  # arg: token; the reply's arg is how often its name was posted; SYNC
    GET_STATE = 15  # arg: token; SYNC
    SET_STATE = 16  # arg: token; payload: u64
    CLAIM = 17  # arg: claim; payload: a claim of one item. GRANTED answers it
    RELEASE = 18  # arg: claim

    REPLY = 64  # cause: the request's seq; payload: codec value or error
    GO = 65  # payload: codec launch information. The guest runs its first line
    URL = 66  # payload: source application and URL; arg: bits of Opening
    REQUEST = 67  # payload: codec extension request
    TICK = 68  # a timer or a sleep is due (virtual time)
    TERM = 69  # end politely
    FULL = 70  # the wire is full; say DRAINED when it is read to its end
    INPUT = 71  # payload: codec {"tap": label}, {"field": name, "text": text} or {"key": key}
    EXPIRE = 72  # the time for the request is nearly over
    RESTARTED = 73  # arg: how often notifyd was started. It knows nothing any more: register again
    CHANGED = 74  # arg: an observed domain; payload: the change, or nothing: fetch it
    GRANTED = (
        75  # arg: claim; payload: its path; or 0 and codec [[claim, [path, ...], error?], ...]
    )
    PRESENT = 76  # payload: codec list, what presenters are asked or told
    LIFECYCLE = 89  # arg: 1 the app comes to the front, 0 it goes to the background
    ACTIVITY = 90  # payload: codec {"type", "webpage_url"}; arg: bits of Opening


class Flag:
    """The bits of a frame's ``flags``."""

    SYNC = 1
    ERROR = 2
    FILES = 4
    DELETE = 8
    SLEEP = 16  # on IDLE: not idle but asleep until the deadline
    SILENT = 32  # on REGISTER: posts of the name are counted and make no events
    AGAIN = 64  # on REGISTER: after RESTARTED; before the name: u16, the word it had, or 0


class Opening:
    """The bits of ``arg`` on URL and ACTIVITY."""

    LAUNCH = 1  # the process was started for it, and has it among its launch options
    FRONT = 2  # the app comes to the front with it
    IN_PLACE = 4  # the file may be used where it lies


class Frame(NamedTuple):
    """A frame, taken apart."""

    kind: int
    flags: int
    thread: int
    arg: int
    seq: int
    ack: int
    cause: int
    payload: bytes

    @property
    def handling(self) -> int:
        """The last frame of the other side that its sender had handled, or was handling."""
        return max(self.ack, self.cause if self.cause < EVENT_CAUSE else 0)


class Event(NamedTuple):
    """An event of a wire: a token fired.

    Attributes:
        token: The guest's own number for the registration.
        sequence: Ordinal of the event for this guest, from 1. The host remembers what caused it.
        before: The seq of the host's frame that was sent last before it.
    """

    token: int
    sequence: int
    before: int


def pack(frame: Frame) -> bytes:
    """Return the bytes of a frame; ValueError when it is larger than ``FRAME_BYTES_MAX``."""
    return pack_fields(*frame)


def pack_fields(  # noqa: PLR0913, PLR0917  a frame has this many fields
    kind: int,
    flags: int,
    thread: int,
    arg: int,
    seq: int,
    ack: int,
    cause: int,
    payload: bytes,
) -> bytes:
    """Return the bytes of a frame that is not taken together first: hot ones are not."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise ValueError(f"a payload of {len(payload)} bytes; a frame carries {PAYLOAD_BYTES_MAX}")

    return _HEADER.pack(kind, flags, thread, arg, seq, ack, cause) + payload


def unpack(data: bytes) -> Frame:
    """Return the frame in ``data``; ValueError when it is shorter than a header."""
    if len(data) < HEADER_SIZE:
        raise ValueError(f"a frame of {len(data)} bytes; the header alone has {HEADER_SIZE}")

    return _new_tuple(Frame, (*_HEADER.unpack_from(data), data[HEADER_SIZE:]))


def pack_event(event: Event) -> bytes:
    """Return the 24 bytes of an event."""
    return _EVENT.pack(event.token, 0, event.sequence, event.before)


def unpack_event(data: bytes) -> Event:
    """Return the event in 24 bytes."""
    token, _, sequence, before = _EVENT.unpack(data)

    return _new_tuple(Event, (token, sequence, before))


def pack_idle(deadline_ns: int, last_event: int) -> bytes:
    """Return the payload of an IDLE frame; ``deadline_ns`` is -1 when no timer is set."""
    return _IDLE.pack(deadline_ns, last_event)


def unpack_idle(payload: bytes) -> tuple[int, int]:
    """Return deadline in ns (or -1) and last event of an IDLE frame's payload."""
    try:
        deadline, last_event = _IDLE.unpack(payload)
    except struct.error as problem:
        raise ValueError("an idle report of the wrong size") from problem

    return deadline, last_event


def pack_again(word: int, name: bytes) -> bytes:
    """Return the payload of a REGISTER frame with AGAIN: the word that the name had, the name."""
    return _U16.pack(word) + name


def unpack_again(payload: bytes) -> tuple[int, bytes]:
    """Return word and name of :func:`pack_again`."""
    if len(payload) < _U16.size:
        raise ValueError("a registration that ends inside its word")

    (word,) = _U16.unpack_from(payload)

    return word, payload[_U16.size :]


def pack_state(state: int) -> bytes:
    """Return the payload of a SET_STATE frame; ``state`` has 64 bits and no sign."""
    return _STATE.pack(state)


def unpack_state(payload: bytes) -> int:
    """Return the state in a SET_STATE frame's payload."""
    try:
        (state,) = _STATE.unpack(payload)
    except struct.error as problem:
        raise ValueError("a state of the wrong size") from problem

    return int(state)


def pack_set(key: str, value: bytes) -> bytes:
    """Return the payload of a SET frame: the key and the encoded value (empty with DELETE)."""
    raw = key.encode("utf-8", "surrogatepass")

    if len(raw) > 0xFFFF:
        raise ValueError(f"a key of {len(raw)} bytes; 65535 are the most")

    return _U16.pack(len(raw)) + raw + value


def unpack_set(payload: bytes) -> tuple[str, bytes]:
    """Return key and encoded value of a SET frame's payload."""
    return _split(payload)


def pack_change(sequence: int, seen: int, key: str, value: bytes) -> bytes:
    """Return the payload of a CHANGED frame.

    Args:
        sequence: The number of the change in its domain.
        seen: Generation less own count, as of the change.
        key: What was set.
        value: Encoded; empty with DELETE.
    """
    return _CHANGE.pack(sequence, seen) + pack_set(key, value)


def unpack_change(payload: bytes) -> tuple[int, int, str, bytes]:
    """Return sequence, seen, key and encoded value of a CHANGED frame's payload."""
    if len(payload) < _CHANGE.size:
        raise ValueError("a change that ends inside its numbers")

    sequence, seen = _CHANGE.unpack_from(payload)

    return (sequence, seen, *_split(payload[_CHANGE.size :]))


def pack_text_pair(first: str, second: str) -> bytes:
    """Return two strings as one payload: the source application and the URL of a URL frame."""
    return pack_set(first, second.encode("utf-8", "surrogatepass"))


def unpack_text_pair(payload: bytes) -> tuple[str, str]:
    """Return the two strings of :func:`pack_text_pair`."""
    first, rest = _split(payload)

    return first, rest.decode("utf-8", "surrogatepass")


def _split(payload: bytes) -> tuple[str, bytes]:
    if len(payload) < 2:
        raise ValueError("a payload that ends inside its length")

    (size,) = _U16.unpack_from(payload)

    if size > len(payload) - 2:
        raise ValueError("a payload that ends inside its key")

    return payload[2 : 2 + size].decode("utf-8", "surrogatepass"), payload[2 + size :]


def pack_claim(  # noqa: PLR0913, PLR0917  a claim has this many sides
    coordinator: int,
    presenter: int,
    writes: int,
    options: int,
    purpose: bytes,
    path: bytes,
    line: bytes,
) -> bytes:
    """Return the payload of a CLAIM frame; purpose and path have 65,535 bytes at most."""
    head = _CLAIM.pack(coordinator, presenter, writes, options, len(purpose), len(path))

    return head + purpose + path + line


def unpack_claim(payload: bytes) -> tuple[int, int, int, int, bytes, bytes, bytes]:
    """Return what :func:`pack_claim` was given; ValueError when it ends too early."""
    if len(payload) < _CLAIM.size:
        raise ValueError("a claim that ends inside its head")

    coordinator, presenter, writes, options, purpose, path = _CLAIM.unpack_from(payload)
    path_at = _CLAIM.size + purpose
    line_at = path_at + path

    if len(payload) < line_at:
        raise ValueError("a claim that ends inside its path")

    return (
        coordinator,
        presenter,
        writes,
        options,
        payload[_CLAIM.size : path_at],
        payload[path_at:line_at],
        payload[line_at:],
    )
