"""Answering what the kernel asks about guests, and telling what was refused."""

import asyncio
import errno
import os
from collections.abc import Callable
from functools import partial

from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import (
    DENIALS_PER_TURN,
    DENIALS_TOLD_MAX,
    DENIED_RESOURCE_MAX,
)
from simulator.daemonkit.rooms import Containers, Kit
from simulator.daemonkit.router import Heard
from simulator.daemonkit.source import place_of
from simulator.daemons.sandboxd.calls import NAMES, Asked, Caller, understood
from simulator.daemons.sandboxd.files import OwnFiles, file_system
from simulator.daemons.sandboxd.lessons import Asker, is_operation, lesson
from simulator.daemons.sandboxd.state import OTHERS, Tally, Told, apple_line
from simulator.daemons.sandboxd.tracing import refused_open
from simulator.sandbox import policy
from simulator.sandbox.notification import Listener, Question
from simulator.xpc.errors import Misbehaved

__all__ = ("Sandboxd",)

_LINE_MAX = 1 << 31


class Sandboxd:
    """The denials of one device.

    Args:
        kit: The device's.
        containers: Who owns what.
        folder: Of the device: its file system is what statfs tells guests.
    """

    def __init__(self, kit: Kit, containers: Containers, folder: str) -> None:
        self._kit = kit
        self._containers = containers
        self._files = OwnFiles(containers, file_system(folder))
        self._loop = asyncio.get_running_loop()
        self._listeners: dict[Guest, Listener] = {}
        self._tallies: dict[Guest, Tally] = {}
        kit.router.verb("sandboxd.denied", self._denied)
        kit.router.on_exit(self._gone)

    # -- what the kernel asks ----------------------------------------------------------------

    def listen(self, guest: Guest, listener: int) -> None:
        """Answer what the kernel asks about a guest; -1 where it cannot ask, which is said."""
        if listener >= 0:
            self._listeners[guest] = Listener(listener)
            self._loop.add_reader(listener, partial(self._asked, guest))
            return

        self._kit.log.append(
            "sandbox",
            "not-told",
            guest.bundle_id,
            actor="sandboxd",
            reason=(
                "the kernel gives this process no seccomp listener: denied system calls are "
                "refused silently, and chmod and utime of own files are refused too"
            ),
        )

    def _asked(self, guest: Guest) -> None:
        """Answer up to a turn's questions; the rest is heard when others had their turn."""
        listener = self._listeners[guest]

        try:
            for _ in range(DENIALS_PER_TURN):
                question = listener.receive()

                if question is None:
                    return

                self._let_in(guest, listener, question)
        except (EOFError, OSError):  # whatever it is, nobody answers from here on: ENOSYS
            self._stop_listening(guest)

    def _let_in(self, guest: Guest, listener: Listener, question: Question) -> None:
        label = NAMES.get(question.number, str(question.number))
        self._kit.door.admit(
            Passage("in", "call", guest.name, label),
            lambda: self._answer(guest, listener, question),
        )

    def _answer(self, guest: Guest, listener: Listener, question: Question) -> None:
        """Look, answer, then tell: a guest cannot be stopped until it is answered."""
        name = NAMES.get(question.number, "")
        caller = Caller(question.thread)

        if name in policy.TRACED:
            asked = refused_open(name, caller, question.arguments, guest)
            is_true = listener.waits(question)
            listener.let_go_on(question)
        else:
            asked, number = self._judge(guest, name, caller, question)
            is_true = listener.waits(question)
            listener.refuse(question, number)

        # What was read under a number that had come to mean another process is not told.
        if asked is not None and is_true:
            if guest.connection is not None:  # what it said before comes before
                guest.connection.catch_up()

            self.refused(guest, *asked[:2], access=asked.access)

    def _judge(
        self, guest: Guest, name: str, caller: Caller, question: Question
    ) -> tuple[Asked | None, int]:
        """Return what is to be told, if anything, and the errno to answer; 0 when it was done."""
        if self._files.does(name):
            try:
                self._files.do(name, guest, caller, question.arguments)
            except OSError as problem:
                if problem.errno != errno.EPERM:
                    return None, problem.errno or errno.EIO
            else:
                return None, 0

        return understood(name, caller, question.arguments), errno.EPERM

    def _stop_listening(self, guest: Guest) -> None:
        listener = self._listeners.pop(guest, None)

        if listener is not None:
            self._loop.remove_reader(listener.fileno())
            listener.close()

    # -- what guests tell --------------------------------------------------------------------

    def _denied(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [str(operation), str(resource), str(access), str(file), int(line)] if (
                is_operation(operation) and access in {"", "r", "w"} and 0 <= line < _LINE_MAX
            ):
                self.refused(
                    heard.guest,
                    _corrected(operation, resource),
                    resource,
                    cause=heard.cause,
                    access=access,
                    place=partial(place_of, heard.guest, file, line),
                )
            case _:
                raise Misbehaved("a denial of the wrong shape")

    def refused(  # noqa: PLR0913  a denial has this many sides
        self,
        guest: Guest,
        operation: str,
        resource: str,
        *,
        cause: int = 0,
        access: str = "",
        reason: str = "",
        place: Callable[[], tuple[str, str]] | None = None,
    ) -> None:
        """Write a denial down, in Apple's words and with what would have allowed it.

        Args:
            guest: Who was refused.
            operation: Apple's name.
            resource: What it was about.
            cause: The log id of what the guest was handling.
            access: ``r``, ``w`` or nothing.
            reason: What the one who refused has to say beside the lesson.
            place: Gives file and line, and the text of that line; asked if it is told at all.
        """
        shown = resource[:DENIED_RESOURCE_MAX]
        told = self._tallies.setdefault(guest, Tally()).count(operation, shown)

        if told is not None:
            line, source = ("", "") if place is None else place()
            self._tell(
                guest, told, cause=cause, access=access, line=line, source=source, reason=reason
            )

    def _tell(  # noqa: PLR0913  as above
        self,
        guest: Guest,
        told: Told,
        *,
        cause: int = 0,
        access: str = "",
        line: str = "",
        source: str = "",
        reason: str = "",
    ) -> None:
        detail: dict[str, object] = {}
        said = self._lesson(guest, told)

        if source:
            detail["source"] = source

        if told.times > DENIALS_TOLD_MAX:
            detail["times"] = told.times

        self._kit.log.append(
            "denial",
            told.operation,
            told.resource,
            actor=guest.name,
            cause=cause,
            access=access,
            line=line,
            apple=apple_line(
                guest.bundle.executable.stem, guest.pid, told.operation, told.resource
            ),
            reason=f"{reason}; {said}" if reason else said,
            **detail,
        )

    def _lesson(self, guest: Guest, told: Told) -> str:
        bundle = guest.bundle
        profile = guest.profile
        asker = Asker(
            bundle.bundle_id,
            f"{bundle.path.stem}.entitlements",
            str(bundle.path),
            guest.home,
            bundle.groups,
            () if profile is None else profile.listed,
            () if profile is None else tuple(set(guest.groups.values()) & set(profile.read)),
        )
        owner = None

        if told.resource.startswith("/"):
            owner = self._containers.owner_of(os.path.normpath(told.resource))

        if told.resource == OTHERS:
            return f"further {told.operation}, on more than was told one by one"

        return lesson(told.operation, told.resource, asker, owner)

    # -- the end -----------------------------------------------------------------------------

    def _gone(self, guest: Guest) -> None:
        """Tell how often it happened in the end, and let go of the guest."""
        self._stop_listening(guest)
        tally = self._tallies.pop(guest, None)

        if tally is not None:
            for told in tally.rest():
                self._tell(guest, told)


def _corrected(operation: str, path: str) -> str:
    """Return what opening a file to create it is on iOS where there is one: writing its data.

    A guest may not be able to see that there is; it is the host's log that says so.
    """
    is_there = operation == "file-write-create" and path.startswith("/") and "\0" not in path

    return "file-write-data" if is_there and os.path.lexists(path) else operation
