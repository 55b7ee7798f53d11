"""Frames and verbs to the daemons that answer them.

A daemon names the kinds and verbs it answers when it is made; the router finds it, turns what it
returns into the reply, and what it raises into an error reply. ``ValueError`` from a malformed
frame, and :class:`Misbehaved`, drop the guest with the sentence.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from shared_container.codec import decode
from simulator.daemonkit.door import Door, Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import CALL_ITEMS_MAX
from simulator.xpc.errors import Misbehaved, Misuse, SimulatorBug, SimulatorError
from simulator.xpc.frames import Flag, Frame, Kind

__all__ = ("FrameHandler", "Heard", "Reply", "Router", "VerbHandler")


class Heard(NamedTuple):
    """What a guest said, and why.

    Attributes:
        guest: Who.
        frame: The frame.
        cause: The log id of what it was handling, 0 for nothing.
    """

    guest: Guest
    frame: Frame
    cause: int


class Reply(NamedTuple):
    """An answer that carries a small number beside its value."""

    value: object
    arg: int


FrameHandler = Callable[[Heard], object]
VerbHandler = Callable[[Heard, object], object]

_KIND_NAMES = {value: name for name, value in vars(Kind).items() if isinstance(value, int)}


class Router:
    """The switchboard of one device.

    Args:
        door: Every frame comes in through it.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._frames: dict[int, FrameHandler] = {}
        self._verbs: dict[str, VerbHandler] = {}
        self._farewells: list[Callable[[Guest], object]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.drop: Callable[[Guest, str], None] = _no_drop
        self.rested: Callable[[], None] = lambda: None  # told when less is in flight
        self.overheard: Callable[[Heard], None] | None = None  # told of each frame, before it acts

    def on(self, kind: int, handler: FrameHandler) -> None:
        """Let ``handler`` answer frames of ``kind``."""
        assert kind not in self._frames, f"two daemons want {_KIND_NAMES[kind]}"
        self._frames[kind] = handler

    def verb(self, name: str, handler: VerbHandler) -> None:
        """Let ``handler`` answer the calls of ``daemon.name``."""
        assert name not in self._verbs, f"two daemons want {name}"
        self._verbs[name] = handler

    def on_exit(self, farewell: Callable[[Guest], object]) -> None:
        """Tell ``farewell`` of every guest that is gone, after its last frame."""
        self._farewells.append(farewell)

    def gone(self, guest: Guest) -> None:
        """Say farewell to a guest, in the order in which daemons asked."""
        for farewell in self._farewells:
            farewell(guest)

    def hear(self, guest: Guest, frame: Frame, cause: int) -> None:
        """Let a frame in through the door and answer it."""
        if self._door.is_open:  # as good as always: what a passage costs is spared
            self._door.count_frame()
            self._answer(Heard(guest, frame, cause))
            return

        label = _KIND_NAMES.get(frame.kind, str(frame.kind))
        self._door.admit(
            Passage("in", "frame", guest.name, label),
            lambda: self._answer(Heard(guest, frame, cause)),
        )

    def _answer(self, heard: Heard) -> None:
        handler = self._frames.get(heard.frame.kind)

        if self.overheard is not None:
            self.overheard(heard)

        try:
            result = self._dispatch(heard) if handler is None else handler(heard)
        except (Misbehaved, ValueError) as problem:
            self.drop(heard.guest, str(problem))
            return
        except SimulatorError as problem:
            result = problem

        if result is None and not heard.frame.flags & Flag.SYNC:
            return

        if isinstance(result, Awaitable):
            task = asyncio.ensure_future(self._answer_later(heard, result))
            self._door.in_flight += 1
            self._tasks.add(task)
            task.add_done_callback(self._answered)
        else:
            self._send(heard, result)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._door.in_flight -= 1
        self.rested()

    def _dispatch(self, heard: Heard) -> object:
        if heard.frame.kind != Kind.CALL:
            raise Misbehaved(f"a frame of the unknown kind {heard.frame.kind}")

        call = decode(heard.frame.payload, CALL_ITEMS_MAX)

        if not isinstance(call, list) or len(call) != 2 or not isinstance(call[0], str):
            raise Misbehaved("a call that is no [verb, arguments]")

        verb = self._verbs.get(call[0])

        if verb is None:
            return Misuse(f"no daemon answers {call[0]!r}")

        return verb(heard, call[1])

    async def _answer_later(self, heard: Heard, result: Awaitable[object]) -> None:
        try:
            value = await result
        except (Misbehaved, ValueError) as problem:
            self.drop(heard.guest, str(problem))
            return
        except SimulatorError as problem:
            value = problem

        if heard.guest.connection is None:
            return

        # One answer a turn: the questions of many turns may be answered by one event.
        async with heard.guest.connection.answering:
            self._send(heard, value)
            await _next_turn()

    def _send(self, heard: Heard, result: object) -> None:
        connection = heard.guest.connection

        if connection is None or not heard.frame.flags & Flag.SYNC:
            return

        value, arg = result if isinstance(result, Reply) else (result, 0)
        self._door.admit(
            Passage("out", "frame", heard.guest.name, "REPLY"),
            lambda: connection.reply(heard.frame, value, arg=arg, cause=heard.cause),
        )


async def _next_turn() -> None:
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    loop.call_soon(passed.set_result, None)
    await passed


def _no_drop(guest: Guest, sentence: str) -> None:
    raise SimulatorBug(f"nobody drops {guest.name}: {sentence}")
