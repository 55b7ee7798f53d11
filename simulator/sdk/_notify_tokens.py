"""What a process knows of its registrations: the names, and the tokens that hang on them."""

from simulator.sdk._notify_targets import Target

TYPE_CHECKING = False

if TYPE_CHECKING:
    from simulator.xpc.page import PageView

__all__ = ("Name", "Seen", "Token")


class Seen:
    """What a check compares before it trusts the page.

    Attributes:
        mode: The page's mode.
        expected: The mode for which nothing is to be done.
    """

    __slots__ = ("expected", "mode")

    def __init__(self, page: "PageView") -> None:
        self.mode = page.mode
        self.expected = -1


class Token:
    """One registration, as the process sees it.

    Attributes:
        number: What the process was given for it.
        name: What it is for.
        target: Who is told; None for a token that is polled.
        last: The count of posts that the last check saw, None before the first.
        suspended: How often it was suspended and not resumed; at most once unless they nest.
        pended: Whether something came meanwhile.
        word: The word of the page that is checked, 0 for none.
    """

    __slots__ = ("last", "name", "number", "pended", "suspended", "target", "word")

    def __init__(self, number: int, name: "Name", target: Target | None) -> None:
        self.number = number
        self.name = name
        self.target = target
        self.last: int | None = None
        self.suspended = 0
        self.pended = False
        self.word = 0


class Name:
    """A name that this process is registered for.

    Attributes:
        raw: Its bytes.
        base: The token that notifyd knows; no token of the process has this number.
        tokens: Those of the process, oldest first.
        hearing: How many of them are told of posts.
        told: What notifyd was told last: None, ``silent`` or ``hears``.
        last: What the last check of a token that is told saw: they all share it.
        posts: 0, 1 or 2: not posted yet; posted once; posted by token from now on.
        word: Its word in the page, 0 for none.
        state: The state that this process has set, None if it has not.
        value: For a local name, how often it was posted, from 1.
    """

    __slots__ = (
        "base",
        "hearing",
        "is_local",
        "last",
        "posts",
        "raw",
        "state",
        "tokens",
        "told",
        "value",
        "word",
    )  # fmt: skip

    def __init__(self, raw: bytes, base: int, *, is_local: bool) -> None:
        self.raw = raw
        self.base = base
        self.is_local = is_local
        self.tokens: dict[int, Token] = {}
        self.hearing = 0
        self.told: str | None = None
        self.last: int | None = None
        self.posts = 0
        self.word = 0
        self.state: int | None = None
        self.value = 1
