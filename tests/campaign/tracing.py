"""Kills a process before or after its n-th system call, counted over all its threads: ptrace(2).

A thread of this process is the tracer, so that it works where only ancestors may trace. Nothing is
changed in the process that is traced; threads that it starts are counted with the others.
"""

import ctypes
import os
import signal
import threading
from collections import Counter
from contextlib import suppress
from typing import Final

from simulator.sandbox import syscalls

__all__ = ("Strike", "name_of")

_SYSCALL: Final = 24
_SEIZE: Final = 0x4206
_INTERRUPT: Final = 0x4207
_GET_SYSCALL_INFO: Final = 0x420E
_TRACESYSGOOD: Final = 1
_TRACECLONE: Final = 8
_EXITKILL: Final = 1 << 20
_WALL: Final = 0x4000_0000
_WNOTHREAD: Final = 0x2000_0000
_ENTRY: Final = 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)


class _Info(ctypes.Structure):
    _fields_ = (  # type: ignore[mutable-override]
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
        ("arguments", ctypes.c_uint64 * 6),
        ("rest", ctypes.c_uint64 * 2),
    )


def _ptrace(request: int, thread: int, address: int = 0, data: int = 0) -> None:
    if _libc.ptrace(request, thread, address, data) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"ptrace {request:#x} of {thread}: {os.strerror(code)}")


def name_of(number: int) -> str:
    """Return the name of a system call on this machine."""
    return next((name for name, each in syscalls._NUMBERS.items() if each == number), str(number))


class Strike:
    """The death of a process at a system call.

    Args:
        pid: The process; a descendant.
        at: Which call, from 1, counted from now on.
        after: Whether it is killed when the call has been done, not before it is.

    Attributes:
        calls: How often each system call was begun, by its number.
        struck: Whether it came so far.
        last: The number of the call at which it was struck, -1 for none.
    """

    def __init__(self, pid: int, at: int, *, after: bool) -> None:
        self.calls: Counter[int] = Counter()
        self.struck = False
        self.last = -1
        self._pid = pid
        self._at = at
        self._after = after
        self._inside: dict[int, int] = {}  # thread → which call it is in
        self._problem: Exception | None = None
        self._armed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tracer")
        self._thread.start()
        self._armed.wait()

        if self._problem is not None:
            raise self._problem

    def finish(self) -> None:
        """Kill the process, unless it was struck; return when it is dead."""
        with suppress(ProcessLookupError):
            self._kill()

        self._thread.join()

        if self._problem is not None:
            raise self._problem

    @property
    def over(self) -> bool:
        """Whether the tracer has ended: the process is dead."""
        return not self._thread.is_alive()

    # -- on the tracer's thread ------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._seize()
            self._armed.set()
            self._serve()
        except ChildProcessError:
            pass  # every thread has ended
        except Exception as problem:  # noqa: BLE001  whoever waits for this thread raises it
            self._problem = problem
        finally:
            self._armed.set()

    def _seize(self) -> None:
        options = _TRACESYSGOOD | _TRACECLONE | _EXITKILL
        threads = [int(name) for name in os.listdir(f"/proc/{self._pid}/task")]

        for thread in threads:
            _ptrace(_SEIZE, thread, 0, options)
            _ptrace(_INTERRUPT, thread)

        for thread in threads:  # all stand still before the first goes on
            os.waitpid(thread, _WALL | _WNOTHREAD)

        for thread in threads:
            _ptrace(_SYSCALL, thread)

    def _serve(self) -> None:
        while True:
            thread, status = os.waitpid(-1, _WALL | _WNOTHREAD)

            if not os.WIFSTOPPED(status):
                self._inside.pop(thread, None)
                continue

            if self.struck:  # it is dying
                continue

            with suppress(ProcessLookupError):
                self._take(thread, status)

    def _take(self, thread: int, status: int) -> None:
        stopped_by = os.WSTOPSIG(status)
        event = status >> 16

        if stopped_by == signal.SIGTRAP | 0x80:
            if self._count(thread):
                self.struck = True
                self._kill()
                return

            _ptrace(_SYSCALL, thread)
        elif event:
            _ptrace(_SYSCALL, thread)
        else:
            _ptrace(_SYSCALL, thread, 0, stopped_by)

    def _count(self, thread: int) -> bool:
        """Count a call; return whether this is the moment."""
        info = _Info()
        _ptrace(_GET_SYSCALL_INFO, thread, ctypes.sizeof(info), ctypes.addressof(info))

        if info.op == _ENTRY:
            self.calls[info.number] += 1
            ordinal = self._inside[thread] = self.calls.total()

            if ordinal == self._at:
                self.last = info.number

            return ordinal == self._at and not self._after

        return self._inside.pop(thread, 0) == self._at and self._after

    def _kill(self) -> None:
        handle = os.pidfd_open(self._pid)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        os.close(handle)
