"""The host as who copies files: a guest changes what a name means while the host works on it."""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared_container.codec import decode, encode
from simulator.device.container_files import listed
from simulator.testing.bundles import make_app
from simulator.testing.device import Device
from simulator.xpc.errors import CommandError

pytestmark = pytest.mark.slow

GROUP = "group.com.example.shared"

# In a thread of its own: a folder and a link to a folder outside change places for ever.
SWAPPING = """
import threading
from simulator.sandbox import kernel
from simulator.sdk.foundation import FileManager
os.chdir(FileManager.default.container_url("group.com.example.shared"))
os.makedirs("tree/folder/deep")
open("tree/folder/deep/mine", "w").write("mine")
os.symlink("OUTSIDE", "tree/link")
def swap():
    while True: kernel.system_call("renameat2", -100, b"tree/folder\\0", -100, b"tree/link\\0", 2)
threading.Thread(target=swap, daemon=True).start()
"""


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that is nobody's business, with the same names as the guest's."""
    folder = tmp_path / "outside" / "deep"
    folder.mkdir(parents=True)
    (folder / "mine").write_text("secret")

    return tmp_path / "outside"


@pytest.fixture
def swapped(hostile: Any, outside: Path, device: Device) -> Device:
    hostile("Probe", SWAPPING.replace("OUTSIDE", str(outside)), groups=(GROUP,))

    return device


def ask(device: Device, verb: str, path: str, **arguments: object) -> object:
    return device.ask(verb, kind="group", identifier=GROUP, path=path, **arguments)


NAMES = ("out", "out/mine", "absolute", "../../x", "inside/../../../x", "..", "a/../..")


def test_no_verb_leaves_the_container(device: Device, tmp_path: Path, outside: Path) -> None:
    app = make_app(tmp_path, "Probe", source="", groups=[GROUP])
    device.install(app)
    group = device.group(GROUP).path
    (tmp_path / "mine").write_text("mine")
    done = []

    for name in NAMES:
        for link, target in (("out", outside / "deep"), ("absolute", outside / "deep" / "mine")):
            (group / link).unlink(missing_ok=True)
            (group / link).symlink_to(target)

        (group / "inside").mkdir(exist_ok=True)

        for verb, arguments in (
            ("file_read", {}),
            ("file_ls", {}),
            ("file_pull", {"target": str(tmp_path / "got"), "recursive": True}),
            ("file_push", {"source": str(tmp_path / "mine")}),
            ("file_push", {"source": str(tmp_path / "mine"), "exactly": True}),
            ("file_mkdir", {}),
            ("file_mv", {"target": "inside"}),
            ("file_rm", {"recursive": True}),
        ):
            try:
                answer = ask(device, verb, name, **arguments)
            except CommandError:
                continue

            done.append((verb, name))
            assert "secret" not in repr(answer)
            (group / "inside" / name).unlink(missing_ok=True)

        for verb, arguments in (("file_mv", {"target": f"{name}/new"}), ("file_wait", WAITING)):
            try:
                ask(device, verb, "inside", **arguments)
            except CommandError:
                continue

            assert verb == "file_wait"

    # A link itself may be moved or removed: nothing behind it is touched.
    assert set(done) <= {(verb, name) for verb in ("file_mv", "file_rm") for name in NAMES[::2]}
    assert not (tmp_path / "got").exists()
    assert (outside / "deep" / "mine").read_text() == "secret"
    assert os.listdir(outside / "deep") == ["mine"]


def test_a_pull_of_a_folder_above_stays_where_it_was_told(device: Device, tmp_path: Path) -> None:
    device.install(make_app(tmp_path, "Probe", source="", groups=[GROUP]))
    (device.group(GROUP).path / "inside").mkdir()
    (device.group(GROUP).path / "evil").write_text("evil")
    target = tmp_path / "told" / "here"
    target.mkdir(parents=True)
    ask(device, "file_pull", "inside/..", target=str(target), recursive=True)

    assert os.listdir(tmp_path / "told") == ["here"]
    assert (target / "evil").read_text() == "evil"


def test_a_time_that_no_message_carries_is_listed_all_the_same() -> None:
    """The file system of a machine's memory keeps it; others keep the nearest that they can."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        Path(folder, "late").touch()
        os.utime(Path(folder, "late"), (1 << 40, 1 << 40))
        (entry,) = listed(folder, "", "")

    assert decode(encode(list(entry))) == list(entry)
    assert datetime.fromtimestamp(entry.modified_ns / 1e9, UTC).year > 2200


WAITING = {"size": 0, "file_identity": [0, 0], "timeout_s": 0.0}


@pytest.mark.parametrize("verb", ["file_read", "file_pull"])
def test_a_fifo_and_a_device_are_refused_by_name(verb: str, device: Device, tmp_path: Path) -> None:
    device.install(make_app(tmp_path, "Probe", source="", groups=[GROUP]))
    os.mkfifo(device.group(GROUP).path / "pipe")
    arguments = {"file_pull": {"target": str(tmp_path / "got")}}

    with pytest.raises(CommandError, match="pipe is a FIFO, and no file"):
        ask(device, verb, "pipe", **arguments.get(verb, {}))


def test_a_folder_that_becomes_a_link_is_not_copied_out(
    swapped: Device, tmp_path: Path, outside: Path
) -> None:
    seen = set()

    for number in range(150):
        target = tmp_path / f"copy-{number}"
        ask(swapped, "file_pull", "tree", target=str(target), recursive=True)
        copied = {path.read_text() for path in target.rglob("*") if path.is_file()}
        seen |= copied
        assert copied <= {"mine"}

    assert seen == {"mine"}
    assert (outside / "deep" / "mine").read_text() == "secret"


@pytest.mark.parametrize("verb", ["file_read", "file_push", "file_rm", "file_mkdir", "file_ls"])
def test_nothing_is_read_written_or_removed_through_a_link_that_comes_and_goes(
    verb: str, swapped: Device, tmp_path: Path, outside: Path
) -> None:
    (tmp_path / "evil").write_text("evil")
    path = {"file_mkdir": "tree/folder/new", "file_ls": "tree/folder/deep"}.get(
        verb, "tree/folder/deep/mine"
    )
    arguments = {"file_push": {"source": str(tmp_path / "evil"), "exactly": True}}
    ends = set()

    for _ in range(150):
        try:
            answer = ask(swapped, verb, path, **arguments.get(verb, {}))
        except CommandError as problem:
            ends.add(problem.code)
        else:
            ends.add(0)
            assert b"secret" not in repr(answer).encode()

    assert ends <= {0, 1, 2}  # done, leads out, not there
    assert (outside / "deep" / "mine").read_text() == "secret"
    assert sorted(os.listdir(outside)) == ["deep"]
    assert os.listdir(outside / "deep") == ["mine"]


def test_removing_a_tree_whose_folders_become_links_removes_nothing_outside(
    swapped: Device, outside: Path
) -> None:
    ask(swapped, "file_rm", "tree", recursive=True)

    assert swapped.group(GROUP).files == []
    assert (outside / "deep" / "mine").read_text() == "secret"


def test_a_very_deep_tree_is_copied_as_far_as_is_said_and_compared_and_removed(
    hostile: Any, device: Device, tmp_path: Path
) -> None:
    hostile(
        "Probe",
        "from simulator.sdk.foundation import FileManager\n"
        "os.chdir(FileManager.default.container_url('group.com.example.shared'))\n"
        "for _ in range(1500): os.mkdir('d'); os.chdir('d')",
        groups=(GROUP,),
    )
    device.group(GROUP).save("deep")
    copied = ask(device, "file_pull", "d", target=str(tmp_path / "copy"), recursive=True)

    assert isinstance(copied, dict)
    assert "TREE_DEPTH_MAX" in copied["skipped"][0][1]
    assert device.group(GROUP).changes_since("deep") == []

    device.ask("lock_state", state="before-first-unlock")
    device.ask("lock_state", state="unlocked")
    ask(device, "file_rm", "d", recursive=True)

    assert device.group(GROUP).changes_since("deep")[0] == "- d"


def test_a_sparse_file_of_a_terabyte_is_compared_without_being_read(
    hostile: Any, device: Device
) -> None:
    hostile(
        "Probe",
        "from simulator.sdk.foundation import FileManager\n"
        "os.chdir(FileManager.default.container_url('group.com.example.shared'))\n"
        "os.truncate(os.open('huge', os.O_CREAT | os.O_WRONLY), 1 << 40)\n"
        "os.truncate(os.open('huge.plist', os.O_CREAT | os.O_WRONLY), 1 << 40)",
        groups=(GROUP,),
    )
    device.group(GROUP).save("now")

    assert device.group(GROUP).changes_since("now") == []


LEVELS = [
    pytest.param(level, marks=pytest.mark.device(level=level)) for level in ("SEALED", "STRONG")
]


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_granted_before_the_first_unlock_is_not_where_a_link_leads(
    level: str, shell: Any, device: Device, outside: Path
) -> None:
    assert device.level == level
    one = shell("Probe")
    setup = (
        "import ctypes\n"
        "from simulator.sdk.foundation import *\n"
        "files, docs = FileManager.default, FileManager.default.documents_directory\n"
        "def raw(path): return ctypes.CDLL(None).open(os.fsencode(path), os.O_RDONLY)"
    )
    one.do(setup)
    one.do(
        "(docs / 'secret').write_text('kept')\n"
        "for name in ('file', 'folder', 'other'):\n"
        "    (docs / name).touch() if name == 'file' else (docs / name).mkdir()\n"
        "    files.set_attributes({'NSFileProtectionKey': FileProtectionType.NONE}, docs / name)"
    )
    device.ask("lock_state", state="before-first-unlock")
    # It runs since before, keeps its rights, and changes what the names mean.
    one.do(
        "for name in ('file', 'folder', 'other'): files.remove_item(docs / name)\n"
        f"for name in ('file', 'folder'): os.symlink({str(outside / 'deep')!r}, docs / name)\n"
        "os.rename(docs / 'secret', docs / 'other')"
    )
    one.relaunch()
    one.do(setup)

    assert (
        one.do("[raw(docs / name) for name in ('file/mine', 'folder/mine', 'other')]") == [-1] * 3
    )
    assert one.do(f"raw({str(outside / 'deep' / 'mine')!r})") == -1
