"""This process's end of filecoordinationd: claims that wait, and presenters that are asked.

Grants and questions are taken off the bootstrap socket at once, by whichever thread reads it: the
main thread may be the one that waits. Once there are presenters, or another thread than the main
one coordinates, a thread of its own reads as well, so that a presenter is asked however busy the
main thread is.
"""

import _thread
import os
import sys

from shared_container.codec import decode
from simulator.sdk._process import Process, current
from simulator.sdk._source_line import line_in, sources_of
from simulator.xpc.errors import SimulatorError, from_wire
from simulator.xpc.frames import Frame, Kind, pack_claim

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Intent = tuple[str, bool, int]

__all__ = ("Coordination", "coordination", "source_line")


_PATH_MAX = 0x8000
_PURPOSE_MAX = 0x4000
_BYTE = 0xFF


class _Waiter:
    """A claim that is not granted yet."""

    __slots__ = ("answered", "error", "lock", "paths", "told")

    def __init__(self, told: "Callable[[_Waiter], None] | None") -> None:
        self.answered = False
        self.error: SimulatorError | None = None
        self.paths: list[str] = []
        self.lock: _thread.LockType | None = None  # released at the answer, where one waits for it
        self.told = told


class Coordination:
    """The claims and presenters of this process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._waiters: dict[int, _Waiter] = {}
        self._last = 0
        self._reads = False
        self.sources = sources_of(process.info)
        self.asked: Callable[[list[object]], None] = _unasked  # the presenters', once there are any
        process.taken[Kind.GRANTED] = self._granted
        process.taken[Kind.PRESENT] = self._presented

    # -- claims ------------------------------------------------------------------------------

    def claim(
        self,
        coordinator: int,
        purpose: str,
        presenter: int,
        intents: "Sequence[Intent]",
        line: str,
        told: "Callable[[_Waiter], None] | None" = None,
    ) -> int:
        """Claim items; return the claim's number. ``told`` is called when it is answered."""
        process = self._process

        if not process.is_main_thread or told is not None:
            self.read_beside()

        waiter = _Waiter(told)

        with process.lock:
            self._last += 1
            number = self._last
            self._waiters[number] = waiter
            self._send(number, coordinator, purpose, presenter, intents, line)

        return number

    def _send(
        self,
        number: int,
        coordinator: int,
        purpose: str,
        presenter: int,
        intents: "Sequence[Intent]",
        line: str,
    ) -> None:
        process = self._process

        if len(intents) == 1:
            path, writes, options = intents[0]
            name = os.fsencode(path)

            if len(name) <= _PATH_MAX and len(purpose) <= _PURPOSE_MAX and 0 <= options <= _BYTE:
                said = purpose.encode("utf-8", "surrogatepass"), name, line.encode()
                payload = pack_claim(coordinator, presenter, writes, options, *said)
                process.send(Kind.CLAIM, payload, arg=number)

                return

        wanted = [list(intent) for intent in intents]
        process.tell(
            "filecoordinationd.claim", [number, coordinator, purpose, presenter, wanted, line]
        )

    def wait(self, number: int) -> list[str]:
        """Wait for a claim's grant; return where its items are now.

        Raises:
            SimulatorError: It was refused; the error is the host's.
        """
        waiter = self._waiters[number]
        process = self._process

        if process.is_main_thread:
            if not self._reads:  # nobody else reads, or needs to be heard meanwhile
                process.read_once()

            if not waiter.answered:
                process.wait_until(lambda: waiter.answered)
        else:
            self._sleep(waiter)

        return self.result(number)

    def _sleep(self, waiter: _Waiter) -> None:
        """Wait on another thread; a queue's thread that waits is at rest meanwhile."""
        process = self._process

        with process.lock:
            if waiter.answered:
                return

            waiter.lock = lock = _thread.allocate_lock()
            lock.acquire()
            is_counted = _thread.get_ident() in process.workers
            process.working -= is_counted

        if is_counted:
            process.wake_main()

        lock.acquire()

        with process.lock:
            process.working += is_counted

    def result(self, number: int) -> list[str]:
        """Return where the items of an answered claim are; raise what it failed with."""
        waiter = self._waiters.pop(number)

        if waiter.error is not None:
            raise waiter.error

        return waiter.paths

    def release(self, number: int) -> None:
        """End a claim."""
        self._process.send(Kind.RELEASE, arg=number)

    def cancel(self, coordinator: int, purpose: str) -> None:
        """Let the claims of a coordinator that wait fail."""
        self._process.tell("filecoordinationd.cancel", [coordinator, purpose])

    def _granted(self, frame: Frame) -> None:
        grants = [[frame.arg, [os.fsdecode(frame.payload)]]] if frame.arg else decode(frame.payload)
        assert isinstance(grants, list)

        for number, paths, *error in grants:
            waiter = self._waiters.get(number)

            if waiter is None:
                continue

            if error:
                waiter.error = from_wire(error[0])
            else:
                waiter.paths = paths

            waiter.answered = True

            if waiter.lock is not None:
                waiter.lock.release()

            if waiter.told is not None:
                waiter.told(waiter)

        if not self._process.is_main_thread:
            self._process.wake_main()

    # -- presenters --------------------------------------------------------------------------

    def _presented(self, frame: Frame) -> None:
        message = decode(frame.payload)
        assert isinstance(message, list)
        self.asked(message)

    def read_beside(self) -> None:
        """Read the socket on a thread of its own, too, from now on."""
        with self._process.lock:
            if self._reads:
                return

            self._reads = True

        _thread.start_new_thread(self._read, ())

    def _read(self) -> None:
        process = self._process

        while True:
            process.wait_until_readable()
            process.read_for_all()


def _unasked(_: object) -> None:
    """Take a question where there are no presenters: they were removed meanwhile."""


_own: "list[Coordination]" = []


def coordination() -> Coordination:
    """Return this process's end of filecoordinationd."""
    if not _own:
        with current().lock:
            if not _own:
                _own.append(Coordination(current()))

    return _own[0]


def source_line() -> str:
    """Return the line of the app's source that got us here, ``Notes.py:14``, or nothing."""
    name, line = line_in(coordination().sources, sys._getframe(1))  # noqa: SLF001  whose code it is

    return f"{os.path.basename(name)}:{line}" if name else ""
