"""Darwin notifications: ``<notify.h>``.

Named signals without content that any process of the device may post and hear. Here: post,
dispatch and check registrations, with libnotify's status codes; see ``daemons/notifyd``.
Where C has an out parameter the result is a tuple ``(status, value)``.

Sources: notify(3); Libnotify's ``notify.h``.
"""

from simulator.sdk._process import current, point
from simulator.xpc.frames import Kind

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

__all__ = (
    "NOTIFY_STATUS_FAILED",
    "NOTIFY_STATUS_INVALID_NAME",
    "NOTIFY_STATUS_INVALID_TOKEN",
    "NOTIFY_STATUS_NULL_INPUT",
    "NOTIFY_STATUS_OK",
    "notify_cancel",
    "notify_check",
    "notify_is_valid_token",
    "notify_post",
    "notify_register_check",
    "notify_register_dispatch",
)

NOTIFY_STATUS_OK: "Final" = 0
NOTIFY_STATUS_INVALID_NAME: "Final" = 1
NOTIFY_STATUS_INVALID_TOKEN: "Final" = 2
NOTIFY_STATUS_NULL_INPUT: "Final" = 10
NOTIFY_STATUS_FAILED: "Final" = 1000000

_NAME_BYTES_MAX = 511  # the field is c_string[*:512]; longer names are truncated on a phone

_names: dict[int, str] = {}  # token → name, for every valid token
_slots: dict[int, list[int]] = {}  # check token → [slot in the page, last value seen]
_next_token = [1]


def _raw(name: object) -> bytes | None:
    if not isinstance(name, str):
        return None

    return name.encode("utf-8", "surrogatepass")[:_NAME_BYTES_MAX]


def _token() -> int:
    _next_token[0] += 1

    return _next_token[0]


def notify_post(name: str) -> int:
    """Post ``name`` to whoever is registered for it, this process too; return the status.

    Fire and forget: OK says that the message is on its way.
    """
    raw = _raw(name)

    if raw is None:
        return NOTIFY_STATUS_INVALID_NAME

    point("notify-post", name, "w")
    current().send(Kind.POST, raw)

    return NOTIFY_STATUS_OK


def notify_register_dispatch(
    name: str, handler: "Callable[[int], object] | None"
) -> tuple[int, int]:
    """Call ``handler(token)`` on the main run loop each time ``name`` is posted.

    Returns:
        Status and token; the token is -1 when the status is not OK.
    """
    if handler is None:
        return NOTIFY_STATUS_NULL_INPUT, -1

    raw = _raw(name)

    if raw is None:
        return NOTIFY_STATUS_INVALID_NAME, -1

    token = _token()
    _names[token] = name
    current().tokens[token] = handler
    current().send(Kind.REGISTER, raw, arg=token)

    return NOTIFY_STATUS_OK, token


def notify_register_check(name: str) -> tuple[int, int]:
    """Register ``name`` for :func:`notify_check`; return status and token."""
    raw = _raw(name)

    if raw is None:
        return NOTIFY_STATUS_INVALID_NAME, -1

    token = _token()
    reply, _ = current().ask(Kind.REGISTER, raw, arg=token)
    _names[token] = name
    _slots[token] = [reply.arg, 0]

    return NOTIFY_STATUS_OK, token


def notify_check(token: int) -> tuple[int, bool]:
    """Say whether the token's name was posted since the last check; the first one is true.

    Compares one word of the shared page: no system call, no lock. A token of
    :func:`notify_register_dispatch` has no word here and answers INVALID_TOKEN.
    """
    entry = _slots.get(token)

    if entry is None:
        return NOTIFY_STATUS_INVALID_TOKEN, False

    point("notify-check", _names[token], "r")
    value = current().page.notify[entry[0]]

    if value == entry[1]:
        return NOTIFY_STATUS_OK, False

    entry[1] = value

    return NOTIFY_STATUS_OK, True


def notify_cancel(token: int) -> int:
    """Give a token back; what was queued for it is not delivered. Return the status."""
    if _names.pop(token, None) is None:
        return NOTIFY_STATUS_INVALID_TOKEN

    _slots.pop(token, None)
    current().tokens.pop(token, None)
    current().send(Kind.CANCEL, arg=token)

    return NOTIFY_STATUS_OK


def notify_is_valid_token(token: int) -> bool:
    """Say whether ``token`` is registered in this process."""
    return token in _names
