"""Events become arrows between the right lifelines, and the drawing keeps its columns."""

from simulator.simctl.chart import Arrow, End, arrows, sequence_chart

APP, SHARE = "com.example.Notes", "com.example.Notes.Share"


def event(
    number: int, actor: str, what: str, resource: str, cause: int = 0, **detail: object
) -> dict[str, object]:
    kind, operation = what.split(".")

    return {
        "id": number,
        "actor": actor,
        "kind": kind,
        "operation": operation,
        "resource": resource,
        "cause": cause,
        "detail": detail,
    }


STORY = [
    event(1, "launchd", "launch.start", APP, guest=f"{APP}/1"),
    event(2, f"{APP}/1", "launch.launched", APP),
    event(3, "springboard", "share.choose", SHARE),
    event(4, "launchd", "launch.start", SHARE, 3, guest=f"{SHARE}/1"),
    event(5, f"{SHARE}/1", "defaults.set", "count", 3),
    event(6, f"{SHARE}/1", "defaults.set", "count", 3),
    event(7, f"{SHARE}/1", "notify.post", "changed", 3, receivers=1),
    event(8, "notifyd", "notify.deliver", "changed", 7, to=f"{APP}/1"),
    event(9, f"{SHARE}/1", "exit.exit", SHARE, reason="its request is over"),
    event(10, f"{APP}/1", "screen.show", "Notes (1)", 8),
]


def test_causes_become_arrows() -> None:
    assert arrows(STORY) == [
        Arrow("simctl", "launchd", f"start {APP}", 1, 0),
        Arrow("launchd", APP, "spawn", 1, 0, spawns=True),
        Arrow("simctl", "springboard", f"choose {SHARE}", 3, 0),
        Arrow("springboard", "launchd", f"start {SHARE}", 4, 3),
        Arrow("launchd", SHARE, "spawn", 4, 3, spawns=True),
        Arrow(SHARE, "cfprefsd", "set count", 5, 3, times=2),
        Arrow(SHARE, "notifyd", "post changed", 7, 3),
        Arrow("notifyd", APP, "deliver changed", 8, 7),
        End(SHARE, "its request is over", 9),
        Arrow(APP, "springboard", "show Notes (1)", 10, 8),
    ]


def test_a_daemon_that_only_does_its_own_work_speaks_to_nobody() -> None:
    assert arrows([event(1, "installd", "install.install", APP)]) == []
    assert sequence_chart([event(1, "installd", "install.install", APP)]) == []


def test_lifelines_begin_when_spawned_and_end() -> None:
    lines = sequence_chart(STORY, 140)
    column = lines[0].index("Share") + len("Share") // 2
    row_of_spawn = next(at for at, line in enumerate(lines) if "▶┬" in line and line[column] == "┬")
    row_of_end = next(at for at, line in enumerate(lines) if "╳" in line)

    assert all(line[column : column + 1] in {"", " ", "─"} for line in lines[1:row_of_spawn])
    assert all(line[column] in "│├┤─" for line in lines[row_of_spawn + 1 : row_of_end])
    assert lines[row_of_end][column] == "╳"
    assert all(line[column : column + 1] in {"", " ", "─"} for line in lines[row_of_end + 1 :])


def test_an_arrow_runs_from_lifeline_to_lifeline() -> None:
    lines = sequence_chart(STORY, 140)
    head = lines[0]
    deliver = next(line for line in lines if "deliver" in line)
    start, end = head.index("notifyd") + 3, head.index("Notes") + 2

    assert deliver.startswith("8←7 ")
    assert (deliver[end], deliver[end + 1], deliver[start]) == ("│", "◀", "┤")


def test_labels_stand_above_where_there_is_no_room_beside() -> None:
    lines = sequence_chart(STORY, 70)
    at = next(at for at, line in enumerate(lines) if line.startswith("7←3"))

    assert "post changed" in lines[at - 1]
    assert "post changed" not in lines[at]
    assert max(map(len, lines)) <= 70


def test_two_bundles_of_one_name_keep_their_ids() -> None:
    lines = sequence_chart(
        [
            event(1, "a.Same/1", "notify.post", "x"),
            event(2, "notifyd", "notify.deliver", "x", 1, to="b.Same/1"),
        ]
    )

    assert lines[0].split() == ["a.Same", "notifyd", "b.Same"]


def test_nothing_a_guest_says_moves_the_cursor() -> None:
    lines = sequence_chart([event(1, "a.B/1", "notify.post", "\x1b[2J\n")])

    assert all(line.isprintable() for line in lines)


def test_answers_of_extensions_come_back_to_who_asked() -> None:
    widget, push = f"{APP}.Widget", f"{APP}.Push"
    story = [
        event(1, "person", "screen.tap", "Save", on=f"{APP}/1"),
        event(2, "chronod", "widget.request", widget, 1),
        event(3, "chronod", "widget.timeline", widget, 2),
        event(4, "apsd", "push.receive", APP),
        event(5, "springboard", "push.banner", APP, 4, shown={"changed_by": push}),
        event(6, "springboard", "keyboard.use", f"{APP}.Keys"),
        event(7, f"{APP}.Keys/1", "keyboard.insert", "draft", 6),
    ]

    assert arrows(story) == [
        Arrow("simctl", APP, "tap Save", 1, 0),
        Arrow(APP, "chronod", f"request {widget}", 2, 1),
        Arrow(widget, "chronod", "timeline", 3, 0),
        Arrow("simctl", "apsd", f"receive {APP}", 4, 0),
        Arrow(push, "apsd", "content", 5, 0),
        Arrow("apsd", "springboard", f"banner {APP}", 5, 4),
        Arrow("simctl", "springboard", f"use {APP}.Keys", 6, 0),
        Arrow(f"{APP}.Keys", "springboard", "insert draft", 7, 6),
    ]


def test_a_part_of_the_story_knows_the_causes_before_it() -> None:
    head, _, *rows = sequence_chart(STORY, since=7, until=8)

    assert head.split() == ["notifyd", "Notes"]
    assert len(rows) == 1
    assert rows[0].startswith("8←7 ")
