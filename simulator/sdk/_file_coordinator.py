"""FileCoordinator: reading and writing in turns with other processes, and with presenters.

    with FileCoordinator().writing(path) as url:
        url.write_text("…")

Use the path that you are given: the item may have been moved while you waited. What is done without
a coordinator is not stopped. Claim several items in one call, not one inside the other: two who do
that in different order wait for each other for ever.

Source: NSFileCoordinator.h.
"""

import errno
import os
import stat
from pathlib import Path

from simulator.sdk._cocoa_error import CocoaError, UserCancelledError
from simulator.sdk._coordination import coordination, source_line
from simulator.sdk._file_presenter import (
    FilePresenter,
    add_file_presenter,
    file_presenters,
    number_of,
    remove_file_presenter,
)
from simulator.sdk._operation_queue import OperationQueue
from simulator.sdk._process import current, point
from simulator.xpc.coordination import Reading, Writing
from simulator.xpc.errors import CommandError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from simulator.sdk._coordination import Intent

__all__ = (
    "FileAccessIntent",
    "FileCoordinator",
    "ReadingOptions",
    "WritingOptions",
)


class ReadingOptions:
    """What a coordinated read is for; they may be combined with ``|``."""

    WITHOUT_CHANGES = Reading.WITHOUT_CHANGES
    RESOLVES_SYMBOLIC_LINK = Reading.RESOLVES_SYMBOLIC_LINK
    IMMEDIATELY_AVAILABLE_METADATA_ONLY = Reading.IMMEDIATELY_AVAILABLE_METADATA_ONLY
    FOR_UPLOADING = Reading.FOR_UPLOADING


class WritingOptions:
    """What a coordinated write is for: one of these, or 0 for an update."""

    FOR_DELETING = Writing.FOR_DELETING
    FOR_MOVING = Writing.FOR_MOVING
    FOR_MERGING = Writing.FOR_MERGING
    FOR_REPLACING = Writing.FOR_REPLACING
    CONTENT_INDEPENDENT_METADATA_ONLY = Writing.CONTENT_INDEPENDENT_METADATA_ONLY


class FileAccessIntent:
    """``NSFileAccessIntent``: an item, and what is going to be done with it.

    Attributes:
        url: Where the item is; once the access is granted, where it is then.
    """

    __slots__ = ("_is_write", "_options", "url")

    def __init__(self, url: "Path | str", options: int, *, is_write: bool) -> None:
        self.url = url if isinstance(url, Path) else Path(url)
        self._options = options
        self._is_write = is_write

    @classmethod
    def reading(cls, url: "Path | str", options: int = 0) -> "FileAccessIntent":
        """Return the intent to read an item."""
        return cls(url, options, is_write=False)

    @classmethod
    def writing(cls, url: "Path | str", options: int = 0) -> "FileAccessIntent":
        """Return the intent to write to an item."""
        return cls(url, options, is_write=True)

    @property
    def wanted(self) -> "Intent":
        """The intent, as it is claimed."""
        path = os.path.abspath(self.url)
        point("coordinate", path, "w" if self._is_write else "r")

        return path, self._is_write, self._options

    @property
    def is_snapshot(self) -> bool:
        """Whether it is read as a copy."""
        return not self._is_write and bool(self._options & Reading.FOR_UPLOADING)


class _Access:
    """A coordinated access, for a ``with`` statement."""

    __slots__ = ("_coordinator", "_intents", "_number", "_snapshot")

    def __init__(self, coordinator: "FileCoordinator", intents: "list[FileAccessIntent]") -> None:
        self._coordinator = coordinator
        self._intents = intents
        self._number = 0
        self._snapshot: str | None = None

    def __enter__(self) -> Path:
        self.begin()

        return self._intents[0].url if self._snapshot is None else Path(self._snapshot)

    def begin(self) -> None:
        """Wait for the items."""
        intents = self._intents
        self._number = self._coordinator._claim(intents)  # noqa: SLF001  a part of it
        _settle(self._number, intents)

        if intents[0].is_snapshot:
            try:
                self._snapshot = _snapshot_of(intents[0].url)
            finally:
                self.end()

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        problem: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        self.end()

        if self._snapshot is not None:
            import shutil

            shutil.rmtree(os.path.dirname(self._snapshot), ignore_errors=True)

    def end(self) -> None:
        """Let go of the items."""
        if self._number:
            coordination().release(self._number)
            self._number = 0


class _Accesses(_Access):
    """The same for several items at once."""

    __slots__ = ()

    def __enter__(self) -> "tuple[Path, ...]":  # type: ignore[override]  # one path for each
        self.begin()

        return tuple(each.url for each in self._intents)


class FileCoordinator:
    """``NSFileCoordinator``.

    Args:
        file_presenter: On whose behalf: it is not asked and told what this coordinator does.
        purpose_identifier: Coordinators of one purpose never wait for each other, not even in
            different processes. Each has one of its own unless it is given.
    """

    _last = 0

    def __init__(
        self, file_presenter: "FilePresenter | None" = None, purpose_identifier: str = ""
    ) -> None:
        with current().lock:
            FileCoordinator._last += 1
            self._number = FileCoordinator._last

        self._presenter = file_presenter
        self._purpose = purpose_identifier

    add_file_presenter = staticmethod(add_file_presenter)
    remove_file_presenter = staticmethod(remove_file_presenter)
    file_presenters = staticmethod(file_presenters)

    @property
    def purpose_identifier(self) -> str:
        """What this coordinator's claims have in common."""
        return self._purpose or f"{current().info['bundle_id']}.coordinator.{self._number}"

    # -- Python's way ------------------------------------------------------------------------

    def reading(self, url: "Path | str", options: int = 0) -> _Access:
        """Return a context in which an item may be read; it gives where the item is.

        Raises:
            UserCancelledError: The coordinator was cancelled.
            CocoaError: A presenter stopped it.
            SandboxDenied: It is in no container of this process.
            WaitTimedOut: The device has a limit for waiting; the text says who was in the way.
        """
        return _Access(self, [FileAccessIntent.reading(url, options)])

    def writing(self, url: "Path | str", options: int = 0) -> _Access:
        """Return a context in which an item may be written to; as :meth:`reading`."""
        return _Access(self, [FileAccessIntent.writing(url, options)])

    def accessing(self, *intents: FileAccessIntent) -> _Accesses:
        """Return a context for several items at once; it gives where they are, in order."""
        return _Accesses(self, list(intents))

    # -- Apple's way -------------------------------------------------------------------------

    def coordinate_reading_item(
        self, at: "Path | str", options: int, by_accessor: "Callable[[Path], object]"
    ) -> None:
        """Wait, and call ``by_accessor`` with where the item is; errors as :meth:`reading`."""
        with self.reading(at, options) as url:
            by_accessor(url)

    def coordinate_writing_item(
        self, at: "Path | str", options: int, by_accessor: "Callable[[Path], object]"
    ) -> None:
        """Wait, and call ``by_accessor`` with where the item is; errors as :meth:`reading`."""
        with self.writing(at, options) as url:
            by_accessor(url)

    def coordinate_reading_and_writing_items(
        self,
        reading_at: "Path | str",
        reading_options: int,
        writing_at: "Path | str",
        writing_options: int,
        by_accessor: "Callable[[Path, Path], object]",
    ) -> None:
        """Wait for one item to read and one to write; errors as :meth:`reading`."""
        reads = FileAccessIntent.reading(reading_at, reading_options)
        writes = FileAccessIntent.writing(writing_at, writing_options)

        with self.accessing(reads, writes):
            by_accessor(reads.url, writes.url)

    def coordinate_writing_items(
        self,
        at: "Path | str",
        options: int,
        at_second: "Path | str",
        second_options: int,
        by_accessor: "Callable[[Path, Path], object]",
    ) -> None:
        """Wait for two items to write; for a safe move, for moving and for replacing."""
        first = FileAccessIntent.writing(at, options)
        second = FileAccessIntent.writing(at_second, second_options)

        with self.accessing(first, second):
            by_accessor(first.url, second.url)

    def coordinate(
        self,
        with_intents: "Sequence[FileAccessIntent]",
        queue: OperationQueue,
        by_accessor: "Callable[[Exception | None], object]",
    ) -> None:
        """Call ``by_accessor`` on ``queue`` when it is the turn, with None, or with an error.

        Does not wait. The intents' ``url`` says where the items are then.
        """
        intents = list(with_intents)

        def run() -> None:
            try:
                _settle(number[0], intents, is_answered=True)
            except Exception as problem:  # noqa: BLE001  it is the accessor's
                by_accessor(problem)
                return

            try:
                by_accessor(None)
            finally:
                coordination().release(number[0])

        number = [0]

        with current().lock:  # the answer comes under it, too
            number[0] = self._claim(intents, told=lambda _: queue.add_operation(run))

    def prepare(
        self,
        for_reading: "Sequence[Path | str]",
        reading_options: int,
        for_writing: "Sequence[Path | str]",
        writing_options: int,
        by_accessor: "Callable[[Callable[[], None]], object]",
    ) -> None:
        """Wait for many items at once, then call ``by_accessor`` with a completion handler.

        In it this coordinator's own calls for these items do not wait. They are held until the
        completion handler is called, on any thread.
        """
        intents = [FileAccessIntent.reading(each, reading_options) for each in for_reading]
        intents += [FileAccessIntent.writing(each, writing_options) for each in for_writing]
        access = _Accesses(self, intents)
        access.begin()
        by_accessor(access.end)

    def cancel(self) -> None:
        """Let calls of this coordinator that wait fail; accessors that run go on."""
        coordination().cancel(self._number, self._purpose)

    def item_will_move(self, at: "Path | str", to: "Path | str") -> None:
        """Say that you are going to move an item; matters to the sandbox of macOS alone."""
        point("coordinate-move", f"{at} {to}", "w")

    def item_did_move(self, at: "Path | str", to: "Path | str") -> None:
        """Say, in the accessor, that you have moved an item: who waits for it goes there."""
        current().tell(
            "filecoordinationd.moved",
            [number_of(self._presenter), os.path.abspath(at), os.path.abspath(to)],
        )

    def _claim(
        self, intents: "list[FileAccessIntent]", told: "Callable[[object], None] | None" = None
    ) -> int:
        return coordination().claim(
            self._number,
            self._purpose,
            number_of(self._presenter),
            [each.wanted for each in intents],
            source_line(),
            told,
        )


def _settle(number: int, intents: "list[FileAccessIntent]", *, is_answered: bool = False) -> None:
    """Wait for a claim's answer, and put where its items are into the intents."""
    own = coordination()

    try:
        paths = own.result(number) if is_answered else own.wait(number)
    except CommandError as problem:
        text = " ".join(problem.lines)

        path = os.fspath(intents[0].url)

        if problem.code == CocoaError.USER_CANCELLED:
            raise UserCancelledError(problem.code, path, errno.ECANCELED, text) from None

        raise CocoaError(problem.code, path, errno.EBUSY, text) from None

    for intent, path in zip(intents, paths, strict=True):
        intent.url = Path(path)


def _snapshot_of(url: Path) -> str:
    """Return a copy of a file, or a zip of a folder, in a new folder of its own."""
    import shutil

    source = os.fspath(url)
    mode = os.lstat(source).st_mode

    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise CocoaError(CocoaError.FILE_READ_UNKNOWN, source, errno.EINVAL)

    folder = os.path.join(
        str(current().info["home"]), "tmp", f"CoordinatedUpload-{os.urandom(8).hex()}"
    )
    os.makedirs(folder)

    try:
        target = os.path.join(folder, os.path.basename(source))

        if stat.S_ISDIR(mode):
            target += ".zip"
            _zip(source, target)
        else:
            shutil.copyfile(source, target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise

    return target


def _zip(folder: str, target: str) -> None:
    """Write the files in a folder into a zip, under the folder's name; links are left out."""
    import zipfile

    above = os.path.dirname(folder)

    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for parent, folders, names in os.walk(folder):
            folders.sort()

            for name in sorted(names):
                path = os.path.join(parent, name)

                if stat.S_ISREG(os.lstat(path).st_mode):
                    archive.write(path, os.path.relpath(path, above))
