"""From the event log to what became of each Darwin notification. Pure.

One step is one thing that happened to a post: it was posted, delivered, pended, merged into one
that was pended already, or lost with the process that it waited for.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, cast

__all__ = ("HEAD", "Step", "Trace", "told_step")

HEAD: Final = f"{'TIME':>14}  {'POST':>7}  {'PROCESS':<30}  {'NAME':<36}  WHAT"
_POSTS_KEPT: Final = 10_000  # whose deliveries may still come

_Row = Mapping[str, object]


class Step(NamedTuple):
    """One thing that happened.

    Attributes:
        time_ns: Device time.
        what: ``post``, ``deliver``, ``pend``, ``merge``, ``lost``; ``register``, ``cancel``,
            ``state`` and ``restart``, which belong to no post.
        post: The log id of the post, 0 for none.
        process: Who posted, or whom it is about: bundle id and ordinal.
        name: The notification's name.
        latency_ns: Of a delivery: the time since the post; else -1.
        detail: What else is known: ``receivers``, ``pended``, ``reason``, ``late``, ``into``,
            ``state``, ``type``, ``cause``.
    """

    time_ns: int
    what: str
    post: int
    process: str
    name: str
    latency_ns: int
    detail: dict[str, object]

    def as_dict(self) -> dict[str, object]:
        """Return plain values, for JSON."""
        plain: dict[str, object] = {
            "time_ns": self.time_ns,
            "what": self.what,
            "post": self.post,
            "process": self.process,
            "name": self.name,
        }

        if self.latency_ns >= 0:
            plain["latency_ns"] = self.latency_ns

        return plain | self.detail


class Trace:
    """What is known of the posts so far."""

    def __init__(self) -> None:
        self._posts: OrderedDict[int, int] = OrderedDict()  # log id → time
        self._pended: dict[tuple[str, str], int] = {}  # process and name → post

    def steps(self, event: _Row) -> Iterator[Step]:
        """Yield what an event of the log means for notifications; most mean nothing."""
        kind, operation = event["kind"], str(event["operation"])

        if kind == "exit":
            yield from self._ended(event)
        elif kind == "notify":
            take = {
                "post": self._posted,
                "deliver": self._delivered,
                "pend": self._was_pended,
                "restart": self._restarted,
            }.get(operation, self._other)
            yield from take(event)

    def _posted(self, event: _Row) -> Iterator[Step]:
        post, time_ns = _number(event, "id"), _number(event, "time_ns")
        name = str(event["resource"])
        self._posts[post] = time_ns

        if len(self._posts) > _POSTS_KEPT:
            self._posts.popitem(last=False)

        detail = cast("_Row", event["detail"])
        yield _step(
            event,
            "post",
            post,
            receivers=detail["receivers"],
            pended=detail.get("pended", 0),
            cause=event["cause"],
        )

        for (process, pended_name), into in self._pended.items():
            if pended_name == name:
                yield _step(event, "merge", post, process, into=into)

    def _delivered(self, event: _Row) -> Iterator[Step]:
        detail, post = cast("_Row", event["detail"]), _number(event, "cause")
        process = str(detail["to"])
        self._pended.pop((process, str(event["resource"])), None)
        posted = self._posts.get(post)
        latency = -1 if posted is None else _number(event, "time_ns") - posted
        step = _step(event, "deliver", post, process, latency)

        yield step._replace(detail={"late": detail["late"]}) if detail.get("late") else step

    def _was_pended(self, event: _Row) -> Iterator[Step]:
        detail, post = cast("_Row", event["detail"]), _number(event, "cause")
        process = str(detail["to"])
        self._pended[process, str(event["resource"])] = post

        yield _step(event, "pend", post, process, reason=detail["reason"])

    def _restarted(self, event: _Row) -> Iterator[Step]:
        yield _step(event, "restart", 0)

        for process, name in [*self._pended]:
            yield self._lost(event, process, name, "notifyd was restarted")

    def _ended(self, event: _Row) -> Iterator[Step]:
        gone = str(event["actor"])

        for process, name in [*self._pended]:
            if process == gone:
                yield self._lost(event, process, name, "it ended first")

    def _lost(self, event: _Row, process: str, name: str, reason: str) -> Step:
        post = self._pended.pop((process, name))

        return _step(event, "lost", post, process, reason=reason)._replace(name=name)

    def _other(self, event: _Row) -> Iterator[Step]:
        detail, operation = cast("_Row", event["detail"]), str(event["operation"])

        if operation == "cancel":
            self._pended.pop((str(event["actor"]), str(event["resource"])), None)

        if operation in {"register", "cancel", "state"}:
            kept = {key: detail[key] for key in ("type", "state") if key in detail}
            yield _step(event, operation, 0)._replace(detail=kept)


def _step(
    event: _Row,
    what: str,
    post: int,
    process: str = "",
    latency_ns: int = -1,
    **detail: object,
) -> Step:
    return Step(
        _number(event, "time_ns"),
        what,
        post,
        process or str(event["actor"]),
        str(event["resource"]),
        latency_ns,
        detail,
    )


def _number(event: _Row, key: str) -> int:
    value = event[key]
    assert isinstance(value, int)

    return value


def told_step(step: Step) -> str:
    """Return a step as a line for a person, under :data:`HEAD`."""
    post = f"#{step.post}" if step.post else ""
    arrow = "" if step.what in {"post", "register", "cancel", "state", "restart"} else "→ "

    return (
        f"{step.time_ns / 1e9:14.6f}  {post:>7}  {arrow + step.process:<30}  {step.name:<36}  "
        f"{_told(step)}"
    )


def _told(step: Step) -> str:
    detail = step.detail

    match step.what:
        case "post":
            return _told_post(cast("int", detail["receivers"]), cast("int", detail["pended"]))
        case "deliver":
            late = {"suspended": ", it was suspended", "full": ", its wire was full"}
            why = late.get(str(detail.get("late", "")), "")
            after = f" after {_duration(step.latency_ns)}" if step.latency_ns >= 0 else ""
            return f"delivered{after}{why}"
        case "pend":
            return f"pended: {detail['reason']}"
        case "merge":
            return f"merged into #{detail['into']}, which it has not had yet"
        case "lost":
            return f"lost: {detail['reason']}"
        case "register":
            return f"registered ({detail.get('type', '')})"
        case "state":
            return f"state set to {detail['state']}"
        case "cancel":
            return "cancelled"
        case _:
            return "notifyd restarted"


def _told_post(receivers: int, pended: int) -> str:
    if not receivers:
        return "posted: nobody hears it"

    heard = "1 hears it" if receivers == 1 else f"{receivers} hear it"

    return f"posted: {heard}, {pended} of them later" if pended else f"posted: {heard}"


def _duration(ns: int) -> str:
    for unit, size in (("s", 10**9), ("ms", 10**6)):
        if ns >= size:
            return f"{ns / size:.3f} {unit}"

    return f"{ns / 1000:.0f} µs"
