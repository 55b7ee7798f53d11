"""SEALED: a guest sees what is its own; what STRONG hides behind names is not there."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device

pytestmark = [pytest.mark.enforces("SEALED"), pytest.mark.device(level="SEALED")]

GROUP = "group.com.example.shared"

Shells = Callable[..., Any]


def seen_by(guest: Any, path: object) -> bool:
    return bool(guest.do(f"os.path.lexists({str(path)!r})"))


def test_the_device_says_at_which_level_it_runs(device: Device) -> None:
    assert device.level == "SEALED"


def test_a_guest_sees_its_own_containers_at_the_paths_they_have_outside(
    device: Device, shell: Shells
) -> None:
    guest = shell("Own", groups=[GROUP])
    (guest.app.container / "Documents" / "outside").write_text("from the host")
    (device.group(GROUP).path / "outside").write_text("from the host")

    assert seen_by(guest, guest.app.container / "Documents" / "outside")
    assert seen_by(guest, device.group(GROUP).path / "outside")
    assert guest.do("os.path.samefile(os.environ['HOME'], os.getcwd())") is True


def test_a_siblings_file_of_known_name_is_not_there(shell: Shells) -> None:
    owner, other = shell("Owner", groups=[]), shell("Other", groups=[])
    file = owner.app.container / "Documents" / "diary"
    owner.do(f"open({str(file)!r}, 'w').close(); os.symlink('a message', {str(file)!r} + '.link')")

    assert not seen_by(other, file)
    assert not seen_by(other, f"{file}.link")

    with pytest.raises(Exception, match="FileNotFoundError ENOENT"):
        other.do(f"os.chdir({str(file.parent)!r})")


def test_a_container_that_is_made_later_is_covered_in_guests_that_run_already(
    device: Device, shell: Shells
) -> None:
    early = shell("Early", groups=[])
    late = shell("Late", groups=[GROUP])
    file = late.app.container / "Documents" / "diary"
    shared = device.group(GROUP).path / "shared"
    late.do(f"open({str(file)!r}, 'w').close(); open({str(shared)!r}, 'w').close()")

    assert seen_by(late, file)
    assert not seen_by(early, file)
    assert not seen_by(early, shared)


def test_members_of_a_group_see_it_and_not_each_other(device: Device, shell: Shells) -> None:
    first, second = shell("First", groups=[GROUP]), shell("Second", groups=[GROUP])
    shared = device.group(GROUP).path / "shared"
    first.do(f"open({str(shared)!r}, 'w').write('for both')")

    assert second.do(f"open({str(shared)!r}).read()") == "for both"
    assert not seen_by(second, first.app.container / "Documents")


def test_a_file_is_renamed_and_linked_from_the_own_container_into_the_group(
    device: Device, shell: Shells
) -> None:
    guest = shell("Mover", groups=[GROUP])
    group = str(device.group(GROUP).path)
    guest.do("open('Documents/a', 'w').write('moved'); open('Documents/b', 'w').write('linked')")
    guest.do(
        f"os.rename('Documents/a', {group!r} + '/a'); os.link('Documents/b', {group!r} + '/b')"
    )

    assert Path(group, "a").read_text() == "moved"
    assert os.path.samefile(Path(group, "b"), guest.app.container / "Documents" / "b")


@pytest.mark.parametrize(
    "path", ["/proc", "/proc/self", "/etc/passwd", "/var", "/sys", "/dev/shm", "/dev/tty", "/bin"]
)
def test_the_machine_is_not_there(path: str, shell: Shells) -> None:
    assert not seen_by(shell("Looker", groups=[]), path)


def test_a_file_beside_the_device_set_is_not_there(device: Device, shell: Shells) -> None:
    guest = shell("Looker", groups=[])
    beside = device.folder.parent / "beside"
    beside.write_text("the machine's")

    assert not seen_by(guest, beside)
    assert not seen_by(guest, device.folder / "device.plist")
    assert not seen_by(guest, "../" * 40 + "etc/passwd")


def test_a_lock_on_pythons_own_files_meets_nobody(shell: Shells) -> None:
    first, second = shell("Locker", groups=[]), shell("Feeler", groups=[])
    lock = (
        "import fcntl; space = globals(); f = open(os.__file__); "
        "fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB); app.kept = f"
    )
    first.do(lock)
    second.do(lock)

    assert second.do("app.kept.closed") is False


def test_the_own_bundle_is_there_and_cannot_be_changed(shell: Shells) -> None:
    guest = shell("Bundle", groups=[])
    program = guest.do("sys.argv[0]")

    assert seen_by(guest, program)

    with pytest.raises(Exception, match=r"PermissionError|OSError EROFS"):
        guest.do(f"os.unlink({program!r})")


def test_an_uninstalled_app_leaves_nothing_though_it_was_covered_in_others(
    device: Device, shell: Shells
) -> None:
    stays, goes = shell("Stays", groups=[GROUP]), shell("Goes", groups=["group.gone"])
    container, group = goes.app.container, device.group("group.gone").path
    device.uninstall(goes.bundle_id)

    assert not container.exists()
    assert not group.exists()
    assert stays.do("os.listdir('Documents')") == []


def test_a_guest_reads_as_the_host_does_after_an_upgrade(device: Device, shell: Shells) -> None:
    first = shell("Again", groups=[GROUP])
    first.do("open('Documents/kept', 'w').write('kept')")
    device.reboot()
    again = device.launch(first.bundle_id)

    assert device.level == "SEALED"
    assert (again.container / "Documents" / "kept").read_text() == "kept"


def test_a_container_that_is_gone_holds_up_no_launch_and_uncovers_no_other(
    device: Device, shell: Shells
) -> None:
    stays, goes = shell("Stays", groups=[]), shell("Goes", groups=["group.one", "group.two"])
    other = shell("Other", groups=[])
    file = other.app.container / "Documents" / "diary"
    other.do(f"open({str(file)!r}, 'w').close()")
    device.reboot()  # nothing is covered yet
    goes.app.container.rename(device.folder / "taken")
    stays.relaunch()

    assert not seen_by(stays, file)
    assert not seen_by(stays, device.group("group.one").path / "Library")

    other.relaunch()

    assert seen_by(other, file)
