"""Bundle ids that end as an app's folder does: ``org.example.app`` is an id, and no path."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.testing.bundles import Extension, make_app
from tests.simctl.conftest import runner, stop

pytestmark = pytest.mark.slow

Simctl = Callable[..., subprocess.CompletedProcess[str]]

ID = "org.joinmastodon.app"
SHARE = f"{ID}.Clip"
PROGRAM = """
from simulator.sdk.uikit import Application

class Mast(Application):
    pass
"""
CLIP = """
from simulator.sdk.extension import ShareExtension

class Clip(ShareExtension):
    pass
"""


@pytest.fixture(scope="module")
def mast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simctl, Path]]:
    """A phone on which it is installed, and the folder in which simctl runs."""
    folder = tmp_path_factory.mktemp("ids")
    simctl = runner(folder / "Devices", folder)
    app = make_app(
        folder / "made",
        "Mast",
        source=PROGRAM,
        info={"CFBundleIdentifier": ID},
        extensions=[Extension("Clip", CLIP)],
    )
    shutil.copytree(app, folder / "Mast.app")
    launched = simctl("launch", "Mast.app")
    assert launched.returncode == 0, launched.stderr
    yield simctl, folder
    stop(folder / "Devices")


def test_an_installed_one_is_launched_and_shown_and_explained(
    mast: tuple[Simctl, Path],
) -> None:
    simctl, _ = mast
    launched = simctl("launch", ID)
    shown = simctl("sandbox", "show", ID)
    compared = simctl("sandbox", "diff", ID, SHARE)
    plan = simctl("launch", "--dry-run", ID)
    why = simctl("why-offered", ID, "--item", "public.url")

    assert launched.stdout.startswith(f"{ID}: ")
    assert shown.stdout.startswith(f"{ID} may\n"), shown.stderr
    assert f"only {SHARE} may" in compared.stdout, compared.stderr
    assert plan.returncode == 0
    assert "offered: " in why.stdout, why.stderr
    assert simctl("why-offered", SHARE, "--item", "public.url", "--host-bundle", ID).stderr == ""


def test_what_is_installed_goes_before_a_folder_of_that_name(mast: tuple[Simctl, Path]) -> None:
    simctl, folder = mast
    (folder / ID).mkdir()

    try:
        assert simctl("launch", ID).stdout.startswith(f"{ID}: ")
        assert simctl("sandbox", "show", ID).returncode == 0
        assert simctl("launch", f"./{ID}").returncode != 0
    finally:
        (folder / ID).rmdir()


def test_one_that_is_not_there_is_told_as_an_id_and_as_a_folder(
    mast: tuple[Simctl, Path],
) -> None:
    simctl, _ = mast
    said = simctl("launch", "org.joinmastodo.app")

    assert said.returncode == 4
    assert "It is not installed, and there is no folder org.joinmastodo.app here.\n" in said.stderr
    assert said.stderr.endswith(f"Did you mean {ID}?\n")
    assert (
        "is no installed extension"
        in simctl("why-offered", "org.nobody.app", "--item", "public.url").stderr
    )


def test_a_folder_here_is_still_a_path(mast: tuple[Simctl, Path]) -> None:
    simctl, folder = mast
    plist = folder / "Mast.app" / "PlugIns" / "Clip.appex" / "Info.plist"
    shutil.copytree(plist.parent, folder / "Clip.appex")

    assert simctl("sandbox", "show", "Mast.app").stdout.startswith(f"{ID} may\n")
    assert "offered: " in simctl("why-offered", "Clip.appex", "--item", "public.url").stdout
    missing = simctl("why-offered", "Nowhere.appex", "--item", "public.url")
    assert "the file is missing" in missing.stderr
