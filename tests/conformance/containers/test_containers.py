"""Containers: who has which, what a new one holds, when it goes, what its metadata says."""

import os
import plistlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.bundles import make_app
from simulator.testing.device import Device
from simulator.xpc.errors import BundleError, Misuse

GROUP = "group.com.example.shared"
METADATA = ".com.apple.mobile_container_manager.metadata.plist"
PROTECTION = "com.apple.developer.default-data-protection"
PROGRAM = "from simulator.sdk.uikit import Application\nclass Other(Application): pass\n"


@pytest.mark.contract("D77")
def test_a_group_that_one_is_not_entitled_to_has_no_folder_and_the_log_says_why(
    one: Any, device: Device
) -> None:
    assert one.do("files.container_url('group.com.example.sharde') is None") is True

    denial = device.denials.only()

    assert denial.operation == "container-url"
    assert "com.apple.security.application-groups of com.example.One" in denial.reason
    assert f"did you mean {GROUP}" in denial.reason


@pytest.mark.contract("D77")
def test_app_and_extension_get_the_same_folder(device: Device) -> None:
    device.launch("Notes")
    app = device.container("com.example.Notes", "group.com.example.notes")

    assert device.container("com.example.Notes.ShareToNotes", "group.com.example.notes") == app
    device.share("a thought", to="com.example.Notes.ShareToNotes")
    assert device.group("group.com.example.notes").files == ["notes/0000.txt"]


@pytest.mark.contract("D77")
def test_a_new_group_holds_its_caches_and_nothing_else(one: Any) -> None:
    found = one.do("[str(path.relative_to(group)) for path in files.enumerator(group)]")

    assert found == [METADATA, "Library", "Library/Caches"]


@pytest.mark.contract("D78")
def test_a_group_stays_while_one_app_is_in_it_and_goes_with_the_last(
    process: Callable[..., Any], device: Device
) -> None:
    one, two = process("One"), process("Two")
    one.do("(group / 'note').write_text('kept')")
    folder = device.group(GROUP).path
    device.uninstall("One")

    assert two.do("(group / 'note').read_text()") == "kept"

    device.uninstall("Two")

    assert not folder.exists()
    with pytest.raises(Misuse, match="no installed app is in the group"):
        device.group(GROUP)


def test_each_container_says_in_a_plist_whose_it_is(one: Any, device: Device) -> None:
    del one
    group = plistlib.loads((device.group(GROUP).path / METADATA).read_bytes())
    data = plistlib.loads((device.container("com.example.One") / METADATA).read_bytes())

    assert group["MCMMetadataIdentifier"] == GROUP
    assert group["MCMMetadataContentClass"] == 7
    assert group["MCMMetadataUUID"] == device.group(GROUP).path.name
    assert data["MCMMetadataIdentifier"] == "com.example.One"
    assert data["MCMMetadataContentClass"] == 2
    assert data["MCMMetadataActiveDPClass"] == 3


def test_an_app_is_told_when_its_default_protection_is_no_class(
    device: Device, tmp_path: Path
) -> None:
    app = make_app(tmp_path, "Other", source=PROGRAM, entitlements={PROTECTION: "complete"})

    with pytest.raises(BundleError, match="NSFileProtectionComplete, "):
        device.install(app)


def test_names_of_255_bytes_and_of_no_utf_8_are_files_like_others(one: Any, device: Device) -> None:
    one.do("name = 'n' * 255; files.write_atomically('long', group / name)")
    one.do("odd = os.fsdecode(b'\\xff\\xfe'); files.write_atomically('odd', group / odd)")

    assert one.do("[files.contents(group / each).decode() for each in (name, odd)]") == [
        "long",
        "odd",
    ]
    assert max(os.listdir(os.fsencode(device.group(GROUP).path))) == b"\xff\xfe"
