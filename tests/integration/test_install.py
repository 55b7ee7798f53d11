"""Installing: what is wrong is named by file and key, and nothing of it stays."""

import os
import plistlib
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device
from simulator.xpc.errors import BundleError, CommandError

GROUP = "group.com.example.shared"
APP = "from simulator.sdk.uikit import Application\n\n\nclass Probe(Application):\n    pass\n"
SHARE = (
    "from simulator.sdk.extension import ShareExtension\n\n\nclass S(ShareExtension):\n    pass\n"
)

Change = Callable[[Path], object]


def edit(file: str, **changes: object) -> Change:
    """Return what changes a plist of a bundle; None takes a key away."""

    def change(app: Path) -> None:
        keys = plistlib.loads((app / file).read_bytes()) | changes
        kept = {key: value for key, value in keys.items() if value is not None}
        (app / file).write_bytes(plistlib.dumps(kept))

    return change


def write(file: str, content: bytes) -> Change:
    return lambda app: (app / file).write_bytes(content)


def remove(file: str) -> Change:
    return lambda app: (app / file).unlink()


def link(file: str, target: str) -> Change:
    return lambda app: (app / file).symlink_to(target)


def rights(**changes: object) -> Change:
    return edit("Probe.entitlements", **changes)


INFO = "Probe.app/Info.plist"
APPEX = "PlugIns/Share.appex"
APPEX_INFO = f"Probe.app/{APPEX}/Info.plist"

BAD: list[tuple[str, Change, str, str]] = [
    ("broken XML", write("Info.plist", b"<plist><dict><key>"), INFO, ""),
    ("no property list", write("Info.plist", b"hello"), INFO, ""),
    ("a list", write("Info.plist", plistlib.dumps(["x"])), INFO, ""),
    ("no Info.plist", remove("Info.plist"), INFO, ""),
    ("missing id", edit("Info.plist", CFBundleIdentifier=None), INFO, "CFBundleIdentifier"),
    ("id of a wrong type", edit("Info.plist", CFBundleIdentifier=7), INFO, "CFBundleIdentifier"),
    (
        "id that is a path",
        edit("Info.plist", CFBundleIdentifier="../../x"),
        INFO,
        "CFBundleIdentifier",
    ),
    (
        "executable that leads out",
        edit("Info.plist", CFBundleExecutable="../../bin/sh"),
        INFO,
        "CFBundleExecutable",
    ),
    (
        "embedded extension that leads out",
        edit("Info.plist", SIMEmbeddedExtensions=["../../Evil.appex"]),
        INFO,
        "SIMEmbeddedExtensions",
    ),
    (
        "schemes of a wrong type",
        edit("Info.plist", CFBundleURLTypes=[{"CFBundleURLSchemes": "notes"}]),
        INFO,
        "CFBundleURLTypes[0].CFBundleURLSchemes",
    ),
    ("no program", remove("Probe.py"), "Probe.app/Probe.py", ""),
    ("two entitlements", write("Other.entitlements", plistlib.dumps({})), "Probe.app", ""),
    (
        "a group of a wrong name",
        rights(**{"com.apple.security.application-groups": ["group../../x"]}),
        "Probe.app/Probe.entitlements",
        "com.apple.security.application-groups[0]",
    ),
    (
        "an extension without the app's prefix",
        edit(f"{APPEX}/Info.plist", CFBundleIdentifier="com.other.Share"),
        APPEX_INFO,
        "CFBundleIdentifier",
    ),
    (
        "an extension that extends nothing",
        edit(f"{APPEX}/Info.plist", NSExtension=None),
        APPEX_INFO,
        "NSExtension",
    ),
    (
        "an extension without a point",
        edit(f"{APPEX}/Info.plist", NSExtension={}),
        APPEX_INFO,
        "NSExtension.NSExtensionPointIdentifier",
    ),
    (
        "an extension without a program",
        remove(f"{APPEX}/Share.py"),
        f"Probe.app/{APPEX}/Share.py",
        "",
    ),
    ("a link", link("passwd", "/etc/passwd"), "Probe.app/passwd", ""),
    ("a FIFO", lambda app: os.mkfifo(app / "pipe"), "Probe.app/pipe", ""),
]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A good app with an extension."""
    return make_app(
        tmp_path, "Probe", source=APP, groups=[GROUP], extensions=[Extension("Share", SHARE)]
    )


def on_disk(device: Device) -> set[str]:
    """Return all that lies in a device's containers and in its staging folder."""
    data = device.folder / "data"
    places = (data / "Containers", data / "Library" / "installd")

    return {
        str(path.relative_to(data))
        for place in places
        for path in place.rglob("*")
        if path.name != "staging"
    }


@pytest.mark.parametrize(
    ("change", "file", "key"), [pytest.param(*row[1:], id=row[0]) for row in BAD]
)
def test_a_bad_bundle_is_refused_by_file_and_key_and_leaves_nothing(
    change: Change, file: str, key: str, device: Device, app: Path
) -> None:
    before = on_disk(device)
    change(app)

    with pytest.raises(BundleError) as caught:
        device.install(app)

    assert caught.value.file == file
    assert caught.value.key == key
    assert len(caught.value.problem) > 10
    assert on_disk(device) == before
    assert device.ask("listapps") == []


def test_a_bad_upgrade_leaves_the_old_app_as_it_was(device: Device, app: Path) -> None:
    bundle_id = device.install(app)
    before = on_disk(device)
    (app / "Probe.py").unlink()

    with pytest.raises(BundleError):
        device.install(app)

    assert on_disk(device) == before
    assert device.launch(bundle_id).is_running


def test_what_is_not_there_is_refused_in_apples_words(device: Device, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"lstat of .*None.app failed: No such file"):
        device.install(tmp_path / "None.app")


def test_a_folder_that_is_no_app_is_refused(device: Device, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"its name does not end in '\.app'"):
        device.install(tmp_path)


def test_a_binary_plist_is_as_good_as_xml(device: Device, app: Path) -> None:
    keys = plistlib.loads((app / "Info.plist").read_bytes())
    (app / "Info.plist").write_bytes(plistlib.dumps(keys, fmt=plistlib.FMT_BINARY))

    assert device.install(app) == "com.example.Probe"


def test_an_upgrade_keeps_the_data_and_ends_the_old_process(device: Device, app: Path) -> None:
    bundle_id = device.install(app)
    old = device.launch(bundle_id)
    (old.container / "Documents" / "diary").write_text("dear")
    (device.group(GROUP).path / "shared").write_text("ours")
    bundle = device.container(bundle_id, "app")
    device.install(app)
    new = device.launch(bundle_id)

    assert old.wait_until_exit() == "ended by the system: an upgrade is being installed"
    assert new.container == old.container
    assert (new.container / "Documents" / "diary").read_text() == "dear"
    assert device.group(GROUP).files == ["shared"]
    assert device.container(bundle_id, "app") != bundle
    assert not bundle.parent.exists()


def test_installing_the_same_path_twice_is_an_upgrade(device: Device, app: Path) -> None:
    device.install(app)
    containers = {path for path in on_disk(device) if "Bundle" not in path}
    device.install(app)

    installed = [event.operation for event in device.events.of(kind="install")]

    assert [each for each in installed if each != "remark"] == ["install", "upgrade"]
    assert {path for path in on_disk(device) if "Bundle" not in path} == containers


def test_uninstalling_removes_all_containers(device: Device, app: Path) -> None:
    before = on_disk(device)
    bundle_id = device.install(app)
    running = device.launch(bundle_id)
    device.uninstall(bundle_id)

    assert running.wait_until_exit() == "ended by the system: its app is being removed"
    assert on_disk(device) == before
    assert device.ask("listapps") == []


def test_a_group_stays_until_its_last_member_goes(device: Device, tmp_path: Path) -> None:
    ids = []

    for name in ("One", "Two"):
        source = APP.replace("Probe", name)
        ids.append(device.install(make_app(tmp_path, name, source=source, groups=[GROUP])))

    folder = device.group(GROUP).path
    (folder / "shared").write_text("ours")
    device.uninstall(ids[0])

    assert (folder / "shared").read_text() == "ours"

    device.uninstall(ids[1])

    assert not folder.exists()


def test_an_installed_app_survives_a_reboot(device: Device, app: Path) -> None:
    bundle_id = device.install(app)
    container = device.container(bundle_id)
    device.reboot()

    assert device.container(bundle_id) == container
    assert device.launch(bundle_id).is_running


def test_an_extension_is_not_launched_by_hand(device: Device, app: Path) -> None:
    bundle_id = device.install(app)

    with pytest.raises(CommandError, match="it is an extension: the system starts it"):
        device.launch(f"{bundle_id}.Share")
