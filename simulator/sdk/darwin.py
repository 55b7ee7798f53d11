"""Darwin notifications: ``<notify.h>``.

Named signals without content that any process of the device may post and hear, with libnotify's
status codes. Where C has an out parameter the result is a tuple, the status first. A token is -1
when the status is not OK. Arguments that C could not even be given are answered with the code that
fits best; nothing here raises for what it is given.

Where the manual page and libnotify as it ships differ, this is as it ships: one ``notify_resume``
undoes any number of ``notify_suspend`` (a device can be told otherwise), a second token that is
told of posts shares the first one's memory of the last check, and a registration for a name that
one may not observe is OK and never fires.

Sources: notify(3); Libnotify, ``notify.h`` and ``notify_client.c``.
"""

from simulator.sdk._notify_center import center
from simulator.sdk._notify_names import (
    NOTIFY_REUSE,
    NOTIFY_STATUS_FAILED,
    NOTIFY_STATUS_INVALID_FILE,
    NOTIFY_STATUS_INVALID_NAME,
    NOTIFY_STATUS_INVALID_PORT,
    NOTIFY_STATUS_INVALID_REQUEST,
    NOTIFY_STATUS_INVALID_SIGNAL,
    NOTIFY_STATUS_INVALID_TOKEN,
    NOTIFY_STATUS_NOT_AUTHORIZED,
    NOTIFY_STATUS_NULL_INPUT,
    NOTIFY_STATUS_OK,
    NOTIFY_STATUS_OPT_DISABLE,
    NOTIFY_STATUS_SERVER_NOT_FOUND,
    NOTIFY_TOKEN_INVALID,
    raw_name,
)
from simulator.sdk._notify_registrations import watched
from simulator.sdk._notify_targets import (
    DispatchTarget,
    MachPort,
    MainTarget,
    PipeEnd,
    SignalTarget,
)

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[int], object]
    Queue = Callable[[Callable[[], object]], object]

__all__ = (
    "NOTIFY_REUSE",
    "NOTIFY_STATUS_FAILED",
    "NOTIFY_STATUS_INVALID_FILE",
    "NOTIFY_STATUS_INVALID_NAME",
    "NOTIFY_STATUS_INVALID_PORT",
    "NOTIFY_STATUS_INVALID_REQUEST",
    "NOTIFY_STATUS_INVALID_SIGNAL",
    "NOTIFY_STATUS_INVALID_TOKEN",
    "NOTIFY_STATUS_NOT_AUTHORIZED",
    "NOTIFY_STATUS_NULL_INPUT",
    "NOTIFY_STATUS_OK",
    "NOTIFY_STATUS_OPT_DISABLE",
    "NOTIFY_STATUS_SERVER_NOT_FOUND",
    "NOTIFY_TOKEN_INVALID",
    "MachPort",
    "notify_cancel",
    "notify_check",
    "notify_get_state",
    "notify_is_valid_token",
    "notify_peek",
    "notify_post",
    "notify_register_check",
    "notify_register_dispatch",
    "notify_register_file_descriptor",
    "notify_register_mach_port",
    "notify_register_plain",
    "notify_register_signal",
    "notify_resume",
    "notify_resume_pid",
    "notify_set_state",
    "notify_suspend",
    "notify_suspend_pid",
)

_STATE_MASK = (1 << 64) - 1
_CHANGED = NOTIFY_STATUS_OK, True
_UNCHANGED = NOTIFY_STATUS_OK, False
_COUNT_BITS = 32  # the lower half of a word of the page

_pipes: dict[int, PipeEnd] = {}  # descriptor → the pipe that the library made


def notify_post(name: str | bytes) -> int:
    """Post ``name`` to whoever is registered for it, this process too; return the status.

    Fire and forget: OK says that the message is on its way. Who may not post a name gets OK too
    and nothing happens, but for FAILED from the second post on when it is registered for the name.
    """
    raw = raw_name(name)

    return NOTIFY_STATUS_INVALID_NAME if raw is None else center().post(raw)


def notify_register_dispatch(
    name: str | bytes, handler: "Handler | None", queue: "Queue | None" = None
) -> tuple[int, int]:
    """Call ``handler(token)`` each time ``name`` is posted; return status and token.

    Args:
        name: The name.
        handler: What is called.
        queue: Where: a function that runs what it is given, now or later; None is the main run
            loop.
    """
    if not callable(handler) or not (queue is None or callable(queue)):
        return NOTIFY_STATUS_NULL_INPUT, NOTIFY_TOKEN_INVALID

    raw = raw_name(name)

    if raw is None:
        return NOTIFY_STATUS_INVALID_NAME, NOTIFY_TOKEN_INVALID

    mine = center()

    if queue is None:
        return mine.register(raw, MainTarget(handler, mine.tokens))

    return mine.register(raw, DispatchTarget(handler, queue, mine.tokens))


def notify_register_check(name: str | bytes) -> tuple[int, int]:
    """Register ``name`` for :func:`notify_check`, in the shared page; return status and token.

    The one registration that is answered: NOT_AUTHORIZED for a name that one may not observe.
    """
    raw = raw_name(name)

    if raw is None:
        return NOTIFY_STATUS_INVALID_NAME, NOTIFY_TOKEN_INVALID

    return center().register(raw, None, watches=True)


def notify_register_plain(name: str | bytes) -> tuple[int, int]:
    """Register ``name`` without being told; each check asks notifyd. Return status and token."""
    raw = raw_name(name)

    if raw is None:
        return NOTIFY_STATUS_INVALID_NAME, NOTIFY_TOKEN_INVALID

    return center().register(raw, None)


def notify_register_signal(name: str | bytes, sig: int) -> tuple[int, int]:
    """Raise the signal ``sig`` in this process each time ``name`` is posted.

    The number is not checked, as libnotify does not; INVALID_SIGNAL is for what is no number.
    """
    raw = raw_name(name)

    if raw is None:
        return NOTIFY_STATUS_INVALID_NAME, NOTIFY_TOKEN_INVALID

    number = _int(sig)

    if number is None:
        return NOTIFY_STATUS_INVALID_SIGNAL, NOTIFY_TOKEN_INVALID

    return center().register(raw, SignalTarget(number))


def notify_register_file_descriptor(
    name: str | bytes, flags: int = 0, fd: int = -1
) -> tuple[int, int, int]:
    """Write the token to a pipe each time ``name`` is posted: four bytes, big-endian.

    The main run loop writes it. What finds the pipe full is written once per token later.

    Args:
        name: The name.
        flags: ``NOTIFY_REUSE`` to use ``fd`` again, which an earlier registration returned.
        fd: The descriptor, with ``NOTIFY_REUSE``.

    Returns:
        Status, the descriptor to read from, and token. The descriptor is closed with the last
        token that uses it.
    """
    raw = raw_name(name)

    if raw is None:
        return NOTIFY_STATUS_INVALID_NAME, -1, NOTIFY_TOKEN_INVALID

    if (_int(flags) or 0) & NOTIFY_REUSE:
        found = _pipes.get(_int(fd) or -1)

        if found is None or not found.is_open:
            return NOTIFY_STATUS_INVALID_FILE, -1, NOTIFY_TOKEN_INVALID

        pipe = found
    else:
        try:
            pipe = PipeEnd()
        except OSError:  # no descriptor is left
            return NOTIFY_STATUS_FAILED, -1, NOTIFY_TOKEN_INVALID

        _pipes[pipe.descriptor] = pipe

    status, token = center().register(raw, pipe)
    pipe.add(token)

    return status, pipe.descriptor, token


def notify_register_mach_port(
    name: str | bytes, flags: int = 0, port: MachPort | None = None
) -> tuple[int, MachPort | None, int]:
    """Send a message to a port each time ``name`` is posted; its id is the token.

    Args:
        name: The name.
        flags: ``NOTIFY_REUSE`` to use ``port`` again, which an earlier registration returned.
        port: The port, with ``NOTIFY_REUSE``.

    Returns:
        Status, port and token. The port is dead with the last token that uses it.
    """
    raw = raw_name(name)

    if raw is None:
        return NOTIFY_STATUS_INVALID_NAME, None, NOTIFY_TOKEN_INVALID

    if (_int(flags) or 0) & NOTIFY_REUSE:
        if not isinstance(port, MachPort) or port.is_dead:
            return NOTIFY_STATUS_INVALID_PORT, None, NOTIFY_TOKEN_INVALID
    else:
        try:
            port = MachPort()
        except OSError:  # no descriptor is left
            return NOTIFY_STATUS_FAILED, None, NOTIFY_TOKEN_INVALID

        port.fired_meanwhile = center().fired_meanwhile

    status, token = center().register(raw, port)
    port.add(token)

    return status, port, token


def notify_check(token: int) -> tuple[int, bool]:
    """Say whether the token's name was posted since the last check; the first one is true.

    For a token of :func:`notify_register_check` one word of the shared page is compared: no system
    call, no lock. Any other token asks notifyd.
    """
    try:
        words, word, last = entry = watched[token]
    except (KeyError, TypeError):
        return center().check(token)

    value = words[word]

    if value == last:
        return _UNCHANGED

    if last < 0 or (value ^ last) >> _COUNT_BITS:  # more has changed than the count of posts
        return center().check(token)

    entry[2] = value
    center().noticed(token)

    return _CHANGED


def notify_peek(token: int) -> tuple[int, int]:
    """Return status and how often the token's name was posted, from 1 for a new name.

    INVALID_REQUEST for a token that is neither checked in the page nor of a ``self.`` name.
    """
    return center().peek(token) or (NOTIFY_STATUS_INVALID_REQUEST, 0)


def notify_get_state(token: int) -> tuple[int, int]:
    """Return status and the 64 bits that were set for the token's name, 0 at first.

    FAILED for a token whose name one may not observe.
    """
    return center().state(token)


def notify_set_state(token: int, state: int) -> int:
    """Set 64 bits for the token's name, for all who are registered for it; posts nothing.

    A number that needs more is cut to its lowest 64 bits, as C does. OK also where one may not.
    """
    number = _int(state)

    if number is None:
        return NOTIFY_STATUS_INVALID_REQUEST

    return center().set_state(token, number & _STATE_MASK)


def notify_suspend(token: int) -> int:
    """Do not tell the token of posts until :func:`notify_resume`; return the status.

    Checks go on to see posts.
    """
    return center().suspend(token)


def notify_resume(token: int) -> int:
    """Tell the token of posts again, once of all that it missed; return the status.

    One call is enough, however often it was suspended; with the device's setting ``nested``, and
    for ``self.`` names, it takes as many as there were.
    """
    return center().resume(token)


def notify_suspend_pid(pid: int) -> int:  # noqa: ARG001
    """Hold what a process is told: for root alone, and silently ignored for everybody else."""
    return NOTIFY_STATUS_OK


def notify_resume_pid(pid: int) -> int:  # noqa: ARG001
    """Undo :func:`notify_suspend_pid`: for root alone, and silently ignored else."""
    return NOTIFY_STATUS_OK


def notify_cancel(token: int) -> int:
    """Give a token back; what was queued for it is not delivered. Return the status."""
    return center().cancel(token)


def notify_is_valid_token(token: int) -> bool:
    """Say whether ``token`` is registered in this process."""
    return _int(token) in center().tokens


def _int(value: object) -> int | None:
    """Return a number, or None for what C could not be given as one."""
    return value if isinstance(value, int) else None
