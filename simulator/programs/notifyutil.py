"""notifyutil: posts, watches and asks for Darwin notifications.

Flags count wherever they stand; commands are carried out left to right, with a pause behind each
post, during which what was registered already is heard. The program ends when its commands are done
and nothing is registered any more.

Source: notifyutil(1); Libnotify, ``notifyutil``.
"""

import os
import signal
import sys
import time
from collections import deque

from simulator.programs import _notifyutil
from simulator.programs._notifyutil import Command, Line, WrongUsage
from simulator.sdk import darwin
from simulator.sdk._notify_center import center
from simulator.sdk._process import current

__all__ = ("main",)

_POLL_S = 0.1  # how often checked names are looked at; no option changes it


class _Registration:
    """A name that is watched.

    Args:
        name: The name.
        kind: How, as it is printed.
        left: How many events it still waits for, -1 for ever.
        number: Its signal.
    """

    __slots__ = ("kind", "left", "name", "number")

    def __init__(self, name: str, kind: str, left: int, number: int) -> None:
        self.name = name
        self.kind = kind
        self.left = left
        self.number = number


class _Util:
    """One run of the program.

    Args:
        line: What was typed.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._commands = deque(line.commands)
        self._kind = "port"
        self._signal = int(signal.SIGHUP)
        self._watched: dict[int, _Registration] = {}  # by token
        self._polls = False
        self._port: darwin.MachPort | None = None  # that all registrations of the type share
        self._file = -1  # likewise
        self._signals = -1  # the numbers of signals that came can be read there

    def run(self) -> None:
        """Carry out the commands, then watch; ends the process when nothing is left."""
        line = self._line
        center().regenerates = line.regenerate or line.multiplex
        current().call_later(0, self._go_on)
        current().run()

    def _go_on(self) -> None:
        while self._commands:
            command = self._commands.popleft()
            self._do(command)

            if command.verb == "post" and self._line.pause_s:
                current().call_later(self._line.pause_s, self._go_on)
                return

        self._end_if_done()

    def _end_if_done(self) -> None:
        if not self._commands and not self._watched:
            sys.exit(0)

    def _do(self, command: Command) -> None:
        match command.verb:
            case "kind":
                self._kind = command.name
                self._signal = command.number or self._signal
            case "post":
                self._tell(command.name, darwin.notify_post(command.name))
            case "watch":
                self._watch(command.name, command.number)
            case "get" | "set":
                self._state(command)
            case _:
                raise AssertionError(command.verb)

    def _tell(self, name: str, status: int) -> None:
        if status != darwin.NOTIFY_STATUS_OK and not self._line.quiet:
            print(f"{name}: Failed with code {status}")

    # -- state -------------------------------------------------------------------------------

    def _state(self, command: Command) -> None:
        """Get or set a state by a registration of the moment, as state needs one."""
        status, token = darwin.notify_register_plain(command.name)

        if status != darwin.NOTIFY_STATUS_OK:
            self._tell(command.name, status)
            return

        if command.verb == "set":
            self._tell(command.name, darwin.notify_set_state(token, command.number))
        else:
            status, state = darwin.notify_get_state(token)
            self._tell(command.name, status)

            if status == darwin.NOTIFY_STATUS_OK:
                print(command.name, state)

        darwin.notify_cancel(token)

    # -- watching ----------------------------------------------------------------------------

    def _watch(self, name: str, events: int) -> None:
        kind, number = self._kind, self._signal if self._kind == "signal" else 0
        status, token = self._register(kind, name)
        self._tell(name, status)

        if status != darwin.NOTIFY_STATUS_OK:
            return

        self._watched[token] = _Registration(name, kind, events, number)

        if kind in {"check", "plain", "signal"}:
            darwin.notify_check(token)  # the first one is true, whatever happened

        if kind in {"check", "plain"} and not self._polls:
            self._polls = True
            current().call_later(_POLL_S, self._poll)

    def _register(self, kind: str, name: str) -> tuple[int, int]:
        match kind:
            case "dispatch":  # what makes the library share one port, and register again
                center().regenerates = True
                return darwin.notify_register_dispatch(name, self._happened)
            case "check":
                return darwin.notify_register_check(name)
            case "plain":
                return darwin.notify_register_plain(name)
            case "signal":
                self._listen_to_signal(self._signal)
                return darwin.notify_register_signal(name, self._signal)
            case "file":
                return self._register_file(name)
            case _:
                return self._register_port(name)

    def _register_port(self, name: str) -> tuple[int, int]:
        reuse = darwin.NOTIFY_REUSE if self._port is not None else 0
        status, port, token = darwin.notify_register_mach_port(name, reuse, self._port)

        if port is not None and self._port is None:
            self._port = port
            current().watch_readable(port.fileno(), self._read_port)

        return status, token

    def _read_port(self) -> None:
        token = self._port.receive(0) if self._port is not None else None

        if token is not None:
            self._happened(token)

    def _register_file(self, name: str) -> tuple[int, int]:
        reuse = darwin.NOTIFY_REUSE if self._file >= 0 else 0
        status, file, token = darwin.notify_register_file_descriptor(name, reuse, self._file)

        if file >= 0 and self._file < 0:
            self._file = file
            current().watch_readable(file, self._read_file)

        return status, token

    def _read_file(self) -> None:
        self._happened(int.from_bytes(os.read(self._file, 4), "big"))

    def _listen_to_signal(self, number: int) -> None:
        """Have the signal's number written to a pipe: in its handler nothing may be printed."""
        if self._signals < 0:
            self._signals, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
            signal.set_wakeup_fd(write, warn_on_full_buffer=False)
            current().watch_readable(self._signals, self._read_signals)

        signal.signal(number, lambda *_: None)

    def _read_signals(self) -> None:
        for number in os.read(self._signals, 64):
            if not self._line.quiet:
                print(f"SIGNAL {number}")

            for token, watched in [*self._watched.items()]:
                if watched.number == number:
                    self._check(token)

    def _poll(self) -> None:
        polled = [token for token, it in self._watched.items() if it.kind in {"check", "plain"}]

        if not polled:
            self._polls = False
            return

        for token in polled:
            self._check(token)

        current().call_later(_POLL_S, self._poll)

    def _check(self, token: int) -> None:
        status, changed = darwin.notify_check(token)

        if status == darwin.NOTIFY_STATUS_OK and changed:
            self._happened(token)

    def _happened(self, token: int) -> None:
        watched = self._watched.get(token)

        if watched is None:
            return

        if not self._line.quiet:
            print(self._told(token, watched) if self._line.verbose else watched.name)

        if watched.left > 0:
            watched.left -= 1

        if not watched.left:
            self._forget(token)
            self._end_if_done()

    def _forget(self, token: int) -> None:
        """Cancel a registration; the last of its type closes what they shared."""
        kind = self._watched.pop(token).kind

        if not any(other.kind == kind for other in self._watched.values()):
            if kind == "port" and self._port is not None:
                current().unwatch(self._port.fileno())
                self._port = None
            elif kind == "file":
                current().unwatch(self._file)
                self._file = -1

        darwin.notify_cancel(token)

    def _told(self, token: int, watched: _Registration) -> str:
        _, state = darwin.notify_get_state(token)

        return f"[{token}] {_clock()} {watched.name} {state} {watched.kind}"


def _clock() -> str:
    """Return the time in seconds with three digits, rounded as notifyutil does: without a carry."""
    seconds, ns = divmod(time.time_ns(), 10**9)  # the device's

    return f"{seconds}.{(ns // 1000 + 500) // 1000 % 1000:03}"


def main(arguments: list[str]) -> int:
    """Carry out a line of notifyutil.

    Args:
        arguments: What was typed behind the program's name.
    """
    try:
        line = _notifyutil.read_line(arguments)
    except WrongUsage as problem:
        print(problem, file=sys.stderr)
        print(_notifyutil.USAGE, end="", file=sys.stderr)
        return 1

    if line.help:
        print(_notifyutil.USAGE, end="", file=sys.stderr)
        return 0

    _Util(line).run()

    return 0
