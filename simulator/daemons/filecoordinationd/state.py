"""Claims and what they are about. Pure."""

from collections.abc import Hashable
from enum import StrEnum
from typing import Final, Generic, NamedTuple, TypeVar

from simulator.xpc.coordination import Writing

__all__ = (
    "PACKAGES",
    "Claim",
    "Client",
    "Intent",
    "Phase",
    "Place",
    "Settings",
    "ancestors_of",
    "is_beneath",
    "item_of",
    "package_of",
)

Client = TypeVar("Client", bound=Hashable)

#: Extensions of folders that are one item to whoever coordinates them, as UTIs of the system have
#: it: documents and bundles.
PACKAGES: Final = frozenset({
    "app", "appex", "bundle", "framework", "kext", "mpkg", "nib", "numbers", "pages", "pkg",
    "plugin", "rtfd", "scptd", "wdgt", "xcdatamodel", "xcdatamodeld", "xcodeproj", "xctest",
    "xcworkspace", "xpc",
})  # fmt: skip

# The options that take the whole tree beneath a folder.
_TREES: Final = Writing.FOR_DELETING | Writing.FOR_MOVING | Writing.FOR_REPLACING


class Settings(NamedTuple):
    """How patient a device is.

    Attributes:
        presenter_s: How long a presenter may take to answer before it is passed over.
        report_s: When somebody who waits is first written down, with who is in the way.
        wait_s: When a claim that waits fails; 0 is never, as on a phone.
        suspended_holds: A suspended process keeps what it holds, as up to iOS 8.1.
    """

    presenter_s: float = 10.0
    report_s: float = 5.0
    wait_s: float = 0.0
    suspended_holds: bool = False


class Place(NamedTuple):
    """A path inside a container, resolved.

    Attributes:
        root: The container.
        path: The path, absolute.
        label: The path for a person: the container's owner, and what lies in it.
    """

    root: str
    path: str
    label: str


class Phase(StrEnum):
    """Where a claim is in its life."""

    WAITING = "waiting"  # somebody is in the way
    ASKING = "asking"  # presenters are asked
    ASKED = "asked"  # they have answered, and somebody got in the way meanwhile
    HELD = "held"
    GONE = "gone"


class Intent(Generic[Client]):
    """One item that a claim is about.

    Attributes:
        claim: Whose.
        place: Where; a waiting one changes when the item is moved.
        item: The path that counts: that of the outermost package around it.
        is_write: Whether it is going to be changed.
        options: Bits of :class:`Reading`, or one of :class:`Writing`.
    """

    __slots__ = ("claim", "is_write", "item", "options", "place")

    def __init__(self, place: Place, *, is_write: bool, options: int) -> None:
        self.claim: Claim[Client]
        self.is_write = is_write
        self.options = options
        self.put(place)

    def put(self, place: Place) -> None:
        """Let it be about another place."""
        self.place = place
        self.item = item_of(place)

    @property
    def is_tree(self) -> bool:
        """Whether it is about everything beneath it as well."""
        return self.is_write and bool(self.options & _TREES)


class Claim(Generic[Client]):
    """What a process is going to do with some items, and what has become of that.

    Attributes:
        client: Whose.
        number: The client's own number.
        purpose: Claims of one purpose never wait for each other.
        presenter: The client's presenter that does it, 0 for none: it is asked and told nothing.
        intents: What it is about.
        line: The guest's source line.
        thread: Ordinal of the guest's thread; 0 is the main thread.
        since_ns, granted_ns: Device time.
        event: The log id of the last thing that became of it.
        order: Its level, and when it came: it waits for who is before it, and for who holds.
        looks_behind: Somebody may have been granted something past it: it was passed over.
        blocker: Who is in the way, while it waits.
        waiters: For whom this one is in the way.
    """

    __slots__ = (
        "blocker", "client", "event", "granted_ns", "intents", "line", "looks_behind",
        "number", "order", "phase", "presenter", "purpose", "reported", "since_ns", "thread",
        "waiters",
    )  # fmt: skip

    def __init__(
        self,
        client: Client,
        number: int,
        purpose: Hashable,
        intents: "tuple[Intent[Client], ...]",
        *,
        presenter: int = 0,
    ) -> None:
        self.client = client
        self.number = number
        self.purpose = purpose
        self.presenter = presenter
        self.intents = intents
        self.line = ""
        self.thread = 0
        self.since_ns = self.granted_ns = 0
        self.event = 0
        self.order: tuple[int, int] = (0, 0)
        self.phase = Phase.WAITING
        self.looks_behind = False
        self.blocker: Claim[Client] | None = None
        self.waiters: dict[Claim[Client], None] = {}
        self.reported = 0

        for intent in intents:
            intent.claim = self


def item_of(place: Place) -> str:
    """Return the path of the outermost package around a place, or the place's own."""
    return package_of(place) or place.path


def package_of(place: Place) -> str:
    """Return the path of the outermost package around a place, nothing if it is in none."""
    inside = place.path[len(place.root) + 1 :]

    if "." not in inside:
        return ""

    path = place.root

    for name in inside.split("/"):
        path = f"{path}/{name}"

        if name.rpartition(".")[2].lower() in PACKAGES and "." in name[1:]:
            return path

    return ""


def ancestors_of(path: str, root: str) -> list[str]:
    """Return the folders above a path, the nearest first, ``root`` the last."""
    found = []

    while len(path) > len(root):
        path = path.rpartition("/")[0]
        found.append(path)

    return found


def is_beneath(path: str, folder: str) -> bool:
    """Say whether a path is a folder's, or lies in it, by name."""
    return path == folder or path.startswith(f"{folder}/")
