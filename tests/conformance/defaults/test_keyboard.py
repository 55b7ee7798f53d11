"""A keyboard with and without Full Access, at the preferences of its group."""

from pathlib import Path
from typing import cast

import pytest

from simulator.control.client import Client
from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device
from simulator.xpc.errors import Misuse

GROUP = "group.com.example.shared"
KEYS = "com.example.Form.Keys"

FORM = """
from simulator.sdk.foundation import UserDefaults
from simulator.sdk.uikit import Application, View

class Form(Application):
    def did_finish_launching(self, options):
        UserDefaults("group.com.example.shared").set("from the app", "key")
        self.show(View("Form", fields={"name": ""}))
"""

PROGRAM = """
from simulator.sdk.foundation import UserDefaults
from simulator.sdk.keyboard import InputViewController

class Keys(InputViewController):
    def key_tapped(self, key):
        suite = UserDefaults("group.com.example.shared")
        read = suite.string("key")
        suite.set(key, "typed")
        suite.synchronize()
        UserDefaults.standard.set(key, "own")
        self.text_document_proxy.insert_text(f"{read}, {suite.string('typed')}")
"""


def keyboard(*, asks: bool) -> Extension:
    attributes = {"RequestsOpenAccess": asks, "PrimaryLanguage": "en-US"}
    point = "com.apple.keyboard-service"
    info = {
        "NSExtension": {"NSExtensionPointIdentifier": point, "NSExtensionAttributes": attributes}
    }

    return Extension("Keys", PROGRAM, info=info, point=point)


def typed(device: Device) -> object:
    """Return what stands in the field."""
    screen = cast("dict[str, list[list[object]]]", device.ask("screen"))

    return {field[0]: field[1] for field in screen["fields"]}["name"]


@pytest.fixture
def form(device: Device, tmp_path: Path) -> Device:
    """A device with an app in front, and its keyboard, which asks for Full Access."""
    app = make_app(tmp_path, "Form", source=FORM, extensions=[keyboard(asks=True)], groups=[GROUP])
    device.launch(device.install(app))

    return device


def test_without_full_access_a_keyboard_reads_its_group_and_does_not_write_it(
    form: Device,
) -> None:
    form.ask("type", text="a", keyboard=KEYS)
    form.wait_until(lambda: typed(form) == "from the app, None")
    refusal = form.events.of(kind="defaults", operation="set-failed").only()

    assert "requires user-preference-write or file-write-data sandbox access" in refusal.reason
    assert "Full Access" in refusal.reason
    assert form.group(GROUP).defaults == {"key": "from the app"}
    assert form.ask("defaults", domain=KEYS) == {"own": "a"}


def test_with_full_access_a_keyboard_writes_too(form: Device) -> None:
    form.ask("full_access", bundle_id=KEYS, on=True)
    form.ask("type", text="a", keyboard=KEYS)
    form.wait_until(lambda: typed(form) == "from the app, a")

    assert form.group(GROUP).defaults == {"key": "from the app", "typed": "a"}


def test_switching_full_access_ends_the_keyboard(form: Device) -> None:
    form.ask("type", text="a", keyboard=KEYS)
    form.wait_until(lambda: typed(form) == "from the app, None")
    form.ask("full_access", bundle_id=KEYS, on=True)

    assert KEYS not in [row[1] for row in form.ps]


def test_only_a_keyboard_that_asks_can_have_full_access(device: Device, tmp_path: Path) -> None:
    app = make_app(tmp_path, "Form", source=FORM, extensions=[keyboard(asks=False)], groups=[GROUP])
    device.install(app)

    for bundle_id, why in (
        (KEYS, "RequestsOpenAccess"),
        ("com.example.Form", "is an app, not a keyboard"),
        ("com.example.Nobody", "is not installed"),
    ):
        with pytest.raises(Misuse, match=why):
            device.ask("full_access", bundle_id=bundle_id, on=True)


def test_who_opened_the_domain_first_does_not_matter(device: Device, tmp_path: Path) -> None:
    app = make_app(
        tmp_path,
        "Form",
        source=FORM.replace(
            'UserDefaults("group.com.example.shared").set("from the app", "key")', ""
        ),
        extensions=[keyboard(asks=True)],
        groups=[GROUP],
    )
    device.install(app)
    plist = device.group(GROUP).path / "Library/Preferences" / GROUP

    with Client(device._socket, "the device") as follower:
        follower.ask("defaults_follow", domain=str(plist))
        device.launch("Form")
        device.ask("type", text="a", keyboard=KEYS)
        device.wait_until(lambda: typed(device) == "None, None")

    assert device.group(GROUP).defaults == {}


def test_full_access_is_kept_until_the_app_is_removed(form: Device, tmp_path: Path) -> None:
    assert form.full_access == {KEYS: False}

    form.set_full_access(KEYS)
    form.reboot()

    assert form.full_access == {KEYS: True}

    form.uninstall("Form")
    again = make_app(
        tmp_path / "again", "Form", source=FORM, extensions=[keyboard(asks=True)], groups=[GROUP]
    )
    form.install(again)

    assert form.full_access == {KEYS: False}

    form.reboot()

    assert form.full_access == {KEYS: False}
