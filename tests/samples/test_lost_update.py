"""Notes and ShareToNotes keep their notes in one file: an update is lost, and how that is cured.

What ships keeps a file for each note. Here both are changed to keep a list in ``notes/index.json``,
which is what many apps begin with: read it, add to it, put it back.
"""

import json
import shutil
from pathlib import Path

import pytest

from simulator.testing.device import Device, sample

GROUP = "group.com.example.notes"
SHARE = "com.example.Notes.ShareToNotes"

LIST = f"""\
import json
from simulator.sdk.foundation import FileManager

FOLDER = FileManager.default.container_url({GROUP!r}) / "notes"
INDEX = FOLDER / "index.json"


def read():
    return json.loads(FileManager.default.contents(INDEX) or b"[]")


def write(notes):
    FileManager.default.write_atomically(json.dumps(notes), INDEX)
"""

SHARE_TO_NOTES = """
from simulator.sdk.darwin import notify_post
from simulator.sdk.extension import ShareExtension


class ShareToNotes(ShareExtension):
    def begin_request(self, context):
        notes = read()
        notes += [item.load() for item in context.attachments()]
        write(notes)
        notify_post("com.example.notes.changed")
        context.complete_request()
"""

# It reads, goes on with something that takes a while (it scales a picture, or waits for the
# network; here for a notification of the test's), and then writes what it has made of it.
NOTES = """
from simulator.sdk.darwin import notify_register_dispatch
from simulator.sdk.foundation import FileManager
from simulator.sdk.uikit import Application, View


class Notes(Application):
    def did_finish_launching(self, options):
        FileManager.default.create_directory(FOLDER)
        self.waiting = None
        notify_register_dispatch("com.example.notes.scaled", lambda token: self.finish())
        self.show(View("Notes", []))

    def open_url(self, url, options):
        self.waiting = [*read(), url.query["text"]]

    def finish(self):
        write(self.waiting)
        self.show(View("Notes", self.waiting))
"""


# What cures it: nobody else comes between reading and writing.
COORDINATED_LIST = f"""\
import json
from simulator.sdk.foundation import FileCoordinator, FileManager

FOLDER = FileManager.default.container_url({GROUP!r}) / "notes"
INDEX = FOLDER / "index.json"


def add(*notes):
    with FileCoordinator().writing(INDEX) as url:
        known = json.loads(FileManager.default.contents(url) or b"[]")
        FileManager.default.write_atomically(json.dumps([*known, *notes]), url)
"""

COORDINATED_SHARE = """
from simulator.sdk.darwin import notify_post
from simulator.sdk.extension import ShareExtension


class ShareToNotes(ShareExtension):
    def begin_request(self, context):
        add(*(item.load() for item in context.attachments()))
        notify_post("com.example.notes.changed")
        context.complete_request()
"""

COORDINATED_NOTES = """
from simulator.sdk.darwin import notify_register_dispatch
from simulator.sdk.uikit import Application, View


class Notes(Application):
    def did_finish_launching(self, options):
        FileManager.default.create_directory(FOLDER)
        self.waiting = None
        notify_register_dispatch("com.example.notes.scaled", lambda token: self.finish())
        self.show(View("Notes", []))

    def open_url(self, url, options):
        self.waiting = url.query["text"]

    def finish(self):
        add(self.waiting)
        self.show(View("Notes", [self.waiting]))
"""


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    """Notes with ShareToNotes alone, from their sources in a folder of the test's own."""
    app = sample("Notes")
    extension = app.parents[1] / "extensions" / "ShareToNotes.appex"
    copy = tmp_path / "apps" / "Notes.app"
    shutil.copytree(app, copy)
    shutil.copytree(extension, tmp_path / "extensions" / "ShareToNotes.appex")
    info = copy / "Info.plist"
    text = info.read_text()

    for other in ("NotesWidget", "NotesPush", "NotesKeyboard"):
        text = text.replace(f"<string>{other}.appex</string>", "")

    info.write_text(text)

    return copy


def write_sources(app: Path, *, notes: str, share: str) -> Path:
    (app / "Notes.py").write_text(notes)
    extension = app.parents[1] / "extensions" / "ShareToNotes.appex"
    (extension / "ShareToNotes.py").write_text(share)

    return app


def kept(device: Device) -> list[str]:
    """Return the notes that are there in the end."""
    notes: list[str] = json.loads((device.group(GROUP).path / "notes/index.json").read_text())

    return notes


def test_a_shared_text_is_lost_and_the_race_is_named(device: Device, variant: Path) -> None:
    device.look_for_races()
    notes = device.launch(
        device.install(write_sources(variant, notes=LIST + NOTES, share=LIST + SHARE_TO_NOTES))
    )
    device.open_url("notes:new?text=own")
    device.settle()
    device.share("shared", to=SHARE)

    assert kept(device) == ["shared"]

    device.notify_post("com.example.notes.scaled")
    notes.wait_until(lambda: "own" in notes.screen)
    device.settle()

    assert kept(device) == ["own"]  # what was shared is gone

    race = device.races.only()

    assert (race.kind, race.path) == ("lost-update", "notes/index.json")
    assert (race.first.bundle, race.second.bundle) == (SHARE, notes.bundle_id)
    assert (race.first.line, race.first.read) == ("ShareToNotes.py:13", "ShareToNotes.py:9")
    assert (race.second.line, race.second.read) == ("Notes.py:13", "Notes.py:9")
    assert "write_atomically(json.dumps(notes), INDEX)" in race.first.source


def test_the_race_is_named_also_where_nothing_was_lost(device: Device, variant: Path) -> None:
    """One after the other, as it nearly always goes: on some day it does not."""
    device.look_for_races()
    notes = device.launch(
        device.install(write_sources(variant, notes=LIST + NOTES, share=LIST + SHARE_TO_NOTES))
    )
    device.open_url("notes:new?text=own")
    device.notify_post("com.example.notes.scaled")
    notes.wait_until(lambda: "own" in notes.screen)
    device.share("shared", to=SHARE)
    device.settle()

    assert kept(device) == ["own", "shared"]
    assert device.races.only().kind == "lost-update"


@pytest.mark.device(races=True)
def test_coordination_cures_it(device: Device, variant: Path) -> None:
    sources = write_sources(
        variant,
        notes=COORDINATED_LIST + COORDINATED_NOTES,
        share=COORDINATED_LIST + COORDINATED_SHARE,
    )
    notes = device.launch(device.install(sources))
    device.open_url("notes:new?text=own")
    device.settle()
    device.share("shared", to=SHARE)
    device.notify_post("com.example.notes.scaled")
    notes.wait_until(lambda: "own" in notes.screen)
    device.share("shared again", to=SHARE)
    device.settle()

    assert kept(device) == ["shared", "own", "shared again"]
    assert device.races == []


@pytest.mark.device(races=True)
def test_the_samples_as_they_ship_do_not_race(device: Device, tmp_path: Path) -> None:
    photo = tmp_path / "beach.jpg"
    photo.write_bytes(b"\xff\xd8" * 5000)
    notes = device.launch("Notes")
    device.launch(device.install("Journal"))
    device.share("buy milk", files=[photo], to=SHARE)
    notes.wait_until(lambda: "buy milk" in notes.screen)
    device.open_url("notes:new?text=own")
    notes.wait_until(lambda: "own" in notes.screen)
    device.share("buy eggs", to=SHARE)
    notes.wait_until(lambda: "buy eggs" in notes.screen)
    notes.terminate()
    device.share("buy bread", to=SHARE)
    notes = device.launch("Notes")
    notes.wait_until(lambda: "buy bread" in notes.screen)
    device.reload_widget("com.example.Notes.NotesWidget")
