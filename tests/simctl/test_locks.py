"""simctl locks, and a suspension that ends in 0xdead10cc."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.testing.bundles import make_app

pytestmark = pytest.mark.slow

Simctl = Callable[..., subprocess.CompletedProcess[str]]

GROUP = "group.com.example.shared"
PROGRAM = f"""
import fcntl, sqlite3
from simulator.sdk.foundation import FileManager
from simulator.sdk.uikit import Application

class Locker(Application):
    def did_finish_launching(self, options):
        group = FileManager.default.container_url({GROUP!r})
        self.file = open(group / "two\\x1b lines", "w")
        fcntl.flock(self.file, fcntl.LOCK_EX)
        self.db = sqlite3.connect(group / "data.db")
        self.db.execute("pragma journal_mode=wal")
        self.db.execute("create table t (x)")
"""


def test_locks_are_listed_and_end_who_is_suspended_with_one(simctl: Simctl, tmp_path: Path) -> None:
    app = make_app(tmp_path, "Locker", source=PROGRAM, groups=[GROUP])
    assert simctl("launch", str(app)).returncode == 0
    assert simctl("screen").returncode == 0  # which waits until it has come to rest
    text, rows = simctl("locks").stdout, json.loads(simctl("locks", "--json").stdout)

    assert text.splitlines()[0].split() == ["PID", "BUNDLE", "STATE", "LOCK", "GROUP", "FILE"]
    assert "holds" in text.splitlines()[1]
    assert "flock exclusive, whole file" in text
    assert "SQLite open, WAL journal" in text
    assert "two\\x1b lines" in text
    assert {(row["kind"], row["isIdle"]) for row in rows} == {("flock", False), ("POSIX", True)}

    groups = simctl("get_app_container", "com.example.Locker", "groups").stdout
    one = simctl("get_app_container", "com.example.Locker", GROUP).stdout

    assert groups == f"{GROUP}\t{one}"
    assert Path(one.strip(), "data.db").exists()

    suspended = simctl("suspend", "com.example.Locker")

    assert suspended.returncode == 1
    assert suspended.stderr.startswith("com.example.Locker was terminated: 0xdead10cc: ")
    assert simctl("locks").stdout == "No process holds a lock in an App Group.\n"
