"""The host as a deputy: what it does for a guest costs nobody else, and leads it nowhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device
from simulator.xpc.errors import SimulatorError

WAIT_S = 0.5

pytestmark = pytest.mark.slow

LARGE = """
domain = current().call("cfprefsd.open", "com.example.Probe")["index"]
payload = pack_set("k", encode(VALUE))
for at in range(0, len(payload), 48_000):
    part = payload[at : at + 48_000]
    current().tell("cfprefsd.set_part", [domain, part, at + 48_000 >= len(payload)])
current().call("cfprefsd.synchronize", domain)
"""
FETCH = """
for _ in range(COUNT): frame(Kind.CALL, encode(["cfprefsd.fetch", [domain, -1]]), flags=Flag.SYNC)
"""
OPEN = """
name = "com.example.Probe"
for _ in range(COUNT): frame(Kind.CALL, encode(["cfprefsd.open", name]), flags=Flag.SYNC)
"""
# A thread that reads whatever comes, so that nothing is left unread.
READER = """
import threading
def read():
    with socket.socket(fileno=os.dup(3)) as end:
        while end.recv(70_000): pass
threading.Thread(target=read, daemon=True).start()
"""
MANY_VALUES = "[[number] for number in range(49_000)]"


@pytest.mark.parametrize("ask", [FETCH, OPEN], ids=["fetch", "open"])
def test_large_answers_that_nobody_reads_do_not_pile_up(
    ask: str, device: Device, hostile: Any
) -> None:
    body = LARGE.replace("VALUE", "bytes(4_000_000)") + ask.replace("COUNT", "40")

    with pytest.raises(SimulatorError, match="LARGE_ANSWERS_UNREAD_MAX"):
        hostile("Probe", body + "import select; select.select([], [], [])", wait_s=5.0)

    assert device.ps == []


@pytest.mark.parametrize("ask", [FETCH, OPEN], ids=["fetch", "open"])
@pytest.mark.parametrize("reader", ["", READER], ids=["unread", "read"])
def test_large_answers_do_not_hold_the_host(
    ask: str, reader: str, attack: Callable[[str], float]
) -> None:
    body = LARGE.replace("VALUE", MANY_VALUES) + reader + ask.replace("COUNT", "40")

    assert attack(body) < WAIT_S


def test_an_app_that_waits_for_each_large_answer_gets_all(hostile: Any) -> None:
    body = (
        LARGE.replace("VALUE", "bytes(3_000_000)")
        + """
for _ in range(30): values = current().call("cfprefsd.fetch", [domain, -1])
print(len(values["values"]["k"]))
"""
    )

    assert hostile("Probe", body).output == ["3000000"]


# What stands where the host keeps a domain's plist, and what the host is led to by it.
IN_THE_WAY = {
    "a link to a file outside": "os.symlink(TARGET, plist)",
    "a link to a folder outside": "os.symlink(os.path.dirname(TARGET), plist)",
    "a link that leads to itself": "os.symlink(plist, plist)",
    "a folder": "os.mkdir(plist)",
    "a sparse file of a terabyte": "os.truncate(os.open(plist, os.O_CREAT | os.O_WRONLY), 1 << 40)",
    "a second name of another file": "open(home + '/Documents/x', 'w').close(); "
    "os.link(home + '/Documents/x', plist)",
    "a folder for the journal": "os.mkdir(preferences + '/.com.example.Probe.journal')",
    "a folder for what is written beside": "os.mkdir(f'{preferences}/.{os.path.basename(plist)}.new')",
    "no Preferences": "os.rmdir(preferences)",
    "a link for Preferences": "os.rmdir(preferences); os.symlink(os.path.dirname(TARGET), preferences)",
    "a link for Library": "shutil.rmtree(home + '/Library'); "
    "os.symlink(os.path.dirname(os.path.dirname(TARGET)), home + '/Library')",
    "a file for Library": "shutil.rmtree(home + '/Library'); open(home + '/Library', 'w').close()",
    "Preferences moved into the group": "os.rename(preferences, group + '/moved')",
    "Preferences that nobody may enter": "os.chmod(preferences, 0)",
    "a bomb of a plist": "open(plist, 'wb').write(b'<plist>' + b'<array>' * 200_000)",
}


@pytest.mark.parametrize("how", IN_THE_WAY)
def test_preferences_lead_the_host_nowhere(
    how: str, device: Device, hostile: Any, tmp_path: Path
) -> None:
    target = tmp_path / "Library" / "Preferences" / "target"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"untouched")
    body = f"""
import shutil
home, group = current().info["home"], list(current().info["groups"].values())[0]
preferences = home + "/Library/Preferences"
plist = preferences + "/com.example.Probe.plist"
TARGET = {str(target)!r}
{IN_THE_WAY[how]}
from simulator.sdk.foundation import UserDefaults
try:
    UserDefaults.standard.set("value", "key")
    UserDefaults.standard.synchronize()
except Exception as problem:
    print(type(problem).__name__)
"""
    app = hostile("Probe", body, groups=("group.probe",))
    app.terminate()
    device.settle()
    device.reboot()  # what was written is read again
    device.ask("ps")

    assert target.read_bytes() == b"untouched"
    assert sorted(each.name for each in target.parent.iterdir()) == ["target"]
    assert not device.events.of(kind="misbehaved")

    other = hostile("Other", "print('well')")
    assert other.output == ["well"]

    device.uninstall("com.example.Probe")
    assert target.read_bytes() == b"untouched"
