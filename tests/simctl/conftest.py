"""Runs the real program, as a subprocess, on a device set of the test's own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

import simulator
from simulator.control.service import Service
from simulator.simctl.samples import find_bundle
from simulator.xpc.errors import DeviceGone

Said = subprocess.CompletedProcess[str]

assert simulator.__file__ is not None
PACKAGES = Path(simulator.__file__).parents[1]


def environment(**extra: str) -> dict[str, str]:
    """The environment in which the program finds the package under test, from wherever it runs."""
    return {
        **{name: value for name, value in os.environ.items() if name != "SIMULATOR_DEVICE_SET"},
        "PYTHONPATH": str(PACKAGES),
        **extra,
    }


def stop(device_set: Path) -> None:
    with suppress(DeviceGone), closing(Service(device_set, start=False)) as service:
        service.ask("stop")


def runner(device_set: Path, folder: Path) -> Callable[..., Said]:
    def run(*arguments: str, stdin: str = "", descriptor: int = -1, **extra: str) -> Said:
        given: dict[str, Any] = {"stdin": descriptor} if descriptor >= 0 else {"input": stdin}

        return subprocess.run(
            [sys.executable, "-m", "simulator.simctl", "--set", str(device_set), *arguments],
            **given,
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment(**extra),
            timeout=30,
            check=False,
        )

    return run


@pytest.fixture
def device_set(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "Devices"
    yield path
    stop(path)


@pytest.fixture
def distant_set(tmp_path: Path) -> Iterator[Path]:
    """A device set with a path of over 200 characters."""
    path = tmp_path / ("long" * 50)
    yield path
    stop(path)


@pytest.fixture
def simctl(device_set: Path, tmp_path: Path) -> Callable[..., Said]:
    return runner(device_set, tmp_path)


@pytest.fixture
def start(device_set: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    def begin(*arguments: str, descriptor: int = -1, **extra: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "simulator.simctl", "--set", str(device_set), *arguments],
            stdin=descriptor if descriptor >= 0 else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=environment(**extra),
        )

    return begin


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Said]]:
    """simctl, with one booted iPhone on which Notes is installed and runs; share it, read it."""
    folder = tmp_path_factory.mktemp("phone")
    simctl = runner(folder / "Devices", folder)
    launched = simctl("launch", "Notes")
    assert launched.returncode == 0, launched.stderr
    yield simctl
    stop(folder / "Devices")


@pytest.fixture(scope="session")
def notes() -> Path:
    path = find_bundle("Notes")
    assert path is not None

    return path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the demo prints, told once for all who read it."""
    folder = tmp_path_factory.mktemp("demo")

    return runner(folder / "Devices", folder)("demo", COLUMNS="160").stdout.splitlines()
