"""The pure parts: counting arguments, finding bundles, types of files, text for terminals."""

from pathlib import Path

import pytest

from simulator.simctl.arguments import Usage, suggestion, with_device
from simulator.simctl.picture import cells, framed_screen, harmless, table
from simulator.simctl.samples import bundle_id_of, find_bundle
from simulator.simctl.sharing import type_of


def test_the_device_in_front_may_be_left_out() -> None:
    assert with_device(["com.x"], "bundle id") == ("booted", ["com.x"])
    assert with_device(["mine", "com.x"], "bundle id") == ("mine", ["com.x"])
    assert with_device([]) == ("booted", [])


@pytest.mark.parametrize("words", [[], ["a", "b", "c"]])
def test_too_few_or_too_many_arguments_are_wrong_usage(words: list[str]) -> None:
    with pytest.raises(Usage):
        with_device(words, "bundle id")


def test_only_what_resembles_is_suggested() -> None:
    assert suggestion("lanch", ["launch", "list"]) == "launch"
    assert suggestion("zzz", ["launch"]) == ""
    assert suggestion("launch", ["launch"]) == ""


def test_a_path_is_absolute_and_a_bundle_id_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "apps" / "Mine.app").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    assert find_bundle("Mine") == tmp_path / "apps" / "Mine.app"
    assert find_bundle("Mine.app") == tmp_path / "apps" / "Mine.app"
    assert find_bundle("apps/Mine.app/") == tmp_path / "apps" / "Mine.app"
    assert find_bundle("no/such.app") == tmp_path / "no" / "such.app"
    assert find_bundle("com.example.Mine") is None
    assert bundle_id_of(tmp_path / "apps" / "Mine.app") == ""


@pytest.mark.parametrize(
    ("name", "uti"),
    [
        ("a.JPG", "public.jpeg"),
        ("a.txt", "public.plain-text"),
        ("a.webp", "public.image"),
        ("a.qqq", "public.data"),
        ("a", "public.data"),
    ],
)
def test_the_suffix_tells_the_type(name: str, uti: str) -> None:
    assert type_of(name) == uti


def test_a_guest_cannot_move_the_cursor() -> None:
    assert harmless("\x1b[2Jé\n") == "\\x1b[2Jé\\n"


def test_the_frame_fits_wide_letters() -> None:
    lines = framed_screen(
        {"device": "x", "bundle_id": "com.x", "title": "T", "lines": ["牛乳を買う" * 5, "é"]}
    )

    assert len({cells(line) for line in lines}) == 1
    assert "牛乳" in lines[2]


def test_an_empty_screen_says_so() -> None:
    lines = framed_screen({"device": "x", "bundle_id": "", "title": "", "lines": []})

    assert "(no app is in front)" in lines[1]


def test_numbers_of_a_table_stand_to_the_right() -> None:
    assert table([("PID", "WHO"), (7, "a"), (12345, "b")]) == ["PID    WHO", "    7  a", "12345  b"]
