"""What is on the screen: views, banners, the field with the focus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.daemonkit.limits import FIELD_TEXT_MAX, VIEW_LINES_MAX
from simulator.daemons.springboard.state import Banner, Edit, Field, View, view_of
from simulator.xpc.errors import Misbehaved


def test_a_view_has_title_lines_images_fields_and_buttons() -> None:
    view = view_of(["Notes", ["a", "b"], ["cat.jpg"], {"draft": "x", "to": ""}, ["Save"]])

    assert view == View("Notes", ("a", "b"), ("cat.jpg",), (("draft", "x"), ("to", "")), ("Save",))
    assert view.text == "Notes\na\nb"


def test_a_view_as_plain_values_keeps_the_order_of_its_fields() -> None:
    fields = {"z": "1", "a": "2"}

    assert view_of(["t", [], [], fields, []]).as_dict() == {
        "title": "t",
        "lines": [],
        "images": [],
        "fields": [["z", "1"], ["a", "2"]],
        "buttons": [],
    }


def test_a_view_shows_no_more_of_anything_than_the_limit() -> None:
    many = [str(number) for number in range(VIEW_LINES_MAX + 5)]
    view = view_of(["t", many, many, dict.fromkeys(many, ""), many])

    assert [len(part) for part in (view.lines, view.images, view.fields, view.buttons)] == [
        VIEW_LINES_MAX
    ] * 4


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        ["t"],
        ["t", []],
        ["t", "x", [], {}, []],
        ["t", [1], [], {}, []],
        ["t", [], [b"x"], {}, []],
        ["t", [], [], [], []],
        ["t", [], [], {"draft": None}, []],
        ["t", [], [], {}, [1]],
        [1, [], [], {}, []],
        ["t", [], [], {}, [], []],
    ],
)
def test_anything_else_is_misbehaviour(content: object) -> None:
    with pytest.raises(Misbehaved, match="a view that is no"):
        view_of(content)


def test_a_banner_as_plain_values_says_who_changed_it_and_why_not() -> None:
    assert Banner("com.example.Notes", "t", "s", "b", note="why").as_dict() == {
        "bundle_id": "com.example.Notes",
        "title": "t",
        "subtitle": "s",
        "body": "b",
        "badge": None,
        "changed_by": "",
        "note": "why",
    }


def test_typing_appends_and_deleting_takes_one_character_away() -> None:
    field = Field("draft", "a")
    field.insert("b🥛")
    field.delete_backward()

    assert field.text == "ab"


def test_deleting_in_an_empty_field_is_no_error() -> None:
    field = Field("draft", "")
    field.delete_backward()

    assert field.text == ""


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "x\udfff"])
def test_nul_and_half_a_character_cannot_be_typed_and_the_field_stays(text: str) -> None:
    field = Field("draft", "before")

    with pytest.raises(Misbehaved, match="NUL or half a character"):
        field.insert(text)

    assert field.text == "before"


def test_a_full_field_takes_no_more_and_tells_what_it_took() -> None:
    field = Field("draft", "x" * (FIELD_TEXT_MAX - 1))
    taken = [field.insert(text).text for text in ("", "ab", "c")]

    assert taken == ["", "a", ""]
    assert len(field.text) == FIELD_TEXT_MAX


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (Edit("draft", "x"), {"field": "draft", "insert": "x"}),
        (Edit("draft", deletes=True), {"field": "draft", "delete": True}),
    ],
)
def test_an_edit_is_told_to_the_app_as_what_was_done(edit: Edit, told: dict[str, object]) -> None:
    assert edit.as_dict() == told


@given(st.lists(st.just(None) | st.text(alphabet="ab🥛", max_size=3), max_size=20))
def test_typing_the_same_once_more_gives_the_same_text(keys: list[str | None]) -> None:
    typed, again = Field("draft", "start"), Field("draft", "start")
    edits = [typed.delete_backward() if key is None else typed.insert(key) for key in keys]

    for edit in edits:
        again.apply(edit)

    assert again.text == typed.text
