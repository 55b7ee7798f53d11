"""The zygote's loop: fork a guest for each request, report what becomes of it.

Messages are codec values on a ``SOCK_SEQPACKET`` socket. From the host: first ``["root",
operations]``, the plan of the guests' root; then ``["spawn", number]`` with one descriptor: a
socket that holds the order, ``[title, level, operations]`` with four descriptors (bootstrap, wire,
stdout, stderr); and ``["change", number]`` with a socket that holds operations on the root. Only a
fork reads an order: what the zygote had read once would lie in the memory of every later guest,
and orders name the folders of others. To the host: ``["ready", step, errno]``, the step empty if
the root was built; ``["spawned", number, pid]`` with a pidfd, ``["changed", number, errno]``,
``["exited", pid, status]``, ``["stopped", pid]``, ``["continued", pid]``.
"""

import errno
import fcntl
import gc
import mmap
import os
import select
import signal
import socket
import sys
from contextlib import suppress

import simulator.sdk.corefoundation
import simulator.sdk.darwin
import simulator.sdk.extension
import simulator.sdk.foundation
import simulator.sdk.keyboard
import simulator.sdk.uikit
import simulator.sdk.usernotifications
import simulator.sdk.widgetkit  # noqa: F401  imported once here, so that a launch imports nothing
from shared_container.codec import decode, encode
from simulator.sandbox import apply, kernel
from simulator.sandbox.filter import compile_filter, compile_last
from simulator.sandbox.profile import Operation
from simulator.sdk import _launch
from simulator.sdk._process import BOOTSTRAP_FD, WIRE_FD
from simulator.xpc.errors import StepFailed
from simulator.xpc.frames import FRAME_BYTES_MAX, Frame, Kind, pack
from simulator.xpc.page import PAGE_SIZE, PageView
from simulator.xpc.title import Title

__all__ = ("serve",)

_ORDER_BYTES_MAX = FRAME_BYTES_MAX * 2
_KEPT_FD_MIN = 64  # what the zygote keeps must not lie where a guest's descriptors go


class _Zygote:
    def __init__(self, channel: int, page: int) -> None:
        self._channel = socket.socket(fileno=_lift(channel))
        page = _lift(page)
        mapping = mmap.mmap(page, PAGE_SIZE, mmap.MAP_SHARED, mmap.PROT_READ)
        os.close(page)
        self._page = PageView(memoryview(mapping))
        self._null = _lift(os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC))
        self._template = compile_filter("told")
        self._last_filter = compile_last()
        self._title = Title()
        self._changes: dict[int, int] = {}  # the pid of a fork that changes the root → its number

        read, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._signalled, write = _lift(read), _lift(write)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's ^C is the host's to answer

    def serve(self) -> None:
        self._title.set("zygote")
        self._say(["ready", *self._build_root()])
        gc.collect()
        gc.freeze()  # a collection in a guest must not copy the zygote's pages
        poller = select.poll()
        poller.register(self._channel, select.POLLIN)
        poller.register(self._signalled, select.POLLIN)

        while True:
            for descriptor, _ in poller.poll():
                if descriptor == self._signalled:
                    self._reap()
                else:
                    self._obey()

    def _say(self, message: list[object], files: tuple[int, ...] = ()) -> None:
        try:
            socket.send_fds(self._channel, [encode(message)], files)
        except ConnectionError:
            os._exit(0)  # the host is gone, and everything here goes with it

    def _hear(self) -> tuple[list[object], list[int]]:
        try:
            data, received, _, _ = socket.recv_fds(
                self._channel, _ORDER_BYTES_MAX, 8, socket.MSG_CMSG_CLOEXEC
            )
        except ConnectionError:
            data, received = b"", []

        if not data:
            os._exit(0)

        message = decode(data)
        assert isinstance(message, list)

        return message, received

    def _build_root(self) -> tuple[str, int]:
        """Build the guests' root around this process; return the step that failed and its errno."""
        message, _ = self._hear()

        try:
            apply.apply(_plan(message[1]), self._template)
            kernel.empty_bounding_set()  # after the namespaces, which fill it again
        except StepFailed as problem:
            return problem.step, problem.number
        except OSError as problem:
            return "bounding_set", problem.errno or 0

        return "", 0

    def _obey(self) -> None:
        (what, number), (order,) = self._hear()
        assert isinstance(number, int)
        pid = os.fork()

        if pid == 0:
            if what == "spawn":
                self._be_guest(order)
            else:
                self._change_root(order)

        os.close(order)

        if what != "spawn":
            self._changes[pid] = number
            return

        pidfd = os.pidfd_open(pid)
        self._say(["spawned", number, pid], (pidfd,))
        os.close(pidfd)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._signalled, 4096)

        while True:
            try:
                found = os.waitid(
                    os.P_ALL, 0, os.WEXITED | os.WSTOPPED | os.WCONTINUED | os.WNOHANG
                )
            except ChildProcessError:
                return

            if found is None:
                return

            if found.si_pid in self._changes:
                self._say(["changed", self._changes.pop(found.si_pid), found.si_status])
            elif found.si_code == os.CLD_EXITED:
                self._say(["exited", found.si_pid, found.si_status])
            elif found.si_code in {os.CLD_KILLED, os.CLD_DUMPED}:
                self._say(["exited", found.si_pid, -found.si_status])
            else:
                stopped = found.si_code in {os.CLD_STOPPED, os.CLD_TRAPPED}
                self._say(["stopped" if stopped else "continued", found.si_pid])

    def _take_back(self, listener: int) -> None:
        if listener >= 0:
            kernel.seccomp_install(self._last_filter)

    def _change_root(self, order: int) -> None:
        """Change the root that all guests have a copy of; never returns."""
        status = errno.EIO

        try:
            operations, _ = _read_order(order)
            apply.apply(_plan(operations), self._template)
            status = 0
        except StepFailed as problem:
            status = problem.number
        finally:
            os._exit(min(status, 255))

    def _be_guest(self, order: int) -> None:
        """Become the guest; never returns."""
        order = _lift(order)  # its place may be one of a guest's own, 0 to 4
        message, files = _read_order(order)
        title, level, operations = message
        bootstrap, wire, out, err = files
        listener = -1

        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)

            for source, target in (
                (self._null, 0),
                (out, 1),
                (err, 2),
                (bootstrap, BOOTSTRAP_FD),
                (wire, WIRE_FD),
            ):
                os.dup2(source, target, inheritable=False)

            self._title.set(str(title))
            listener = apply.apply(_plan(operations), self._template, denials="told")
        except StepFailed as problem:
            _fail(problem.step, problem.number)
        except OSError as problem:
            _fail("descriptors", problem.errno or 0)

        _launch.run(self._page, str(level), listener, lambda: self._take_back(listener))
        os._exit(0)


def _read_order(descriptor: int) -> tuple[list[object], list[int]]:
    """Return what an order says, and its descriptors, out of the way."""
    with socket.socket(fileno=descriptor) as order:
        data, received, _, _ = socket.recv_fds(order, _ORDER_BYTES_MAX, 8, socket.MSG_CMSG_CLOEXEC)

    message = decode(data)
    assert isinstance(message, list)

    return message, [_lift(file) for file in received]


def _plan(operations: object) -> list[Operation]:
    assert isinstance(operations, list)

    return [Operation(str(step), tuple(arguments)) for step, arguments in operations]


def _fail(step: str, number: int) -> None:
    """Name the step that failed to the host, and end."""
    frame = pack(Frame(Kind.FAIL, 0, 0, number, 1, 0, 0, step.encode()))

    with suppress(OSError):
        os.write(BOOTSTRAP_FD, frame)

    os._exit(1)


def _lift(descriptor: int) -> int:
    """Move a descriptor out of the way of a guest's own, 0 to 4."""
    lifted = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _KEPT_FD_MIN)
    os.close(descriptor)

    return lifted


def serve(channel: int, page: int) -> None:
    """Serve the host until it goes.

    Args:
        channel: The socket to the host.
        page: The page's descriptor, opened read-only.
    """
    sys.stdout.flush()
    _Zygote(channel, page).serve()
