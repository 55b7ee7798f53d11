"""FilePresenter: whoever shows a file is asked before others touch it, and told afterwards.

Everything is called on the presenter's queue, one thing after another: by default a queue of its
own, with a thread while there is something to do. On the main queue nothing is called while the
main thread waits in a coordinated access, which may be waiting for this very presenter: give the
coordinator that presenter, or the presenter a queue of its own.

Source: NSFilePresenter.h.
"""

import os
from pathlib import Path

from simulator.sdk._coordination import coordination, source_line
from simulator.sdk._exceptions import NSInvalidArgumentException
from simulator.sdk._operation_queue import OperationQueue
from simulator.sdk._process import current
from simulator.xpc.coordination import Ask, News

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    Completion = Callable[..., None]  # type: ignore[explicit-any]  # with something, or nothing

__all__ = (
    "FilePresenter",
    "add_file_presenter",
    "file_presenters",
    "number_of",
    "remove_file_presenter",
)


class FilePresenter:
    """``NSFilePresenter``: subclass it, and implement what you want to be asked and told.

    Attributes:
        presented_item_url: What is presented; follows the item when it is moved.
    """

    presented_item_url: "Path | None" = None
    _queue: "OperationQueue | None" = None

    def __init__(self, url: "Path | str | None" = None) -> None:
        self.presented_item_url = None if url is None else Path(url)

    @property
    def presented_item_operation_queue(self) -> OperationQueue:
        """Where the methods below are called: a queue of this presenter's own."""
        if self._queue is None:
            self._queue = OperationQueue()

        return self._queue

    def relinquish_presented_item_to_reader(self, reader: "Completion") -> None:
        """Let go of the item for somebody who reads: call ``reader``, or all wait.

        ``reader(reacquirer)`` has ``reacquirer`` called without arguments when it is over.
        """
        reader()

    def relinquish_presented_item_to_writer(self, writer: "Completion") -> None:
        """Let go of the item for somebody who writes: call ``writer``, or all wait.

        ``writer(reacquirer)`` has ``reacquirer`` called without arguments when it is over.
        """
        writer()

    def save_presented_item_changes(self, completion_handler: "Completion") -> None:
        """Write what is not saved; call ``completion_handler()``, with an error to stop them."""
        completion_handler()

    def accommodate_presented_item_deletion(self, completion_handler: "Completion") -> None:
        """Get ready for the item's end; call ``completion_handler()``, with an error to stop it."""
        completion_handler()

    def accommodate_presented_subitem_deletion(
        self,
        at: Path,  # noqa: ARG002  for who implements it
        completion_handler: "Completion",
    ) -> None:
        """Get ready for the end of something in the presented folder; as above."""
        completion_handler()

    def presented_item_did_change(self) -> None:
        """Hear that content or attributes have changed: look at the modification time."""

    def presented_item_did_move(self, to: Path) -> None:
        """Hear where the item is now."""
        self.presented_item_url = to

    def presented_subitem_did_change(self, at: Path) -> None:
        """Hear that something in the presented folder has changed, or is there no longer."""

    def presented_subitem_did_appear(self, at: Path) -> None:
        """Hear that something new is in the presented folder."""

    def presented_subitem_did_move(self, at: Path, to: Path) -> None:
        """Hear that something in the presented folder is somewhere else now."""


_METHODS = {
    Ask.RELINQUISH_TO_READER: "relinquish_presented_item_to_reader",
    Ask.RELINQUISH_TO_WRITER: "relinquish_presented_item_to_writer",
    Ask.SAVE: "save_presented_item_changes",
    Ask.ACCOMMODATE_DELETION: "accommodate_presented_item_deletion",
    Ask.ACCOMMODATE_SUBITEM_DELETION: "accommodate_presented_subitem_deletion",
    News.DID_CHANGE: "presented_item_did_change",
    News.DID_MOVE: "presented_item_did_move",
    News.SUBITEM_DID_CHANGE: "presented_subitem_did_change",
    News.SUBITEM_DID_APPEAR: "presented_subitem_did_appear",
    News.SUBITEM_DID_MOVE: "presented_subitem_did_move",
}

_QUESTIONS = (
    Ask.RELINQUISH_TO_READER,
    Ask.RELINQUISH_TO_WRITER,
    Ask.SAVE,
    Ask.ACCOMMODATE_DELETION,
    Ask.ACCOMMODATE_SUBITEM_DELETION,
)


class _Conversation:
    """What one presenter is asked for one claim: one thing after another, then the answer."""

    def __init__(self, presenter: FilePresenter, number: int, steps: int, path: str) -> None:
        self._presenter = presenter
        self._number = number
        self._steps = [step for step in _QUESTIONS if step & steps]
        self._path = path

    def go_on(self) -> None:
        """Ask the next thing; on the presenter's queue."""
        if not self._steps:
            self._answer("")
            return

        step = self._steps.pop(0)
        method = getattr(self._presenter, _METHODS[step])

        if step in {Ask.RELINQUISH_TO_READER, Ask.RELINQUISH_TO_WRITER}:
            method(_once(self._relinquished))
        elif step == Ask.ACCOMMODATE_SUBITEM_DELETION:
            method(Path(self._path), _once(self._completed))
        else:
            method(_once(self._completed))

    def _relinquished(self, reacquirer: "Callable[[], None] | None" = None) -> None:
        if reacquirer is not None:
            _reacquirers[self._number] = (self._presenter, reacquirer)

        self._later()

    def _completed(self, error: object = None) -> None:
        if error is None:
            self._later()
        else:
            self._answer(str(error) or type(error).__name__)

    def _later(self) -> None:
        if self._steps:
            self._presenter.presented_item_operation_queue.add_operation(self.go_on)
        else:
            self._answer("")

    def _answer(self, error: str) -> None:
        given_up = self._number in _reacquirers
        current().tell("filecoordinationd.answered", [self._number, error[:1000], given_up])


def _once(call: "Completion") -> "Completion":
    """Return ``call`` such that calling it again does nothing."""
    left = [call]

    def first(*arguments: object) -> None:
        if left:
            left.pop()(*arguments)

    return first


class _Batch:
    """Things that presenters are told; when all of them were, the host may tell more."""

    def __init__(self, count: int) -> None:
        self._left = count

    def told(self) -> None:
        """Count one."""
        process = current()

        with process.lock:
            self._left -= 1

            if self._left <= 0:
                process.tell("filecoordinationd.heard")


_presenters: dict[int, FilePresenter] = {}
_reacquirers: "dict[int, tuple[FilePresenter, Callable[[], None]]]" = {}
_last = [0]


def number_of(presenter: "FilePresenter | None") -> int:
    """Return a presenter's number, 0 where it is none that was added."""
    return next((number for number, each in _presenters.items() if each is presenter), 0)


def file_presenters() -> list[FilePresenter]:
    """Return the presenters that were added, oldest first."""
    return list(_presenters.values())


def add_file_presenter(presenter: FilePresenter) -> None:
    """Let a presenter be asked and told from now on.

    Do it in a coordinated read of what it presents, or a change in between is missed.

    Raises:
        NSInvalidArgumentException: It is no :class:`FilePresenter`.
        SandboxDenied: What it presents is in no container of this process.
    """
    if not isinstance(presenter, FilePresenter):
        raise NSInvalidArgumentException(f"{presenter!r} is no FilePresenter")

    if number_of(presenter):
        return

    process, own = current(), coordination()
    own.asked = _asked
    own.read_beside()

    with process.lock:
        _last[0] += 1
        number = _last[0]
        _presenters[number] = presenter

    url = presenter.presented_item_url

    if url is None:
        return

    kind = type(presenter)
    can = News.DID_MOVE

    for bit, name in _METHODS.items():
        if getattr(kind, name) is not getattr(FilePresenter, name):
            can |= bit

    on_main = presenter.presented_item_operation_queue.is_main
    arguments = [number, os.path.abspath(url), can, on_main, source_line()]

    try:
        process.call("filecoordinationd.present", arguments)
    except BaseException:
        del _presenters[number]
        raise


def remove_file_presenter(presenter: FilePresenter) -> None:
    """Let a presenter be asked and told nothing more; one that was not added is no error."""
    number = number_of(presenter)

    if number:
        del _presenters[number]
        current().tell("filecoordinationd.unpresent", number)


def _asked(message: list[object]) -> None:
    """Take a message off the socket: everything is done on the presenters' queues."""
    match message:
        case ["ask", int(number), int(presenter), int(steps), str(path)]:
            found = _presenters.get(presenter)

            if found is None:  # it was removed meanwhile
                current().tell("filecoordinationd.answered", [number, "", False])
                return

            conversation = _Conversation(found, number, steps, path)
            found.presented_item_operation_queue.add_operation(conversation.go_on)
        case ["reacquire", int(number)]:
            kept = _reacquirers.pop(number, None)

            if kept is not None:
                kept[0].presented_item_operation_queue.add_operation(kept[1])
        case ["news", list(told)]:
            batch = _Batch(len(told))

            for each in told:
                _tell(each, batch)
        case _:
            pass


def _tell(told: object, batch: _Batch) -> None:
    assert isinstance(told, list)
    number, what, path, new = told
    presenter = _presenters.get(number)

    if presenter is None:
        batch.told()
        return

    arguments: list[Path] = {
        News.DID_CHANGE: [],
        News.DID_MOVE: [Path(new)],
        News.SUBITEM_DID_MOVE: [Path(path), Path(new)],
    }.get(what, [Path(path)])

    def tell() -> None:
        getattr(presenter, _METHODS[what])(*arguments)
        batch.told()

    presenter.presented_item_operation_queue.add_operation(tell)
