"""What a fork of the zygote becomes: a guest, or what changes the root that guests copy.

A fork inherits everything and keeps nothing: what it is to be it reads from an order of its own.
None of these functions returns.
"""

import errno
import fcntl
import os
import signal
import socket
from contextlib import suppress

from shared_container.codec import decode
from simulator.sandbox import apply, kernel
from simulator.sandbox.filter import compile_filter, compile_last
from simulator.sandbox.profile import Operation
from simulator.sdk import _launch
from simulator.sdk._bootstrap import BOOTSTRAP_FD
from simulator.sdk._process import WIRE_FD
from simulator.xpc.descriptors import receive
from simulator.xpc.errors import StepFailed
from simulator.xpc.frames import FRAME_BYTES_MAX, Frame, Kind, pack
from simulator.xpc.page import PageView
from simulator.xpc.title import Title

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

__all__ = ("ORDER_BYTES_MAX", "Becoming", "lift", "plan_of")

ORDER_BYTES_MAX = FRAME_BYTES_MAX * 2
_KEPT_FD_MIN = 64  # what the zygote keeps must not lie where a guest's descriptors go


class Becoming:
    """What forks need, made before they exist.

    Args:
        page: The host's page.

    Attributes:
        common: The operations that every guest's plan begins with.
    """

    def __init__(self, page: PageView) -> None:
        self.common: Sequence[Operation] = ()
        self._page = page
        self._null = lift(os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC))
        self._template = compile_filter("told")
        self._last_filter = compile_last()
        self.title = Title()

    def change_root(self, order: int) -> "NoReturn":
        """Change the root that all guests have a copy of."""
        status = errno.EIO

        try:
            operations, _ = _read_order(order)
            apply.apply(plan_of(operations), self._template)
            status = 0
        except StepFailed as problem:
            status = problem.number
        finally:
            os._exit(min(status, 255))

    def spare(self, orders: socket.socket) -> "NoReturn":
        """Begin to become a guest, wait for an order, and be it; end when none will come.

        Args:
            orders: Brings one order's descriptor.
        """
        kernel.set_parent_death_signal(signal.SIGKILL)
        self.title.set("zygote (spare)")
        sealing, problem = self._begin()

        try:
            _, received = receive(orders, 1, 1)
        except OSError:
            received = []

        if not received:
            os._exit(0)

        orders.close()
        self._finish(received[0], sealing, problem)

    def guest(self, order: int) -> "NoReturn":
        """Become a guest."""
        self._finish(order, *self._begin())

    def _begin(self) -> tuple[apply.Sealing, StepFailed | None]:
        """Do what is the same for every guest; a step that failed is told once there is a host."""
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sealing = apply.Sealing(self._template, denials="told")

        try:
            sealing.carry_out(self.common)
        except StepFailed as problem:
            return sealing, problem

        return sealing, None

    def _finish(self, order: int, sealing: apply.Sealing, problem: StepFailed | None) -> "NoReturn":
        order = lift(order)  # its place may be one of a guest's own, 0 to 4
        message, files = _read_order(order)
        title, level, operations = message
        bootstrap, wire, out, err = files

        try:
            for source, target in (
                (self._null, 0),
                (out, 1),
                (err, 2),
                (bootstrap, BOOTSTRAP_FD),
                (wire, WIRE_FD),
            ):
                os.dup2(source, target, inheritable=False)

            if problem is not None:
                raise problem

            self.title.set(str(title))
            sealing.carry_out(plan_of(operations))
        except StepFailed as failed:
            _fail(failed.step, failed.number)
        except OSError as failed:
            _fail("descriptors", failed.errno or 0)

        listener = sealing.listener
        _launch.run(self._page, str(level), listener, lambda: self._take_back(listener))
        os._exit(0)

    def _take_back(self, listener: int) -> None:
        if listener >= 0:
            kernel.seccomp_install(self._last_filter)


def _read_order(descriptor: int) -> tuple[list[object], list[int]]:
    """Return what an order says, and its descriptors, out of the way."""
    with socket.socket(fileno=descriptor) as order:
        data, received = receive(order, ORDER_BYTES_MAX, 8)

    message = decode(data)
    assert isinstance(message, list)

    return message, [lift(file) for file in received]


def plan_of(operations: object) -> list[Operation]:
    """Return operations that came through the codec."""
    assert isinstance(operations, list)

    return [Operation(str(step), tuple(arguments)) for step, arguments in operations]


def _fail(step: str, number: int) -> None:
    """Name the step that failed to the host, and end."""
    frame = pack(Frame(Kind.FAIL, 0, 0, number, 1, 0, 0, step.encode()))

    with suppress(OSError):
        os.write(BOOTSTRAP_FD, frame)

    os._exit(1)


def lift(descriptor: int) -> int:
    """Move a descriptor out of the way of a guest's own, 0 to 4."""
    lifted = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _KEPT_FD_MIN)
    os.close(descriptor)

    return lifted
