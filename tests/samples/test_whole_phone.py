"""The other samples, each in a scenario that can be read as documentation."""

from simulator.testing.device import Device

GROUP = "group.com.example.notes"


def test_the_widget_shows_the_last_notes_while_nothing_of_it_runs(device: Device) -> None:
    notes = device.launch("Notes")
    device.open_url("notes:new?text=buy%20milk")
    device.wait_until(lambda: device.widgets[0].lines == ["buy milk"])
    device.settle()

    assert device.widgets[0].kind == "NotesWidget"
    assert [row[1] for row in device.ps] == [notes.bundle_id]


def test_a_push_is_changed_by_the_service_extension_before_it_is_shown(device: Device) -> None:
    device.install("Notes")
    banner = device.push("Notes", alert="secret", mutable_content=True, cipher="klim yub")

    assert (banner.subtitle, banner.body) == ("from Notes", "buy milk")
    assert banner.changed_by == "com.example.Notes.NotesPush"


def test_a_push_that_may_not_be_changed_is_shown_as_it_came(device: Device) -> None:
    device.install("Notes")

    assert device.push("Notes", alert={"title": "Hey", "body": "you"}).body == "you"


def test_the_keyboard_types_into_the_field_of_the_app_in_front(device: Device) -> None:
    device.launch("Notes")
    device.type("2 ")
    device.type(keyboard="com.example.Notes.NotesKeyboard", keys=[":milk:", "x", "⌫"])
    device.settle()  # after the first key the field reads the same

    assert device.fields == {"draft": "2 🥛"}

    device.tap("Save")

    device.wait_until(lambda: device.screen == "Notes (1)\n2 🥛")


def test_an_app_of_the_same_team_sees_what_was_shared(device: Device) -> None:
    journal_id = device.install("Journal")
    device.install("Notes")
    device.share("buy milk", to="com.example.Notes.ShareToNotes")
    journal = device.launch(journal_id)

    assert journal.screen == "Journal: 1 entries\n0000.txt"


def test_the_intruder_finds_every_door_shut(device: Device) -> None:
    device.launch("Notes")
    intruder = device.launch("Intruder")
    doors = intruder.screen.splitlines()[1:]

    assert len(doors) == 13
    assert [door for door in doors if "stopped" not in door] == []
