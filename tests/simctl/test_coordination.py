"""simctl coordination: who holds, who waits, for whom, and who presents."""

import json
import selectors
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from simulator.testing.bundles import make_app

Simctl = Callable[..., subprocess.CompletedProcess[str]]

GROUP = "group.com.example.shared"
SOURCE = f"""
from simulator.sdk.foundation import FileCoordinator, FileManager, FilePresenter
from simulator.sdk.uikit import Application


class NAME(Application):
    def did_finish_launching(self, options):
        note = FileManager.default.container_url("{GROUP}") / "note.txt"
        FileCoordinator.add_file_presenter(FilePresenter(note))
        with FileCoordinator().writing(note):
            print("granted", flush=True)
            while True:
                input_that_never_comes.acquire()


import threading
input_that_never_comes = threading.Lock()
input_that_never_comes.acquire()
"""


WRITER = f"""
from simulator.sdk.foundation import FileCoordinator, FileManager
from simulator.sdk.uikit import Application


class One(Application):
    def open_url(self, url, options):
        note = FileManager.default.container_url("{GROUP}") / "note.txt"
        FileCoordinator().coordinate_writing_item(note, 0, lambda url: url.write_text("x"))
"""


@pytest.fixture
def two_writers(simctl: Simctl, tmp_path: Path) -> list[int]:
    """Two apps that want one file and never let go of it; their pids."""
    pids = []

    for name in ("One", "Two"):
        app = make_app(tmp_path, name, source=SOURCE.replace("NAME", name), groups=[GROUP])
        said = simctl("launch", str(app))
        assert said.returncode == 0, said.stderr
        pids.append(int(said.stdout.rpartition(":")[2]))
        end = monotonic() + 30

        while f" {'waiting' if name == 'Two' else 'held'} " not in simctl("coordination").stdout:
            assert monotonic() < end

    return pids


def test_who_holds_and_who_waits_is_shown_with_its_line(
    simctl: Simctl, two_writers: list[int]
) -> None:
    said = simctl("coordination")
    lines = said.stdout.splitlines()
    one, two = two_writers

    assert lines[0].split() == ["PID", "BUNDLE", "STATE", "SINCE", "WHAT", "WHERE"]
    assert lines[1].startswith(f"{one}") or f" {one} " in lines[1]
    assert "held" in lines[1]
    assert f"write {GROUP}/note.txt" in lines[1]
    assert lines[1].endswith("One.py:10")
    assert "waiting" in lines[2]
    assert lines[3].startswith(
        f"com.example.Two ({two}) waits: com.example.One ({one}) holds write {GROUP}/note.txt since"
    )
    assert lines[3].endswith("at One.py:10")
    assert lines[5].split()[:3] == ["PID", "BUNDLE", "PRESENTS"]
    assert f"{GROUP}/note.txt" in lines[6]


def test_the_log_says_who_waits_for_whom(simctl: Simctl, two_writers: list[int]) -> None:
    lines = simctl("log").stdout.splitlines()
    claims = [line for line in lines if "coordination.claim" in line]
    (waits,) = [line for line in lines if "coordination.wait" in line]

    assert len(claims) == 2
    assert not [line for line in claims if "to=" in line]
    assert lines.index(waits) > lines.index(claims[1])
    assert (
        f"reason='waits for com.example.One ({two_writers[0]}) holds write {GROUP}/note.txt since "
    ) in waits
    assert "at One.py:10'" in waits
    assert waits.endswith("(Two.py:10)")


def test_as_json(simctl: Simctl, two_writers: list[int]) -> None:
    said = simctl("coordination", "--json", "--report-s", "0.5", "--suspended", "holds")
    shown = json.loads(said.stdout)

    assert [(row["pid"], row["state"]) for row in shown["claims"]] == [
        (two_writers[0], "held"),
        (two_writers[1], "waiting"),
    ]
    assert [row["item"] for row in shown["presenters"]] == [f"{GROUP}/note.txt"] * 2
    assert shown["settings"]["report_s"] == 0.5
    assert shown["settings"]["suspended_holds"] is True


def test_what_is_no_setting_is_refused(simctl: Simctl) -> None:
    assert simctl("launch", "Notes").returncode == 0
    assert simctl("coordination").stdout == "nobody holds or waits for a file\n"

    wrong = simctl("coordination", "--suspended", "maybe")

    assert wrong.returncode == 1
    assert "holds or yields, not maybe" in wrong.stderr
    assert "report_s: -1.0 is no time" in simctl("coordination", "--report-s=-1").stderr
    assert (
        "--wait-s takes a number of seconds, not x" in simctl("coordination", "--wait-s=x").stderr
    )


def test_it_is_watched(
    simctl: Simctl, start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    app = make_app(tmp_path, "One", source=WRITER, groups=[GROUP], schemes=["one"])
    assert simctl("launch", str(app)).returncode == 0
    watching = start("coordination", "--watch")
    assert watching.stdout is not None

    try:
        with selectors.DefaultSelector() as ready:
            ready.register(watching.stdout, selectors.EVENT_READ)

            # What happened before it looked is not shown, so it is made to happen until it is.
            for _ in range(30):
                simctl("openurl", "one:write")

                if ready.select(0.2):
                    break

        assert "coordination.claim" in watching.stdout.readline()
        assert f"{GROUP}/note.txt" in watching.stdout.readline()
    finally:
        watching.kill()
        watching.communicate()
