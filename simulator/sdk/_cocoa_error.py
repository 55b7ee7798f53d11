"""Errors of files, as Foundation words them: a Cocoa code, with the POSIX error underneath.

A :class:`CocoaError` is an ``OSError`` too, of the very kind that Python would have raised: who
catches ``FileNotFoundError`` or ``PermissionError`` catches it.

Sources: Apple, ``FoundationErrors.h`` (the codes); swift-corelibs-foundation, which code an errno
becomes when reading and when writing.
"""

import errno
import os

TYPE_CHECKING = False

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ("CocoaError", "Reading", "UserCancelledError", "Writing", "cocoa_error")

_READING = {
    errno.ENOENT: 260,
    errno.ENOTDIR: 260,
    errno.EPERM: 257,
    errno.EACCES: 257,
    errno.EFBIG: 263,
    errno.ENAMETOOLONG: 258,
}
_WRITING = {
    errno.ENOENT: 4,
    errno.ENOTDIR: 4,
    errno.EPERM: 513,
    errno.EACCES: 513,
    errno.ENAMETOOLONG: 514,
    errno.EEXIST: 516,
    errno.ENOTEMPTY: 516,
    errno.ENOSPC: 640,
    errno.EDQUOT: 640,
    errno.EROFS: 642,
}
_READ_UNKNOWN, _WRITE_UNKNOWN = 256, 512

_SENTENCES = {
    4: "“{name}” doesn’t exist.",
    256: "The file “{name}” couldn’t be opened.",
    257: "The file “{name}” couldn’t be opened because you don’t have permission to view it.",
    258: "The file name “{name}” is invalid.",
    260: "The file “{name}” couldn’t be opened because there is no such file.",
    263: "The file “{name}” couldn’t be opened because it is too large.",
    512: "The file “{name}” couldn’t be saved.",
    513: "You don’t have permission to save the file “{name}” in the folder “{folder}”.",
    514: "The file name “{name}” is invalid.",
    516: "“{name}” couldn’t be saved in the folder “{folder}” because a file with the same name "
    "already exists.",
    640: "You can’t save the file “{name}” because the volume is out of space.",
    642: "You can’t save the file “{name}” because the volume is read only.",
}


class CocoaError(OSError):
    """An error of ``NSCocoaErrorDomain`` about a file.

    Attributes:
        domain: ``NSCocoaErrorDomain``.
        code: For example ``CocoaError.FILE_READ_NO_SUCH_FILE``.
        user_info: ``NSFilePath``, and the POSIX error as ``NSUnderlyingError``: domain and code.
    """

    FILE_NO_SUCH_FILE = 4
    FILE_READ_UNKNOWN = 256
    FILE_READ_NO_PERMISSION = 257
    FILE_READ_INVALID_FILE_NAME = 258
    FILE_READ_NO_SUCH_FILE = 260
    FILE_READ_TOO_LARGE = 263
    FILE_WRITE_UNKNOWN = 512
    FILE_WRITE_NO_PERMISSION = 513
    FILE_WRITE_INVALID_FILE_NAME = 514
    FILE_WRITE_FILE_EXISTS = 516
    FILE_WRITE_OUT_OF_SPACE = 640
    FILE_WRITE_VOLUME_READ_ONLY = 642
    USER_CANCELLED = 3072

    domain = "NSCocoaErrorDomain"

    def __init__(self, code: int, path: str, number: int, text: str = "") -> None:
        super().__init__(number, os.strerror(number), path)
        self.code = code
        self._text = text
        self.user_info: dict[str, object] = {
            "NSFilePath": path,
            "NSUnderlyingError": ("NSPOSIXErrorDomain", number),
        }

    @property
    def localized_description(self) -> str:
        """The sentence that a phone shows."""
        if self._text:
            return self._text

        folder, name = os.path.split(str(self.filename).rstrip("/"))

        return _SENTENCES[self.code].format(name=name, folder=os.path.basename(folder))

    def __str__(self) -> str:
        return (
            f"Error Domain={self.domain} Code={self.code} “{self.localized_description}” "
            f"(NSFilePath={self.filename}, NSPOSIXErrorDomain Code={self.errno} {self.strerror})"
        )


class UserCancelledError(CocoaError):
    """``NSUserCancelledError``: a coordinator was cancelled while it waited."""


_kinds: dict[type, type[CocoaError]] = {OSError: CocoaError}


def cocoa_error(problem: OSError, path: str, *, writing: bool) -> CocoaError:
    """Return the error that Foundation makes of a refusal of the kernel.

    Args:
        problem: The refusal.
        path: The file that was asked for; the kernel may have named another one on the way.
        writing: Whether something was to be changed: the codes are others.
    """
    if isinstance(problem, CocoaError):
        return problem

    number = problem.errno or errno.EIO
    code = (_WRITING if writing else _READING).get(
        number, _WRITE_UNKNOWN if writing else _READ_UNKNOWN
    )
    kind = type(problem)

    if kind not in _kinds:  # its name says what it is on a phone, its bases what it is in Python
        _kinds[kind] = type("CocoaError", (CocoaError, kind), {})

    return _kinds[kind](code, path, number)


class _Translating:
    """A block whose OSErrors leave it as Foundation's."""

    __slots__ = ("_path",)
    _writing = False

    def __init__(self, path: object) -> None:
        self._path = os.fsdecode(path)  # type: ignore[arg-type]

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        problem: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        if isinstance(problem, OSError) and not isinstance(problem, CocoaError):
            raise cocoa_error(problem, self._path, writing=self._writing) from problem


class Reading(_Translating):
    """``with Reading(path):`` what is refused in it is an error of reading ``path``."""

    __slots__ = ()


class Writing(_Translating):
    """``with Writing(path):`` what is refused in it is an error of writing ``path``."""

    __slots__ = ()
    _writing = True
