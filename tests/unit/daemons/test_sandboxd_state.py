"""Which denials are told, and what they teach."""

import pytest

from simulator.daemonkit.limits import DENIALS_TOLD_MAX, DENIED_RESOURCES_MAX
from simulator.daemonkit.rooms import Owner
from simulator.daemons.sandboxd.calls import NAMES, Caller, understood
from simulator.daemons.sandboxd.lessons import OPERATIONS, Asker, lesson
from simulator.daemons.sandboxd.state import OTHERS, Tally, Told, apple_line

ASKER = Asker(
    bundle_id="com.example.Notes.Share",
    entitlements="Share.entitlements",
    bundle="/b/Notes.app/PlugIns/Share.appex",
    home="/home",
    groups=("group.mine",),
)
GROUPS = "com.apple.security.application-groups"


def test_the_first_ones_are_told_then_powers_of_ten() -> None:
    tally = Tally()
    told = [tally.count("signal", "x") for _ in range(1500)]
    times = [each.times for each in told if each is not None]

    assert times == [*range(1, DENIALS_TOLD_MAX + 1), 100, 1000]
    assert tally.rest() == [Told("signal", "x", 1500)]


def test_nothing_is_left_to_tell_of_what_was_told() -> None:
    tally = Tally()
    tally.count("signal", "x")

    assert tally.rest() == []


def test_resources_beyond_the_limit_are_one() -> None:
    tally = Tally()

    for number in range(DENIED_RESOURCES_MAX):
        assert tally.count("file-read-data", str(number)) is not None

    assert tally.count("file-read-data", "new") == Told("file-read-data", OTHERS, 1)
    assert tally.count("file-read-data", "newer") == Told("file-read-data", OTHERS, 2)
    assert tally.count("file-read-data", "0") == Told("file-read-data", "0", 2)


def test_the_line_is_apples() -> None:
    assert (
        apple_line("Notes", 7, "file-read-data", "/x")
        == "Sandbox: Notes(7) deny(1) file-read-data /x"
    )
    assert apple_line("Notes", 7, "process-fork", "") == "Sandbox: Notes(7) deny(1) process-fork"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_teaches(operation: str) -> None:
    said = lesson(operation, "/x", ASKER, None)

    assert len(said.split()) > 5
    assert "{" not in said


@pytest.mark.parametrize(
    ("operation", "path", "owner", "said"),
    [
        (
            "file-write-create",
            "/g/x",
            Owner("group", "group.x"),
            f"needs {GROUPS} = [group.x] in Share.entitlements",
        ),
        ("file-write-mode", "/g", Owner("group", "group.mine"), "the container itself"),
        ("file-write-mode", "/home", Owner("data", "com.example.Notes.Share"), "the container its"),
        ("file-read-data", "/d/x", Owner("data", "com.other"), "data container of com.other"),
        ("file-read-data", "/a/x", Owner("app", "com.other"), "another app's bundle"),
        ("file-write-data", "/a/x", Owner("app", "com.example.Notes"), "a bundle is read-only"),
        ("file-read-data", "/etc/passwd", None, "no app on iOS may read there"),
        ("file-write-create", "/tmp/x", None, "Documents, Library and tmp"),
        ("process-fork", "", None, "no app on iOS may fork"),
        ("network-outbound", "127.0.0.1:9", None, "left out of this simulator by the brief"),
        ("ipc-posix-shm-write-create", "/dev/shm/x", None, "map a file in the App Group"),
        ("user-preference-read", "group.x", None, f"needs {GROUPS} = [group.x] in Share.ent"),
        ("syscall-unix", "inotify_init1", None, "Darwin notification"),
        ("syscall-unix", "bpf", None, "no app on iOS has bpf"),
        ("container-url", "group.x", None, f"'group.x' is not in {GROUPS} of com.example.Notes"),
    ],
)
def test_a_lesson_depends_on_whose_it_is(
    operation: str, path: str, owner: Owner | None, said: str
) -> None:
    assert said in lesson(operation, path, ASKER, owner)


@pytest.mark.parametrize("name", sorted(NAMES.values()))
def test_every_call_that_is_asked_about_is_an_operation_even_if_nothing_can_be_read(
    name: str,
) -> None:
    class Unreadable(Caller):
        def text(self, address: int) -> str:
            raise OSError(14, f"nothing at {address}")

        def place(self, descriptor: int) -> str:
            raise OSError(9, f"no descriptor {descriptor}")

    asked = understood(name, Unreadable(0), (0,) * 6)

    assert asked.operation in OPERATIONS
