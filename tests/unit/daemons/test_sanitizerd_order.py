"""What came before what: the clocks against a graph of everything that happened."""

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.daemonkit.limits import ENDED_PROCESSES_KEPT
from simulator.daemons.sanitizerd import order as module
from simulator.daemons.sanitizerd.clocks import NOTHING, advanced, joined, union, without
from simulator.daemons.sanitizerd.order import Happening, Order

PROCESSES = ("A", "B", "C")
FILES = ("x", "y")
NEVER_REPLACED = "z"

processes = st.sampled_from(PROCESSES)
steps = st.lists(
    st.one_of(
        *[st.tuples(st.just("touch"), processes, st.just(""))] * 4,
        *[st.tuples(st.just("post"), processes, st.just(""))] * 2,
        st.tuples(st.just("relay"), st.integers(0, 3), st.just("")),
        *[st.tuples(st.just("handle"), processes, st.integers(0, 3))] * 2,
        st.tuples(st.just("release"), processes, st.sampled_from("lm")),
        st.tuples(st.just("acquire"), processes, st.sampled_from("lm")),
        st.tuples(st.just("meet"), processes, processes),
        st.tuples(st.just("replace"), processes, st.sampled_from(FILES)),
        st.tuples(st.just("read"), processes, st.sampled_from(FILES)),
    ),
    min_size=20,
    max_size=60,
)


def knows(order: Order, name: str, other: str, stretch: int, file: str) -> bool:
    """Whether what ``other`` did in a stretch came before what ``name`` does to a file now."""
    return order.view(name, file).get(other, 0) >= stretch


class Touch(NamedTuple):
    node: int
    process: str
    stretch: int


class Graph:
    """The reference: every step a node, every reason an edge, reachability by walking."""

    def __init__(self) -> None:
        self.before: list[list[tuple[int, tuple[str, str] | None]]] = []
        self.last: dict[str, int] = {}

    def add(self, process: str, *causes: int, seen: str = "") -> int:
        """Add a node after its process's last one and after causes; ``seen`` labels the causes."""
        label = (process, seen) if seen else None
        edges = [(cause, label) for cause in causes]

        if process in self.last:
            edges.append((self.last[process], None))

        self.before.append(edges)

        if process:
            self.last[process] = len(self.before) - 1

        return len(self.before) - 1

    def reaches(self, start: int, end: int, without: tuple[str, str] | None = None) -> bool:
        waiting, known = [end], {end}

        while waiting:
            for cause, label in self.before[waiting.pop()]:
                if cause not in known and (label is None or label != without):
                    known.add(cause)
                    waiting.append(cause)

        return start in known


class Run:
    """The same steps, done to the clocks and to the graph."""

    def __init__(self) -> None:
        self.order, self.graph = Order(), Graph()
        self.events: list[int] = []  # nodes
        self.channels: dict[str, list[int]] = {}
        self.replaced: dict[str, list[int]] = {}
        self.touches: list[Touch] = []
        self.number = 0

        for name in PROCESSES:
            self.order.begin(name)

    def event(self, actor: str, cause: int) -> None:
        self.number += 1
        self.order.happen(Happening(self.number, actor, ("x", "y"), "", "", cause, ""))

    def do(  # noqa: C901  one line per kind of step
        self, what: str, who: str | int, value: str | int
    ) -> Touch | None:
        if isinstance(who, int):  # a daemon's event, caused by another
            if who < len(self.events):
                self.event("notifyd", who + 1)
                self.events.append(self.graph.add("", self.events[who]))

            return None

        match what, value:
            case "touch", _:
                stretch = self.order.touch(who)
                return Touch(self.graph.add(who), who, stretch)
            case "post", _:
                self.event(who, 0)
                self.events.append(self.graph.add(who))
            case "handle", int(number) if number < len(self.events):
                self.order.handle(who, number + 1)
                self.graph.add(who, self.events[number])
            case "release", str(name):
                self.order.release(who, ("lock", name))
                self.channels.setdefault(name, []).append(self.graph.add(who))
            case "acquire", str(name):
                self.order.acquire(who, ("lock", name))
                self.graph.add(who, *self.channels.get(name, []))
            case "meet", str(other) if other != who:
                self.order.meet(who, other)
                self.graph.add(who, self.graph.add(other))
            case "replace", str(file):
                self.order.replace(who, file)
                self.replaced.setdefault(file, []).append(self.graph.add(who))
            case "read", str(file):
                self.order.read(who, file)
                self.graph.add(who, *self.replaced.get(file, []), seen=file)
            case _:
                pass

        return None


@settings(max_examples=120, deadline=None)
@given(steps)
def test_the_clocks_know_what_the_graph_knows(
    program: list[tuple[str, str | int, str | int]],
) -> None:
    run = Run()

    for step in program:
        touch = run.do(*step)

        if touch is None:
            continue

        for other in run.touches:
            reaches = run.graph.reaches(other.node, touch.node)
            who = (touch.process, other.process, other.stretch)

            assert knows(run.order, *who, NEVER_REPLACED) == reaches

            for file in FILES:
                known = knows(run.order, *who, file)

                assert reaches or not known  # no order is made up
                assert known or not run.graph.reaches(
                    other.node, touch.node, without=(touch.process, file)
                )

        run.touches.append(touch)


@settings(max_examples=120, deadline=None)
@given(steps, st.integers(1, 3))
def test_what_was_forgotten_came_before_everything(
    program: list[tuple[str, str | int, str | int]], kept: int
) -> None:
    """However little is kept, what the graph orders is ordered: no race is made up."""
    with pytest.MonkeyPatch.context() as patch:
        for limit in ("ORDER_EVENTS_KEPT", "ORDER_CHANNELS_KEPT", "REPLACED_FILES_SEEN_MAX"):
            patch.setattr(module, limit, kept)

        run = Run()

        for step in program:
            touch = run.do(*step)

            if touch is None:
                continue

            for other in run.touches:
                if run.graph.reaches(other.node, touch.node):
                    assert knows(
                        run.order, touch.process, other.process, other.stretch, NEVER_REPLACED
                    )

            run.touches.append(touch)


clocks = st.dictionaries(processes, st.integers(1, 5))


@given(clocks, clocks)
def test_joined_clocks_know_what_either_knows(
    first: dict[str, int], second: dict[str, int]
) -> None:
    both = joined(first, second)

    assert both == {
        name: max(first.get(name, 0), second.get(name, 0)) for name in first.keys() | second.keys()
    }
    assert union([first, second, NOTHING]) == both
    assert joined(both, first) is both


def test_a_clock_that_goes_on_is_another_one() -> None:
    clock = {"A": 1}

    assert advanced(clock, "A") == {"A": 2}
    assert advanced(clock, "B") == {"A": 1, "B": 1}
    assert without({"A": 1, "B": 1}, frozenset("B")) == {"A": 1}
    assert clock == {"A": 1}


# -- events of the log -----------------------------------------------------------------------


def happened(order: Order, number: int, actor: str, what: str, **sides: object) -> None:
    kind, operation = what.split(".")
    order.happen(
        Happening(
            number,
            actor,
            (kind, operation),
            str(sides.get("resource", "")),
            str(sides.get("access", "")),
            int(str(sides.get("cause", 0))),
            str(sides.get("to", "")),
        )
    )


@pytest.fixture
def order() -> Order:
    made = Order()
    made.begin("A")
    made.begin("B")

    return made


def test_what_ended_comes_before_what_is_launched_and_not_before_what_runs(order: Order) -> None:
    stretch = order.touch("A")
    happened(order, 1, "A", "exit.exit")
    order.end("A")
    order.begin("C")
    happened(order, 2, "launchd", "launch.start", to="C")
    order.handle("C", 2)

    assert knows(order, "C", "A", stretch, "x")
    assert not knows(order, "B", "A", stretch, "x")


def test_who_is_resumed_comes_after_who_was_stopped_or_ended(order: Order) -> None:
    stretch = order.touch("A")
    happened(order, 1, "A", "process.stopped")
    happened(order, 2, "runningboardd", "process.resume", to="B")

    assert knows(order, "B", "A", stretch, "x")


def test_a_late_delivery_tells_of_all_posts_of_its_name(order: Order) -> None:
    order.begin("C")
    stretches = {name: order.touch(name) for name in "AB"}
    happened(order, 1, "A", "notify.post", resource="n")
    happened(order, 2, "B", "notify.post", resource="n")
    happened(order, 3, "notifyd", "notify.deliver", resource="n", cause=1)
    happened(order, 4, "notifyd", "notify.deliver", resource="other", cause=0)
    order.handle("C", 4)

    assert not knows(order, "C", "B", stretches["B"], "x")

    order.handle("C", 3)

    assert all(knows(order, "C", name, stretches[name], "x") for name in "AB")


def test_what_was_logged_before_it_began_orders_nothing() -> None:
    late = Order(since=10)
    late.begin("A")
    late.begin("B")
    stretch = late.touch("A")
    late.handle("B", 7)

    assert not knows(late, "B", "A", stretch, "x")


def test_what_is_not_known_to_have_been_handled_was_everything(order: Order) -> None:
    stretch = order.touch("A")
    order.handle_unknown("B")

    assert knows(order, "B", "A", stretch, "x")


def test_processes_that_have_ended_are_forgotten_in_the_end(order: Order) -> None:
    order.touch("A")
    happened(order, 1, "A", "exit.exit")
    order.end("A")
    forgotten: frozenset[str] = frozenset()

    for number in range(2 * ENDED_PROCESSES_KEPT):
        order.begin(f"P{number}")
        order.touch(f"P{number}")
        happened(order, number + 2, f"P{number}", "exit.exit")
        forgotten |= order.end(f"P{number}")

    assert "A" in forgotten
    assert len(forgotten) == ENDED_PROCESSES_KEPT
    assert order.end("A") == frozenset()


def test_an_event_that_is_not_kept_any_more_came_before_everything(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ORDER_EVENTS_KEPT", 2)
    order.begin("C")
    stretch = order.touch("A")
    happened(order, 1, "A", "url.open")

    for number in (2, 3):
        happened(order, number, "C", "url.open")

    order.handle("B", 3)

    assert not knows(order, "B", "A", stretch, "x")

    order.handle("B", 1)

    assert knows(order, "B", "A", stretch, "x")


def test_who_reads_what_was_replaced_comes_after_it_but_for_that_file(order: Order) -> None:
    stretch = order.touch("A")
    order.replace("A", "x")
    order.read("B", "x")

    assert knows(order, "B", "A", stretch, "y")
    assert not knows(order, "B", "A", stretch, "x")


@pytest.mark.parametrize(
    ("ended", "granted", "is_ordered"),
    [
        (("g/x", "w"), ("g/x", "r"), True),
        (("g/x", "w"), ("g/x", "w"), True),
        (("g/x", "r"), ("g/x", "w"), True),
        (("g/x", "r"), ("g/x", "r"), False),
        (("g/x", "w"), ("g/y", "w"), False),
        (("g/x", "w"), ("g/xy", "w"), False),
        (("g/a/x", "w"), ("g/a", "r"), True),
        (("g/a", "w"), ("g/a/b/x", "w"), True),
        (("g/a/b", "r"), ("g/a", "r"), False),
        (("g", "w"), ("g/a", "w"), True),
        (("other/x", "w"), ("g/x", "w"), False),
    ],
)
def test_which_grants_come_after_which_claims(
    order: Order, ended: tuple[str, str], granted: tuple[str, str], *, is_ordered: bool
) -> None:
    stretch = order.touch("A")
    happened(order, 1, "A", "coordination.release", resource=ended[0], access=ended[1], to="A")
    happened(
        order, 2, "filecoordinationd", "coordination.grant",
        resource=granted[0], access=granted[1], to="B",
    )  # fmt: skip

    assert knows(order, "B", "A", stretch, "g/x") is is_ordered


@pytest.mark.parametrize("operation", ["vanish", "pass-over"])
def test_a_claim_that_the_system_ends_is_over(order: Order, operation: str) -> None:
    stretch = order.touch("A")

    if operation == "vanish":
        happened(order, 1, "A", "exit.exit")
        order.end("A")

    ends = f"coordination.{operation}"
    happened(order, 2, "filecoordinationd", ends, resource="g/x", access="w", to="A")
    happened(order, 3, "filecoordinationd", "coordination.grant", resource="g/x", to="B")

    assert knows(order, "B", "A", stretch, "g/x")


def test_a_presenter_that_is_told_comes_after_the_write(order: Order) -> None:
    stretch = order.touch("A")
    happened(order, 1, "A", "coordination.release", resource="g/x", access="w", to="A")
    happened(order, 2, "filecoordinationd", "coordination.tell", resource="g/x", cause=1, to="B")

    assert knows(order, "B", "A", stretch, "g/x")
