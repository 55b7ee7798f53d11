"""What a stub says: the program that makes a bundle without one runnable. Pure.

The texts are the templates ``stub_*.txt``. What comes from a property list is quoted, or freed of
whatever could end a string: nobody vouches for it.
"""

import builtins
import keyword
import re
from collections.abc import Mapping
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Final

from simulator.bundles.points import KEYBOARD, NOTIFICATION_SERVICE, SHARE, WIDGET

if TYPE_CHECKING:
    from simulator.bundles.lint.subject import Subject

__all__ = ("program_of_stub", "stub_name")

_TEMPLATES: Final[Mapping[str, str]] = {
    "": "app",
    SHARE: "share",
    WIDGET: "widget",
    NOTIFICATION_SERVICE: "notification-service",
    KEYBOARD: "keyboard",
}
"""Extension point → template; the app's own is empty."""

_NAMED: Final = frozenset((
    "GROUPS", "extension", "foundation", "keyboard", "uikit", "usernotifications", "widgetkit",
))  # fmt: skip
"""What the templates name."""

_NAME_MAX: Final = 100
_LISTED_MAX: Final = 20


def stub_name(subject: "Subject") -> str:
    """Return the file name of a bundle's program, without its folder."""
    return f"{subject.text('CFBundleExecutable') or subject.stem}.py"


def program_of_stub(subject: "Subject") -> str:
    """Return the program of a stub: a class derived from the point's base class, and why.

    The class is called as ``NSExtensionPrincipalClass`` says; where that is missing as its point is
    called, in an app as its program.
    """
    from simulator.bundles.opening import delegate_named_in
    from simulator.bundles.points import find_point

    point = find_point(subject.point) if subject.kind != "app" else None
    template = _TEMPLATES.get(subject.point if subject.kind != "app" else "", "other")
    wanted = _class_of(subject, point.name if point is not None else "")
    name = _identifier(wanted)
    app = subject.app if subject.app is not None else subject
    words = {
        "shown": _plain(subject.stem),
        "title": f'"{_plain(subject.stem)}"',
        "bundle_id": _plain(subject.text("CFBundleIdentifier") or "a bundle"),
        "app": _plain(app.stem),
        "cls": name,
        "groups": _listed(subject.groups()),
        "schemes": ", ".join(_schemes(subject)[:_LISTED_MAX]) or "none",
        "point": _plain(subject.point or "an unknown extension point"),
        "point_name": point.name if point is not None else "no point that is known",
        "base_words": f", on a phone a {point.base}" if point is not None and point.base else "",
    }
    program = _filled(template, words)

    if subject.kind == "app" and (delegate := delegate_named_in(subject.keys)) is not None:
        scene = _identifier(delegate or "SceneDelegate")
        scene = f"{scene}Scene" if scene == name else scene
        program += _filled("scene", words | {"scene": scene})

        if delegate and scene != delegate and "\0" not in delegate:
            program += f"\n\n{scene}.__name__ = {delegate!r}  # so the Info.plist calls it\n"

    if name != wanted and "\0" not in wanted:  # which no class can be called
        program += f"\n\n{name}.__name__ = {wanted!r}  # so the Info.plist calls it\n"

    return program


def _filled(template: str, words: Mapping[str, str]) -> str:
    text = resources.files("simulator.simctl").joinpath("templates", f"stub_{template}.txt")

    return Template(text.read_text("utf-8")).substitute(words)


def _class_of(subject: "Subject", point_name: str) -> str:
    declared = subject.declared or subject.kit
    named = declared.get("NSExtensionPrincipalClass") or declared.get("EXPrincipalClass")

    # The module in front of the dot is Swift's; a class that is a build variable is none.
    last = named.rpartition(".")[2] if isinstance(named, str) else ""

    if subject.kind == "app":
        return _words_joined(subject.text("CFBundleExecutable") or subject.stem)

    return last if last and "$" not in last else f"{_words_joined(point_name)}Extension"


def _words_joined(text: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", text)
    joined = "".join(word[:1].upper() + word[1:] for word in words)

    return joined[:_NAME_MAX] if joined[:1].isalpha() else f"App{joined[:_NAME_MAX]}"


def _identifier(wanted: str) -> str:
    """Return a name that a class statement can have, and that shadows nothing in the stub."""
    name = re.sub(r"\W", "_", wanted)[:_NAME_MAX] or "Principal"
    name = f"_{name}" if not name[0].isalpha() and name[0] != "_" else name
    is_taken = name in _NAMED or keyword.iskeyword(name) or hasattr(builtins, name)

    return f"{name}_" if is_taken or not name.isidentifier() else name


def _plain(text: str) -> str:
    """Return a text that can stand in a docstring."""
    return re.sub(r"[^\w .,:+-]", "_", text)[:_NAME_MAX]


def _listed(names: list[str]) -> str:
    shown = ", ".join(f'"{_plain(name)}"' for name in names[:_LISTED_MAX])

    return f"({shown},)" if shown else "()"


def _schemes(subject: "Subject") -> list[str]:
    types = subject.keys.get("CFBundleURLTypes")
    found: list[str] = []

    for kind in types if isinstance(types, list) else ():
        schemes = kind.get("CFBundleURLSchemes") if isinstance(kind, dict) else None
        found += [_plain(each) for each in schemes or () if isinstance(each, str)]

    return found
