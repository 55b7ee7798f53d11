"""What a device shows, drawn as text: banners, the front app or the home screen, the keyboard.

Pure. What guests say is wrapped to the width and made harmless; letters whose width differs from
terminal to terminal lose what makes it differ, so that the box stays a box.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from simulator.simctl.picture import boxed, cells, harmless, wrapped

__all__ = ("framed_screen", "view_rows")

_CELLS_MIN: Final = 28
_CELLS_MAX: Final = 100  # where nobody says how wide the terminal is
_FIELD_CELLS: Final = 16
_UNEVEN: Final = dict.fromkeys((0xFE0E, 0xFE0F, 0x200D))  # text or emoji style, and the joiner

_Row = Mapping[str, object]


def framed_screen(screen: _Row, apps: Sequence[_Row] = (), width: int = _CELLS_MAX) -> list[str]:
    """Return a device's screen in a frame that carries the device's name.

    Args:
        screen: The device's answer to ``screen``.
        apps: Its answer to ``listapps``, which says whose a badge is.
        width: How many cells there are.
    """
    room = max(_CELLS_MIN, width - 2) - 2
    names = {str(app["bundle_id"]): str(app["name"]) for app in apps}
    top = [str(screen["time"]), *_banners(cast("list[_Row]", screen["banners"]), names, room)]
    front = view_rows(screen, room) if screen["bundle_id"] else _home(screen, apps, room)
    parts = [[*top, *front]] if len(top) == 1 else [top, front]

    if screen["bundle_id"] and screen["focus"] and screen["keyboard"]:
        parts.append(_rows(f"keyboard: {screen['keyboard']}", room))

    return boxed(_shown(str(screen["device"])), parts, _CELLS_MIN)


def view_rows(view: _Row, room: int = _CELLS_MAX) -> list[str]:
    """Return what an app or a widget shows, as rows.

    Args:
        view: Its title, lines, images, fields, buttons, and where it has one its focus.
        room: How many cells a row may have.
    """
    controls = [
        *(
            _field(name, text, has_focus=name == view.get("focus"))
            for name, text in cast("list[tuple[str, str]]", view["fields"])
        ),
        *(f"({_shown(str(label))})" for label in cast("list[object]", view["buttons"])),
    ]
    rows = [
        *(_rows(str(view["title"]), room) if view["title"] else ()),
        *_bullets("·", cast("list[str]", view["lines"]), room),
        *_bullets("▣", cast("list[str]", view["images"]), room),
        *_flowing(controls, " ", room),
    ]

    return rows or ["(nothing yet)"]


def _shown(text: str) -> str:
    return harmless(text.translate(_UNEVEN))


def _rows(text: str, room: int, first: str = "", rest: str = "") -> list[str]:
    """Return a text that may have several lines, as rows with something in front."""
    parts = [part for line in text.split("\n") for part in wrapped(_shown(line), room - len(first))]

    return [f"{rest if number else first}{part}" for number, part in enumerate(parts)]


def _bullets(mark: str, texts: Iterable[str], room: int) -> list[str]:
    return [row for text in texts for row in _rows(text, room, f" {mark} ", "   ")]


def _field(name: str, text: str, *, has_focus: bool) -> str:
    """Return a text field; the bar in it is the cursor, where the focus is."""
    inside = f"{name}: {text}" if text or has_focus else name
    inside = f"{_shown(inside)}{'▏' if has_focus else ''}"

    return f"[{inside}{'_' * (_FIELD_CELLS - cells(inside))}]"


def _flowing(words: Iterable[str], gap: str, room: int) -> list[str]:
    """Return words in rows, as many in each as there is room for."""
    rows: list[str] = []

    for word in [part for whole in words for part in wrapped(whole, room)]:
        if rows and cells(rows[-1]) + len(gap) + cells(word) <= room:
            rows[-1] += gap + word
        else:
            rows.append(word)

    return rows


def _banners(banners: Sequence[_Row], names: Mapping[str, str], room: int) -> list[str]:
    rows = []

    for banner in banners:
        app = names.get(str(banner["bundle_id"]), str(banner["bundle_id"]))
        head = " – ".join(str(banner[key]) for key in ("title", "subtitle") if banner[key])
        changed_by = str(banner["changed_by"]).rpartition(".")[2]
        texts = (
            f"{app}: {head}" if head else app,
            str(banner["body"]),
            f"(changed by {changed_by})" if changed_by else "",
            f"({banner['note']})" if banner["note"] else "",
        )
        rows += [row for text in texts if text for row in _rows(text, room, "▌ ", "▌ ")]

    return rows


def _home(screen: _Row, apps: Sequence[_Row], room: int) -> list[str]:
    """Return the home screen: the apps with their badges, the widgets with their views."""
    badges = cast("Mapping[str, int]", screen["badges"])
    known = [(app["name"], badges.get(str(app["bundle_id"]), 0)) for app in apps]
    icons = known or [(name, 0) for name in cast("list[object]", screen["apps"])]
    shown = [
        f"{_shown(str(name))} ({badge})" if badge else _shown(str(name)) for name, badge in icons
    ]
    rows = _flowing(shown, "   ", room) or ["(no app is installed)"]

    for widget in cast("list[_Row]", screen["widgets"]):
        view = cast("_Row | None", widget["view"])
        inside = view_rows(view, room - 4) if view else ["(placeholder)"]
        problem = f"! {widget['problem']}"
        inside += _rows(problem, room - 4) if widget["problem"] else []
        title = wrapped(_shown(str(widget["name"])), room - 6)[0]
        rows += boxed(title, [inside], _CELLS_MIN // 2)

    return rows
