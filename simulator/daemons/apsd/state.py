"""What a push payload says, and what is wrong with it. Pure."""

import json
from dataclasses import dataclass, field, replace

from shared_container.codec import CodecError, encode
from simulator.xpc.errors import Misbehaved, Misuse

__all__ = ("PAYLOAD_BYTES_MAX", "Content", "Push", "changed", "parse_push")

PAYLOAD_BYTES_MAX = 4096
_TARGET = "Simulator Target Bundle"
_TEXT_MAX = 4000


@dataclass(frozen=True, slots=True)
class Content:
    """What a notification says: ``UNNotificationContent``."""

    title: str = ""
    subtitle: str = ""
    body: str = ""
    badge: int | None = None
    category: str = ""
    thread: str = ""
    user_info: dict[str, object] = field(default_factory=dict)

    @property
    def visible(self) -> bool:
        """Whether there is anything to read."""
        return bool(self.title or self.subtitle or self.body)


@dataclass(frozen=True, slots=True)
class Push:
    """A payload, understood.

    Attributes:
        target: The bundle id that the payload names, or nothing.
        content: What it says.
        mutable: Whether the service extension is to see it.
        silent: Whether it is for the app alone (``content-available``, nothing to show).
    """

    target: str
    content: Content
    mutable: bool
    silent: bool


def parse_push(data: bytes) -> Push:
    """Return what a payload says.

    Raises:
        Misuse: It is none; the text says what is wrong, and what would be right.
    """
    if len(data) > PAYLOAD_BYTES_MAX:
        raise Misuse(
            f"the payload has {len(data)} bytes; Apple's push service takes {PAYLOAD_BYTES_MAX}"
        )

    try:
        payload = json.loads(data, parse_constant=_no_number)
        json.dumps(payload, ensure_ascii=False).encode()  # half a character is none
    except (ValueError, RecursionError) as problem:
        raise Misuse(f"the payload is not JSON: {problem}") from problem

    try:
        encode({"user_info": payload})
    except CodecError as problem:
        raise Misuse(f"the payload cannot be handed to an extension: {problem}") from problem

    if not isinstance(payload, dict):
        raise Misuse(f"the payload is {_kind(payload)}; it must be an object with the key 'aps'")

    aps = payload.get("aps")

    if not isinstance(aps, dict):
        problem_text = f"'aps' is {_kind(aps)}" if "aps" in payload else "there is no key 'aps'"
        raise Misuse(f"{problem_text}; a payload needs 'aps' with an object")

    target = payload.get(_TARGET, "")

    if not isinstance(target, str):
        raise Misuse(f"{_TARGET!r} is {_kind(target)}; it must be a bundle id")

    content = _content(aps, payload)
    flags = {name: _flag(aps, name) for name in ("mutable-content", "content-available")}

    return Push(
        target,
        content,
        mutable=flags["mutable-content"],
        silent=flags["content-available"] and not content.visible and content.badge is None,
    )


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no number")


def _content(aps: dict[str, object], payload: dict[str, object]) -> Content:
    alert = aps.get("alert", "")
    badge = aps.get("badge")

    if isinstance(alert, str):
        alert = {"body": alert}

    if not isinstance(alert, dict):
        raise Misuse(f"aps.alert is {_kind(alert)}; it must be a string or an object")

    if badge is not None and not _is_count(badge):
        raise Misuse(f"aps.badge is {badge!r}; it must be a whole number from 0")

    return Content(
        title=_text(alert, "title") or _text(alert, "title-loc-key"),
        subtitle=_text(alert, "subtitle") or _text(alert, "subtitle-loc-key"),
        body=_text(alert, "body") or _text(alert, "loc-key"),
        badge=badge if isinstance(badge, int) else None,
        category=_text(aps, "category", "aps"),
        thread=_text(aps, "thread-id", "aps"),
        user_info={key: value for key, value in payload.items() if key != _TARGET},
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(holder: dict[str, object], key: str, place: str = "aps.alert") -> str:
    value = holder.get(key, "")

    if not isinstance(value, str):
        raise Misuse(f"{place}.{key} is {_kind(value)}; it must be a string")

    return value


def _flag(aps: dict[str, object], key: str) -> bool:
    value = aps.get(key, 0)

    if not isinstance(value, int) or value not in {0, 1}:
        raise Misuse(f"aps.{key} is {value!r}; it must be 1, or be left out")

    return value == 1


def _kind(value: object) -> str:
    names = {bool: "a boolean", dict: "an object", list: "an array", str: "a string"}

    return "null" if value is None else names.get(type(value), "a number")


def changed(content: Content, answer: object) -> Content:
    """Return what a service extension made of a notification.

    Raises:
        Misbehaved: The answer is no content.
    """
    match answer:
        case {
            "title": str(title),
            "subtitle": str(subtitle),
            "body": str(body),
            "badge": badge,
        } if badge is None or _is_count(badge):
            return replace(
                content,
                title=title[:_TEXT_MAX],
                subtitle=subtitle[:_TEXT_MAX],
                body=body[:_TEXT_MAX],
                badge=badge,
            )
        case _:
            raise Misbehaved("a notification's content of the wrong shape")
