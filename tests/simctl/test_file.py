"""simctl file: idb's commands on the files of containers, and what a hostile guest left there."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.simctl.conftest import runner, stop

pytestmark = pytest.mark.slow

Said = subprocess.CompletedProcess[str]
Simctl = Callable[..., Said]

GROUP = "group.com.example.notes"
IN_GROUP = ("--group", GROUP)


class Phone:
    """A booted device with Notes on it, whose group the tests share: each has a folder in it."""

    def __init__(self, simctl: Simctl) -> None:
        self.simctl = simctl
        found = simctl("get_app_container", "com.example.Notes", GROUP)
        assert found.returncode == 0, found.stderr
        self.group = Path(found.stdout.strip())


@pytest.fixture(scope="module")
def notes_phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    folder = tmp_path_factory.mktemp("files")
    simctl = runner(folder / "Devices", folder)
    assert simctl("launch", "Notes").returncode == 0
    yield Phone(simctl)
    stop(folder / "Devices")


@pytest.fixture
def place(notes_phone: Phone) -> Path:
    """An empty folder in the group, of the test's own."""
    path = notes_phone.group / f"test-{len(os.listdir(notes_phone.group))}"
    path.mkdir()

    return path


def test_a_file_is_written_listed_read_moved_and_removed(notes_phone: Phone, place: Path) -> None:
    simctl, at = notes_phone.simctl, place.name

    assert simctl("file", "write", *IN_GROUP, f"{at}/note", stdin="hello").returncode == 0
    assert simctl("file", "mkdir", *IN_GROUP, f"{at}/deep/deeper").returncode == 0
    assert simctl("file", "ls", *IN_GROUP, at).stdout == "deep/\nnote\n"
    assert simctl("file", "read", *IN_GROUP, f"{at}/note").stdout == "hello"
    assert simctl("file", "mv", *IN_GROUP, f"{at}/note", f"{at}/deep").returncode == 0
    assert simctl("file", "ls", "--group", f"{GROUP}/{at}", "deep").stdout == "deeper/\nnote\n"
    assert simctl("file", "rm", *IN_GROUP, f"{at}/deep/note").returncode == 0

    refused = simctl("file", "rm", *IN_GROUP, f"{at}/deep")

    assert refused.returncode == 21
    assert refused.stderr.endswith(f"{at}/deep is a folder, and no file\n")
    assert simctl("file", "rm", "-r", *IN_GROUP, f"{at}/deep").returncode == 0
    assert list(place.iterdir()) == []


def test_a_listing_as_json_has_kinds_sizes_and_modes(notes_phone: Phone, place: Path) -> None:
    (place / "note").write_text("hello")
    (place / "note").chmod(0o640)
    (place / "link").symlink_to("note")
    said = notes_phone.simctl("file", "ls", "--json", *IN_GROUP, place.name)
    link, note = json.loads(said.stdout)

    assert (link["kind"], link["target"]) == ("link", "note")
    assert (note["name"], note["size"], note["mode"]) == ("note", 5, "0640")


def test_a_folder_of_more_files_than_one_answer_is_listed_whole(
    notes_phone: Phone, place: Path
) -> None:
    for number in range(5003):
        os.mknod(place / f"{number:05}")

    said = notes_phone.simctl("file", "ls", *IN_GROUP, place.name)

    assert said.stdout.split() == [f"{number:05}" for number in range(5003)]


def test_a_large_file_goes_in_and_out_whole(
    notes_phone: Phone, place: Path, tmp_path: Path
) -> None:
    data = os.urandom(5 << 20)
    (tmp_path / "large").write_bytes(data)
    pushed = notes_phone.simctl("file", "push", *IN_GROUP, str(tmp_path / "large"), place.name)
    pulled = notes_phone.simctl(
        "file", "pull", *IN_GROUP, f"{place.name}/large", str(tmp_path / "back")
    )

    assert (pushed.returncode, pulled.returncode) == (0, 0)
    assert (tmp_path / "back").read_bytes() == data
    assert os.listdir(place) == ["large"]


def test_what_is_pulled_of_a_folder_holds_no_links_fifos_or_devices(
    notes_phone: Phone, place: Path, tmp_path: Path
) -> None:
    (place / "in").mkdir()
    (place / "in" / "note").write_text("hello")
    (place / "out").symlink_to("/etc")
    os.mkfifo(place / "pipe")
    said = notes_phone.simctl("file", "pull", "-r", *IN_GROUP, place.name, str(tmp_path / "copy"))

    assert said.returncode == 0
    assert said.stderr == "left out: out: it is a link\nleft out: pipe: it is a FIFO\n"
    assert sorted(path.name for path in (tmp_path / "copy").rglob("*")) == ["in", "note"]


def test_a_link_out_of_the_container_is_refused_in_apples_frame(
    notes_phone: Phone, place: Path
) -> None:
    (place / "out").symlink_to("/etc/passwd")
    said = notes_phone.simctl("file", "read", *IN_GROUP, f"{place.name}/out")

    assert said.returncode == 1
    assert said.stdout == ""
    assert said.stderr == (
        "An error was encountered processing the command (domain=NSPOSIXErrorDomain, code=1):\n"
        "The operation couldn’t be completed. Operation not permitted\n"
        f"{place.name}/out leads through a link out of the container\n"
    )


def test_a_refusal_names_the_path_that_is_at_fault(
    notes_phone: Phone, place: Path, tmp_path: Path
) -> None:
    (place / "a").write_text("a")
    (place / "b").write_text("b")
    (tmp_path / "folder").mkdir()
    (tmp_path / "mine").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    at = place.name

    def told(*words: str) -> str:
        said = notes_phone.simctl("file", words[0], *IN_GROUP, *words[1:])
        assert said.returncode != 0

        return said.stderr.splitlines()[-1]

    missing = "No such file or directory"
    assert told("push", f"{tmp_path}/nosuch", f"{at}/x") == f"{tmp_path}/nosuch: {missing}"
    assert told("push", f"{tmp_path}/mine", f"{at}/no/x") == f"{at}/no/x: {missing}"
    assert told("push", f"{tmp_path}/folder", at) == f"{tmp_path}/folder is a folder, and no file"
    assert told("push", f"{tmp_path}/pipe", at) == f"{tmp_path}/pipe is a FIFO, and no file"
    assert told("pull", f"{at}/a", "/nonexist/x") == f"/nonexist: {missing}"
    assert told("pull", f"{at}/no", f"{tmp_path}/x") == f"{at}/no: {missing}"
    assert told("mv", f"{at}/a", f"{at}/b") == f"{at}/b: File exists"
    assert told("mv", f"{at}/no", f"{at}/c") == f"{at}/no: {missing}"
    assert told("mv", f"{at}/no", f"{at}/b") == f"{at}/no: {missing}"
    assert told("mv", f"{at}/a", f"{at}/no/c") == f"{at}/no/c: {missing}"
    assert (place / "a").read_text() + (place / "b").read_text() == "ab"


def test_two_dots_are_no_link(notes_phone: Phone, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    pushed = notes_phone.simctl("file", "push", *IN_GROUP, f"{tmp_path}/mine", "../../x")
    listed = notes_phone.simctl("file", "ls", *IN_GROUP, "..")

    assert pushed.stderr.endswith("\n../../x leads out of the container\n")
    assert listed.stderr.endswith("\n.. leads out of the container\n")
    assert (pushed.returncode, listed.returncode) == (1, 1)


def test_a_fifo_is_refused_by_name(notes_phone: Phone, place: Path) -> None:
    os.mkfifo(place / "pipe")
    said = notes_phone.simctl("file", "read", *IN_GROUP, f"{place.name}/pipe")

    assert said.returncode == 22
    assert said.stderr.endswith(f"{place.name}/pipe is a FIFO, and no file\n")


def test_hostile_names_are_printed_harmlessly(notes_phone: Phone, place: Path) -> None:
    for name in (b"\x1b[2Jgone", b"two\nlines", b"\xff\xfe", b"n" * 255, "\u202etxt".encode()):
        (Path(os.fsdecode(os.fsencode(place) + b"/" + name))).write_text("x")

    said = notes_phone.simctl("file", "ls", *IN_GROUP, place.name)
    missing = notes_phone.simctl("file", "read", *IN_GROUP, f"{place.name}/\x1b[2J")

    assert said.stdout.splitlines() == [
        "\\x1b[2Jgone", "n" * 255, "two\\nlines", "\\u202etxt", "\\udcff\\udcfe",
    ]  # fmt: skip
    assert missing.returncode == 2
    assert "\x1b" not in missing.stderr


def test_the_container_itself_and_its_metadata_stay(notes_phone: Phone) -> None:
    metadata = ".com.apple.mobile_container_manager.metadata.plist"

    for path in (".", metadata):
        assert notes_phone.simctl("file", "rm", "-r", *IN_GROUP, path).returncode == 1

    assert (notes_phone.group / metadata).exists()


def test_the_data_of_apps_and_extensions_can_be_meant(notes_phone: Phone) -> None:
    simctl = notes_phone.simctl
    own = simctl("file", "ls", "--app", "com.example.Notes").stdout.split()
    extensions = simctl("file", "ls", "--extension", "com.example.Notes.ShareToNotes")
    wrong = simctl("file", "ls", "--app", "com.example.Notes.ShareToNotes")
    none, both = simctl("file", "ls"), simctl("file", "ls", *IN_GROUP, "--app", "x")

    assert "Documents/" in own
    assert extensions.returncode == 0
    assert "it is an extension" in wrong.stderr
    assert "one of --group, --app, --extension" in none.stderr
    assert none.returncode == both.returncode == 1


def test_tail_prints_the_last_lines_and_what_is_added(
    notes_phone: Phone,
    place: Path,
    start_on: Callable[..., subprocess.Popen[str]],
) -> None:
    log = place / "log"
    log.write_text("".join(f"line {number}\n" for number in range(20)))
    said = notes_phone.simctl("file", "tail", "-n", "2", *IN_GROUP, f"{place.name}/log")

    assert said.stdout == "line 18\nline 19\n"

    with start_on("file", "tail", "-n", "1", "-f", *IN_GROUP, f"{place.name}/log") as tail:
        assert tail.stdout is not None
        assert tail.stdout.readline() == "line 19\n"

        with log.open("a") as file:
            file.write("added\n")

        assert tail.stdout.readline() == "added\n"
        (place / "new").write_text("of another file\n")
        (place / "new").rename(log)
        assert tail.stdout.readline() == "of another file\n"
        log.unlink()
        assert tail.wait(10) == 2


@pytest.fixture
def start_on(notes_phone: Phone) -> Callable[..., subprocess.Popen[str]]:
    """Starts simctl on the shared phone."""
    import sys

    from tests.simctl.conftest import environment

    devices = next(path for path in notes_phone.group.parents if path.name == "Devices")

    def begin(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "simulator.simctl", "--set", str(devices), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )

    return begin
