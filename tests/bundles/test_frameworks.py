"""Frameworks: shared code and an unpacked wheel, for the app and its extensions."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator.testing.bundles import Extension, make_app
from simulator.xpc.errors import BundleError

if TYPE_CHECKING:
    from simulator.testing.device import Device

APP = """
import importlib.metadata
import importlib.resources

import notes_core
import phrases
from phrases.inner import shout
from simulator.sdk.uikit import Application, View


class Owner(Application):
    def did_finish_launching(self, options):
        table = importlib.resources.files("phrases").joinpath("data", "phrases.txt")
        lines = [
            table.read_text("utf-8").strip(),
            importlib.metadata.version("phrases"),
            importlib.metadata.metadata("phrases")["Name"],
            shout(notes_core.NAME),
        ]
        self.show(View("Owner", lines))
"""

SHARE = """
import notes_core
import phrases
from phrases.inner import shout
from simulator.sdk.extension import ShareExtension


class Share(ShareExtension):
    def begin_request(self, context):
        context.complete_request([shout(notes_core.NAME), phrases.phrase()])
"""

FILES = {
    "phrases/__init__.py": (
        "from importlib.resources import files\n\n\n"
        "def phrase():\n"
        '    return (files(__name__) / "data" / "phrases.txt").read_text("utf-8").strip()\n'
    ),
    "phrases/inner.py": "def shout(text):\n    return text.upper()\n",
    "phrases/data/phrases.txt": "grüezi\n",
    "phrases-2.5.dist-info/METADATA": "Metadata-Version: 2.1\nName: phrases\nVersion: 2.5\n",
    "phrases-2.5.dist-info/WHEEL": (
        "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    ),
    "phrases-2.5.dist-info/RECORD": "",
    "phrases-2.5.dist-info/top_level.txt": "phrases\n",
}


def _wheel(folder: Path) -> Path:
    """Write a wheel as an index has them: a zip file."""
    path = folder / "phrases-2.5-py3-none-any.whl"

    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in FILES.items():
            wheel.writestr(name, text)

    return path


@pytest.fixture
def owner(tmp_path: Path) -> Path:
    """An app with a share extension, a module of its own and a wheel unpacked in Frameworks."""
    app = make_app(tmp_path, "Owner", source=APP, extensions=[Extension("Share", SHARE)])
    frameworks = app / "Frameworks"
    frameworks.mkdir()
    (frameworks / "notes_core.py").write_text('NAME = "notes"\n')

    with zipfile.ZipFile(_wheel(tmp_path)) as wheel:
        wheel.extractall(frameworks)

    return app


@pytest.mark.enforces
def test_an_unpacked_wheel_serves_the_app_with_its_data_and_its_metadata(
    owner: Path, device: "Device"
) -> None:
    launched = device.launch(device.install(owner))

    assert launched.screen.splitlines() == ["Owner", "grüezi", "2.5", "phrases", "NOTES"]


@pytest.mark.enforces
def test_it_serves_the_extension_too_and_neither_can_change_it(
    owner: Path, device: "Device"
) -> None:
    app = device.install(owner)
    outcome = device.share("x").choose(f"{app}.Share")
    device.launch(app)
    installed = device.container(app, "app") / "Frameworks"

    assert outcome.returned == ("NOTES", "grüezi")
    assert list(installed.rglob("*.pyc")) == []


def test_a_wheel_that_links_out_of_the_bundle_is_refused(owner: Path, device: "Device") -> None:
    (owner / "Frameworks" / "phrases" / "more.py").symlink_to("/etc/passwd")

    with pytest.raises(BundleError, match=r"Owner\.app/Frameworks/phrases/more\.py"):
        device.install(owner)
