"""What a launch does to a built-in program: it is sealed like every guest, and more tightly."""

import asyncio

import pytest

from simulator.daemonkit.guest import Guest
from simulator.daemons.launchd.plan import (
    confinement,
    find_program,
    guest_environment,
    guest_profile,
    launch_plan,
)


def program(name: str = "notifyutil") -> Guest:
    async def make() -> Guest:
        bundle = find_program(name)
        assert bundle is not None

        return Guest(bundle, 1, "/device/data", {}, is_system=True)

    return asyncio.run(make())


@pytest.mark.parametrize("level", ["SEALED", "STRONG"])
def test_a_program_may_write_to_no_folder_and_sees_no_container(level: str) -> None:
    guest = program()
    confined = confinement(level, "/device/data/Containers")
    plan = launch_plan(guest_profile(guest, guest.bundle, confined), 1)
    steps = [step for step, _ in plan]

    assert "landlock_write" not in steps
    assert {"landlock_restrict", "seccomp", "drop_capabilities"} <= set(steps)
    assert "uncover" not in steps
    assert ("landlock_read", ("/device/data",)) not in plan


def test_a_program_has_the_environment_that_was_asked_for() -> None:
    environment = guest_environment(program(), {"A": "b", "LANG": "de"})

    assert environment["A"] == "b"
    assert environment["LANG"] == "de"
    assert environment["HOME"] == "/device/data"
    assert environment["XPC_SERVICE_NAME"] == "notifyutil"


@pytest.mark.parametrize(
    "name", ["", "_notifyutil", "__init__", "../sdk/uikit", "notifyutil.py", "."]
)
def test_what_is_no_program_is_not_found(name: str) -> None:
    assert find_program(name) is None
