"""SQLite in a group's container, from two real processes: journals, contention, a killed writer."""

import os
import signal
from collections.abc import Callable
from typing import Any, cast

import pytest

from simulator.testing.device import Device

OPEN = """
db = sqlite3.connect(group / 'data.db', timeout={timeout}, isolation_level=None)
mode = db.execute('pragma journal_mode={mode}').fetchone()[0]
db.execute('pragma synchronous=off')  # what is shown are locks, not the disk
db.execute('create table if not exists t (who text, n integer)')

def add(who, times):
    for n in range(times):
        db.execute('begin immediate')
        db.execute('insert into t values (?, ?)', (who, n))
        db.execute('commit')
    return 'done'
"""
COUNT = "db.execute('select count(*) from t').fetchone()[0]"
CHECK = "db.execute('pragma integrity_check').fetchone()[0]"


@pytest.fixture(params=["wal", "delete"])
def pair(request: pytest.FixtureRequest, process: Callable[..., Any]) -> tuple[Any, Any]:
    """Two processes with one database of a journal mode."""
    both = process("One"), process("Two")

    for each in both:
        each.do(OPEN.format(mode=request.param, timeout=20))
        assert each.do("mode") == request.param

    return both


def test_two_processes_write_at_once_and_nothing_is_lost(
    pair: tuple[Any, Any], device: Device
) -> None:
    one, two = pair
    answers = [each.tell(f"add({each.scheme!r}, 50)") for each in pair]

    for each, answer in zip(pair, answers, strict=True):
        assert '"done"' in str(each.app.wait_until(answer, timeout_s=30.0))

    assert [one.do(COUNT), two.do(COUNT)] == [100, 100]
    assert one.do(CHECK) == "ok"
    assert list(device.denials) == []


def test_a_busy_database_is_told_when_the_timeout_is_over(pair: tuple[Any, Any]) -> None:
    one, two = pair
    one.do("db.execute('begin immediate')")
    two.do("db.execute('pragma busy_timeout = 50')")
    two.do(
        "try: add('two', 1); found = ''\n"
        "except sqlite3.OperationalError as problem: found = str(problem)"
    )

    assert two.do("found") == "database is locked"

    one.do("db.execute('rollback')")

    assert two.do("add('two', 1)") == "done"


def test_what_a_killed_writer_had_begun_is_undone_by_the_next(
    pair: tuple[Any, Any], device: Device
) -> None:
    one, two = pair
    one.do("add('one', 3)")
    # So much that pages are written to the disk before the end of the transaction.
    one.do("db.execute('pragma cache_size = 5'); db.execute('begin immediate')")
    one.do("db.executemany('insert into t values (?, ?)', [('x' * 3000, n) for n in range(200)])")
    guest = device.app("com.example.One")
    handle = os.pidfd_open(guest.pid)
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    os.close(handle)
    one.app.wait_until_exit()

    assert two.do(COUNT) == 3
    assert two.do("add('two', 1)") == "done"
    assert two.do(CHECK) == "ok"
    rows = cast("dict[str, list[dict[str, object]]]", device.ask("locks"))["locks"]
    assert [row for row in rows if not row["idle"]] == []
