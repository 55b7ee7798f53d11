"""Pushes: checked, changed by a service extension in a process of its own, and shown."""

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from simulator.xpc.errors import CommandError, Misuse

if TYPE_CHECKING:
    from tests.wholephone.conftest import InsidePhone, Phone, Scenario

pytestmark = pytest.mark.enforces

SERVICE = "com.apple.usernotifications.service"
HOST = "com.example.Host"
CHANGER = "com.example.Host.Changer"
NOTES = "com.example.Notes"

MUTABLE: dict[str, object] = {"alert": {"title": "T", "body": "original"}, "mutable-content": 1}

HEAD = """
    from simulator.sdk._process import current
    from simulator.sdk.usernotifications import NotificationContent, NotificationServiceExtension

    class Changer(NotificationServiceExtension):
        def did_receive(self, request, content_handler):
            print("asked")
            self.best = request.content.mutable_copy()
            self.best.body = "best attempt"
"""
EXPIRES = """
        def service_extension_time_will_expire(self):
            self.content_handler(self.best)
"""
HANGS = "import threading; threading.Event().wait()"


def _changer(*lines: str, more: str = "") -> dict[str, tuple[str, str]]:
    body = "".join(f"            {line}\n" for line in lines)

    return {"Changer": (SERVICE, HEAD + body + more)}


def _payload(aps: object, **custom: object) -> bytes:
    return json.dumps({"aps": aps, **custom}).encode()


def _push(phone: "Phone", path: str, aps: object, **custom: object) -> tuple[Any, Any]:
    """Install an app, push at it, and return what became of it and the banners."""
    phone.ask("install", path=path)
    delivered = phone.ask("push", bundle_id=HOST, payload=_payload(aps, **custom))

    return delivered, phone.screen()["banners"]


@pytest.mark.contract("E97")
def test_notes_own_extension_changes_a_mutable_alert(notes_phone: "Phone") -> None:
    delivered = notes_phone.ask(
        "push", bundle_id=NOTES, payload=_payload(MUTABLE, cipher="klim yub")
    )
    (banner,) = notes_phone.screen()["banners"]

    assert delivered["changed_by"] == banner["changed_by"] == "com.example.Notes.NotesPush"
    assert [banner[key] for key in ("title", "subtitle", "body")] == ["T", "from Notes", "buy milk"]


@pytest.mark.contract("E2")
def test_the_extension_runs_though_its_app_does_not_and_is_gone_afterwards(
    phone: "Phone", app: Callable[..., str]
) -> None:
    delivered, _ = _push(phone, app(_changer("content_handler(self.best)")), MUTABLE)
    phone.until(lambda: not phone.ask("ps"))
    launched = {row["resource"] for row in phone.events("launch", "start")}

    assert delivered["changed_by"] == CHANGER
    assert launched == {CHANGER}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os; os.abort()", "SIGABRT"),
        ("import sys; sys.exit(0)", "Changer exited"),
        ("current().tell('apsd.content', [1, 'nonsense'])", "content of the wrong shape"),
        ("current().tell('apsd.content', [99, {}])", "the wrong shape"),
        ("content_handler(NotificationContent())", "answered with nothing to show"),
        ("content_handler(NotificationContent(title=7))", "the wrong shape"),
        ("content_handler(NotificationContent('x', badge=True))", "the wrong shape"),
    ],
)
def test_without_a_usable_answer_the_original_is_shown_and_says_why(
    line: str, why: str, phone: "Phone", app: Callable[..., str]
) -> None:
    delivered, (banner,) = _push(phone, app(_changer(line)), MUTABLE)

    assert (banner["title"], banner["body"]) == ("T", "original")
    assert delivered["shown"]
    assert delivered["changed_by"] == banner["changed_by"] == ""
    assert delivered["note"].startswith(f"the original: {CHANGER} ")
    assert why in delivered["note"]


@pytest.mark.contract("E98")
def test_an_extension_that_is_slow_is_told_and_its_best_attempt_is_shown(
    inside: "Callable[[Scenario], None]", app: Callable[..., str]
) -> None:
    async def scenario(phone: "InsidePhone") -> None:
        await phone.ask("install", path=app(_changer("pass", more=EXPIRES)))
        push = asyncio.ensure_future(phone.ask("push", bundle_id=HOST, payload=_payload(MUTABLE)))
        await phone.until("output", "stdout")
        phone.clock.advance(28.9)
        await phone.host.runningboardd.until_quiescent()
        waits = not push.done()
        phone.clock.advance(0.2)
        delivered = await push

        assert waits
        assert delivered["changed_by"] == CHANGER
        assert phone.host.springboard.banners[0].body == "best attempt"

    inside(scenario)


@pytest.mark.contract("E98")
@pytest.mark.parametrize("line", ["pass", HANGS])
def test_an_extension_that_never_answers_leaves_the_original_after_thirty_seconds(
    line: str, inside: "Callable[[Scenario], None]", app: Callable[..., str]
) -> None:
    async def scenario(phone: "InsidePhone") -> None:
        await phone.ask("install", path=app(_changer(line)))
        push = asyncio.ensure_future(phone.ask("push", bundle_id=HOST, payload=_payload(MUTABLE)))
        await phone.until("output", "stdout")
        phone.clock.advance(29.9)
        waits = not push.done()
        phone.clock.advance(0.2)
        delivered = await push
        phone.clock.advance(5)  # who hangs does not hear TERM either
        await phone.until("exit", "exit")

        assert waits
        assert delivered["note"] == f"the original: {CHANGER} it did not answer within 30 s"
        assert phone.host.springboard.banners[0].body == "original"
        assert await phone.ask("ps") == []

    inside(scenario)


def test_of_two_answers_the_first_counts(phone: "Phone", app: Callable[..., str]) -> None:
    twice = "content_handler(NotificationContent('1')); content_handler(NotificationContent('2'))"
    delivered, (banner,) = _push(phone, app(_changer(twice)), MUTABLE)

    assert banner["title"] == "1"
    assert delivered["changed_by"] == CHANGER


def test_a_second_answer_past_the_sdk_drops_the_extension_and_changes_nothing(
    phone: "Phone", app: Callable[..., str]
) -> None:
    forged = "{'title': 'forged', 'subtitle': '', 'body': '', 'badge': None}"
    lines = (
        "content_handler(self.best)",
        f"current().tell('apsd.content', [1, {forged}])",
    )
    _, (banner,) = _push(phone, app(_changer(*lines)), MUTABLE)
    phone.until(lambda: not phone.ask("ps"))

    assert banner["body"] == "best attempt"
    assert len(phone.screen()["banners"]) == 1


@pytest.mark.contract("E100")
def test_custom_keys_reach_the_extension_as_peers_of_aps(
    phone: "Phone", app: Callable[..., str]
) -> None:
    line = "self.best.body = repr(sorted(self.best.user_info)); content_handler(self.best)"
    target = {"Simulator Target Bundle": "ignored.because.the.argument.wins"}
    _, (banner,) = _push(phone, app(_changer(line)), MUTABLE, order=[1, 2.5, None], **target)

    assert banner["body"] == "['aps', 'order']"


@pytest.mark.contract("E97")
@pytest.mark.parametrize(
    ("aps", "shown", "note"),
    [
        ({"alert": "not mutable"}, True, ""),
        ({"alert": {"title": "t"}, "mutable-content": 0}, True, ""),
        ({"badge": 3}, False, ""),
        (
            {"badge": 3, "mutable-content": 1},
            False,
            "a service extension sees only alerts, and this has none",
        ),
        ({"content-available": 1}, False, "a background push shows nothing"),
        (
            {"content-available": 1, "mutable-content": 1},
            False,
            "a background push shows nothing",
        ),
        ({"content-available": 1, "alert": "and shown"}, True, ""),
        ({"sound": "default"}, False, "nothing to show"),
        ({}, False, "nothing to show"),
    ],
)
def test_what_is_no_mutable_alert_starts_no_extension(
    aps: dict[str, object], note: str, phone: "Phone", app: Callable[..., str], *, shown: bool
) -> None:
    delivered, banners = _push(phone, app(_changer("content_handler(self.best)")), aps)

    assert delivered == {"bundle_id": HOST, "shown": shown, "changed_by": "", "note": note}
    assert len(banners) == shown
    assert phone.events("launch", "start") == []


def test_a_mutable_alert_without_an_extension_is_shown_and_says_so(
    phone: "Phone", app: Callable[..., str]
) -> None:
    delivered, (banner,) = _push(phone, app({}), MUTABLE)

    assert banner["body"] == "original"
    assert delivered["note"] == banner["note"] == "it has no notification service extension"


def test_a_badge_is_put_on_the_icon_and_zero_takes_it_away(
    phone: "Phone", app: Callable[..., str]
) -> None:
    badges = []
    path = app({})

    for number in (3, 0):
        _push(phone, path, {"badge": number})
        badges.append(phone.screen()["badges"][HOST])

    assert badges == [3, 0]


@pytest.mark.contract("E96")
@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"x" * 4097, "the payload has 4097 bytes; Apple's push service takes 4096"),
        (b"", "the payload is not JSON: Expecting value"),
        (b"{", "the payload is not JSON: "),
        (b"\xff\xfe\xff", "the payload is not JSON: "),
        (b"[" * 4000, "the payload is not JSON: "),
        (b"[]", "the payload is an array; it must be an object with the key 'aps'"),
        (b"null", "the payload is null; it must be an object"),
        (b"{}", "there is no key 'aps'; a payload needs 'aps' with an object"),
        (b'{"aps": "x"}', "'aps' is a string; a payload needs 'aps' with an object"),
        (b'{"aps": {"alert": 1}}', r"aps\.alert is a number; it must be a string or an object"),
        (b'{"aps": {"alert": {"body": []}}}', r"aps\.alert\.body is an array; it must be a string"),
        (b'{"aps": {"badge": -1}}', r"aps\.badge is -1; it must be a whole number from 0"),
        (b'{"aps": {"badge": true}}', r"aps\.badge is True; it must be a whole number"),
        (b'{"aps": {"badge": "3"}}', r"aps\.badge is '3'; it must be a whole number"),
        (b'{"aps": {"category": {}}}', r"aps\.category is an object; it must be a string"),
        (b'{"aps": {"mutable-content": "1"}}', r"aps\.mutable-content is '1'; it must be 1"),
        (b'{"aps": {"mutable-content": []}}', r"aps\.mutable-content is \[\]; it must be 1"),
        (b'{"aps": {"badge": 99999999999999999999}}', "64 are the most"),
        (b'{"aps": {}, "far": NaN}', "the payload is not JSON: "),
        (rb'{"aps": {"alert": "\ud800"}}', "the payload is not JSON: "),
        (b'{"aps": {}, "deep": ' + b"[" * 70 + b"]" * 70 + b"}", "nested deeper than 64"),
    ],
    ids=range(21),
)
def test_a_payload_that_is_none_is_refused_with_a_sentence(
    payload: bytes, sentence: str, notes_phone: "Phone"
) -> None:
    with pytest.raises(Misuse, match=sentence):
        notes_phone.ask("push", bundle_id=NOTES, payload=payload)

    assert notes_phone.screen()["banners"] == []


def test_a_push_names_its_app_in_the_payload_or_not_at_all(notes_phone: "Phone") -> None:
    named = {"aps": {"alert": "x"}, "Simulator Target Bundle": NOTES}
    delivered = notes_phone.ask("push", payload=json.dumps(named).encode())

    with pytest.raises(Misuse, match="no app is named: give its bundle id, or put"):
        notes_phone.ask("push", payload=_payload({"alert": "x"}))

    assert delivered["bundle_id"] == NOTES


@pytest.mark.parametrize("bundle_id", ["com.example.Nobody", "com.example.Notes.NotesPush"])
def test_a_push_at_what_is_no_installed_app_is_refused(
    bundle_id: str, notes_phone: "Phone"
) -> None:
    with pytest.raises(CommandError, match=f"{bundle_id} is no installed app"):
        notes_phone.ask("push", bundle_id=bundle_id, payload=_payload({"alert": "x"}))
