"""The zygote's loop: fork a guest for each request, report what becomes of it.

Messages are codec values on a ``SOCK_SEQPACKET`` socket. From the host: first ``["root",
operations, common]``, the plan of the guests' root and the operations that every guest's plan
begins with; then ``["spawn", number]`` with one descriptor: a socket that holds the order,
``[title, level, operations]`` with four descriptors (bootstrap, wire, stdout, stderr); and
``["change", number]`` with a socket that holds operations on the root. Only a fork reads an order:
what the zygote had read once would lie in the memory of every later guest, and orders name the
folders of others. To the host: ``["ready", step, errno]``, the step empty if the root was built;
``["spawned", number, pid]`` with a pidfd, ``["changed", number, errno]``,
``["exited", pid, status]``, ``["stopped", pid]``, ``["continued", pid]``.

When nothing is asked for, a *spare* is forked: a process that has done what is the same for every
guest, its namespaces and overlays above all, and waits for an order. That is a third of a launch.
"""

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
from simulator.xpc.descriptors import receive, send
from simulator.xpc.errors import StepFailed
from simulator.xpc.page import PAGE_SIZE, PageView
from simulator.zygote.becoming import ORDER_BYTES_MAX, Becoming, lift, plan_of

__all__ = ("serve",)

_SPARE_AFTER_MS = 15  # of quiet: a spare that is made while a guest starts would hold it up


class _Spare:
    """A process that waits to become a guest."""

    def __init__(self, pid: int, orders: socket.socket) -> None:
        self.pid = pid
        self._orders = orders

    def take(self, order: int) -> bool:
        """Give it its order; False when it is gone."""
        try:
            send(self._orders, b"o", (order,))
        except OSError:
            return False
        finally:
            self._orders.close()

        return True

    def gone(self) -> None:
        """Let go of what is left of it."""
        self._orders.close()


class _Zygote:
    def __init__(self, channel: int, page: int) -> None:
        self._channel = socket.socket(fileno=lift(channel))
        page = lift(page)
        mapping = mmap.mmap(page, PAGE_SIZE, mmap.MAP_SHARED, mmap.PROT_READ)
        os.close(page)
        self._becoming = Becoming(PageView(memoryview(mapping)))
        self._changes: dict[int, int] = {}  # the pid of a fork that changes the root → its number
        self._spare: _Spare | None = None
        self._wants_spare = True

        read, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._signalled, write = lift(read), lift(write)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's ^C is the host's to answer

    def serve(self) -> None:
        self._becoming.title.set("zygote")
        self._say(["ready", *self._build_root()])
        gc.collect()
        gc.freeze()  # a collection in a guest must not copy the zygote's pages
        poller = select.poll()
        poller.register(self._channel, select.POLLIN)
        poller.register(self._signalled, select.POLLIN)

        while True:
            makes_spare = self._wants_spare and self._spare is None
            ready = poller.poll(_SPARE_AFTER_MS if makes_spare else None)

            if not ready:
                self._make_spare()

            for descriptor, _ in ready:
                if descriptor == self._signalled:
                    self._reap()
                else:
                    self._obey()

    def _make_spare(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        with theirs:
            try:
                pid = os.fork()
            except OSError:  # the machine is short of processes: each launch forks for itself
                self._wants_spare = False
                ours.close()
                return

            if pid == 0:
                ours.close()
                self._becoming.spare(theirs)

        self._spare = _Spare(pid, ours)

    def _say(self, message: list[object], files: tuple[int, ...] = ()) -> None:
        try:
            send(self._channel, encode(message), files)
        except ConnectionError:
            os._exit(0)  # the host is gone, and everything here goes with it

    def _hear(self) -> tuple[list[object], list[int]]:
        try:
            data, received = receive(self._channel, ORDER_BYTES_MAX, 8)
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
            self._becoming.common = plan_of(message[2])
            apply.apply(plan_of(message[1]), b"")
            kernel.empty_bounding_set()  # after the namespaces, which fill it again
        except StepFailed as problem:
            return problem.step, problem.number
        except OSError as problem:
            return "bounding_set", problem.errno or 0

        return "", 0

    def _obey(self) -> None:
        (what, number), (order,) = self._hear()
        assert isinstance(number, int)
        pid = self._take_spare(order) if what == "spawn" else 0

        if not pid:
            pid = os.fork()

            if pid == 0:
                if what == "spawn":
                    self._becoming.guest(order)

                self._becoming.change_root(order)

        os.close(order)

        if what != "spawn":
            self._changes[pid] = number
            return

        pidfd = os.pidfd_open(pid)
        self._say(["spawned", number, pid], (pidfd,))
        os.close(pidfd)

    def _take_spare(self, order: int) -> int:
        """Let the spare become a guest; return its pid, 0 when there is none."""
        spare, self._spare = self._spare, None

        return spare.pid if spare is not None and spare.take(order) else 0

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

            if self._spare is not None and found.si_pid == self._spare.pid:
                self._lose_spare(found.si_code)
            elif found.si_pid in self._changes:
                self._say(["changed", self._changes.pop(found.si_pid), found.si_status])
            elif found.si_code == os.CLD_EXITED:
                self._say(["exited", found.si_pid, found.si_status])
            elif found.si_code in {os.CLD_KILLED, os.CLD_DUMPED}:
                self._say(["exited", found.si_pid, -found.si_status])
            else:
                stopped = found.si_code in {os.CLD_STOPPED, os.CLD_TRAPPED}
                self._say(["stopped" if stopped else "continued", found.si_pid])

    def _lose_spare(self, code: int) -> None:
        """Hear of a spare that ended before it was taken; stopped, it is taken all the same."""
        if self._spare is not None and code not in {os.CLD_STOPPED, os.CLD_CONTINUED}:
            self._spare.gone()
            self._spare = None
            self._wants_spare = False  # whatever ended it would end the next one


def serve(channel: int, page: int) -> None:
    """Serve the host until it goes.

    Args:
        channel: The socket to the host.
        page: The page's descriptor, opened read-only.
    """
    sys.stdout.flush()
    _Zygote(channel, page).serve()
