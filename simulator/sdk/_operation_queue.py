"""OperationQueue: code that runs one after another, on a thread of its own or on the main one."""

import _thread
from collections import deque

from simulator.sdk._process import current

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("OperationQueue",)


class OperationQueue:
    """``NSOperationQueue``: serial. ``OperationQueue.main`` runs on the main run loop.

    A queue of its own has a thread while it has something to do. What an operation raises ends the
    process, as on a phone.
    """

    main: "OperationQueue"

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._waiting: deque[Callable[[], object]] = deque()
        self._is_running = False

    @property
    def is_main(self) -> bool:
        """Whether it is the main queue."""
        return self is OperationQueue.main

    def add_operation(self, operation: "Callable[[], object]") -> None:
        """Run ``operation`` when what was added before has ended; any thread may ask."""
        process = current()

        if self.is_main:
            process.call_soon(operation)
            return

        with process.lock:
            process.working += 1

        with self._lock:
            self._waiting.append(operation)

            if self._is_running:
                return

            self._is_running = True

        _thread.start_new_thread(self._run, ())

    def _run(self) -> None:
        process = current()
        process.workers.add(_thread.get_ident())

        while True:
            with self._lock:
                if not self._waiting:
                    self._is_running = False
                    process.workers.discard(_thread.get_ident())
                    return

                operation = self._waiting.popleft()

            try:
                operation()
            except BaseException as problem:  # noqa: BLE001  on a phone it ends the process
                process.crashed(problem)

            with process.lock:
                process.working -= 1
                is_last = not process.working

            if is_last:
                process.wake_main()  # it may be idle now


OperationQueue.main = OperationQueue()
