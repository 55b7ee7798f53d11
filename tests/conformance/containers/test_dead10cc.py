"""0xdead10cc: what a process must not hold in a shared container when it is suspended."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"
OPEN = "db = sqlite3.connect({} / 'data.db', isolation_level=None)\n"
WAL = (
    OPEN.format("group")
    + "db.execute('pragma journal_mode=wal'); db.execute('create table t(x)')\n"
)
DELETE = (
    OPEN.format("group")
    + "db.execute('create table t(x)'); db.execute('insert into t values (1)')\n"
)
PRIVATE = DELETE.replace("group", "docs")


HELPERS = f"""
import fcntl, sqlite3
from simulator.sdk.foundation import FileManager
group = FileManager.default.container_url({GROUP!r})
docs = FileManager.default.documents_directory
"""
CLEAN = """
db = file = rows = None
for folder in (group, docs):
    for name in os.listdir(folder):
        if name.startswith(("data.db", "lock")): os.unlink(folder / name)
"""


def suspended(one: Any) -> str:
    """Suspend it; return why it was ended, or nothing."""
    one.app.suspend()

    return "" if one.app.is_running else one.app.wait_until_exit(5.0)


HELD = {
    "flock": (
        "file = open(group / 'lock', 'w'); fcntl.flock(file, fcntl.LOCK_EX)",
        "lock of group.com.example.shared (flock exclusive, whole file)",
    ),
    "shared flock": (
        "file = open(group / 'lock', 'w'); fcntl.flock(file, fcntl.LOCK_SH)",
        "lock of group.com.example.shared (flock shared, whole file)",
    ),
    "POSIX": (
        "file = open(group / 'lock', 'w'); fcntl.lockf(file, fcntl.LOCK_EX, 10, 5)",
        "lock of group.com.example.shared (POSIX exclusive, bytes 5-14)",
    ),
    "OFD": (
        (
            "import struct; file = open(group / 'lock', 'w'); whole = (fcntl.F_WRLCK, 0, 0, 0, 0)"
            "; fcntl.fcntl(file, 37, struct.pack('hhqqi4x', *whole))"
        ),
        "lock of group.com.example.shared (OFD exclusive, whole file)",
    ),
    "of a removed file": (
        "file = open(group / 'lock', 'w'); fcntl.flock(file, 2); os.unlink(group / 'lock')",
        "lock of group.com.example.shared (flock exclusive",
    ),
    "rollback write": (
        f"{DELETE}db.execute('begin immediate')",
        "data.db of group.com.example.shared (SQLite reserved, rollback journal)",
    ),
    "rollback exclusive": (
        f"{DELETE}db.execute('begin exclusive')",
        "data.db of group.com.example.shared (SQLite exclusive, rollback journal)",
    ),
    "rollback read": (
        f"{DELETE}rows = db.execute('select * from t, t as u'); db.execute('begin'); next(rows)",
        "data.db of group.com.example.shared (SQLite shared, rollback journal)",
    ),
    "WAL write": (
        f"{WAL}db.execute('begin immediate')",
        "data.db-shm of group.com.example.shared (SQLite write, WAL journal)",
    ),
    "WAL read": (
        f"{WAL}db.execute('begin'); db.execute('select * from t').fetchall()",
        "data.db-shm of group.com.example.shared (SQLite read, WAL journal)",
    ),
}

FREE = {
    "nothing": "pass",
    "an open file": "file = open(group / 'lock', 'w')",
    "a private flock": "file = open(docs / 'lock', 'w'); fcntl.flock(file, fcntl.LOCK_EX)",
    "a private transaction": f"{PRIVATE}db.execute('begin exclusive')",
    "an idle WAL connection": (
        f"{WAL}db.execute('insert into t values (1)'); db.execute('select * from t').fetchall()"
    ),
    "an idle rollback connection": DELETE,
    "a lock that was let go": (
        "file = open(group / 'lock', 'w'); fcntl.flock(file, 2); fcntl.flock(file, 8)"
    ),
}


@pytest.mark.contract("D81")
def test_a_process_that_is_suspended_with_a_lock_in_a_group_is_ended(
    one: Any, device: Device
) -> None:
    for number, (what, (code, told)) in enumerate(HELD.items()):
        one.do(CLEAN)
        one.do(code)
        reason = suspended(one)
        event = device.events.of(kind="process", operation="terminate")[number]

        assert reason.startswith("ended by the system: 0xdead10cc: "), what
        assert told in reason, what
        assert event.detail["code"] == 0xDEAD10CC
        assert event.resource == "com.example.One"

        one.relaunch()
        one.do(HELPERS)


@pytest.mark.contract("D81")
def test_what_is_in_nobodys_way_ends_nobody(one: Any) -> None:
    for what, code in FREE.items():
        one.do(CLEAN)
        one.do(code)

        assert suspended(one) == "", what

        one.app.resume()

        assert one.do("1 + 1") == 2


@pytest.mark.contract("D81")
def test_whoever_waited_gets_the_lock_of_the_one_that_was_ended(
    process: Callable[..., Any], device: Device
) -> None:
    one, two = process("One"), process("Two")
    one.do("file = open(group / 'lock', 'w'); fcntl.flock(file, fcntl.LOCK_EX)")
    answer = two.tell("file = open(group / 'lock', 'w'); fcntl.flock(file, fcntl.LOCK_EX)")
    device.wait_until(lambda: any(row["waiting"] for row in locks(device)))

    assert suspended(one)
    assert two.app.wait_until(answer, timeout_s=5.0) is not None


def locks(device: Device) -> list[dict[str, Any]]:
    answer = cast("dict[str, list[dict[str, Any]]]", device.ask("locks"))

    return answer["locks"]


def test_locks_tell_who_holds_what_and_who_waits(
    process: Callable[..., Any], device: Device
) -> None:
    one, two = process("One"), process("Two")
    one.do("file = open(group / 'lock', 'w'); fcntl.lockf(file, fcntl.LOCK_EX, 10, 5)")
    two.tell("file = open(group / 'lock', 'w'); fcntl.lockf(file, fcntl.LOCK_EX, 1, 7)")
    device.wait_until(lambda: len(locks(device)) == 2)
    waited, held = locks(device)

    assert (held["bundle_id"], held["waiting"]) == ("com.example.One", False)
    assert (held["file"], held["kind"], held["mode"]) == ("lock", "POSIX", "exclusive")
    assert (held["start"], held["end"], held["group"]) == (5, 14, GROUP)
    assert (waited["bundle_id"], waited["waiting"]) == ("com.example.Two", True)
    assert (waited["start"], waited["end"]) == (7, 7)


def test_a_database_in_which_somebody_is_busy_is_told_in_its_own_words(
    one: Any, device: Device
) -> None:
    one.do(f"{WAL}db.execute('begin immediate')")
    found = {(row["file"], row["sqlite"], row["idle"]) for row in locks(device)}

    assert found == {
        ("data.db", "shared", True),
        ("data.db-shm", "open", True),
        ("data.db-shm", "write", False),
        ("data.db-shm", "read", False),
    }


def test_a_database_is_known_as_it_was_opened_whatever_has_its_name_now(one: Any) -> None:
    one.do(f"{WAL}old = db; os.unlink(group / 'data.db'); os.unlink(group / 'data.db-shm')")
    one.do(f"os.unlink(group / 'data.db-wal')\n{DELETE}")

    assert suspended(one) == ""


def test_three_thousand_locks_of_one_process_are_no_burden(one: Any, device: Device) -> None:
    one.do(
        "file = open(group / 'lock', 'w')\n"
        "for at in range(3000): fcntl.lockf(file, fcntl.LOCK_EX, 1, at * 2)\n"
        "more = [os.dup(file.fileno()) for _ in range(100)]"
    )
    answer = cast("dict[str, Any]", device.ask("locks"))

    assert len(answer["locks"]) == 1000
    assert answer["more"] == 2000
    assert "more" in suspended(one)
