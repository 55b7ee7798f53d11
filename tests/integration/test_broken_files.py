"""Files of the host's own that are broken: named, kept aside, and no reason not to boot."""

import plistlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device

GROUP = "group.com.example.shared"
UNKNOWN = "A0000000-0000-4000-8000-000000000000"


def _library(device: Device, *names: str) -> Path:
    return device.folder.joinpath("data", "Library", *names)


def _rows(device: Device, verb: str) -> Any:
    return device.ask(verb)


@pytest.fixture
def app(device: Device, tmp_path: Path) -> str:
    return device.install(
        make_app(
            tmp_path,
            "Notes",
            source="pass",
            groups=[GROUP],
            schemes=["notes"],
            extensions=[Extension("Share", "pass")],
        )
    )


@pytest.mark.parametrize("content", [b"", b"bplist00 no more", b"<plist>", plistlib.dumps([1])])
def test_broken_elections_are_kept_aside_and_nobody_has_chosen(
    app: str, device: Device, content: bytes
) -> None:
    file = _library(device, "pluginkit", "elections.plist")
    device.elect(f"{app}.Share", "ignore")
    device.shutdown()
    file.write_bytes(content)
    device.boot()
    (row,) = _rows(device, "plug_ins")
    said = device.events.of(kind="plugin", operation="salvage").only()

    assert row["election"] == "default"
    assert f"{file} cannot be used: " in said.reason
    assert "kept as elections.plist.corrupt" in said.reason
    assert file.with_name("elections.plist.corrupt").read_bytes() == content
    assert not file.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'"text"', b"\xff", b"[" * 100_000])
def test_broken_choices_are_kept_aside_and_nobody_has_chosen(
    app: str, device: Device, content: bytes
) -> None:
    file = _library(device, "lsd", "choices.json")
    device.ask("choose_scheme", scheme="notes", bundle_id=app)
    device.shutdown()
    file.write_bytes(content)
    device.boot()
    said = device.events.of(kind="url", operation="salvage").only()

    assert _rows(device, "schemes")[0] == ["notes", [app], ""]
    assert f"{file} cannot be used: " in said.reason
    assert file.with_name("choices.json.corrupt").read_bytes() == content


def _as_it_was(content: dict[str, object]) -> bytes:
    return plistlib.dumps(content)[:-20]


def _nothing(_: dict[str, object]) -> bytes:
    return b""


def _a_list(_: dict[str, object]) -> bytes:
    return plistlib.dumps([])


def _without_a_kind(content: dict[str, object]) -> bytes:
    return plistlib.dumps({**content, "Data/Application": []})


def _with_numbers(content: dict[str, object]) -> bytes:
    return plistlib.dumps({**content, "Shared/AppGroup": {GROUP: 7}})


def _out_of_its_folder(content: dict[str, object]) -> bytes:
    return plistlib.dumps({**content, "Shared/AppGroup": {GROUP: "../../../../.."}})


BREAKS = [_as_it_was, _nothing, _a_list, _without_a_kind, _with_numbers, _out_of_its_folder]


@pytest.mark.parametrize("broken", BREAKS)
def test_no_container_is_lost_with_a_broken_index(
    app: str, device: Device, tmp_path: Path, broken: Callable[[dict[str, object]], bytes]
) -> None:
    other = device.install(make_app(tmp_path, "Other", source="pass"))
    device.install(make_app(tmp_path, "Other", source="pass"))  # an upgrade
    device.uninstall(device.install(make_app(tmp_path, "Gone", source="pass")))
    folders = [
        device.container(app),
        device.container(app, GROUP),
        device.container(f"{app}.Share"),
        device.container(other),
    ]

    for folder in folders:
        (folder / "kept").write_text(str(folder))

    # What a process may write says nothing of whose the folder is.
    metadata = folders[0] / ".com.apple.mobile_container_manager.metadata.plist"
    metadata.write_bytes((folders[3] / metadata.name).read_bytes())
    foreign = folders[0].parent / UNKNOWN
    device.shutdown()
    foreign.mkdir()
    (foreign / "whose").write_text("nobody's")
    index = _library(device, "containermanagerd", "index.plist")
    content = broken(plistlib.loads(index.read_bytes()))
    index.write_bytes(content)
    device.boot()
    said, other_said = device.events.of(kind="container", operation="salvage")

    assert f"{index} cannot be used: " in said.reason
    assert "kept as index.plist.corrupt" in said.reason
    assert f"Data/Application/{UNKNOWN} belongs to no installed app" in other_said.reason
    assert index.with_name("index.plist.corrupt").read_bytes() == content
    assert [
        device.container(app),
        device.container(app, GROUP),
        device.container(f"{app}.Share"),
        device.container(other),
    ] == folders
    assert [(folder / "kept").read_text() for folder in folders] == [*map(str, folders)]
    assert not foreign.exists()
    aside = _library(device, "containermanagerd", "Unknown", "Data", "Application", UNKNOWN)
    assert (aside / "whose").read_text() == "nobody's"

    device.reboot()

    assert len(device.events.of(kind="container")) == 0
    assert device.container(app) == folders[0]
    device.uninstall(app)
    assert [folder.exists() for folder in folders] == [False, False, False, True]
    assert device.install(make_app(tmp_path, "New", source="pass")) == "com.example.New"


def test_an_app_whose_container_is_nowhere_gets_a_new_one(app: str, device: Device) -> None:
    folder = device.container(app)
    (folder / "kept").write_text("note")
    device.shutdown()
    moved = folder.rename(folder.with_name(UNKNOWN))
    index = _library(device, "containermanagerd", "index.plist")
    index.write_bytes(b"broken")
    device.boot()
    aside = _library(device, "containermanagerd", "Unknown", "Data", "Application", moved.name)

    assert (aside / "kept").read_text() == "note"
    assert device.container(app).name != moved.name
    assert (device.container(app) / "Documents").is_dir()
