"""Names as libnotify sees them, and its status codes: C strings of at most 511 bytes."""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Final

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
    "raw_name",
    "text_of",
)

NOTIFY_STATUS_OK: "Final" = 0
NOTIFY_STATUS_INVALID_NAME: "Final" = 1
NOTIFY_STATUS_INVALID_TOKEN: "Final" = 2
NOTIFY_STATUS_INVALID_PORT: "Final" = 3
NOTIFY_STATUS_INVALID_FILE: "Final" = 4
NOTIFY_STATUS_INVALID_SIGNAL: "Final" = 5
NOTIFY_STATUS_INVALID_REQUEST: "Final" = 6
NOTIFY_STATUS_NOT_AUTHORIZED: "Final" = 7
NOTIFY_STATUS_OPT_DISABLE: "Final" = 8
NOTIFY_STATUS_SERVER_NOT_FOUND: "Final" = 9
NOTIFY_STATUS_NULL_INPUT: "Final" = 10
NOTIFY_STATUS_FAILED: "Final" = 1_000_000

NOTIFY_REUSE: "Final" = 1
NOTIFY_TOKEN_INVALID: "Final" = -1

_NAME_BYTES_MAX: "Final" = 511  # the field is c_string[*:512]; longer names are truncated


def raw_name(name: object) -> bytes | None:
    """Return the bytes of a name, or None for what is no C string.

    Bytes are taken as they are, and need not be UTF-8. A NUL ends a name; what is behind the 511th
    byte is cut off, so that two long names may be one.
    """
    if isinstance(name, str):
        raw = name.encode("utf-8", "surrogatepass")
    elif isinstance(name, bytes):
        raw = name
    else:
        return None

    if len(raw) > _NAME_BYTES_MAX:
        raw = raw[:_NAME_BYTES_MAX]

    return raw if b"\0" not in raw else raw[: raw.index(b"\0")]


def text_of(raw: bytes) -> str:
    """Return a name for a person."""
    return raw.decode("utf-8", "backslashreplace")
