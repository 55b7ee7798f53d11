"""Taps, and the samples as a person uses them."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator.xpc.errors import CommandError, Misuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.wholephone.conftest import Phone

pytestmark = pytest.mark.enforces

ROOT = Path(__file__).resolve().parents[2]
NOTES = "com.example.Notes"
JOURNAL = "com.example.Journal"
INTRUDER = "org.elsewhere.Intruder"
WIDGET = "com.example.Notes.NotesWidget"
SHARE = "com.example.Notes.ShareToNotes"


def _share(phone: "Phone", text: bytes) -> None:
    phone.ask("share", bundle_id=SHARE, items=[[["public.plain-text"], "", text]])


def test_a_tap_runs_the_buttons_handler(notes_phone: "Phone") -> None:
    notes_phone.ask("type", text="buy milk")
    notes_phone.ask("tap", label="Save")
    screen = notes_phone.screen()

    assert (screen["title"], screen["lines"]) == ("Notes (1)", ["buy milk"])


def test_what_is_typed_after_a_tap_goes_into_what_the_tap_left(notes_phone: "Phone") -> None:
    notes_phone.ask("type", text="one")
    notes_phone.ask("tap", label="Save")
    notes_phone.ask("type", text="two")
    screen = notes_phone.screen()

    assert screen["lines"] == ["one"]
    assert screen["fields"] == [["draft", "two"]]


def test_an_app_in_the_background_can_be_tapped_by_its_name(notes_phone: "Phone") -> None:
    notes_phone.ask("type", text="buy milk")
    notes_phone.ask("press_home")
    notes_phone.ask("tap", label="Save", bundle_id=NOTES)

    assert notes_phone.screen(NOTES)["lines"] == ["buy milk"]


def test_a_tap_on_what_is_not_there_names_what_is(notes_phone: "Phone") -> None:
    with pytest.raises(Misuse, match=rf"^{NOTES} shows no button 'Send'; it shows 'Save'$"):
        notes_phone.ask("tap", label="Send")


@pytest.mark.parametrize(
    ("bundle_id", "sentence"),
    [("", "no app is in front"), ("com.example.Nobody", "com.example.Nobody does not run")],
)
def test_without_an_app_nothing_can_be_tapped(
    bundle_id: str, sentence: str, phone: "Phone"
) -> None:
    with pytest.raises(Misuse, match=sentence):
        phone.ask("tap", label="Save", bundle_id=bundle_id)


@pytest.mark.contract("E64")
def test_journal_of_the_same_group_sees_what_was_shared_with_notes(notes_phone: "Phone") -> None:
    notes_phone.ask("install", path=str(ROOT / "apps" / "Journal.app"))
    _share(notes_phone, b"one")
    notes_phone.launch(JOURNAL)
    before = notes_phone.screen(JOURNAL)
    _share(notes_phone, b"two")
    after = notes_phone.screen(JOURNAL)

    assert (before["title"], before["lines"]) == ("Journal: 1 entries", ["0000.txt"])
    assert (after["title"], after["lines"]) == ("Journal: 2 entries", ["0000.txt", "0001.txt"])


def test_the_widget_of_notes_follows_what_is_saved(notes_phone: "Phone") -> None:
    def lines() -> list[str]:
        (widget,) = notes_phone.ask("widgets")

        return list(widget["view"]["lines"]) if widget["view"] else []

    notes_phone.until(lambda: lines() == ["nothing yet"])
    notes_phone.ask("openurl", url="notes:new?text=buy%20milk")
    notes_phone.until(lambda: lines() == ["buy milk"])

    assert notes_phone.ask("widgets")[0]["problem"] == ""


@pytest.mark.contract("E3")
@pytest.mark.contract("E62")
def test_every_door_that_the_intruder_tries_is_closed_and_says_by_what(
    notes_phone: "Phone",
) -> None:
    _share(notes_phone, b"a secret")
    notes_phone.ask("install", path=str(ROOT / "apps" / "Intruder.app"))
    notes_phone.launch(INTRUDER)
    lines = notes_phone.screen(INTRUDER)["lines"]
    understood = ("not in this app's entitlements", "private to this app", "Permission denied",
                  "Operation not permitted")  # fmt: skip

    assert len(lines) > 10
    assert [line for line in lines if "OPEN" in line or "secret" in line] == []
    assert [line for line in lines if ": stopped – PermissionError: " not in line] == []
    assert [line for line in lines if not any(words in line for words in understood)] == []


def test_the_intruder_leaves_notes_as_it_was(notes_phone: "Phone") -> None:
    _share(notes_phone, b"a secret")
    before = notes_phone.screen(NOTES)["lines"]
    notes_phone.ask("install", path=str(ROOT / "apps" / "Intruder.app"))
    notes_phone.launch(INTRUDER)
    folder = Path(notes_phone.ask("group", group="group.com.example.notes"))

    assert notes_phone.screen(NOTES)["lines"] == before == ["a secret"]
    assert [path.read_text() for path in (folder / "notes").iterdir()] == ["a secret"]
    assert not Path("/tmp/intruder").exists()


def test_all_points_at_once_meet_in_the_group(notes_phone: "Phone") -> None:
    notes_phone.ask("install", path=str(ROOT / "apps" / "Journal.app"))
    _share(notes_phone, b"shared")
    notes_phone.ask("type", text="typed", keyboard="com.example.Notes.NotesKeyboard")
    notes_phone.screen()
    payload = b'{"aps": {"alert": "x", "mutable-content": 1}, "cipher": "dehsup"}'
    notes_phone.ask("push", bundle_id=NOTES, payload=payload)
    notes_phone.ask("tap", label="Save")
    notes_phone.until(lambda: notes_phone.ask("widgets")[0]["reloads"] >= 2)
    notes_phone.until(lambda: len(notes_phone.ask("ps")) == 2)
    screen = notes_phone.screen()
    ran = {row["resource"] for row in notes_phone.events("launch", "start")}

    assert screen["lines"] == screen["widgets"][0]["view"]["lines"] == ["shared", "typed"]
    assert screen["banners"][0]["body"] == "pushed"
    assert screen["keyboard"] == "Notes Keyboard"
    assert len(ran) == 5


GREEDY = """
    from simulator.sdk.uikit import Application
    from simulator.sdk.extension import ShareExtension

    class Share(ShareExtension):
        def begin_request(self, context):
            opened = Application().open("notes:new?text=from+an+extension")
            context.complete_request([str(opened)])
"""


@pytest.mark.contract("E25")
def test_an_extension_that_opens_a_url_is_refused_and_the_log_says_why(
    notes_phone: "Phone", app: "Callable[..., str]"
) -> None:
    notes_phone.ask("install", path=app({"Share": ("com.apple.share-services", GREEDY)}))
    outcome = notes_phone.ask(
        "share", bundle_id="com.example.Host.Share", items=[[["public.plain-text"], "", b"x"]]
    )
    (refused,) = notes_phone.events("url", "refuse")

    assert outcome["returned"] == ["False"]
    assert notes_phone.screen(NOTES)["lines"] == []
    assert refused["detail"]["reason"].startswith("an extension opens no URLs")
    assert refused["detail"]["asked_by"] == "com.example.Host.Share/1"


@pytest.mark.contract("E9")
def test_an_extension_of_an_unknown_point_is_installed_and_listed_and_never_started(
    phone: "Phone", app: "Callable[..., str]"
) -> None:
    point = "com.apple.fileprovider-nonui"
    installed = phone.ask("install", path=app({"Files": (point, "print('running')")}))
    (row,) = phone.ask("extensions")
    offers = phone.ask("share_offers", items=[[["public.plain-text"], "", b"x"]])

    with pytest.raises(Misuse, match="is no share extension"):
        phone.ask(
            "share", bundle_id="com.example.Host.Files", items=[[["public.plain-text"], "", b"x"]]
        )

    assert installed["extensions"] == ["com.example.Host.Files"]
    assert (row["point"], row["simulated"], row["pid"]) == (point, False, 0)
    assert offers == []
    assert phone.events("launch", "start") == []


@pytest.mark.contract("E1")
@pytest.mark.parametrize("name", ["ShareToNotes", "NotesWidget", "NotesPush", "NotesKeyboard"])
def test_no_extension_can_be_launched_like_an_app(name: str, notes_phone: "Phone") -> None:
    with pytest.raises(
        CommandError, match="it is an extension: the system starts it, for a request"
    ):
        notes_phone.ask("launch", bundle_id=f"com.example.Notes.{name}")
