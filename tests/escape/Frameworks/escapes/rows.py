"""What a row of the escape suite is: a name, what it tries, and steps for two or three processes.

A step is a function of a :class:`Scene` whose name begins with who does it: ``a_`` the attacker,
``b_`` its sibling, ``h_`` the test itself, which looks on from outside. What the last step returns
decides: true is an open door. A refusal of the kernel on the way, an OSError, is a closed one. The
very same steps are run by plain processes first: where they fail too, the row proves nothing on
that machine.
"""

from collections.abc import Callable
from typing import Any

__all__ = ("ROWS", "Channel", "Row", "Scene", "Unavailable", "bare", "deadly", "solo", "steps")

Step = Callable[["Scene"], object]


class Unavailable(Exception):
    """This machine has nothing of the kind, confined or not."""


class Scene:
    """What a process of the suite knows.

    Attributes:
        home: Its own container; ``sibling`` is the other one's.
        group: The folder of the App Group that both are in.
        foreign_group: The folder of a group that only the sibling is in.
        shared: A file that both may read and neither may write.
        sibling_pid, host_pid, zygote_pid, service_pid: Processes.
        outside: What the test itself holds, by kind: paths, ports, numbers.
        said: What earlier steps of the row returned, by the step's name.
        kept: What earlier steps of this process in the row put there; closed when the row is over.
    """

    def __init__(self, told: dict[str, Any]) -> None:
        self.home: str = told["home"]
        self.sibling: str = told["sibling"]
        self.group: str = told["group"]
        self.foreign_group: str = told["foreign_group"]
        self.shared: str = told["shared"]
        self.bundle: str = told["bundle"]
        self.sibling_bundle: str = told["sibling_bundle"]
        self.sibling_pid: int = told["sibling_pid"]
        self.host_pid: int = told["host_pid"]
        self.zygote_pid: int = told["zygote_pid"]
        self.service_pid: int = told["service_pid"]
        self.host_socket: str = told["host_socket"]
        self.service_socket: str = told["service_socket"]
        self.outside: dict[str, Any] = told["outside"]
        self.said: dict[str, Any] = {}
        self.kept: dict[str, Any] = {}


class Row:
    """One row.

    Attributes:
        name: ``section-what-it-is``.
        section: The kind of door.
        tries: What it tries, as the end of "a guest tries to …".
        steps: Who, and what, in order.
        is_deadly: Whether a process that has tried it is used no more.
        is_bare: Whether the attacker is a fresh process that was told no names.
    """

    def __init__(self, section: str, what: str, tries: str, found: list[tuple[str, Step]]) -> None:
        self.name = f"{section}-{what.replace('_', '-')}"
        self.section = section
        self.tries = tries
        self.steps = found
        self.is_deadly = False
        self.is_bare = False


ROWS: dict[str, Row] = {}


def _add(section: str, what: str, tries: str, found: list[tuple[str, Step]]) -> None:
    row = Row(section, what, tries, found)
    assert row.name not in ROWS, row.name
    ROWS[row.name] = row


def solo(section: str, tries: str) -> Callable[[Step], Step]:
    """Make a row of one function, done by the attacker alone."""

    def register(function: Step) -> Step:
        _add(section, function.__name__, tries, [("a", function)])

        return function

    return register


def deadly(function: Any) -> Any:
    """Mark the row just made: a process that has tried it is used no more."""
    next(reversed(ROWS.values())).is_deadly = True

    return function


def bare(function: Any) -> Any:
    """Mark the row just made: the attacker is a fresh process that was told no names."""
    next(reversed(ROWS.values())).is_bare = True

    return function


class Channel:
    """A hidden signal: ``act`` by the attacker changes what ``observe`` by the sibling returns.

    ``observe`` is done twice before, and must say the same, else nothing could be told from it.
    """

    @staticmethod
    def act(scene: Scene) -> object:
        """Give the sign."""
        raise NotImplementedError

    @staticmethod
    def observe(scene: Scene) -> object:
        """Look for it."""
        raise NotImplementedError

    @staticmethod
    def undo(scene: Scene) -> object:
        """Take it back."""


def steps(section: str, tries: str) -> Callable[[type], type]:
    """Make a row of a class: of its ``a_`` and ``b_`` functions in order, or of a Channel."""

    def register(cls: type) -> type:
        what = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).strip("_")
        found: list[tuple[str, Step]]

        if issubclass(cls, Channel):
            found = [
                ("b", _named("before", cls.observe)),
                ("b", _named("again", cls.observe)),
                ("a", _named("act", cls.act)),
                ("b", _named("after", cls.observe)),
                ("a", _named("undo", cls.undo)),
                ("a", _compared),
            ]
        else:
            found = [
                (name[0], value.__func__)
                for name, value in vars(cls).items()
                if name[:2] in {"a_", "b_", "h_"}
            ]

        assert found, cls
        _add(section, what, tries, found)

        return cls

    return register


def _named(name: str, function: Step) -> Step:
    def step(scene: Scene) -> object:
        return function(scene)

    step.__name__ = name

    return step


def _compared(scene: Scene) -> object:
    said = scene.said

    if said["before"] != said["again"]:
        raise Unavailable("what is observed changes by itself")

    return said["after"] != said["again"]
