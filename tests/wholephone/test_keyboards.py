"""Typing: the system's keyboard, and those that are extensions in processes of their own."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from simulator.xpc.errors import Misuse

if TYPE_CHECKING:
    from tests.wholephone.conftest import Phone

pytestmark = pytest.mark.enforces

KEYBOARD = "com.apple.keyboard-service"
NOTES = "com.example.Notes"
NOTES_KEYBOARD = "com.example.Notes.NotesKeyboard"
HOST = "com.example.Host"
KEYS = "com.example.Host.Keys"

HEAD = """
    import os
    from simulator.sdk._process import current
    from simulator.sdk.foundation import FileManager
    from simulator.sdk.keyboard import InputViewController
    from simulator.sdk.uikit import Application

    class Keys(InputViewController):
        def key_tapped(self, key):
            proxy = self.text_document_proxy
"""
FORM = """
    from simulator.sdk.uikit import Application, View

    class Host(Application):
        typed = ()

        def did_finish_launching(self, options):
            self.show(View("Form", fields={"name": "", "other": "untouched"},
                           buttons={"Done": self.done}))

        def text_changed(self, field, text):
            self.typed = (*self.typed, f"{field}={text}")

        def done(self):
            self.show(View("Done", self.typed))
"""


def _keys(*lines: str) -> dict[str, tuple[str, str]]:
    return {"Keys": (KEYBOARD, HEAD + "".join(f"            {line}\n" for line in lines))}


def _form(phone: "Phone", path: str) -> None:
    phone.ask("install", path=path)
    phone.launch(HOST)


def _draft(phone: "Phone") -> str:
    return str(phone.screen()["fields"][0][1])


def _misbehaviour(phone: "Phone") -> list[str]:
    return [row["resource"] for row in phone.events("misbehaved", "drop")]


def test_the_systems_keyboard_types_into_the_field_with_the_focus(notes_phone: "Phone") -> None:
    notes_phone.ask("type", text="buy ")
    notes_phone.ask("type", text="milk")

    assert _draft(notes_phone) == "buy milk"
    assert notes_phone.screen()["focus"] == "draft"
    assert notes_phone.screen()["keyboard"] == ""


def test_a_keyboard_extension_types_into_the_field_of_an_app_it_knows_nothing_of(
    notes_phone: "Phone",
) -> None:
    notes_phone.ask("type", text="", keyboard=NOTES_KEYBOARD, keys=["a", ":milk:", "b", "⌫"])
    rows = {row[1]: row[0] for row in notes_phone.ask("ps")}

    assert _draft(notes_phone) == "a🥛"
    assert notes_phone.screen()["keyboard"] == "Notes Keyboard"
    assert rows[NOTES_KEYBOARD] != rows[NOTES]


def test_keys_that_are_tapped_quickly_are_all_typed_in_their_order(notes_phone: "Phone") -> None:
    text = "".join(chr(ord("a") + number % 26) for number in range(300))
    notes_phone.ask("type", text=text, keyboard=NOTES_KEYBOARD)
    typed = _draft(notes_phone)
    notes_phone.ask("tap", label="Save")
    saved = notes_phone.screen()

    assert typed == text
    assert saved["lines"] == [text]
    assert saved["fields"] == [["draft", ""]]


def test_text_that_is_typed_quickly_is_all_there(notes_phone: "Phone") -> None:
    for number in range(100):
        notes_phone.ask("type", text=f"{number} ")

    assert _draft(notes_phone) == "".join(f"{number} " for number in range(100))


def test_the_app_hears_what_is_typed_and_its_other_fields_are_left_alone(
    phone: "Phone", app: Callable[..., str]
) -> None:
    _form(phone, app({}, code=FORM))
    phone.ask("type", text="A")
    phone.ask("type", text="nn")
    fields = phone.screen()["fields"]
    phone.ask("tap", label="Done")

    assert fields == [["name", "Ann"], ["other", "untouched"]]
    assert phone.screen()["lines"] == ["name=A", "name=Ann"]


def test_a_keyboard_has_a_container_of_its_own_and_sees_the_text_before_the_cursor(
    phone: "Phone", app: Callable[..., str]
) -> None:
    keys = _keys(
        "note = FileManager.default.documents_directory / 'seen'",
        "note.write_text(proxy.document_context_before_input)",
        "proxy.insert_text('!')",
    )
    _form(phone, app(keys, code=FORM))
    phone.ask("type", text="secret")
    phone.ask("type", text="", keyboard=KEYS, keys=["x"])
    typed = _draft(phone)
    data = phone.ask("get_app_container", bundle_id=KEYS, container="data")
    of_app = phone.ask("get_app_container", bundle_id=HOST, container="data")

    assert typed == "secret!"
    assert data != of_app
    with open(f"{data}/Documents/seen") as seen:
        assert seen.read() == "secret"


@pytest.mark.contract("E4")
def test_a_keyboard_cannot_read_the_container_of_its_app(
    phone: "Phone", app: Callable[..., str]
) -> None:
    keys = _keys(
        "try:",
        "    os.listdir(key)",
        "    proxy.insert_text('OPEN')",
        "except PermissionError as stopped:",
        "    proxy.insert_text(type(stopped).__name__)",
    )
    _form(phone, app(keys, code=FORM))
    of_app = phone.ask("get_app_container", bundle_id=HOST, container="data")
    phone.ask("type", text="", keyboard=KEYS, keys=[of_app])

    assert _draft(phone) == "PermissionError"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("proxy.insert_text('a' + chr(0))", "it types NUL or half a character, which no text has"),
        ("proxy.insert_text('\\ud800')", "it types NUL or half a character"),
        ("proxy.insert_text(7)", "it inserts what is no text"),
        ("current().tell('springboard.insert_text', None)", "it inserts what is no text"),
        ("current().send(99)", "a frame of the unknown kind 99"),
    ],
)
def test_a_keyboard_that_types_nonsense_is_dropped_and_its_app_goes_on(
    line: str, sentence: str, phone: "Phone", app: Callable[..., str]
) -> None:
    _form(phone, app(_keys("if key == 'bad':", f"    {line}", "proxy.insert_text('x')"), code=FORM))
    phone.ask("type", text="", keyboard=KEYS, keys=["good", "bad"])
    phone.until(lambda: not phone.screen()["keyboard"])
    phone.ask("type", text=" and on")

    assert sentence in "\n".join(_misbehaviour(phone))
    assert _draft(phone) == "x and on"
    assert [row[1] for row in phone.ask("ps")] == [HOST]


def test_a_keyboard_that_is_killed_gives_way_to_the_systems_and_can_come_back(
    phone: "Phone", app: Callable[..., str]
) -> None:
    keys = _keys("if key == 'die':", "    os.abort()", "proxy.insert_text(key)")
    _form(phone, app(keys, code=FORM))
    phone.ask("type", text="", keyboard=KEYS, keys=["a", "die"])
    phone.until(lambda: not phone.screen()["keyboard"])
    phone.ask("type", text="b")
    phone.ask("type", text="", keyboard=KEYS, keys=["c"])

    assert _draft(phone) == "abc"
    assert phone.screen()["keyboard"] == "Keys"


def test_a_second_keyboard_takes_the_place_of_the_first(
    notes_phone: "Phone", app: Callable[..., str]
) -> None:
    notes_phone.ask("install", path=app(_keys("proxy.insert_text(key.upper())")))
    notes_phone.ask("type", text="a", keyboard=NOTES_KEYBOARD)
    first = _draft(notes_phone)
    notes_phone.ask("type", text="b", keyboard=KEYS)
    notes_phone.until(lambda: notes_phone.events("exit", "exit"))

    assert first == "a"
    assert _draft(notes_phone) == "aB"
    assert [row[1] for row in notes_phone.ask("ps")] == [NOTES, KEYS]
    assert _misbehaviour(notes_phone) == []


def test_an_app_of_the_keyboards_own_cannot_type(phone: "Phone", app: Callable[..., str]) -> None:
    types = """
        from simulator.sdk._process import current
        from simulator.sdk.uikit import Application, View

        class Host(Application):
            def did_finish_launching(self, options):
                self.show(View("x", fields=["name"], buttons={"Type": self.type}))

            def type(self):
                current().tell("springboard.insert_text", "forged")
    """
    _form(phone, app({}, code=types))
    phone.ask("tap", label="Type")
    phone.until(lambda: not phone.ask("ps"))

    assert _misbehaviour(phone) == ["it types, and is not the input mode"]


@pytest.mark.parametrize("keyboard", ["", KEYS])
def test_without_a_field_nobody_can_type(
    keyboard: str, phone: "Phone", app: Callable[..., str]
) -> None:
    _form(phone, app(_keys("pass")))

    with pytest.raises(Misuse, match="no text field has the focus"):
        phone.ask("type", text="x", keyboard=keyboard)

    assert [row[1] for row in phone.ask("ps")] == [HOST]


def test_on_the_home_screen_nobody_can_type(notes_phone: "Phone") -> None:
    notes_phone.ask("type", text="before")
    notes_phone.ask("settle")
    notes_phone.ask("press_home")

    with pytest.raises(Misuse, match="no text field has the focus"):
        notes_phone.ask("type", text="lost")

    notes_phone.launch(NOTES)
    notes_phone.ask("type", text=" and after")

    assert _draft(notes_phone) == "before and after"


def test_an_app_that_died_has_no_field(notes_phone: "Phone") -> None:
    notes_phone.ask("terminate", bundle_id=NOTES)

    with pytest.raises(Misuse, match="no text field has the focus"):
        notes_phone.ask("type", text="x")


def test_what_is_no_keyboard_is_refused_with_the_keyboards_there_are(notes_phone: "Phone") -> None:
    share = "com.example.Notes.ShareToNotes"

    with pytest.raises(Misuse, match=f"{share} is no installed keyboard; keyboards: .*Keyboard"):
        notes_phone.ask("type", text="x", keyboard=share)


def test_a_text_that_cannot_be_typed_is_refused(notes_phone: "Phone") -> None:
    with pytest.raises(Misuse, match="this cannot be typed: it types NUL"):
        notes_phone.ask("type", text="a\0b")

    assert _draft(notes_phone) == ""
