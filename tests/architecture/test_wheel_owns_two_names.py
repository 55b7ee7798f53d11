"""A wheel that is installed next to others owns two import names, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of the files of a wheel that is built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=root,
        capture_output=True,
        check=True,
    )
    (built,) = folder.glob("*.whl")

    with zipfile.ZipFile(built) as archive:
        return archive.namelist()


def test_the_wheel_owns_two_names(wheel: list[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel}

    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "shared_container",
        "simulator",
    }
    assert len(tops) == 3


def test_the_samples_travel_as_data(root: Path, wheel: list[str]) -> None:
    samples = {
        str(path.relative_to(root))
        for folder in ("apps", "extensions")
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    carried = {
        name.removeprefix("simulator/_samples/")
        for name in wheel
        if name.startswith("simulator/_samples/")
    }

    assert carried == samples
    assert not any(name.endswith("__init__.py") for name in carried)


def test_the_wheel_is_typed_and_carries_nothing_compiled(wheel: list[str]) -> None:
    assert {"simulator/py.typed", "shared_container/py.typed"} <= set(wheel)
    assert not [name for name in wheel if "__pycache__" in name or name.endswith(".pyc")]


def test_the_wheel_has_the_command_and_the_plugin(wheel: list[str]) -> None:
    assert "simulator/simctl/__init__.py" in wheel
    assert "simulator/testing/plugin.py" in wheel
    assert any(name.endswith(".dist-info/entry_points.txt") for name in wheel)
