"""Runs simctl in this process, on bundles that a test writes."""

import plistlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from simulator.simctl.app import run

SHARE = "com.apple.share-services"
WIDGET = "com.apple.widgetkit-extension"
SERVICE = "com.apple.usernotifications.service"
KEYBOARD = "com.apple.keyboard-service"
GROUP = "group.com.example.notes"
GROUPS = "com.apple.security.application-groups"


class Said(NamedTuple):
    """What a command printed, and its status."""

    status: int
    out: str
    err: str


Simctl = Callable[..., Said]


@pytest.fixture
def simctl(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Simctl:
    """Run the program in this process, in the test's folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Said:
        status = run(arguments)

        return Said(status, *capsys.readouterr())

    return call


def write(
    folder: Path, keys: Mapping[str, object], rights: Mapping[str, object] | None = None
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Info.plist").write_bytes(plistlib.dumps(dict(keys), sort_keys=False))

    if rights is not None:
        (folder / f"{folder.stem}.entitlements").write_bytes(plistlib.dumps(dict(rights)))

    return folder


def app_keys(**changes: object) -> dict[str, object]:
    return {
        "CFBundleIdentifier": "com.example.Notes",
        "CFBundleExecutable": "My Notes",
        "CFBundlePackageType": "APPL",
        "CFBundleURLTypes": [{"CFBundleURLSchemes": ["notes"]}],
        **changes,
    }


def extension_keys(
    name: str, point: str, principal: object = None, **more: object
) -> dict[str, object]:
    """Return an extension's Info.plist; share extensions take everything."""
    named = {"NSExtensionPrincipalClass": principal}
    declared = {"NSExtensionPointIdentifier": point, **named, **more}

    if point == SHARE:
        declared["NSExtensionAttributes"] = {"NSExtensionActivationRule": "TRUEPREDICATE"}

    return {
        "CFBundleIdentifier": f"com.example.Notes.{name}",
        "CFBundleExecutable": name,
        "CFBundlePackageType": "XPC!",
        "NSExtension": {key: value for key, value in declared.items() if value is not None},
    }


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """An app with an extension of each simulated point, as Xcode leaves it: without a program."""
    app = write(tmp_path / "Notes.app", app_keys(), {GROUPS: [GROUP]})
    plugins = app / "PlugIns"
    write(
        plugins / "Share.appex",
        extension_keys("Share", SHARE, "Notes_Share.ShareController"),
        {GROUPS: [GROUP]},
    )
    write(plugins / "Clock.appex", extension_keys("Clock", WIDGET))
    write(plugins / "Push.appex", extension_keys("Push", SERVICE, "NotificationService"))
    principal = "$(PRODUCT_MODULE_NAME).KeyboardController"
    write(plugins / "Keys.appex", extension_keys("Keys", KEYBOARD, principal))

    return app


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[2]
