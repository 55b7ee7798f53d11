"""What Python is refused is explained: the file, the line, and the same errno at every level."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.bundles import make_app
from simulator.testing.device import Device

GROUP = "group.com.example.shared"

PROGRAM = """
import helper
from simulator.sdk.uikit import Application


class Probe(Application):
    def did_finish_launching(self, options):
        try:
            open("/etc/passwd")
        except PermissionError as refused:
            print(refused.errno, refused.filename)

        try:
            helper.list_tmp()
        except PermissionError as refused:
            print(refused.errno, refused.filename)
"""
HELPER = """
import os

def list_tmp():
    return os.listdir("/tmp")
"""


@pytest.fixture
def probe(shell: Callable[..., Any]) -> Any:
    made = shell(groups=[GROUP])
    made.do("import pathlib, shutil, socket, sqlite3, subprocess, ctypes")
    made.do("docs = FileManager.default.documents_directory; (docs / 'file').write_text('x')")

    return made


def told(device: Device) -> list[tuple[str, str, str]]:
    denials = device.events.of(kind="denial")

    return [(event.operation, event.resource, event.access) for event in denials]


def test_the_line_is_named_and_quoted(device: Device, tmp_path: Path) -> None:
    folder = make_app(tmp_path, "Probe", source=PROGRAM)
    (folder / "Frameworks").mkdir(exist_ok=True)
    (folder / "Frameworks" / "helper.py").write_text(HELPER)
    app = device.launch(device.install(folder))
    first, second = device.events.of(kind="denial")

    assert app.output == ["1 /etc/passwd", "1 /tmp"]
    assert first.line == "Probe.py:9"
    assert first.detail["source"] == 'open("/etc/passwd")'
    assert second.line == "helper.py:5"
    assert second.detail["source"] == 'return os.listdir("/tmp")'
    assert first.cause  # the launch
    assert first.detail["apple"] == (
        f"Sandbox: Probe({app.pid}) deny(1) file-read-data /etc/passwd"
    )


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("open('/etc/passwd')", ("file-read-data", "/etc/passwd", "r")),
        ("open(b'/etc/passwd')", ("file-read-data", "/etc/passwd", "r")),
        ("pathlib.Path('/etc/passwd').read_text()", ("file-read-data", "/etc/passwd", "r")),
        ("os.open('/etc/passwd', os.O_RDONLY)", ("file-read-data", "/etc/passwd", "r")),
        ("open(str(docs) + '/../../x')", ("file-read-data", "{outer}/x", "r")),
        ("open('../x')", ("file-read-data", "{outer}/x", "r")),
        ("open(os.__file__, 'a')", ("file-write-data", os.__file__, "w")),
        ("open('/etc/new', 'w')", ("file-write-create", "/etc/new", "w")),
        ("os.listdir('/')", ("file-read-data", "/", "r")),
        ("os.scandir('/etc')", ("file-read-data", "/etc", "r")),
        ("os.mkdir('/tmp/x')", ("file-write-create", "/tmp/x", "w")),
        ("os.rmdir('/tmp')", ("file-write-unlink", "/tmp", "w")),
        ("os.remove('/etc/passwd')", ("file-write-unlink", "/etc/passwd", "w")),
        ("os.rename('/etc/passwd', docs / 'x')", ("file-write-unlink", "/etc/passwd", "w")),
        ("os.rename(docs / 'file', '/tmp/x')", ("file-write-create", "/tmp/x", "w")),
        ("os.link('/etc/passwd', docs / 'x')", ("file-link", "/etc/passwd", "w")),
        ("os.symlink('x', '/tmp/x')", ("file-write-create", "/tmp/x", "w")),
        ("os.truncate('/etc/passwd', 0)", ("file-write-data", "/etc/passwd", "w")),
        ("os.chmod('/etc/passwd', 0o777)", ("file-write-mode", "/etc/passwd", "w")),
        ("os.utime('/etc/passwd')", ("file-write-times", "/etc/passwd", "w")),
        ("os.chown(docs / 'file', 0, 0)", ("file-write-owner", "{docs}/file", "w")),
        ("open('/dev/shm/x', 'w')", ("ipc-posix-shm-write-create", "/dev/shm/x", "w")),
        ("open('/proc/1/mem', 'rb')", ("file-read-data", "/proc/1/mem", "r")),
        ("ctypes.CDLL('/tmp/x.so')", ("file-map-executable", "/tmp/x.so", "r")),
        ("os.fork()", ("process-fork", "", "")),
        ("os.system('true')", ("process-exec", "true", "")),
        ("subprocess.run(['/bin/true'])", ("process-exec", "/bin/true", "")),
        ("os.execv('/bin/true', ['true'])", ("process-exec", "/bin/true", "")),
        ("os.posix_spawn('/bin/true', ['true'], {{}})", ("process-exec", "/bin/true", "")),
        ("os.kill(1, 15)", ("signal", "SIGTERM to 1", "")),
        ("os.kill(1, 0)", ("signal", "0 to 1", "")),
        ("socket.create_connection(('127.0.0.1', 9))", ("network-outbound", "127.0.0.1:9", "")),
        ("socket.create_connection(('a.example', 80))", ("network-outbound", "a.example:80", "")),
        ("socket.socket()", ("network-outbound", "AF_INET SOCK_STREAM", "")),
        ("socket.socket(socket.AF_UNIX)", ("network-outbound", "AF_UNIX SOCK_STREAM", "")),
    ],
)
def test_python_is_refused_as_on_a_phone_and_it_is_told_once(
    call: str, expected: tuple[str, str, str], probe: Any, device: Device
) -> None:
    home = probe.app.container
    operation, resource, access = expected
    shown = resource.format(docs=home / "Documents", outer=home.parent)

    with pytest.raises(Exception, match="PermissionError EPERM"):
        probe.do(call.replace("{{}}", "{}"))

    assert told(device) == [(operation, shown, access)]


def test_sqlite_has_its_own_error_and_the_denial_is_told(probe: Any, device: Device) -> None:
    with pytest.raises(Exception, match="OperationalError"):
        probe.do("sqlite3.connect('/tmp/x.db')")

    assert told(device) == [("file-write-create", "/tmp/x.db", "w")]


@pytest.mark.parametrize(
    "call",
    [
        "shutil.copytree(docs, docs.parent / 'copy')",
        "shutil.copy2(docs / 'file', docs / 'other')",
        "shutil.rmtree(shutil.copytree(docs, docs.parent / 'copy'))",
        "shutil.make_archive(str(docs.parent / 'a'), 'zip', docs)",
        "shutil.unpack_archive(shutil.make_archive('a', 'gztar', docs), docs.parent / 'unpacked')",
        "shutil.unpack_archive(shutil.make_archive('a', 'zip', docs), docs.parent / 'unpacked')",
        "(docs / 'new').touch(); (docs / 'new').touch()",
        "open(docs / '..' / 'Documents' / 'file').close()",
        "open('Documents/file').close(); os.listdir(); os.listdir('.')",
        "os.chdir('/'); open(str(docs / 'file')).close()",
        "os.open('file', os.O_RDONLY, dir_fd=os.open(docs, os.O_RDONLY))",
        "open(os.open(docs / 'file', 0)).close()",
        "open('/dev/null', 'w').close(); open('/dev/urandom', 'rb').close()",
        "os.cpu_count(); os.sched_getaffinity(0); os.uname()",
        "import tempfile; tempfile.NamedTemporaryFile().close(); tempfile.TemporaryFile().close()",
        "import asyncio; asyncio.run(asyncio.sleep(0))",
        "import concurrent.futures as c; c.ThreadPoolExecutor().submit(int).result()",
        "import platform; platform.platform(); platform.uname(); platform.processor()",
        "import mimetypes; mimetypes.guess_type('x.txt')",
        "import uuid; uuid.uuid4(); uuid.uuid5(uuid.NAMESPACE_DNS, 'x')",
        "import zoneinfo; zoneinfo.ZoneInfo('Europe/Berlin'); zoneinfo.available_timezones()",
        "import ssl; ssl.create_default_context()",
        "import locale; locale.setlocale(locale.LC_ALL, ''); locale.getlocale()",
        "import ctypes.util; ctypes.util.find_library('c')",
        "import traceback, linecache; linecache.getlines(app.__class__.__module__)",
        "import socket; [end.close() for end in socket.socketpair()]",
        "import signal; signal.raise_signal(signal.SIGURG); os.kill(os.getpid(), 0)",
        "import importlib.resources, importlib.metadata; list(importlib.metadata.distributions())",
        "import pkgutil; list(pkgutil.iter_modules())",
        "import getpass, pwd; os.path.expanduser('~')",
        "import sqlite3; sqlite3.connect(':memory:').execute('select 1')",
        "import multiprocessing; multiprocessing.cpu_count()",
        "import sysconfig; sysconfig.get_paths(); sysconfig.get_config_vars()",
        "import http.client, urllib.request, email, xml.dom.minidom, decimal, ssl, lzma, bz2",
        "import logging; logging.basicConfig(filename=str(docs / 'log')); logging.error('x')",
    ],
)
def test_what_apps_do_daily_is_no_denial(call: str, probe: Any, device: Device) -> None:
    probe.do(call)

    assert [event.detail for event in device.events.of(kind="denial")] == []


def test_the_whole_standard_library_is_imported_without_a_denial(
    probe: Any, device: Device
) -> None:
    code = (
        "import importlib, sys\n"
        "failed = []\n"
        "for name in sorted(sys.stdlib_module_names):\n"
        "    if name in {'antigravity', 'this', 'idlelib', 'turtledemo'}: continue\n"
        "    try: importlib.import_module(name)\n"
        "    except (ImportError, AttributeError): failed.append(name)"
    )
    probe.do(code, timeout_s=30.0)

    assert probe.do("len(failed) < 60") is True
    assert [event.detail for event in device.events.of(kind="denial")] == []


def test_a_destructor_that_is_refused_in_the_middle_of_a_frame_harms_nothing(
    probe: Any, device: Device
) -> None:
    probe.do(
        "class Late:\n"
        "    def __del__(self):\n"
        "        try: open('/etc/passwd')\n"
        "        except PermissionError: pass\n"
        "from simulator.sdk._process import current\n"
        "with current().lock: Late()\n"
        "try: open('/etc/shadow')\n"
        "except PermissionError: pass"
    )

    assert told(device) == [
        ("file-read-data", "/etc/passwd", "r"),
        ("file-read-data", "/etc/shadow", "r"),
    ]


def test_the_group_that_is_missing_is_named_with_its_file(
    shell: Callable[..., Any], device: Device
) -> None:
    shell("Member", groups=[GROUP])
    stranger = shell("Stranger")
    folder = device.group(GROUP).path

    with pytest.raises(Exception, match="PermissionError EPERM") as caught:
        stranger.do(f"open({str(folder / 'x')!r}, 'w')")

    assert GROUP not in str(caught.value)
    assert device.events.of(kind="denial").only().reason == (
        f"needs com.apple.security.application-groups = [{GROUP}] in Stranger.entitlements"
    )
