"""The kernel asks the host about denied calls: no guest makes use of that against anybody."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from simulator.testing.device import Device

WAIT_S = 0.5

pytestmark = pytest.mark.slow

HEAD = """
import ctypes, mmap, threading
libc = ctypes.CDLL(None, use_errno=True)
docs = os.path.join(os.environ["HOME"], "Documents")
"""
FLOOD = f"""{HEAD}
def flood():
    for _ in range(200):
        libc.shmget(1, 1, 0)
        libc.chmod(b"/etc/passwd", 0o777)

threads = [threading.Thread(target=flood) for _ in range(64)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
OWN_FILES = f"""{HEAD}
open(docs + "/file", "w").close()

def flood():
    for _ in range(200): os.chmod(docs + "/file", 0o600)

threads = [threading.Thread(target=flood) for _ in range(64)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.mark.parametrize("body", [FLOOD, OWN_FILES], ids=["denied", "done for it"])
def test_a_flood_of_denied_calls_does_not_hold_the_host(
    body: str, attack: Callable[[str], float]
) -> None:
    assert attack(body) < WAIT_S


def test_a_flood_of_denied_calls_leaves_few_events(device: Device, hostile: Any) -> None:
    hostile("Probe", f"{FLOOD}\nprint('done')", wait_s=60.0)
    device.wait_until(lambda: device.events.of(kind="output", resource="done"), timeout_s=50.0)

    assert len(device.events.of(kind="denial")) < 40


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_guest_that_is_killed_while_it_asks_takes_nobody_along(
    number: signal.Signals, device: Device, hostile: Any, host: Any
) -> None:
    hostile("Probe", "os._exit(0)", wait_s=0.0)
    device.wait_until(lambda: device.events.of(kind="exit"))
    descriptors = host.descriptors
    body = f"""{HEAD}
def ask():
    while True: libc.chmod(b"Documents/none", 0o600)

for _ in range(16): threading.Thread(target=ask, daemon=True).start()
"""

    for _ in range(5):
        app = hostile("Probe", body)
        os.kill(app.pid, number)
        device.wait_until(lambda: not device.ps, timeout_s=10.0)

    assert host.descriptors <= descriptors
    assert device.launch("Notes").is_running


def test_a_stopped_guest_stops_and_goes_on(device: Device, hostile: Any) -> None:
    """Answered first: while one thread waits for the host, its process cannot stop."""
    app = hostile(
        "Probe",
        f"""{HEAD}
def ask():
    while True: libc.shmget(1, 1, 0)

for _ in range(8): threading.Thread(target=ask, daemon=True).start()
""",
    )
    os.kill(app.pid, signal.SIGSTOP)
    device.wait_until(lambda: device.events.of(kind="process", operation="stopped"))
    os.kill(app.pid, signal.SIGCONT)
    device.wait_until(lambda: device.events.of(kind="process", operation="continued"))

    assert device.ps


# A page before one that is not there: a text that ends with it, one that does not, one of 4096.
POINTERS = f"""{HEAD}
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p] + [ctypes.c_size_t] * 5
base = libc.mmap(None, 3 * 4096, 3, 0x22, 2**64 - 1, 0)
libc.munmap(ctypes.c_void_p(base + 8192), 4096)
edge = base + 8192
answers = []

def ask(address):
    ctypes.set_errno(0)
    libc.chmod(ctypes.c_void_p(address), 0o600)
    answers.append(errno.errorcode[ctypes.get_errno()])

name = b"/nowhere\\0"
ctypes.memmove(edge - len(name), name, len(name))
ask(edge - len(name))
ctypes.memmove(edge - 8, b"/nowhere", 8)
ask(edge - 8)
ctypes.memset(base, 0x2F, 8192)
ask(base)
ask(base + 4096)
for address in (0, 1, 2**47, 2**63, 2**64 - 1, 2**64 - 4096): ask(address)
print(*answers)
"""


def test_pointers_to_anywhere_get_an_errno(device: Device, hostile: Any) -> None:
    app = hostile("Probe", f"import errno\n{POINTERS}")
    device.wait_until(lambda: app.output)

    assert (
        app.output[0].split()
        == ["EPERM", "EFAULT", "ENAMETOOLONG", "ENAMETOOLONG"] + ["EFAULT"] * 6
    )
    assert device.ps


def test_a_path_that_another_thread_swaps_never_reaches_a_sibling(
    device: Device, hostile: Any
) -> None:
    notes = device.launch("Notes").container / "Documents"
    notes.chmod(0o755)
    app = hostile(
        "Probe",
        f"""{HEAD}
own, foreign = docs.encode() + b"/f", {bytes(notes)!r}
open(own, "w").close()
size = max(len(own), len(foreign)) + 1
text = ctypes.create_string_buffer(own, size)
end = False

def swap():
    one, other = own.ljust(size, b"\\0"), foreign.ljust(size, b"\\0")
    while not end:
        ctypes.memmove(text, one, size)
        ctypes.memmove(text, other, size)

thread = threading.Thread(target=swap)
thread.start()
done = sum(libc.chmod(text, 0o700) == 0 for _ in range(3000))
end = True
thread.join()
print("done", done)
""",
    )
    device.wait_until(lambda: app.output, timeout_s=20.0)

    assert notes.stat().st_mode & 0o777 == 0o755
    assert int(app.output[0].split()[1]) > 0  # it did get through with its own


def test_a_link_that_is_swapped_never_leads_to_a_sibling(device: Device, hostile: Any) -> None:
    notes = device.launch("Notes").container
    (notes / "Documents" / "f").write_text("theirs")
    (notes / "Documents" / "f").chmod(0o644)
    app = hostile(
        "Probe",
        f"""{HEAD}
os.mkdir(docs + "/real")
open(docs + "/real/f", "w").close()
os.symlink("real", docs + "/way")
end = False

def swap():
    while not end:
        for target in ({str(notes / "Documents")!r}, "real"):
            os.symlink(target, docs + "/next")
            os.rename(docs + "/next", docs + "/way")

thread = threading.Thread(target=swap)
thread.start()
done = sum(libc.chmod(docs.encode() + b"/way/f", 0o600) == 0 for _ in range(2000))
end = True
thread.join()
print("done", done)
""",
    )
    device.wait_until(lambda: app.output, timeout_s=20.0)

    assert (notes / "Documents" / "f").stat().st_mode & 0o777 == 0o644
    assert int(app.output[0].split()[1]) > 0


def test_a_guest_cannot_send_descriptors_and_so_not_fill_the_users_quota(
    device: Device, hostile: Any, host: Any
) -> None:
    app = hostile("Probe", "pass")
    before = host.descriptors
    app.terminate()
    again = hostile(
        "Probe",
        """
import socket
channel = socket.socket(fileno=os.dup(3))
left, right = socket.socketpair()
frame = Frame(Kind.POST, 4, 0, 0, current()._seq + 1, 0, 0, b"x")
for each in (channel, left):
    try: socket.send_fds(each, [pack(frame)], [0, 1, 2, 3, 4])
    except PermissionError as refused: print(refused.errno)
""",
    )
    device.notify_post("settled")

    assert again.output == ["1", "1"]
    assert host.descriptors <= before


def test_nobody_keeps_the_listener(hostile: Any) -> None:
    """Who held it could answer what is asked about itself, with CONTINUE."""
    app = hostile("Probe", "pass")
    names = os.listdir(f"/proc/{app.pid}/fd")

    assert {"0", "1", "2", "3", "4"} <= set(names)
    assert "seccomp" not in " ".join(os.readlink(f"/proc/{app.pid}/fd/{name}") for name in names)


HUGE = """
frame(Kind.CALL, encode(["sandboxd.denied", ["file-read-data", "/" + "x" * 60_000, "r", "", 0]]))
file = current().info["bundle"] + "/" + "y" * 50_000
frame(Kind.CALL, encode(["sandboxd.denied", ["signal", "x", "", file, 1]]))
frame(Kind.CALL, encode(["sandboxd.denied", ["signal", "x", "", "/etc/passwd", 1]]))
frame(Kind.CALL, encode(["sandboxd.denied", ["signal", "x", "", "../../../etc/passwd", 1]]))
"""


def test_what_a_guest_tells_of_itself_is_cut_and_opens_nothing(
    device: Device, hostile: Any
) -> None:
    hostile("Probe", HUGE)
    device.wait_until(lambda: len(device.denials) == 4)

    assert max(len(str(event)) for event in device.events.of(kind="denial")) < 6000
    assert [denial.source for denial in device.denials] == [""] * 4
