"""Boxes stay boxes, and nothing that a guest says moves the cursor."""

import json

import pytest

from simulator.simctl.listing import to_json_line, to_json_text
from simulator.simctl.phone import framed_screen, view_rows
from simulator.simctl.picture import boxed, cells, harmless, table, wrapped

HOSTILE = "\x1b[2J\x9b31m\x07\r\x7f\u202eevil"


def screen(**changes: object) -> dict[str, object]:
    return {
        "device": "iPhone",
        "time": "9:41",
        "bundle_id": "com.example.Notes",
        "title": "Notes",
        "lines": [],
        "images": [],
        "fields": [],
        "buttons": [],
        "banners": [],
        "badges": {},
        "apps": ["Notes"],
        "widgets": [],
        "focus": "",
        "keyboard": "",
        **changes,
    }


def widths(lines: list[str]) -> set[int]:
    return {cells(line) for line in lines}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – ü 日本 🥛", "plain – ü 日本 🥛"),
        ("a\xa0b\u3000c", "a\xa0b\u3000c"),
        (HOSTILE, "\\x1b[2J\\x9b31m\\x07\\r\\x7f\\u202eevil"),
        ("half \ud83e", "half \\ud83e"),
        ("two\nlines\t", "two\\nlines\\t"),
    ],
)
def test_control_characters_become_letters(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_line_ends_stay_where_they_are_ours() -> None:
    assert harmless("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"


@pytest.mark.parametrize("write", [to_json_line, to_json_text])
def test_json_is_harmless_and_means_the_same(write: object) -> None:
    assert callable(write)
    text = write({"line": HOSTILE})

    assert harmless(text, keep="\n") == text
    assert json.loads(text) == {"line": HOSTILE}


@pytest.mark.parametrize(
    ("text", "count"),
    [("abc", 3), ("🥛", 2), ("日本", 4), ("e\u0301", 1), ("각", 2), ("\u1100\u1161", 2), ("", 0)],
)
def test_cells_are_a_terminals(text: str, count: int) -> None:
    assert cells(text) == count


def test_wrapping_loses_nothing_and_fits() -> None:
    text = "the quick brown fox jumps over the lazy dog " + "日本" * 20 + "x" * 50
    lines = wrapped(text, 20)

    assert all(cells(line) <= 20 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert lines[0] == "the quick brown fox"
    assert wrapped("", 20) == [""]


def test_a_box_is_as_wide_as_its_widest_row() -> None:
    lines = boxed("日本", [["a"], ["🥛🥛🥛🥛🥛🥛"]])

    assert widths(lines) == {16}
    assert lines[2] == f"├{'─' * 14}┤"


def test_tables_align_behind_wide_letters() -> None:
    assert table([("🥛", "x"), ("abc", "y")]) == ["🥛   x", "abc  y"]


def test_numbers_of_a_table_stand_to_the_right() -> None:
    assert table([("PID", "WHO"), (7, "a"), (12345, "b")]) == ["PID    WHO", "    7  a", "12345  b"]


def test_the_front_app_in_full() -> None:
    shown = screen(
        lines=["buy milk", "two\nlines"],
        images=["a.jpg"],
        fields=[["draft", "x🥛"], ["tags", ""]],
        buttons=["Save"],
        focus="draft",
        keyboard="Notes Keyboard",
    )

    assert framed_screen(shown, width=60) == [
        "╭─────────────────── iPhone ───────────────────╮",
        "│ 9:41                                         │",
        "│ Notes                                        │",
        "│  · buy milk                                  │",
        "│  · two                                       │",
        "│    lines                                     │",
        "│  ▣ a.jpg                                     │",
        "│ [draft: x🥛▏_____] [tags____________] (Save) │",
        "├──────────────────────────────────────────────┤",
        "│ keyboard: Notes Keyboard                     │",
        "╰──────────────────────────────────────────────╯",
    ]


def test_the_home_screen_has_badges_and_widgets() -> None:
    view = {"title": "Latest", "lines": ["milk"], "images": [], "fields": [], "buttons": []}
    widget = {"name": "Notes", "view": view, "problem": ""}
    shown = screen(
        bundle_id="",
        badges={"com.example.Notes": 3, "com.example.Gone": 1},
        widgets=[widget, {**widget, "view": None, "problem": "out of order"}],
        banners=[
            {
                "bundle_id": "com.example.Notes",
                "title": "T",
                "subtitle": "",
                "body": "hello",
                "changed_by": "com.example.Notes.Push",
                "note": "",
            }
        ],
    )
    apps = [
        {"bundle_id": "com.example.Journal", "name": "Journal"},
        {"bundle_id": "com.example.Notes", "name": "Notes"},
    ]
    lines = framed_screen(shown, apps)

    assert len(widths(lines)) == 1
    assert [line.strip("│ ") for line in lines[2:8]] == [
        "▌ Notes: T",
        "▌ hello",
        "▌ (changed by Push)",
        lines[5],
        "Journal   Notes (3)",
        "╭─── Notes ────╮",
    ]
    assert any("(placeholder)" in line for line in lines)
    assert any("! out of order" in line for line in lines)


def test_a_hostile_guest_cannot_leave_its_box() -> None:
    every = [HOSTILE, "👨\u200d👩\u200d👧 ❤\ufe0f", "\u0301" * 9, "x" * 500]
    widget = {"name": HOSTILE, "problem": HOSTILE, "view": None}
    banner = {
        "bundle_id": "x",
        "title": HOSTILE,
        "subtitle": HOSTILE,
        "body": "\n".join(every),
        "changed_by": "",
        "note": HOSTILE,
    }
    controls = {"fields": [[text, text] for text in every], "buttons": every}
    for shown in (
        screen(title=HOSTILE, lines=every, images=every, banners=[banner], **controls),
        screen(bundle_id="", apps=every, widgets=[widget], banners=[banner]),
        screen(focus=HOSTILE, keyboard=HOSTILE, **controls),
    ):
        lines = framed_screen(shown, width=50)

        assert widths(lines) == {50}
        assert all(line.isprintable() for line in lines)


def test_a_view_of_nothing_says_so() -> None:
    assert view_rows(screen(title="")) == ["(nothing yet)"]


def test_an_empty_home_screen_says_so() -> None:
    assert "│ (no app is installed)      │" in framed_screen(screen(bundle_id="", apps=[]))
