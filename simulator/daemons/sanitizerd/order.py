"""What came before what, as far as something made it so. Pure.

Each process has a clock. What it says carries the clock away: an event of the log keeps the clock
of its actor and of its cause; a channel (a notification's name, a preference domain, a lock) keeps
that of everybody who released it. Who handles the event, or acquires the channel, knows from then
on what these knew. Reading a file that somebody had replaced whole is kept apart (*seen*): it
orders everything but accesses to that very file, or else no update of it could ever be lost.

Where something had to be forgotten, everything is taken to have come before it: a race may then be
missed, and none is made up.
"""

from collections import OrderedDict
from typing import Final, NamedTuple

from simulator.daemonkit.limits import (
    ENDED_PROCESSES_KEPT,
    ORDER_CHANNELS_KEPT,
    ORDER_EVENTS_KEPT,
    REPLACED_FILES_SEEN_MAX,
)
from simulator.daemons.sanitizerd.clocks import NOTHING, Clock, advanced, joined, union, without
from simulator.daemons.sanitizerd.coordinated import ENDS, GRANTS, acquired, released

__all__ = ("Channel", "Happening", "Order")

#: A kind of channel, and its name.
Channel = tuple[str, str]

_SYSTEM: Final = ("system", "")  # what has ended, or stands still, when a process begins to run

# Event → the kind of channel that its actor releases, or that who hears of it acquires. What the
# channel's name is, `_name_of` says.
_RELEASES: Final = {
    ("notify", "post"): "notify",
    ("notify", "state"): "notify",
    ("defaults", "set"): "defaults",
    ("defaults", "remove"): "defaults",
    ("widget", "reload"): "widget",
}
_ACQUIRES: Final = {
    ("notify", "deliver"): "notify",
    ("widget", "request"): "widget",
}


class Happening(NamedTuple):
    """An event of the log, as far as it orders anything.

    Attributes:
        number: Its id.
        actor: Who did it.
        what: Kind and operation.
        resource: What it was done to.
        access: ``r``, ``w`` or nothing.
        cause: The id of the event that led to it, 0 when nothing did.
        to: The process that it is about, where that is not the actor.
    """

    number: int
    actor: str
    what: tuple[str, str]
    resource: str
    access: str
    cause: int
    to: str


class _Process:
    """What one process knows.

    Attributes:
        known: Its clock, less what follows.
        seen: File → the clock of who had replaced it when this process read it.
        whole: Both together, once somebody has asked.
        fresh: Whether something was carried away since its last access.
    """

    __slots__ = ("fresh", "known", "seen", "whole")

    def __init__(self, known: Clock) -> None:
        self.known = known
        self.seen: dict[str, Clock] = {}
        self.whole: Clock | None = None
        self.fresh = True


class Order:
    """The order of one device, from the moment that it is switched on.

    Args:
        since: The id of the last event before that.
        turns: Whether a grant comes after the accesses that were over before it. What a presenter
            has answered, and is told, orders all the same.
    """

    def __init__(self, since: int = 0, *, turns: bool = True) -> None:
        self._since = since
        self._turns = turns
        self._processes: dict[str, _Process] = {}
        self._ended: list[str] = []
        self._events: OrderedDict[int, Clock] = OrderedDict()
        self._channels: OrderedDict[Channel, Clock] = OrderedDict()
        self._replaced: OrderedDict[str, Clock] = OrderedDict()
        self._lost_events = NOTHING  # what any event knew that is not kept any more
        self._lost_channels = NOTHING  # what any channel or file knew that is not kept any more

    # -- processes ---------------------------------------------------------------------------

    def begin(self, name: str) -> None:
        """Take a process in."""
        self._processes.setdefault(name, _Process({name: 0}))

    def end(self, name: str) -> frozenset[str]:
        """Let a process go; return those whose accesses are not to be compared any more.

        Few that have ended are of interest to who still runs, and clocks are not to grow with the
        history.
        """
        if self._processes.pop(name, None) is None:
            return frozenset()

        self._ended.append(name)

        if len(self._ended) <= 2 * ENDED_PROCESSES_KEPT:
            return frozenset()

        names = frozenset(self._ended[:ENDED_PROCESSES_KEPT])
        del self._ended[:ENDED_PROCESSES_KEPT]
        self._forget(names)

        return names

    def _forget(self, names: frozenset[str]) -> None:
        self._lost_events = without(self._lost_events, names)
        self._lost_channels = without(self._lost_channels, names)

        for process in self._processes.values():
            process.whole = None
            process.known = without(process.known, names)
            process.seen = {file: without(clock, names) for file, clock in process.seen.items()}

        self._events = OrderedDict((key, without(at, names)) for key, at in self._events.items())
        self._channels = OrderedDict(
            (key, without(at, names)) for key, at in self._channels.items()
        )
        self._replaced = OrderedDict(
            (key, without(at, names)) for key, at in self._replaced.items()
        )

    def _carried_away(self, name: str) -> Clock:
        """Return everything that a process knows; what it does from now on is not in it."""
        process = self._processes.get(name)

        if process is None:
            return NOTHING

        process.fresh = True

        return self._whole(process)

    def _whole(self, process: _Process) -> Clock:
        if process.whole is None:
            process.whole = union((process.known, *process.seen.values()))

        return process.whole

    def _learn(self, name: str, clock: Clock) -> None:
        process = self._processes.get(name)

        if process is not None:
            process.whole = None
            process.known = joined(process.known, clock)

    # -- accesses ----------------------------------------------------------------------------

    def touch(self, name: str) -> int:
        """Return the number of the stretch of work in which a process does something now."""
        process = self._processes[name]

        if process.fresh:
            process.fresh = False
            process.whole = None
            process.known = advanced(process.known, name)

        return process.known[name]

    def view(self, name: str, file: str) -> Clock:
        """Return what came before what a process does to a file now.

        That it has read what another one put there does not count: it can do that, and go on from
        it, without anybody being sure that nothing comes in between.
        """
        process = self._processes[name]

        if file not in process.seen:
            return self._whole(process)

        others = (clock for seen, clock in process.seen.items() if seen != file)

        return union((process.known, *others))

    def replace(self, name: str, file: str) -> None:
        """Take it that a process has put a whole file in place of another."""
        clock = joined(self._replaced.pop(file, self._lost_channels), self._carried_away(name))
        self._replaced[file] = clock

        if len(self._replaced) > ORDER_CHANNELS_KEPT:
            _, clock = self._replaced.popitem(last=False)
            self._lost_channels = joined(self._lost_channels, clock)

    def read(self, name: str, file: str) -> None:
        """Take it that a process reads what was put there whole."""
        clock = self._replaced.get(file, self._lost_channels)

        if not clock:
            return

        process = self._processes.get(name)

        if process is None:
            return

        process.whole = None
        process.seen[file] = joined(process.seen.get(file, NOTHING), clock)

        if len(process.seen) > REPLACED_FILES_SEEN_MAX:
            oldest = next(iter(process.seen))
            process.known = joined(process.known, process.seen.pop(oldest))

    # -- channels ----------------------------------------------------------------------------

    def release(self, name: str, channel: Channel) -> None:
        """Let who acquires a channel from now on know what a process knows."""
        self._release(channel, self._carried_away(name))

    def _release(self, channel: Channel, clock: Clock) -> None:
        self._channels[channel] = joined(self._channels.pop(channel, self._lost_channels), clock)

        if len(self._channels) > ORDER_CHANNELS_KEPT:
            _, clock = self._channels.popitem(last=False)
            self._lost_channels = joined(self._lost_channels, clock)

    def acquire(self, name: str, *channels: Channel) -> None:
        """Let a process know what those knew who have released a channel."""
        for channel in channels:
            self._learn(name, self._channels.get(channel, self._lost_channels))

    def meet(self, name: str, other: str) -> None:
        """Let a process know everything that another one knows now."""
        if name != other:
            self._learn(name, self._carried_away(other))

    # -- events ------------------------------------------------------------------------------

    def happen(self, event: Happening) -> None:
        """Take an event of the log."""
        clock = joined(self._of_event(event.cause), self._carried_away(event.actor))
        clock = self._through_channels(event, clock)

        match event.what:
            case ("launch", "start"):
                clock = joined(clock, self._channels.get(_SYSTEM, self._lost_channels))
            case ("exit" | "process", "exit" | "stopped"):
                self._release(_SYSTEM, clock)
            case ("process", "resume"):
                self._learn(
                    event.to, joined(clock, self._channels.get(_SYSTEM, self._lost_channels))
                )
            case ("coordination", operation):
                clock = self._coordinate(event, operation, clock)
            case _:
                pass

        if clock:
            self._keep(event.number, clock)

    def _through_channels(self, event: Happening, clock: Clock) -> Clock:
        released, acquired = _RELEASES.get(event.what), _ACQUIRES.get(event.what)

        if released is not None:
            self._release((released, _name_of(released, event.resource)), clock)

        if acquired is not None:
            channel = (acquired, _name_of(acquired, event.resource))
            clock = joined(clock, self._channels.get(channel, self._lost_channels))

        return clock

    def _coordinate(self, event: Happening, operation: str, clock: Clock) -> Clock:
        """Take an event of coordination; return its clock.

        Who is granted something waits for that; nobody says afterwards that it was heard.
        """
        if operation in ENDS:
            if event.to != event.actor:  # the system ends it: the process is gone, or stands still
                system = self._channels.get(_SYSTEM, self._lost_channels)
                clock = union((clock, self._carried_away(event.to), system))

            for channel in released(event.resource, event.access):
                self._release(channel, clock)

        if operation == "answer" and not self._turns:
            for kind, label in released(event.resource, event.access):
                self._release((f"answered {kind}", label), clock)

        if operation == "grant" and not self._turns:  # its cause is the end of the one before
            clock = union(
                self._channels.get((f"answered {kind}", label), self._lost_channels)
                for kind, label in acquired(event.resource, "w")
            )
            self._learn(event.to, clock)
        elif operation in GRANTS:
            known = (
                self._channels.get(channel, self._lost_channels)
                for channel in acquired(event.resource, event.access)
            )
            clock = union((clock, *known))
            self._learn(event.to, clock)

        return clock

    def _keep(self, number: int, clock: Clock) -> None:
        self._events[number] = clock

        if len(self._events) > ORDER_EVENTS_KEPT:
            forgotten, clock = self._events.popitem(last=False)
            self._since = forgotten
            self._lost_events = joined(self._lost_events, clock)

    def _of_event(self, number: int) -> Clock:
        if not number:
            return NOTHING

        found = self._events.get(number)

        if found is not None:
            return found

        return self._lost_events if number <= self._since else NOTHING

    def handle(self, name: str, number: int) -> None:
        """Take it that a process handles, or has handled, what an event told it."""
        self._learn(name, self._of_event(number))

    def handle_unknown(self, name: str) -> None:
        """Take it that a process has handled something of which is not known what it was."""
        for other in [*self._processes]:
            self.meet(name, other)

        self._learn(name, self._channels.get(_SYSTEM, self._lost_channels))


def _name_of(kind: str, resource: str) -> str:
    """Return a channel's name: of a preference, its domain."""
    return resource.partition("/")[0] if kind == "defaults" else resource
