"""What is on the screen: views, banners, the field with the focus. Pure."""

from dataclasses import asdict, dataclass

from simulator.daemonkit.limits import FIELD_TEXT_MAX, VIEW_LINES_MAX
from simulator.daemonkit.rooms import SystemPage
from simulator.xpc.errors import Misbehaved

__all__ = ("Banner", "Edit", "Field", "View", "page_view", "view_of")


@dataclass(frozen=True, slots=True)
class View:
    """What a process shows.

    Attributes:
        title: The first line.
        lines: The lines below it.
        images: Names of pictures.
        fields: Name → text of the text fields, in order; the first has the focus.
        buttons: Their labels.
    """

    title: str
    lines: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    buttons: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The view as lines of text."""
        return "\n".join((self.title, *self.lines))

    def as_dict(self) -> dict[str, object]:
        """Return the view as plain values."""
        return {
            "title": self.title,
            "lines": list(self.lines),
            "images": list(self.images),
            "fields": [list(field) for field in self.fields],
            "buttons": list(self.buttons),
        }


def page_view(page: SystemPage) -> View:
    """Return what is seen of an app of the system's own: its name, and what it was opened with."""
    return View(page.name, (page.url,))


def view_of(content: object) -> View:
    """Return the view that a guest describes.

    Raises:
        Misbehaved: It is none.
    """
    match content:
        case [str(title), list(lines), list(images), dict(fields), list(buttons)] if all(
            isinstance(text, str) for text in (*lines, *images, *fields.values(), *buttons)
        ):
            return View(
                title,
                _strings(lines),
                _strings(images),
                tuple((str(name), str(text)) for name, text in fields.items())[:VIEW_LINES_MAX],
                _strings(buttons),
            )
        case _:
            raise Misbehaved("a view that is no [title, lines, images, fields, buttons]")


def _strings(values: list[object]) -> tuple[str, ...]:
    return tuple(str(value) for value in values[:VIEW_LINES_MAX])


@dataclass(frozen=True, slots=True)
class Banner:
    """A notification as it is shown.

    Attributes:
        bundle_id: Whose.
        title, subtitle, body: The text.
        badge: The number on the app's icon, or None to leave it.
        changed_by: The service extension that changed it, or nothing.
        note: Why it is shown as it came, where one would expect a change.
    """

    bundle_id: str
    title: str
    subtitle: str
    body: str
    badge: int | None = None
    changed_by: str = ""
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the banner as plain values."""
        return asdict(self)


@dataclass(slots=True)
class Edit:
    """Something that was typed.

    Attributes:
        field: The name of the field.
        text: What is inserted.
        deletes: Whether it deletes the character before the cursor instead.
        seq: Of the frame that tells the app, 0 until it is sent.
    """

    field: str
    text: str = ""
    deletes: bool = False
    seq: int = 0

    def as_dict(self) -> dict[str, object]:
        """Return the edit as the app is told."""
        what: dict[str, object] = {"delete": True} if self.deletes else {"insert": self.text}

        return {"field": self.field, **what}


@dataclass(slots=True)
class Field:
    """The field that has the focus, and what typing into it means.

    Attributes:
        name: Of the field.
        text: What stands in it.
    """

    name: str
    text: str

    def insert(self, text: str) -> Edit:
        """Insert at the end, where the cursor is; what the field has no room for is left out.

        Raises:
            Misbehaved: A keyboard types what no keyboard types: NUL, or half a character.
        """
        if "\0" in text or any(0xD800 <= ord(character) < 0xE000 for character in text):
            raise Misbehaved("it types NUL or half a character, which no text has")

        return self.apply(Edit(self.name, text[: max(0, FIELD_TEXT_MAX - len(self.text))]))

    def delete_backward(self) -> Edit:
        """Delete the character before the cursor; none there is no error."""
        return self.apply(Edit(self.name, deletes=True))

    def apply(self, edit: Edit) -> Edit:
        """Do what was typed, once more where the app had not heard of it yet."""
        self.text = self.text[:-1] if edit.deletes else self.text + edit.text

        return edit
