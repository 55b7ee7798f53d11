"""What the sandbox refuses is told: in Apple's words, and with what would have allowed it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"
OMIT = """os.utime(docs / 'file', ns=(5, 9))
libc.utimensat(-100, b'Documents/file', (ctypes.c_long * 4)(0, (1 << 30) - 2, 0, 7), 0)"""
LIBC = "import ctypes; libc = ctypes.CDLL(None, use_errno=True)"


@pytest.fixture
def probe(shell: Callable[..., Any]) -> Any:
    made = shell(groups=[GROUP])
    made.do(f"import pathlib, shutil; {LIBC}; docs = FileManager.default.documents_directory")
    made.do("(docs / 'file').write_text('content')")

    return made


def told(device: Device) -> list[tuple[str, str]]:
    return [(event.operation, event.resource) for event in device.events.of(kind="denial")]


# What C code asks for; the kernel tells the host, no Python of the guest's does.
@pytest.mark.parametrize(
    ("call", "operation", "resource"),
    [
        ("libc.fork()", "process-fork", ""),
        ("libc.execv(b'/bin/true', None)", "process-exec", "/bin/true"),
        ("libc.socket(2, 1, 0)", "network-outbound", "AF_INET SOCK_STREAM"),
        ("libc.socket(16, 3, 0)", "system-socket", "AF_NETLINK SOCK_RAW"),
        ("libc.kill(1, 15)", "signal", "SIGTERM to 1"),
        ("libc.kill(1, 0)", "signal", "0 to 1"),
        ("libc.shmget(4711, 4096, 0o1666)", "ipc-sysv-shm", ""),
        ("libc.msgget(4711, 0o1666)", "ipc-sysv-msg", ""),
        ("libc.semget(4711, 1, 0o1666)", "ipc-sysv-sem", ""),
        ("libc.memfd_create(b'x', 0)", "syscall-unix", "memfd_create"),
        ("libc.inotify_init1(0)", "syscall-unix", "inotify_init1"),
        ("libc.ptrace(16, 1, 0, 0)", "mach-priv-task-port", "pid 1"),
        ("libc.chmod(b'/etc/passwd', 0o777)", "file-write-mode", "/etc/passwd"),
        ("libc.chmod(b'../../x', 0o777)", "file-write-mode", "{home}/../../x"),
        ("libc.fchmod(1, 0o777)", "file-write-mode", "pipe"),
        ("libc.chown(b'file', 0, 0)", "file-write-owner", "{home}/file"),
        ("libc.mkfifo(b'fifo', 0o600)", "file-mknod", "{home}/fifo"),
        ("libc.mount(b'x', b'/', b'x', 0, None)", "file-mount", ""),
        ("libc.chroot(b'/tmp')", "file-chroot", "/tmp"),
        ("libc.statfs(b'/etc', ctypes.create_string_buffer(120))", "file-read-metadata", "/etc"),
    ],
)
def test_a_denied_system_call_is_told(
    call: str, operation: str, resource: str, probe: Any, device: Device
) -> None:
    assert probe.do(f"[{call}, errno.errorcode[ctypes.get_errno()]]") == [-1, "EPERM"]

    expected = resource.format(home=probe.app.container)
    device.wait_until(lambda: told(device) == [(operation, expected)])
    denial = device.events.of(kind="denial").only()

    assert denial.actor == "com.example.Probe/1"
    assert denial.detail["apple"] == (
        f"Sandbox: Probe({probe.app.pid}) deny(1) {operation} {expected}".rstrip()
    )
    assert len(denial.reason) > 20


@pytest.mark.parametrize(
    "call",
    [
        "libc.chmod(bytes(docs / 'file'), 0o640)",
        "libc.chmod(b'Documents/file', 0o640)",
        "libc.chmod(b'Documents/../Documents/file', 0o640)",
        "libc.fchmod(os.open(docs / 'file', os.O_RDONLY), 0o640)",
        "libc.fchmodat(os.open(docs, os.O_RDONLY), b'file', 0o640, 0)",
        "os.chmod(docs / 'file', 0o640)",
        "os.chmod('file', 0o640, dir_fd=os.open(docs, os.O_RDONLY))",
        "os.chmod(os.open(docs / 'file', os.O_RDONLY), 0o640)",
    ],
)
def test_the_mode_of_an_own_file_is_changed_however_it_is_named(
    call: str, probe: Any, device: Device
) -> None:
    assert probe.do(call) in (0, None)
    assert (probe.app.container / "Documents" / "file").stat().st_mode & 0o7777 == 0o640
    assert told(device) == []


@pytest.mark.parametrize(
    ("call", "accessed", "changed"),
    [
        ("os.utime(docs / 'file', (5, 7))", 5_000_000_000, 7_000_000_000),
        ("os.utime(docs / 'file', ns=(5, 7))", 5, 7),
        ("os.utime(os.open(docs / 'file', 0), ns=(5, 7))", 5, 7),
        ("os.utime('file', ns=(5, 7), dir_fd=os.open(docs, 0))", 5, 7),
        (
            "libc.utime(b'Documents/file', (ctypes.c_long * 2)(5, 7))",
            5_000_000_000,
            7_000_000_000,
        ),
        ("libc.utimes(b'Documents/file', (ctypes.c_long * 4)(0, 5, 0, 7))", 5_000, 7_000),
        ("libc.utimensat(-100, b'Documents/file', (ctypes.c_long * 4)(0, 5, 0, 7), 0)", 5, 7),
        (
            # UTIME_OMIT leaves what stands there
            OMIT,
            5,
            7,
        ),
    ],
)
def test_the_times_of_an_own_file_are_changed_however_they_are_given(
    call: str, accessed: int, changed: int, probe: Any, device: Device
) -> None:
    probe.do(call)
    found = (probe.app.container / "Documents" / "file").stat()

    assert (found.st_atime_ns, found.st_mtime_ns) == (accessed, changed)
    assert told(device) == []


def test_the_time_of_a_link_is_changed_and_not_of_its_target(probe: Any) -> None:
    probe.do("os.symlink('file', docs / 'link'); os.utime(docs / 'file', ns=(1, 2))")
    probe.do("os.utime(docs / 'link', ns=(5, 7), follow_symlinks=False)")
    folder = probe.app.container / "Documents"

    assert (folder / "link").lstat().st_mtime_ns == 7
    assert (folder / "file").stat().st_mtime_ns == 2


def test_nonsense_gets_the_errno_that_the_kernel_gives(probe: Any, device: Device) -> None:
    for call, expected in (
        ("libc.chmod(None, 0o600)", "EFAULT"),
        ("libc.chmod(b'', 0o600)", "ENOENT"),
        ("libc.chmod(b'Documents/none', 0o600)", "ENOENT"),
        ("libc.chmod(b'x' * 5000, 0o600)", "ENAMETOOLONG"),
        ("libc.fchmod(99, 0o600)", "EBADF"),
        ("libc.utimensat(-100, b'Documents/file', None, 0x4000)", "EINVAL"),
        ("libc.utimes(b'Documents/file', (ctypes.c_long * 4)(0, -1, 0, 0))", "EINVAL"),
        ("libc.utimensat(-100, b'Documents/file', ctypes.c_void_p(8), 0)", "EFAULT"),
        ("libc.statfs(b'Documents/file', ctypes.c_void_p(8))", "EFAULT"),
    ):
        answer = probe.do(f"[ctypes.set_errno(0), {call}, errno.errorcode[ctypes.get_errno()]][1:]")

        assert (call, answer) == (call, [-1, expected])

    assert told(device) == []


def test_the_container_itself_is_the_systems(probe: Any, device: Device) -> None:
    with pytest.raises(Exception, match="PermissionError EPERM"):
        probe.do("os.chmod(os.environ['HOME'], 0o700)")

    denial = device.events.of(kind="denial").only()

    assert denial.reason == "the container itself is the system's; change what lies in it"


def test_the_file_system_of_own_files_is_known(probe: Any, device: Device) -> None:
    total, used, free = probe.do("list(shutil.disk_usage(docs))")
    probe.do("(docs / 'large').write_bytes(bytes(1 << 20))")

    assert total > 0
    assert 0 <= free <= total
    assert probe.do("list(shutil.disk_usage(docs))") == [total, used, free]
    assert probe.do("os.fstatvfs(os.open(docs / 'file', 0)).f_bsize") == 4096
    assert probe.do("os.statvfs(docs).f_fsid") == 0
    assert told(device) == []


@pytest.mark.enforces
def test_a_siblings_file_is_refused_and_its_owner_is_named_in_the_log_alone(
    probe: Any, device: Device
) -> None:
    sibling = device.launch("Notes").container / "Documents"
    before = sibling.stat()

    with pytest.raises(Exception, match="PermissionError EPERM") as caught:
        probe.do(f"libc.chmod({bytes(sibling)!r}, 0o777) and os.chmod({str(sibling)!r}, 0o777)")

    assert "com.example.Notes" not in str(caught.value)
    assert sibling.stat() == before
    assert "data container of com.example.Notes" in device.events.of(kind="denial")[0].reason


def test_denials_again_and_again_are_counted(probe: Any, device: Device) -> None:
    assert probe.do("sum(libc.shmget(1, 1, 0) for _ in range(1234))") == -1234
    probe.app.terminate()

    times = [event.detail.get("times", 1) for event in device.events.of(kind="denial")]

    assert times == [1] * 10 + [100, 1000, 1234]
    assert [denial.times for denial in device.denials] == [1] * 9 + [1234 - 9]


def test_denials_on_very_many_things_are_counted_by_operation(probe: Any, device: Device) -> None:
    probe.do("[libc.chroot(b'/%d' % n) for n in range(1000)]")
    probe.app.terminate()
    denials = device.events.of(kind="denial")

    assert len(denials) < 300
    assert denials[-1].resource == "(others)"
    assert denials[-1].detail["times"] == 1000 - 256


def test_own_paths_that_lie_in_no_container_teach_where_to_write(
    probe: Any, device: Device, tmp_path: Path
) -> None:
    probe.do(f"libc.chmod({bytes(tmp_path)!r}, 0o777)")
    device.wait_until(lambda: device.events.of(kind="denial"))

    assert "Documents, Library and tmp" in device.events.of(kind="denial").only().reason
