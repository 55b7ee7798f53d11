"""The host as a deputy: what it does for a guest costs nobody else, and leads it nowhere."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device
from simulator.xpc.errors import BundleError, SimulatorError

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
    "a folder for what replaces it": "os.mkdir(preferences + '/.com.example.Probe.plist.new')",
    "no Preferences": "os.rmdir(preferences)",
    "a link for Preferences": "os.rmdir(preferences); "
    "os.symlink(os.path.dirname(TARGET), preferences)",
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


SWAPS = """
import shutil, threading
from shared_container.codec import encode
home = current().info["home"]
inside, outside = home + "/Documents/inside", OUTSIDE
os.mkdir(inside)
open(inside + "/file", "w").close()
over = threading.Event()
sys.setswitchinterval(1e-5)

def swap():
    while not over.is_set():
        os.rename(inside, inside + "-away")
        os.symlink(outside, inside)
        os.unlink(inside)
        os.rename(inside + "-away", inside)
        for _ in range(20): os.lstat(inside)  # it stays for about as long as it is away

thread = threading.Thread(target=swap)
thread.start()
done = refused = 0
for number in range(100_000):
    if done > 50 and refused > 50: break
    for change in (
        lambda: os.chmod(inside + "/file", 0o640 + number % 8),
        lambda: os.utime(inside + "/file", (number, number)),
    ):
        try:
            change()
            done += 1
        except OSError:
            refused += 1
over.set()
thread.join()
print(done > 50, refused > 50)
"""


def test_a_folder_that_turns_into_a_link_leads_no_chmod_out(hostile: Any, tmp_path: Path) -> None:
    outside = tmp_path / "file"
    outside.write_bytes(b"")
    before = outside.stat()
    app = hostile("Probe", SWAPS.replace("OUTSIDE", repr(str(tmp_path))), wait_s=40.0)
    after = outside.stat()

    assert app.output == ["True True"]  # both ways of the race were run
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


BUNDLE = """
import plistlib, shutil, threading
group = list(current().info["groups"].values())[0]
bundle = group + "/Evil.app"
os.makedirs(bundle + "/Frameworks/data")
keys = {"CFBundleIdentifier": "com.example.Evil", "CFBundleExecutable": "Evil",
        "CFBundleName": "Evil", "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": "1", "CFBundleVersion": "1"}
with open(bundle + "/Info.plist", "wb") as file: plistlib.dump(keys, file)
open(bundle + "/Evil.py", "w").close()
for number in range(300): open(f"{bundle}/Frameworks/data/file{number}", "w").close()
data = bundle + "/Frameworks/data"

def swap():
    while True:
        try:
            os.rename(data, data + "-away")
            os.symlink(OUTSIDE, data)
            os.unlink(data)
            os.rename(data + "-away", data)
            os.rename(data + "/file7", data + "/file7-away")
            os.symlink(OUTSIDE + "/secret", data + "/file7")
            os.unlink(data + "/file7")
            os.rename(data + "/file7-away", data + "/file7")
        except OSError: pass

threading.Thread(target=swap, daemon=True).start()
print("swapping")
"""


def test_a_bundle_that_changes_while_it_is_installed_copies_nothing_else(
    device: Device, hostile: Any, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(b"secret")
    body = BUNDLE.replace("OUTSIDE", repr(str(tmp_path / "outside")))
    app = hostile("Probe", body, groups=("group.probe",))
    app.wait_until(lambda: "swapping" in app.output)
    bundle = device.group("group.probe").path / "Evil.app"
    rounds = refused = 0

    while rounds < 12 or not refused:  # until the race was run
        rounds += 1

        try:
            device.install(bundle)
        except BundleError:
            refused += 1
        else:
            installed = device.container("com.example.Evil", "app")
            found = [each for each in installed.rglob("*") if each.is_file()]
            assert not [each for each in found if each.read_bytes() == b"secret"]
            assert not [each for each in installed.rglob("*") if each.is_symlink()]


ODD_NAMES = """
folder = current().info["home"].encode() + b"/Documents/"
names = [b"new\\nline", b"\\xff\\xfe", b"\\x1b]0;title\\x07", b"x" * 255]
names += [b"-rf", b" ", b"...", b"\\xe2\\x80\\xae"]
for name in names:
    os.mkdir(folder + name)
    open(folder + name + b"/" + name, "w").close()
    os.link(folder + name + b"/" + name, folder + name + b"/second")
    os.symlink(b"/", folder + name + b"/link")
deep = folder
for number in range(200):
    deep += b"d" * 100 + b"/"
    try: os.mkdir(deep)
    except OSError: os.chdir(os.path.dirname(os.path.dirname(deep))); break
os.chdir(folder)
for _ in range(300):
    os.mkdir("deep"); os.chdir("deep")
for name in names: os.chmod(folder + name + b"/..", 0o700)
import shutil
print(len(os.listdir(folder)))
"""


def test_odd_names_and_depths_are_removed_and_told_harmlessly(device: Device, hostile: Any) -> None:
    app = hostile("Probe", ODD_NAMES, wait_s=5.0)
    home = device.container("com.example.Probe")
    assert int(app.output[0]) >= 9

    device.uninstall("com.example.Probe")

    assert not home.exists()


IN_FLIGHT = """
# The host reads the wire's other end never: what is sent there stays under way.
import array
with socket.socket(fileno=os.dup(4)) as wire:
    for descriptors in ([3], [4], [1, 2], [3, 4] * 20):
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        try: wire.sendmsg([b"x"], control)
        except OSError as problem: print(problem.errno)
print("sent")
os._exit(0)
"""


def test_a_guest_whose_sockets_are_still_under_way_is_buried(
    device: Device, hostile: Any, host: Any
) -> None:
    before = host.descriptors

    with suppress(SimulatorError):
        hostile("Probe", IN_FLIGHT)

    device.wait_until(lambda: device.events.of(kind="exit", actor="com.example.Probe"))

    assert device.ps == []
    assert host.descriptors == before
    assert "sent" in [event.resource for event in device.events.of(kind="output")]


def test_truncating_what_the_host_reads_kills_it_not(device: Device, hostile: Any) -> None:
    body = """
from simulator.sdk.foundation import UserDefaults
import contextlib
UserDefaults.standard.set("x" * 200_000, "key")
UserDefaults.standard.synchronize()
preferences = current().info["home"] + "/Library/Preferences"
for number in range(300):
    UserDefaults.standard.set("x" * 2000, f"key{number}")
    for name in os.listdir(preferences):
        with contextlib.suppress(FileNotFoundError):  # the host replaces files meanwhile
            os.truncate(os.path.join(preferences, name), number)
UserDefaults.standard.synchronize()
print("done")
"""
    app = hostile("Probe", body, wait_s=10.0)
    app.terminate()
    assert app.output == ["done"]

    device.reboot()

    assert hostile("Other", "print('well')").output == ["well"]
