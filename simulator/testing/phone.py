"""What a person does at a device under test: pushes, widgets, typing, the home screen."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

__all__ = ("Banner", "Phone", "Widget")


@dataclass(frozen=True, slots=True)
class Banner:
    """A notification as it is shown, or why it is not.

    Attributes:
        bundle_id: Whose.
        title: The text; so are the next two.
        subtitle: The text.
        body: The text.
        shown: Whether anything can be read.
        changed_by: The service extension that changed it, or nothing.
        note: Why it is shown as it came, or not at all.
    """

    bundle_id: str
    title: str = ""
    subtitle: str = ""
    body: str = ""
    shown: bool = True
    changed_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget as it is shown now.

    Attributes:
        bundle_id: Of the extension.
        kind: The widget's name.
        family: Its size.
        title: Of its view, empty for the placeholder.
        lines: Of its view.
        reloads: How often it was asked for a timeline.
        problem: Why its last answer was refused, or nothing.
    """

    bundle_id: str
    kind: str
    family: str
    title: str
    lines: list[str]
    reloads: int
    problem: str


class Phone:
    """The person's half of a device under test; ``Device`` has it."""

    ask: Callable[..., object]

    def push(
        self,
        name: str,
        *,
        alert: str | dict[str, str] | None = None,
        mutable_content: bool = False,
        badge: int | None = None,
        payload: dict[str, object] | bytes | None = None,
        **custom: object,
    ) -> Banner:
        """Push a notification, and return it as it is shown.

        Args:
            name: The app, by id or name.
            alert: ``aps.alert``.
            mutable_content: Whether the service extension is to see it.
            badge: ``aps.badge``.
            payload: The whole payload, instead of the arguments above.
            custom: Keys beside ``aps``.

        Raises:
            Misuse: The payload is none.
            CommandError: The app is not installed.
        """
        if payload is None:
            aps: dict[str, object] = {}

            if alert is not None:
                aps["alert"] = alert

            if mutable_content:
                aps["mutable-content"] = 1

            if badge is not None:
                aps["badge"] = badge

            payload = {"aps": aps, **custom}

        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        delivered = _row(self.ask("push", bundle_id=self.bundle_id_of(name), payload=data))

        if not delivered["shown"]:
            return Banner(str(delivered["bundle_id"]), shown=False, note=str(delivered["note"]))

        return self.banners[0]

    def bundle_id_of(self, name: str) -> str:
        """Return the bundle id of an installed app by id, name or executable; else ``name``."""
        return name

    @property
    def banners(self) -> list[Banner]:
        """The notifications that are shown, the newest first."""
        rows = cast("list[object]", self._screen()["banners"])

        return [
            Banner(**{key: row[key] for key in _BANNER_KEYS})  # type: ignore[arg-type]
            for row in map(_row, rows)
        ]

    @property
    def widgets(self) -> list[Widget]:
        """The widgets on the home screen, as they are shown now."""
        found = []

        for row in map(_row, cast("list[object]", self.ask("widgets"))):
            view = _row(row["view"] or {"title": "", "lines": []})
            found.append(
                Widget(
                    str(row["bundle_id"]),
                    str(row["kind"]),
                    str(row["family"]),
                    str(view["title"]),
                    cast("list[str]", view["lines"]),
                    cast("int", row["reloads"]),
                    str(row["problem"]),
                )
            )

        return found

    def reload_widget(self, bundle_id: str) -> None:
        """Ask a widget for a timeline now, and wait for it.

        Raises:
            Misuse: It is no widget, or its answer was refused.
        """
        self.ask("reload_widget", bundle_id=bundle_id)

    def type(
        self, text: str = "", *, keyboard: str = "", keys: Sequence[str] | None = None
    ) -> None:
        """Type into the field with the focus.

        Args:
            text: What the system's keyboard types, or the keys of ``keyboard`` one by one.
            keyboard: A keyboard extension, by its id.
            keys: Keys of that extension, instead of ``text``.
        """
        given = None if keys is None else list(keys)
        self.ask("type", text=text, keyboard=keyboard, keys=given)

    def tap(self, label: str) -> None:
        """Tap a button of the front app."""
        self.ask("tap", label=label)

    def press_home(self) -> None:
        """Show the home screen."""
        self.ask("press_home")

    @property
    def fields(self) -> dict[str, str]:
        """The text fields of the front app, with what stands in them."""
        rows = cast("list[list[str]]", self._screen()["fields"])

        return {name: text for name, text in rows}  # noqa: C416  pairs come as lists

    def _screen(self) -> dict[str, object]:
        return _row(self.ask("screen"))


_BANNER_KEYS = ("bundle_id", "title", "subtitle", "body", "changed_by", "note")


def _row(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value)
