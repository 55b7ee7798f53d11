"""Levels: chosen by what was proved, asked for by name, and never weakened in silence."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.control.service import Service
from simulator.sandbox.remedy import Surroundings, remedies
from simulator.testing.device import Device
from simulator.xpc.errors import Misuse, WorldError

OTHER_KERNELS = Path(__file__).with_name("other_kernels.py")

PACKAGE_APP = Path(__file__).parents[2] / "apps" / "Notes.app"

Simctl = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def simctl() -> Iterator[Simctl]:
    """Run simctl on a set of its own, as a program of this environment; its service goes after."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    environment.pop("SIMULATOR_ALLOW_UNSEALED", None)
    program = "from simulator.simctl import main; import sys; sys.exit(main())"
    sets: set[Path] = set()

    def run(
        device_set: Path, *arguments: str, under: str = "", **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        sets.add(device_set)
        kernel = [sys.executable, str(OTHER_KERNELS), under] if under else []

        return subprocess.run(
            [*kernel, sys.executable, "-P", "-c", program, *arguments],
            env={**environment, "SIMULATOR_DEVICE_SET": str(device_set), **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    yield run

    for device_set in sets:
        Service(device_set).stop()


@pytest.mark.enforces("SEALED")
def test_a_device_boots_at_the_strongest_level(device: Device) -> None:
    assert device.level == "SEALED"


@pytest.mark.enforces
@pytest.mark.device(level="STRONG")
def test_a_device_boots_at_the_level_it_is_asked_for(
    device: Device, shell: Callable[..., Any]
) -> None:
    guest = shell("Strong", groups=[])

    assert device.level == "STRONG"
    assert guest.do("os.path.exists('/proc/self')") is True
    assert device.events.of(kind="launch", operation="start").only().detail["level"] == "STRONG"


def test_a_level_that_does_not_exist_is_refused(make_device: Callable[..., Device]) -> None:
    with pytest.raises(Misuse, match="'LOOSE' does not exist; there are SEALED, STRONG, UNSEALED"):
        make_device(level="LOOSE")


def test_no_device_is_unsealed_because_somebody_asked(
    make_device: Callable[..., Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIMULATOR_ALLOW_UNSEALED", raising=False)

    with pytest.raises(WorldError, match="SIMULATOR_ALLOW_UNSEALED=1 is needed"):
        make_device(level="UNSEALED")


@pytest.mark.enforces("SEALED")
@pytest.mark.parametrize("name", ["a b", "a:b,c\\d", "ünï", "x" * 120])
def test_the_set_may_lie_anywhere(name: str, tmp_path: Path, simctl: Simctl) -> None:
    found = simctl(tmp_path / name, "launch", str(PACKAGE_APP))

    assert found.stdout.startswith("com.example.Notes: "), found.stderr


@pytest.mark.enforces("SEALED")
def test_the_set_may_lie_behind_a_link(tmp_path: Path, simctl: Simctl) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    found = simctl(tmp_path / "link", "launch", str(PACKAGE_APP))

    assert found.stdout.startswith("com.example.Notes: "), found.stderr


# -- other machines --------------------------------------------------------------------------


@pytest.mark.enforces
def test_under_dockers_profile_the_doctor_finds_strong_and_says_what_to_do(
    tmp_path: Path, simctl: Simctl
) -> None:
    found = simctl(tmp_path, "doctor", "--json", under="docker")
    seen = json.loads(found.stdout)
    failed = [layer for layer in seen["levels"]["SEALED"] if not layer["works"]]

    assert found.returncode == 0, found.stderr
    assert seen["level"] == "STRONG"
    assert [layer["layer"] for layer in failed] == ["namespaces"]
    assert "errno 1" in failed[0]["how"]
    assert seen["remedies"]


@pytest.mark.enforces
def test_under_dockers_profile_a_device_boots_strong_and_says_so(
    tmp_path: Path, simctl: Simctl
) -> None:
    launched = simctl(tmp_path, "launch", str(PACKAGE_APP), under="docker")
    log = simctl(tmp_path, "log", "--json", under="docker")

    assert launched.stdout.startswith("com.example.Notes: "), launched.stderr
    assert '"STRONG"' in log.stdout


@pytest.mark.enforces
def test_a_level_that_the_machine_does_not_hold_is_refused_with_the_witness(
    tmp_path: Path, simctl: Simctl
) -> None:
    udid = simctl(tmp_path, "create", "One", "iPhone 17", under="docker").stdout.strip()
    refused = simctl(tmp_path, "boot", "--level", "SEALED", udid, under="docker")

    assert refused.returncode != 0
    assert "does not hold SEALED (namespaces: the step 'enter_namespaces'" in refused.stderr
    assert "simctl doctor" in refused.stderr


@pytest.mark.enforces
@pytest.mark.parametrize(
    ("kind", "level", "failed"),
    [
        ("no-namespaces", "STRONG", {"namespaces"}),
        ("no-landlock", "UNSEALED", {"landlock"}),
        ("no-seccomp", "UNSEALED", {"seccomp"}),
    ],
)
def test_a_layer_that_the_kernel_lacks_is_found_and_named(
    kind: str, level: str, failed: set[str], tmp_path: Path, simctl: Simctl
) -> None:
    found = simctl(tmp_path, "doctor", "--json", under=kind)
    seen = json.loads(found.stdout)

    assert seen["level"] == level
    assert found.returncode == (level == "UNSEALED")
    assert {
        layer["layer"]
        for layers in seen["levels"].values()
        for layer in layers
        if not layer["works"]
    } == failed
    assert len(seen["remedies"]) == 1


@pytest.mark.enforces
def test_without_user_notification_the_level_holds_and_denials_are_not_told(
    tmp_path: Path, simctl: Simctl
) -> None:
    found = simctl(tmp_path, "doctor", "--json", under="no-listener")
    seen = json.loads(found.stdout)
    launched = simctl(tmp_path, "launch", str(PACKAGE_APP), under="no-listener")

    assert seen["level"] == "SEALED"
    assert seen["denials"]["works"] is False
    assert "not told" in seen["remedies"][0]
    assert launched.returncode == 0, launched.stderr


@pytest.mark.enforces
def test_a_device_does_not_boot_where_the_kernel_confines_nobody(
    tmp_path: Path, simctl: Simctl
) -> None:
    refused = simctl(tmp_path, "launch", str(PACKAGE_APP), under="no-landlock")

    assert refused.returncode != 0
    assert refused.stdout == ""
    assert "this kernel does not confine guests (landlock: " in refused.stderr


@pytest.mark.enforces
def test_who_allows_it_is_told_with_every_command_that_guests_are_unsealed(
    tmp_path: Path, simctl: Simctl
) -> None:
    for command in (["launch", str(PACKAGE_APP)], ["ps"], ["screen"]):
        done = simctl(tmp_path, *command, under="no-landlock", SIMULATOR_ALLOW_UNSEALED="1")

        assert done.returncode == 0, done.stderr
        assert "UNSEALED: the kernel does not confine the guests of iPhone 17" in done.stderr


HERE = Surroundings("6.8.0", is_root=False)


@pytest.mark.parametrize(
    ("layer", "here", "advice"),
    [
        ("namespaces", HERE._replace(container="docker"), "--security-opt seccomp=unconfined"),
        ("namespaces", HERE._replace(apparmor_restricts=True), "apparmor_restrict_unprivileged"),
        ("overlay", HERE, "modprobe overlay"),
        ("namespaces", HERE._replace(namespaces_max=0), "user.max_user_namespaces"),
        ("namespaces", HERE._replace(seccomp=2), "already in force"),
        ("landlock", HERE._replace(is_wsl=True), "wsl --update"),
        ("landlock", HERE._replace(is_gvisor=True), "gVisor has no Landlock"),
        ("landlock", HERE, "Linux 6.2 or newer"),
        ("seccomp", HERE, "CONFIG_SECCOMP_FILTER"),
        ("notification", HERE, "not told"),
    ],
)
def test_each_layer_that_fails_has_a_remedy(layer: str, here: Surroundings, advice: str) -> None:
    (found,) = remedies([layer, layer, "control"], here)

    assert advice in found


def test_where_all_holds_there_is_nothing_to_do() -> None:
    assert remedies([], HERE) == []
