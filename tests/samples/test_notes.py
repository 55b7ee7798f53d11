"""Notes and its share extension: scenarios that read as documentation."""

from pathlib import Path

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.notes"
SHARE = "com.example.Notes.ShareToNotes"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "beach.jpg"
    path.write_bytes(b"\xff\xd8" * 5000)

    return path


def test_a_shared_text_reaches_the_running_app(device: Device) -> None:
    notes = device.launch("Notes")
    sheet = device.share("buy milk")

    assert sheet.offers == [SHARE]

    sheet.choose(SHARE)
    notes.wait_until(lambda: "buy milk" in notes.screen)

    assert device.group(GROUP).defaults == {"count": 1}


def test_a_universal_link_adds_a_note(device: Device) -> None:
    app_id = "EXAMPLE123.com.example.Notes"
    component = {"/": "/new", "?": {"text": "?*"}}
    device.domain(
        "notes.example.com",
        {"applinks": {"details": [{"appIDs": [app_id], "components": [component]}]}},
    )
    device.install("Notes")
    notes = device.open_url("https://notes.example.com/new?text=buy%20milk")
    notes.wait_until(lambda: "buy milk" in notes.screen)

    assert notes.how == "universal link"


def test_a_shared_text_is_there_when_the_app_is_launched_later(device: Device) -> None:
    device.install("Notes")
    outcome = device.share("buy milk").choose(SHARE)

    assert outcome.how == "completed"
    assert device.launch("Notes").screen == "Notes (1)\nbuy milk"


def test_a_shared_photo_reaches_the_running_app(device: Device, photo: Path) -> None:
    notes = device.launch("Notes")
    device.share(files=[photo], to=SHARE)
    notes.wait_until(lambda: "[0000.jpg, 10000 bytes]" in notes.screen)

    assert (device.group(GROUP).path / "notes" / "0000.jpg").read_bytes() == photo.read_bytes()


def test_a_shared_photo_is_there_when_the_app_is_launched_later(
    device: Device, photo: Path
) -> None:
    device.install("Notes")
    device.share(files=[photo], to=SHARE)

    assert "[0000.jpg, 10000 bytes]" in device.launch("Notes").screen


def test_a_text_and_a_photo_arrive_together(device: Device, photo: Path) -> None:
    notes = device.launch("Notes")
    device.share("the beach", files=[photo], to=SHARE)
    notes.wait_until(lambda: "Notes (2)" in notes.screen)

    assert device.group(GROUP).files == ["notes/0000.txt", "notes/0001.jpg"]


def test_a_movie_is_not_offered_and_the_sheet_says_why(device: Device, tmp_path: Path) -> None:
    device.install("Notes")
    movie = tmp_path / "beach.mov"
    movie.write_bytes(b"moov")
    sheet = device.share(files=[movie])

    assert sheet.offers == []
    assert sheet.why(SHARE) == (
        "no key of the rule takes the item of type com.apple.quicktime-movie "
        "(NSExtensionActivationSupportsMovieWithMaxCount or "
        "NSExtensionActivationSupportsFileWithMaxCount would)"
    )


def test_a_url_opens_the_running_app(device: Device) -> None:
    notes = device.launch("Notes")
    opened = device.open_url("notes:new?text=hi%20there")
    notes.wait_until(lambda: "hi there" in notes.screen)

    assert opened.pid == notes.pid
    assert device.events.of(kind="url", operation="open").only().detail["start"] == "warm"


def test_a_url_starts_the_app(device: Device) -> None:
    device.install("Notes")
    notes = device.open_url("notes:new?text=hi%20there")
    notes.wait_until(lambda: "hi there" in notes.screen)

    assert device.screen == "Notes (1)\nhi there"
    assert device.events.of(kind="url", operation="open").only().detail["start"] == "cold"


def test_the_extension_tells_the_app_by_a_darwin_notification(device: Device) -> None:
    notes = device.launch("Notes")
    device.share("buy milk", to=SHARE)
    notes.wait_until(lambda: "buy milk" in notes.screen)
    shown = device.events.of(kind="screen", operation="show", actor=notes.bundle_id)[-1]
    delivered = device.events[shown.cause - 1]
    posted = device.events[delivered.cause - 1]

    assert (delivered.operation, posted.operation) == ("deliver", "post")
    assert posted.actor == f"{SHARE}/1"


def test_notes_survive_a_reboot_of_the_device(device: Device) -> None:
    device.install("Notes")
    device.share("buy milk", to=SHARE)
    device.reboot()

    assert device.launch("Notes").screen == "Notes (1)\nbuy milk"


def test_removing_the_app_removes_its_group(device: Device) -> None:
    device.install("Notes")
    folder = device.group(GROUP).path
    device.uninstall("Notes")

    assert not folder.exists()


def test_a_link_without_a_text_makes_an_empty_note(device: Device) -> None:
    notes = device.launch("Notes")
    device.open_url("notes:new")
    notes.wait_until(lambda: "Notes (1)" in notes.screen)
