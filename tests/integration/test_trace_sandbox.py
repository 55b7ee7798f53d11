"""``--trace-sandbox``: what C code is refused is told too, and nothing else changes."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator.testing.device import Device

pytestmark = pytest.mark.enforces


@pytest.fixture
def traced(shell: Callable[..., Any], device: Device) -> Any:
    """A guest that was launched with the option."""
    made = shell()
    made.app.terminate()
    made.app = device.launch(made.bundle_id, trace_sandbox=True)
    made.do("import ctypes; libc = ctypes.CDLL(None, use_errno=True)")
    made.do("docs = FileManager.default.documents_directory; (docs / 'file').write_text('x')")

    return made


def test_what_c_code_opens_is_told(traced: Any, device: Device) -> None:
    for call in (
        "libc.open(b'/etc/passwd', 0)",
        "libc.open(b'/etc/passwd', 1)",
        "libc.openat(-100, b'/tmp/new', 0o101, 0o600)",
        "libc.creat(b'/tmp/newer', 0o600)",
        "libc.open(b'../../x', 0o101, 0o600)",
    ):
        assert traced.do(call) == -1

    found = [(denial.operation, denial.path) for denial in device.denials]

    assert found == [
        ("file-read-data", "/etc/passwd"),
        ("file-write-data", "/etc/passwd"),
        ("file-write-create", "/tmp/new"),
        ("file-write-create", "/tmp/newer"),
        ("file-write-create", str(traced.app.container.parent.parent / "x")),
    ]


def test_what_is_allowed_or_not_there_is_not_told(traced: Any, device: Device) -> None:
    assert traced.do("libc.open(bytes(docs / 'file'), 0) >= 0") is True
    assert traced.do("libc.open(b'/nowhere/at/all', 0)") == -1
    traced.do("import decimal, ssl, xml.dom.minidom, zoneinfo; zoneinfo.ZoneInfo('Asia/Tokyo')")
    traced.do("import shutil; shutil.copytree(docs, docs.parent / 'copy')")

    assert device.denials == []


def test_python_is_told_once_though_both_look(traced: Any, device: Device) -> None:
    with pytest.raises(Exception, match="PermissionError EPERM"):
        traced.do("open('/etc/passwd')")

    assert device.denials.only().operation == "file-read-data"


def test_without_it_c_code_has_its_errno_and_no_more(
    shell: Callable[..., Any], device: Device
) -> None:
    probe = shell()
    probe.do("import ctypes; libc = ctypes.CDLL(None, use_errno=True)")

    answer = probe.do("[libc.open(b'/etc/passwd', 0), errno.errorcode[ctypes.get_errno()]]")

    assert answer in ([-1, "EACCES"], [-1, "ENOENT"])  # refused, or out of sight
    assert device.denials == []


def test_a_device_can_be_set_to_it(shell: Callable[..., Any], device: Device) -> None:
    device.ask("trace_sandbox", on=True)
    probe = shell()
    probe.do("import ctypes; libc = ctypes.CDLL(None, use_errno=True)")
    probe.do("libc.open(b'/etc/passwd', 0)")
    device.ask("trace_sandbox", on=False)
    probe.relaunch()
    probe.do("import ctypes; ctypes.CDLL(None).open(b'/etc/passwd', 0)")

    assert device.denials.only().bundle == probe.bundle_id
