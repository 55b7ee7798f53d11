"""Apps of one group, and what they say."""

import select
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device

GROUP = "group.com.example.shared"
KEYS = "com.example.Form.Keys"

HELPERS = f"""
import fcntl, pathlib, sqlite3
from simulator.sdk.foundation import *
files = FileManager.default
group = files.container_url({GROUP!r})
docs = files.documents_directory
KEY, NONE = FileAttributeKey.PROTECTION_KEY, FileProtectionType.NONE
"""

FORM = """
from simulator.sdk.uikit import Application, View

class Form(Application):
    def did_finish_launching(self, options):
        self.show(View("Form", fields={"name": ""}))
"""

KEYBOARD = """
import ctypes, os
from simulator.sdk.foundation import *
from simulator.sdk.keyboard import InputViewController

class Keys(InputViewController):
    def key_tapped(self, key):
        group = FileManager.default.container_url("group.com.example.shared")
        say = self.text_document_proxy.insert_text
        BODY
"""

Process = Callable[..., Any]


@pytest.fixture
def process(shell: Callable[..., Any]) -> Process:
    """``process("Name")`` launches an app of the group that does what a test says."""

    def launch(name: str = "One", **options: Any) -> Any:
        made = shell(name, **{"groups": [GROUP], **options})
        made.do(HELPERS)

        return made

    return launch


@pytest.fixture
def one(process: Process) -> Any:
    return process("One")


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """``until(condition)`` waits for something that no log tells of, as a file's content."""

    def wait(condition: Callable[[], object]) -> None:
        with select.epoll() as pause:
            for _ in range(1000):
                if condition():
                    return

                pause.poll(0.01)

        pytest.fail("it did not come true within ten seconds")

    return wait


@pytest.fixture
def keyboard(device: Device, tmp_path: Path) -> Callable[[str], None]:
    """``keyboard(body)`` puts a form in front whose keyboard does ``body`` for each key."""

    def install(body: str) -> None:
        attributes = {"RequestsOpenAccess": True, "PrimaryLanguage": "en-US"}
        point = "com.apple.keyboard-service"
        info = {
            "NSExtension": {
                "NSExtensionPointIdentifier": point,
                "NSExtensionAttributes": attributes,
            }
        }
        lines = "\n        ".join(body.strip("\n").splitlines())
        program = KEYBOARD.replace("BODY", lines)
        keys = Extension("Keys", program, info=info, point=point)
        app = make_app(tmp_path, "Form", source=FORM, extensions=[keys], groups=[GROUP])
        device.launch(device.install(app))

    return install
