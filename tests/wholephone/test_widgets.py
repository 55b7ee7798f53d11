"""Widgets: asked in processes of their own, kept, shown while none of them runs."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from simulator.xpc.errors import Misuse

if TYPE_CHECKING:
    from tests.wholephone.conftest import InsidePhone, Phone, Scenario

pytestmark = pytest.mark.enforces

WIDGET = "com.apple.widgetkit-extension"
HOST = "com.example.Host"
CLOCK = "com.example.Host.Clock"

# The test's MORNING, as a widget says it: dates that do not depend on when the test runs.
HEAD = """
    from datetime import UTC, datetime, timedelta
    from simulator.sdk.foundation import FileManager
    from simulator.sdk.widgetkit import Entry, Timeline, View, Widget

    MORNING = datetime(2030, 1, 1, 9, 41, tzinfo=UTC)

    def at(minutes, title):
        return Entry(MORNING + timedelta(minutes=minutes), View(title))

    def times_asked():
        path = FileManager.default.documents_directory / "asked"
        count = int(path.read_text()) + 1 if path.exists() else 1
        path.write_text(str(count))
        return count

    class Clock(Widget):
        def timeline(self, context):
            count = times_asked()
"""


def _widget(*lines: str) -> dict[str, tuple[str, str]]:
    return {"Clock": (WIDGET, HEAD + "".join(f"            {line}\n" for line in lines))}


async def _shown(phone: "InsidePhone") -> Any:
    (widget,) = await phone.ask("widgets")

    return widget


async def _launched(phone: "InsidePhone", path: str, *, answers: str = "timeline") -> None:
    """Install and launch the app, and wait until its widget has answered once."""
    await phone.ask("install", path=path)
    await phone.ask("launch", bundle_id=HOST)
    await phone.until("widget", answers)


@pytest.mark.contract("E12")
def test_a_widget_is_shown_only_once_its_app_was_launched(
    phone: "Phone", app: Callable[..., str]
) -> None:
    phone.ask("install", path=app(_widget("return Timeline([at(-60 * 24 * 9999, 'ready')])")))
    before = phone.ask("widgets")

    with pytest.raises(Misuse, match=r"its app was never launched \(E12\)"):
        phone.ask("reload_widget", bundle_id=CLOCK)

    phone.launch(HOST)
    phone.until(lambda: phone.events("widget", "timeline"))
    (shown,) = phone.ask("widgets")

    assert before == []
    assert shown["view"]["title"] == "ready"
    assert (shown["kind"], shown["family"]) == ("Clock", "systemSmall")


def test_the_widget_does_not_run_while_it_is_shown(phone: "Phone", app: Callable[..., str]) -> None:
    phone.ask("install", path=app(_widget("return Timeline([at(-60 * 24 * 9999, 'kept')])")))
    phone.launch(HOST)
    phone.until(lambda: [row for row in phone.events("exit", "exit") if row["resource"] == CLOCK])

    assert [row[1] for row in phone.ask("ps")] == [HOST]
    assert phone.screen()["widgets"][0]["view"]["title"] == "kept"


@pytest.mark.contract("E101")
def test_a_timeline_with_the_policy_after_is_asked_for_again_at_that_date(
    inside: "Callable[[Scenario], None]", app: Callable[..., str]
) -> None:
    async def scenario(phone: "InsidePhone") -> None:
        after = "MORNING + timedelta(minutes=15)"
        widget = _widget(f"return Timeline([at(0, str(count))], Timeline.after({after}))")
        await _launched(phone, app(widget))
        first = await _shown(phone)

        phone.clock.advance(14 * 60)
        assert (await _shown(phone))["reloads"] == 1

        phone.clock.advance(60)
        await phone.until("widget", "timeline", 2)
        second = await _shown(phone)

        assert first["view"]["title"] == "1"
        assert f"{first['until']:%H:%M}" == "09:56"
        assert second["view"]["title"] == "2"

    inside(scenario)


@pytest.mark.contract("E101")
def test_entries_follow_each_other_and_after_the_last_the_widget_is_asked_again(
    inside: "Callable[[Scenario], None]", app: Callable[..., str]
) -> None:
    async def scenario(phone: "InsidePhone") -> None:
        await _launched(phone, app(_widget("return Timeline([at(n, f'at {n}') for n in (1, 2)])")))
        titles = [(await _shown(phone))["view"]]

        for _ in range(2):
            assert (await _shown(phone))["reloads"] == 1
            phone.clock.advance(60)
            titles.append((await _shown(phone))["view"]["title"])

        await phone.until("widget", "timeline", 2)

        assert titles == [None, "at 1", "at 2"]

    inside(scenario)


@pytest.mark.contract("E101")
def test_a_timeline_that_is_never_renewed_waits_for_its_app(
    inside: "Callable[[Scenario], None]", app: Callable[..., str]
) -> None:
    async def scenario(phone: "InsidePhone") -> None:
        await _launched(phone, app(_widget("return Timeline([at(0, 'for ever')], Timeline.never)")))
        phone.clock.advance(7 * 24 * 3600)
        await phone.host.runningboardd.until_quiescent()
        shown = await _shown(phone)

        assert (shown["view"]["title"], shown["reloads"], shown["until"]) == ("for ever", 1, None)

    inside(scenario)


def test_a_timeline_that_wants_to_be_renewed_at_once_does_not_spin(
    inside: "Callable[[Scenario], None]", app: Callable[..., str]
) -> None:
    async def scenario(phone: "InsidePhone") -> None:
        widget = _widget("return Timeline([at(0, 'x')], Timeline.after(MORNING))")
        await _launched(phone, app(widget))
        phone.clock.advance(0.9)
        await phone.host.runningboardd.until_quiescent()
        before = (await _shown(phone))["reloads"]

        phone.clock.advance(0.1)
        await phone.until("widget", "timeline", 2)

        assert before == 1

    inside(scenario)


RELOADS = """
    from simulator.sdk.uikit import Application, View
    from simulator.sdk.widgetkit import WidgetCenter

    class Host(Application):
        def did_finish_launching(self, options):
            self.show(View("Host", buttons={"Reload": self.many, "Other": self.other}))

        def many(self):
            for _ in range(50):
                WidgetCenter.shared.reload_timelines("Clock")

        def other(self):
            WidgetCenter.shared.reload_timelines("Another kind")
            self.show(View("asked"))
"""


def test_many_reloads_of_an_app_are_one_or_two_launches_of_its_widget(
    phone: "Phone", app: Callable[..., str]
) -> None:
    widget = _widget("return Timeline([at(-60 * 24 * 9999, str(count))], Timeline.never)")
    phone.ask("install", path=app(widget, code=RELOADS))
    phone.launch(HOST)
    phone.until(lambda: len(phone.events("widget", "timeline")) == 1)
    phone.ask("tap", label="Reload")
    phone.until(lambda: len(phone.events("widget", "timeline")) == 3)
    phone.ask("settle")
    (shown,) = phone.ask("widgets")

    assert (
        shown["reloads"] == 3
    )  # one at its launch; one for the first reload, one for the other 49
    assert shown["view"]["title"] == "3"


def test_an_app_that_reloads_another_kind_leaves_the_widget_alone(
    phone: "Phone", app: Callable[..., str]
) -> None:
    phone.ask("install", path=app(_widget("return Timeline([at(0, 'x')])"), code=RELOADS))
    phone.launch(HOST)
    phone.until(lambda: phone.events("widget", "timeline"))
    phone.ask("tap", label="Other")
    title = phone.screen()["title"]

    assert title == "asked"
    assert phone.ask("widgets")[0]["reloads"] == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("return Timeline([])", "the timeline of Clock has no entries; it needs at least one"),
        (
            "return Timeline([at(5, 'b'), at(1, 'a')])",
            r"out of order: entry 2 \(09:42:00\) begins before entry 1 \(09:46:00\)",
        ),
        ("return Timeline([at(0, 'x')] * 501)", "has 501 entries; 500 are the most"),
        ("1 / 0", r"gave no timeline: .*ZeroDivisionError"),
        ("return None", r"gave no timeline: .*AttributeError"),
        ("import sys; sys.exit(3)", "gave no timeline: "),
    ],
)
def test_an_answer_that_is_no_timeline_is_refused_and_the_one_before_stays(
    line: str, sentence: str, inside: "Callable[[Scenario], None]", app: Callable[..., str]
) -> None:
    async def scenario(phone: "InsidePhone") -> None:
        good = "if count == 1: return Timeline([at(0, 'good')])"
        await _launched(phone, app(_widget(good, line)))

        with pytest.raises(Misuse, match=sentence):
            await phone.ask("reload_widget", bundle_id=CLOCK)

        shown = await _shown(phone)

        assert shown["view"]["title"] == "good"
        assert shown["problem"] != ""
        assert phone.count("widget", "refuse") == 1

    inside(scenario)


def test_a_widget_that_never_answers_is_given_up_after_thirty_seconds(
    inside: "Callable[[Scenario], None]", app: Callable[..., str]
) -> None:
    async def scenario(phone: "InsidePhone") -> None:
        good = "if count == 1: return Timeline([at(0, 'good')], Timeline.never)"
        hangs = "print('asked'); import threading; threading.Event().wait()"
        await _launched(phone, app(_widget(good, hangs)))
        reload = asyncio.ensure_future(phone.ask("reload_widget", bundle_id=CLOCK))
        await phone.until("output", "stdout")
        phone.clock.advance(29.9)
        waits = not reload.done()
        phone.clock.advance(0.2)

        with pytest.raises(Misuse, match="gave no timeline: it did not answer within 30 s"):
            await reload

        phone.clock.advance(5)  # it does not hear TERM either
        await phone.until("exit", "exit", 2)
        shown = await _shown(phone)

        assert waits
        assert shown["view"]["title"] == "good"

    inside(scenario)


def test_a_widget_of_an_app_that_was_removed_is_gone(
    phone: "Phone", app: Callable[..., str]
) -> None:
    phone.ask("install", path=app(_widget("return Timeline([at(-60 * 24 * 9999, 'x')])")))
    phone.launch(HOST)
    phone.until(lambda: phone.events("widget", "timeline"))
    before = len(phone.ask("widgets"))
    phone.ask("uninstall", bundle_id=HOST)

    with pytest.raises(Misuse, match="is no installed widget extension"):
        phone.ask("reload_widget", bundle_id=CLOCK)

    assert before == 1
    assert phone.ask("widgets") == []


def test_what_is_no_widget_cannot_be_reloaded(phone: "Phone") -> None:
    with pytest.raises(Misuse, match=r"com\.example\.Nobody is no installed widget extension"):
        phone.ask("reload_widget", bundle_id="com.example.Nobody")
