"""Seccomp's user notification: the kernel asks the host what a denied system call is to return.

The guest's thread waits in the kernel until somebody who holds the listener answers. That is exact
(no code of the guest can go round it) and free for allowed calls; a call asked about takes 9 to 12
µs with SYNC_WAKE_UP and 65 to 75 µs without (measured, Linux 6.18). What is read of the guest's
memory may be changed by its other threads at any moment: it is good for telling, and for acting on
what was read, never for letting the same call go on as if it had been checked.

Sources: seccomp_unotify(2), process_vm_readv(2), include/uapi/linux/seccomp.h.
"""

import ctypes
import errno
import os
import select
import struct
from fcntl import ioctl
from typing import Final, NamedTuple

from simulator.sandbox import kernel

__all__ = (
    "PATH_BYTES_MAX",
    "Listener",
    "Question",
    "install_listening",
    "is_listener",
    "read_memory",
    "read_text",
    "write_memory",
)

PATH_BYTES_MAX: Final = 4096
"""PATH_MAX, its final NUL included. Source: include/uapi/linux/limits.h."""

_WAIT_KILLABLE_RECV: Final = 1 << 5  # Linux 5.19
_RECEIVE: Final = 0xC0502100  # SECCOMP_IOCTL_NOTIF_RECV
_SEND: Final = 0xC0182101
_ID_VALID: Final = 0x40082102
_SET_FLAGS: Final = 0x40082104  # Linux 6.6
_SYNC_WAKE_UP: Final = 1
_CONTINUE: Final = 1

# struct seccomp_notif: id, pid, flags; of seccomp_data the number, the architecture, the
# instruction pointer and six arguments.
_QUESTION: Final = struct.Struct("=QIIiIQ6Q")
_ANSWER: Final = struct.Struct("=QqiI")
_ID: Final = struct.Struct("=Q")
_IOVEC: Final = struct.Struct("=QQ")
_LINK: Final = "anon_inode:seccomp notify"
_PAGE_BYTES: Final = 4096


class Question(NamedTuple):
    """One system call that waits for its answer.

    Attributes:
        id: Names it in the answer.
        thread: The thread that asks, by its number in the caller's pid namespace.
        number: Of the system call.
        arguments: Its six arguments, 64 bits each, unchecked.
    """

    id: int
    thread: int
    number: int
    arguments: tuple[int, ...]


class Listener:
    """The end of a filter at which its questions arrive.

    Args:
        descriptor: Ours from now on.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poller = select.poll()
        self._poller.register(descriptor, select.POLLIN)

        try:
            ioctl(descriptor, _SET_FLAGS, _SYNC_WAKE_UP)
        except OSError as problem:
            if problem.errno != errno.EINVAL:  # a kernel before 6.6: slower, otherwise the same
                raise

    def fileno(self) -> int:
        """Return the descriptor, to be waited for."""
        return self._descriptor

    def receive(self, wait_ms: int = 0) -> Question | None:
        """Return the next question, or None when none comes within ``wait_ms``.

        Raises:
            EOFError: Nobody is left who could ask.
        """
        for _, events in self._poller.poll(wait_ms):
            if not events & select.POLLIN:
                raise EOFError("every process under the filter is gone")

            # The kernel wants zeroes in what it will fill.
            buffer = bytearray(_QUESTION.size)

            try:
                ioctl(self._descriptor, _RECEIVE, buffer)
            except OSError as problem:
                # Between poll and here the asking thread was killed.
                if problem.errno in {errno.ENOENT, errno.EINTR}:
                    return None

                raise

            identifier, thread, _, number, _, _, *arguments = _QUESTION.unpack(buffer)

            return Question(identifier, thread, number, tuple(arguments))

        return None

    def waits(self, question: Question) -> bool:
        """Return whether the asking thread still waits.

        Until this was true *after* looking, what was read under the thread's number may have been
        another process's: numbers come again.
        """
        try:
            ioctl(self._descriptor, _ID_VALID, _ID.pack(question.id))
        except OSError:
            return False

        return True

    def refuse(self, question: Question, number: int) -> None:
        """Let the call fail with that errno; 0 lets it return 0."""
        self._send(question.id, -number, 0)

    def let_go_on(self, question: Question) -> None:
        """Let the kernel carry the call out, as if nobody had been asked.

        Its arguments may be others by now: this is right only where the kernel decides anyway.
        """
        self._send(question.id, 0, _CONTINUE)

    def _send(self, identifier: int, error: int, flags: int) -> None:
        try:
            ioctl(self._descriptor, _SEND, _ANSWER.pack(identifier, 0, error, flags))
        except OSError as problem:
            # Killed while it waited; or the listener was closed, which was the answer.
            if problem.errno not in {errno.ENOENT, errno.EINPROGRESS, errno.EBADF}:
                raise

    def close(self) -> None:
        """Give the descriptor back; from now on what would be asked is answered with ENOSYS."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def install_listening(program: bytes) -> int:
    """Install a filter on the calling thread and return its listener's descriptor.

    A thread whose question was received can only be killed until it is answered, never
    interrupted: a handler of its signals would otherwise see the call half done.

    Raises:
        OSError: EINVAL where the kernel has no listeners (gVisor), EBUSY where a filter further
            out has one already; nothing is installed then.
    """
    flags = kernel.SECCOMP_FILTER_FLAG_NEW_LISTENER

    try:
        return kernel.seccomp_install(program, flags | _WAIT_KILLABLE_RECV)
    except OSError as problem:
        if problem.errno != errno.EINVAL:
            raise

    return kernel.seccomp_install(program, flags)


def is_listener(descriptor: int) -> bool:
    """Return whether a descriptor is a seccomp listener, by what the kernel calls it."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}") == _LINK
    except OSError:
        return False


def _transfer(call: str, thread: int, buffer: ctypes.Array[ctypes.c_char], address: int) -> int:
    """Move bytes between ours and a thread's memory; return how many, at least the first page's.

    The kernel stops at the first part that is not there, and parts begin at pages here: a text may
    end just before an unmapped one.
    """
    size = len(buffer)
    parts = []
    position = address

    while position < address + size:
        end = min(address + size, (position // _PAGE_BYTES + 1) * _PAGE_BYTES)
        parts.append(_IOVEC.pack(position, end - position))
        position = end

    local = _IOVEC.pack(ctypes.addressof(buffer), size)

    return kernel.system_call(call, thread, local, 1, b"".join(parts), len(parts), 0)


def read_memory(thread: int, address: int, size: int) -> bytes:
    """Return up to ``size`` bytes of a process's memory: all that is there in one piece.

    Raises:
        OSError: EFAULT: nothing is there; ESRCH, EPERM.
    """
    if not 0 < address <= (1 << 63) - 1 - size:
        raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))

    buffer = ctypes.create_string_buffer(size)

    done = _transfer("process_vm_readv", thread, buffer, address)

    return buffer.raw[:done]


def read_text(thread: int, address: int) -> str:
    """Return a C string of a process.

    Raises:
        OSError: ENAMETOOLONG when it does not end within ``PATH_BYTES_MAX``, EFAULT when it does
            not end before memory that is not there; as :func:`read_memory`.
    """
    raw = read_memory(thread, address, PATH_BYTES_MAX)
    text, end, _ = raw.partition(b"\0")

    if not end:
        code = errno.ENAMETOOLONG if len(raw) == PATH_BYTES_MAX else errno.EFAULT
        raise OSError(code, os.strerror(code))

    return os.fsdecode(text)


def write_memory(thread: int, address: int, data: bytes) -> None:
    """Put bytes into a process's memory.

    Raises:
        OSError: EFAULT where it cannot be written; as :func:`read_memory`.
    """
    if not 0 < address <= (1 << 63) - 1 - len(data):
        raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))

    buffer = ctypes.create_string_buffer(data, len(data))

    if _transfer("process_vm_writev", thread, buffer, address) != len(data):
        raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))
