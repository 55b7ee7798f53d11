"""The errors of the whole project, named by whose doing it was.

::

    SimulatorError
     ├─ SimulatorBug          ours: please report it
     ├─ Misuse                the caller's: wrong call, wrong argument, wrong order
     │   └─ BundleError       a bundle's file and key, and what is wrong with it
     ├─ CommandError          what simctl prints: Apple's error domain, code and lines
     ├─ SandboxDenied         the policy's: operation, path, what would have allowed it
     ├─ Misbehaved            a guest's: it spoke nonsense and is dropped with this sentence
     └─ WorldError            the world's
         ├─ DeviceGone        the device's host runtime died or was shut down
         ├─ StepFailed        a step of a launch failed, with its errno
         └─ WaitTimedOut      a condition did not come true in time

Errors travel over sockets as ``[class name, field, field …]`` (:func:`to_wire`, :func:`from_wire`).
"""

import errno
import os

__all__ = (
    "BundleError",
    "CommandError",
    "DeviceGone",
    "Misbehaved",
    "Misuse",
    "SandboxDenied",
    "SimulatorBug",
    "SimulatorError",
    "StepFailed",
    "WaitTimedOut",
    "WorldError",
    "from_os_error",
    "from_wire",
    "to_wire",
)


class SimulatorError(Exception):
    """The base of everything this project raises on purpose."""

    def __init__(self, *fields: object) -> None:
        super().__init__(*fields)
        self.fields = fields


class SimulatorBug(SimulatorError):
    """An invariant of ours does not hold; never the user's fault."""


class Misuse(SimulatorError):
    """The caller asked for something that has no meaning; the text says what to do instead."""


class BundleError(Misuse):
    """A bundle cannot be installed.

    Args:
        file: The file at fault, relative to the folder that was given.
        key: The key path inside the file, for example ``NSExtension.NSExtensionPointIdentifier``,
            or an empty string when the whole file is meant.
        problem: One sentence: what is wrong and what would be right.
    """

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(file, key, problem)
        self.file = file
        self.key = key
        self.problem = problem

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file

        return f"{place}: {self.problem}"


class CommandError(SimulatorError):
    """What simctl prints and exits with, in Apple's words.

    The exit status is the code truncated to eight bits, as Apple's is (405 gives 149).

    Args:
        domain: An NSError domain, or an empty string for Apple's unframed messages.
        code: The NSError code.
        lines: One to four lines of reason.
    """

    def __init__(self, domain: str, code: int, *lines: str) -> None:
        super().__init__(domain, code, *lines)
        self.domain = domain
        self.code = code
        self.lines = lines

    def __str__(self) -> str:
        if not self.domain:
            return "\n".join(self.lines)

        head = (
            "An error was encountered processing the command "
            f"(domain={self.domain}, code={self.code}):"
        )

        return "\n".join((head, *self.lines))


class SandboxDenied(SimulatorError, PermissionError):
    """The sandbox refused an operation.

    Args:
        operation: Apple's name of the operation, for example ``file-read-data``.
        path: What it was about.
        remedy: The entitlement that would have allowed it, or that iOS never allows it.
    """

    def __init__(self, operation: str, path: str, remedy: str) -> None:
        super().__init__(operation, path, remedy)
        self.operation = operation
        self.path = path
        self.remedy = remedy
        self.errno = errno.EPERM

    def __str__(self) -> str:
        return f"deny(1) {self.operation} {self.path} ({self.remedy})"


class Misbehaved(SimulatorError):
    """A guest said something that no guest of ours says; it is dropped with this sentence."""


class WorldError(SimulatorError):
    """The machine, the kernel or a process let us down."""


class DeviceGone(WorldError):
    """The device's host runtime died or was shut down while somebody spoke to it."""


class StepFailed(WorldError):
    """A step of a launch failed inside the new process.

    Args:
        step: The name of the step, for example ``landlock``.
        number: The errno.
    """

    def __init__(self, step: str, number: int) -> None:
        super().__init__(step, number)
        self.step = step
        self.number = number

    def __str__(self) -> str:
        return f"the step '{self.step}' failed: {os.strerror(self.number)} (errno {self.number})"


class WaitTimedOut(WorldError):
    """A condition did not come true in time; the text tells the story so far."""


_KINDS: dict[str, type[SimulatorError]] = {
    kind.__name__: kind
    for kind in (
        BundleError,
        CommandError,
        DeviceGone,
        Misbehaved,
        Misuse,
        SandboxDenied,
        SimulatorBug,
        StepFailed,
        WaitTimedOut,
        WorldError,
    )
}


# What a disk, its mount or the machine's limits refuse: nobody's mistake here.
_OF_THE_WORLD = frozenset(
    (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.EFBIG,
    )
)


def from_os_error(problem: OSError) -> SimulatorError:
    """Return what is told of a refusal of the kernel that nobody on the way has named.

    A :class:`WorldError` for a full disk, a file system that cannot be written, and the like; for
    any other errno a :class:`SimulatorBug`.
    """
    if problem.errno not in _OF_THE_WORLD:
        return SimulatorBug(f"{type(problem).__name__}: {problem}")

    where = (
        f"{os.fsdecode(problem.filename)}: " if isinstance(problem.filename, str | bytes) else ""
    )

    return WorldError(f"the device set cannot be written: {where}{problem.strerror or problem}")


def to_wire(error: SimulatorError) -> list[object]:
    """Return the list that :func:`from_wire` turns back into the same error."""
    return [type(error).__name__, *error.fields]


def from_wire(parts: object) -> SimulatorError:
    """Return the error that the other side meant; never raises on nonsense."""
    if not isinstance(parts, list) or not parts or not isinstance(parts[0], str):
        return SimulatorBug(f"an error that is none: {parts!r}")

    kind = _KINDS.get(parts[0], SimulatorBug)

    try:
        return kind(*parts[1:])
    except TypeError:
        return SimulatorBug(f"an error of the wrong shape: {parts!r}")
