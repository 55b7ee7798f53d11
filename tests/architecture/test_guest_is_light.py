"""What a guest loads is its memory and its attack surface: it stays light.

Counted are modules and not milliseconds, which flake. Each room is imported as the zygote imports
it: without ``site``, from the one folder that holds the installed packages.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import simulator

PACKAGES = Path(simulator.__file__).parents[1]
MODULES_MAX = 90  # of the standard library, the interpreter's own 27 included

HEAVY = """
    ast asyncio argparse concurrent dataclasses email gettext http importlib.metadata inspect
    logging multiprocessing pickle plistlib platform pydantic pydantic_core pytest queue rich
    secrets shutil site ssl subprocess tempfile threading tokenize traceback typer typing_extensions
    unittest urllib.request uuid xml zipfile
"""

ROOMS = {
    "xpc": "simulator.xpc.errors simulator.xpc.frames simulator.xpc.page",
    "wires": "simulator.wires.unix",
    "sandbox": "simulator.sandbox.apply simulator.sandbox.filter simulator.sandbox.profile",
    "sdk": "simulator.sdk.darwin simulator.sdk.extension simulator.sdk.foundation "
    "simulator.sdk.uikit",
    "programs": "simulator.programs.launchctl simulator.programs.notifyutil",
    "zygote": "simulator.zygote.forks",  # all of the above, and what a guest is forked from
    "shared_container": "shared_container.atomic shared_container.codec shared_container.values",
}

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    __import__(name)
loaded = sorted(sys.modules)
import json
print(json.dumps(loaded))
"""


def loaded_by(names: list[str]) -> list[str]:
    """Return what is in ``sys.modules`` of a bare interpreter that imported ``names``."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, str(PACKAGES), *names],
        capture_output=True,
        check=True,
        text=True,
    )
    loaded: list[str] = json.loads(done.stdout)

    return loaded


@pytest.mark.parametrize("room", ROOMS)
def test_a_guest_room_loads_nothing_heavy(room: str) -> None:
    names = ROOMS[room].split()

    loaded = loaded_by(names)

    assert set(names) <= set(loaded)
    assert [name for name in loaded if name in HEAVY.split()] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_guest_room_loads_few_modules(room: str) -> None:
    loaded = loaded_by(ROOMS[room].split())

    foreign = [
        name for name in loaded if name.partition(".")[0] not in {"simulator", "shared_container"}
    ]

    assert len(foreign) <= MODULES_MAX, f"{len(foreign)}: {' '.join(foreign)}"


def test_the_sdk_loads_without_site_packages() -> None:
    loaded = loaded_by(ROOMS["zygote"].split())

    strangers = {
        name.partition(".")[0]
        for name in loaded
        if name.partition(".")[0] not in sys.stdlib_module_names
    }

    assert strangers == {"__main__", "simulator", "shared_container"}
