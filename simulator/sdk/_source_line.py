"""Which line of the app's own source is running."""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

__all__ = ("line_in", "sources_of")


def sources_of(info: "Mapping[str, object]") -> "tuple[str, ...]":
    """Return the folders whose frames are the app's own code, from the launch information."""
    return f"{info['bundle']}/", f"{info['frameworks']}/"


def line_in(sources: "tuple[str, ...]", frame: "FrameType | None") -> "tuple[str, int]":
    """Return file and line of the innermost frame in ``sources``, or nothing and 0.

    Args:
        sources: As :func:`sources_of` returns them.
        frame: Where to begin: the caller's, or one further out.
    """
    while frame is not None:
        name = frame.f_code.co_filename

        if name.startswith(sources):
            return name, frame.f_lineno

        frame = frame.f_back

    return "", 0
