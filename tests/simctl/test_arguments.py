"""The pure parts: counting arguments, finding bundles, types of files, text for terminals."""

from pathlib import Path

import pytest

from simulator.simctl.arguments import Usage, suggestion, with_device
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
        ("a.webp", "org.webmproject.webp"),
        ("a.ppm", "public.image"),
        ("a.qqq", "public.data"),
        ("a", "public.data"),
    ],
)
def test_the_suffix_tells_the_type(name: str, uti: str) -> None:
    assert type_of(name) == uti
