"""Two processes at one file of their group: what is a race. What is none: test_no_races.py."""

from pathlib import Path

import pytest

from simulator.testing.app import App
from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device
from tests.conftest import Shell
from tests.integration.conftest import place

Pair = tuple[Shell, Shell]

GROUP = "group.com.example.races"

ADDER = """
from simulator.sdk.foundation import FileManager
from simulator.sdk.uikit import Application


class NAME(Application):
    def did_finish_launching(self, options):
        self.index = FileManager.default.container_url("group.com.example.races") / "index.txt"

    def open_url(self, url, options):
        known = FileManager.default.contents(self.index) or b""
        FileManager.default.write_atomically(known + b"NAME ", self.index)
"""


def test_two_writers_in_place_are_named_with_both_lines(device: Device, pair: Pair) -> None:
    first, second = pair
    first.do(f"open({place('x.txt')}, 'w').write('a')")
    second.do(f"open({place('x.txt')}, 'w').write('b')")
    device.settle()
    race = device.races.only()

    assert (race.kind, race.path) == ("two-writers", "x.txt")
    assert (race.first.bundle, race.first.line) == (first.bundle_id, "First.py:18")
    assert (race.second.bundle, race.second.line) == (second.bundle_id, "Second.py:18")
    assert "eval(compile(code" in race.second.source


def test_an_update_is_lost_between_two_who_read_and_replace(device: Device, tmp_path: Path) -> None:
    """Both run on a phone as well as here, one after the other: that nothing was lost was luck."""
    device.look_for_races()

    for name in ("One", "Two"):
        source = ADDER.replace("NAME", name)
        device.launch(
            device.install(
                make_app(tmp_path, name, source=source, groups=[GROUP], schemes=[name.lower()])
            )
        )

    for scheme in ("one", "two"):
        device.open_url(f"{scheme}:add")
        device.settle()

    race = device.races.only()

    assert (device.group(GROUP).path / "index.txt").read_text() == "One Two "
    assert race.kind == "lost-update"
    assert (race.first.line, race.first.read) == ("One.py:12", "One.py:11")
    assert (race.second.line, race.second.read) == ("Two.py:12", "Two.py:11")
    assert race.second.source.startswith("FileManager.default.write_atomically(known")
    assert "FileCoordinator" in race.cure


def test_a_race_is_an_event_with_its_line_and_what_it_was_about(device: Device, pair: Pair) -> None:
    first, second = pair
    first.do(f"open({place('x.txt')}, 'w').write('a')")
    second.do(f"open({place('x.txt')}, 'w').write('b')")
    device.settle()
    event = device.events.of(kind="race").only()

    assert (event.operation, event.resource) == ("two-writers", f"{GROUP}/x.txt")
    assert (event.actor, event.line) == (second.app.name, "Second.py:18")
    assert (event.detail["other"], event.detail["other_line"]) == (first.app.name, "First.py:18")
    assert device.events[event.cause - 1].operation == "deliver"


def test_a_pair_of_lines_is_told_once_and_counted(device: Device, pair: Pair) -> None:
    first, second = pair

    for name in ("x.txt", "y.txt", "z.txt"):
        first.do(f"open({place(name)}, 'w').write('a')")
        second.do(f"open({place(name)}, 'w').write('b')")

    device.settle()

    assert device.races.only().times == 3
    assert len(device.events.of(kind="race")) == 1


def test_who_reads_while_another_writes_in_place_may_read_half(device: Device, pair: Pair) -> None:
    first, second = pair
    first.do(f"half = open({place('x.txt')}, 'w'); half.write('first half'); half.flush()")
    read = second.do(f"open({place('x.txt')}).read()")
    first.do("half.write(', second half'); half.close()")
    device.settle()
    race = device.races.only()

    assert read == "first half"
    assert (race.kind, race.first.did, race.second.did) == (
        "torn-read", "wrote it in place", "read it",
    )  # fmt: skip


def test_an_append_is_lost_where_the_file_is_replaced(device: Device, pair: Pair) -> None:
    first, second = pair
    first.do(f"log = open({place('log')}, 'a')")
    second.do(f"FileManager.default.write_atomically('', {place('log')})")
    first.do("log.write('line'); log.close()")
    device.settle()

    assert device.races.only().kind == "lost-append"
    assert (device.group(GROUP).path / "log").read_bytes() == b""


def test_a_lock_that_only_one_takes_helps_nobody(device: Device, pair: Pair) -> None:
    first, second = pair
    first.do(locked("x.txt", "file.write('a')"))
    second.do(f"open({place('x.txt')}, 'w').write('b')")
    device.settle()

    assert device.races.only().kind == "lost-append"


def test_two_different_locks_help_nobody(device: Device, pair: Pair) -> None:
    for guest, lock in zip(pair, ("a.lock", "b.lock"), strict=True):
        guest.do(locked(lock, f"open({place('x.txt')}, 'w').write('a')"))

    device.settle()

    assert device.races.only().path == "x.txt"


def test_a_notification_before_writing_orders_nothing(device: Device, pair: Pair) -> None:
    first, second = pair
    second.do(
        "notify_register_dispatch('com.example.x', "
        f"lambda token: heard.append(open({place('x.txt')}).read()))"
    )
    first.do(f"open({place('x.txt')}, 'w').write('old')")
    device.ask("races", on=False)  # what was there before is no part of it
    device.look_for_races()
    first.do(f"notify_post('com.example.x'); open({place('x.txt')}, 'w').write('new')")
    second.app.wait_until(lambda: second.do("len(heard)") == 1)
    device.settle()

    assert device.races.only().kind == "torn-read"


def test_what_has_ended_still_races_with_who_ran_all_along(device: Device, pair: Pair) -> None:
    first, second = pair
    first.do(f"open({place('x.txt')}, 'w').write('a')")
    first.app.terminate()
    second.do(f"open({place('x.txt')}, 'w').write('b')")
    device.settle()

    assert device.races.only().kind == "two-writers"


def test_a_file_is_the_same_through_a_link_in_the_group(device: Device, pair: Pair) -> None:
    first, second = pair
    first.do(f"os.symlink('x.txt', {place('link')}); open({place('link')}, 'w').write('a')")
    second.do(f"open({place('x.txt')}, 'w').write('b')")
    device.settle()

    assert device.races.only().path == "x.txt"


def test_nothing_is_told_while_it_is_switched_off(device: Device, pair: Pair) -> None:
    first, second = pair
    device.look_for_races(on=False)
    first.do(f"open({place('x.txt')}, 'w').write('a')")
    second.do(f"open({place('x.txt')}, 'w').write('b')")
    device.settle()

    assert device.races == []
    assert len(device.events.of(kind="race")) == 0


def test_processes_that_ran_before_it_was_switched_on_are_seen(device: Device, pair: Pair) -> None:
    first, second = pair
    device.look_for_races(on=False)
    first.do(f"open({place('x.txt')}, 'w').write('a')")
    device.look_for_races()
    second.do(f"open({place('x.txt')}, 'w').write('b')")
    device.settle()

    assert device.races == []  # only the second was seen

    first.do(f"open({place('x.txt')}, 'w').write('a')")
    device.settle()

    assert device.races.only().first.bundle == second.bundle_id


def locked(name: str, then: str) -> str:
    """Return a program that does something under a lock of a file, which ends with the file."""
    return (
        "import fcntl\n"
        f"with open({place(name)}, 'a+') as file:\n"
        "    fcntl.flock(file, fcntl.LOCK_EX)\n"
        f"    {then}"
    )


# -- an update that begins in one place and ends in another ------------------------------------

TODOS = f"""
import json
from simulator.sdk.darwin import notify_post, notify_register_dispatch
from simulator.sdk.extension import ShareExtension
from simulator.sdk.foundation import FileCoordinator, FileManager, Timer
from simulator.sdk.uikit import Application, View

FILE = FileManager.default.container_url({GROUP!r}) / "todos.json"
CHANGED = "com.example.todos.changed"


def read():
    return json.loads(FileManager.default.contents(FILE) or b"[]")


def write(todos):
    FileManager.default.write_atomically(json.dumps(todos), FILE)


"""

SHARES = """
class Share(ShareExtension):
    def begin_request(self, context):
        write([*read(), "shared"])
        notify_post(CHANGED)
        context.complete_request()
"""

# The file is read again only to show it: what is written is made of what the button has read.
ADDS_LATER = """
class Todos(Application):
    def did_finish_launching(self, options):
        notify_register_dispatch(CHANGED, lambda token: self.display())
        self.display()

    def display(self):
        self.shown = read()
        self.show(View("Todos", self.shown, buttons={"Add": self.add}))

    def add(self):
        self.todos = read()
        Timer.scheduled_timer(0.05, self.save)

    def save(self):
        if "shared" not in self.shown:  # not before the test has shared something
            Timer.scheduled_timer(0.05, self.save)
            return

        write([*self.todos, "own"])
        self.show(View("Saved", read()))
"""

RELOADS = """
class Todos(Application):
    def did_finish_launching(self, options):
        notify_register_dispatch(CHANGED, lambda token: self.reload())
        self.reload()

    def reload(self):
        self.todos = read()
        self.show(View("Todos", self.todos, buttons={"Add": self.add}))

    def add(self):
        self.todos.append("own")
        Timer.scheduled_timer(0.05, self.save)

    def save(self):
        write(self.todos)
        self.show(View("Saved", self.todos))
"""

# The same, and what saves it was begun by the launch, which had read the file, too.
SAVES_NOW_AND_THEN = """
class Todos(Application):
    def did_finish_launching(self, options):
        self.is_changed = False
        Timer.scheduled_timer(0.02, self.save, repeats=True)
        notify_register_dispatch(CHANGED, lambda token: self.reload())
        self.reload()

    def reload(self):
        self.todos = read()
        self.show(View("Todos", self.todos, buttons={"Add": self.add}))

    def add(self):
        self.todos.append("own")
        self.is_changed = True

    def save(self):
        if self.is_changed:
            self.is_changed = False
            write(self.todos)
            self.show(View("Saved", self.todos))
"""


def todos(device: Device, folder: Path, source: str, share: str = SHARES) -> App:
    """Install and launch an app of to-dos with its share extension; look for races."""
    device.look_for_races()
    rights = {"com.apple.security.application-groups": [GROUP]}
    extension = Extension("Share", TODOS + share, entitlements=rights)
    app = make_app(folder, "Todos", source=TODOS + source, groups=[GROUP], extensions=[extension])

    return device.launch(device.install(app))


def test_a_file_that_is_read_again_to_show_it_is_still_written_as_it_was(
    device: Device, tmp_path: Path
) -> None:
    app = todos(device, tmp_path, ADDS_LATER)
    device.tap("Add")
    device.settle()
    device.share("shared", to="com.example.Todos.Share")
    app.wait_until(lambda: "Saved" in app.screen)
    device.settle()
    race = device.races.only()

    assert (device.group(GROUP).path / "todos.json").read_text() == '["own"]'
    assert race.kind == "lost-update"
    assert (race.first.bundle, race.second.bundle) == ("com.example.Todos.Share", app.bundle_id)
    assert race.second.line.startswith("Todos.py:")


@pytest.mark.parametrize("source", [RELOADS, SAVES_NOW_AND_THEN])
def test_who_reloads_when_it_is_told_and_writes_later_is_right(
    device: Device, tmp_path: Path, source: str
) -> None:
    app = todos(device, tmp_path, source)
    device.share("shared", to="com.example.Todos.Share")
    app.wait_until(lambda: "shared" in app.screen)
    device.tap("Add")
    app.wait_until(lambda: "Saved" in app.screen)
    device.settle()

    assert (device.group(GROUP).path / "todos.json").read_text() == '["shared", "own"]'
    assert device.races == []


# -- reading and writing in turns ---------------------------------------------------------------

HEAD = """
from pathlib import Path
from simulator.sdk.foundation import FileCoordinator
path = Path({0})
"""

SPLIT = """
with FileCoordinator().reading(path) as url:
    known = FileManager.default.contents(url) or b""
with FileCoordinator().writing(path) as url:
    FileManager.default.write_atomically(known + b"x", url)
"""

WITHIN_ONE = """
with FileCoordinator().writing(path) as url:
    known = FileManager.default.contents(url) or b""
    FileManager.default.write_atomically(known + b"x", url)
"""

READ_BARE = SPLIT.replace("with FileCoordinator().reading(path) as url:", "if url := path:")


@pytest.mark.parametrize("first", [SPLIT, WITHIN_ONE, READ_BARE])
@pytest.mark.parametrize("second", [SPLIT, WITHIN_ONE, READ_BARE])
def test_an_update_in_two_turns_is_found_though_nobody_came_in_between(
    device: Device, pair: Pair, first: str, second: str
) -> None:
    for guest, program in zip(pair, (first, second), strict=True):
        guest.do(HEAD.format(place("x.txt")) + program)

    device.settle()

    assert (device.group(GROUP).path / "x.txt").read_bytes() == b"xx"

    if first == second == WITHIN_ONE:
        assert device.races == []
    else:
        race = device.races.only()
        assert race.kind == "lost-update"
        assert "within one coordinated write" in race.cure


SHARES_IN_TWO_TURNS = """
class Share(ShareExtension):
    def begin_request(self, context):
        with FileCoordinator().reading(FILE):
            todos = read()

        with FileCoordinator().writing(FILE):
            write([*todos, "shared"])

        context.complete_request()
"""

ADDS_IN_ONE = """
class Todos(Application):
    def did_finish_launching(self, options):
        self.show(View("Todos", [], buttons={"Add": self.add}))

    def add(self):
        with FileCoordinator().writing(FILE):
            write([*read(), "own"])

        self.show(View("Saved"))
"""


def test_one_side_that_reads_and_writes_in_two_turns_is_enough(
    device: Device, tmp_path: Path
) -> None:
    app = todos(device, tmp_path, ADDS_IN_ONE, SHARES_IN_TWO_TURNS)
    device.tap("Add")
    app.wait_until(lambda: "Saved" in app.screen)
    device.share("shared", to="com.example.Todos.Share")
    device.settle()
    race = device.races.only()

    assert (device.group(GROUP).path / "todos.json").read_text() == '["own", "shared"]'
    assert (race.kind, race.second.bundle) == ("lost-update", "com.example.Todos.Share")


@pytest.mark.parametrize("around", ["flock", "folder"])
def test_two_turns_within_one_lock_are_right(device: Device, pair: Pair, around: str) -> None:
    body = "\n".join(f"    {line}" for line in SPLIT.strip().splitlines())

    if around == "flock":
        program = (
            "import fcntl\n"
            f"with open({place('lock')}, 'a+') as lock:\n"
            f"    fcntl.flock(lock, fcntl.LOCK_EX)\n{body}"
        )
    else:
        program = f"with FileCoordinator().writing(Path({place('lock')})):\n{body}"

    for guest in pair * 2:
        guest.do(HEAD.format(place("x.txt")) + program)

    device.settle()

    assert (device.group(GROUP).path / "x.txt").read_bytes() == b"xxxx"
    assert device.races == []


def test_two_turns_of_a_presenter_that_was_told_are_right(device: Device, pair: Pair) -> None:
    first, second = pair
    program = HEAD.format(place("x.txt")) + SPLIT
    second.do(
        f"{HEAD.format(place('x.txt'))}"
        "from simulator.sdk.foundation import FilePresenter\n"
        "class Presenter(FilePresenter):\n"
        "    def presented_item_did_change(self):\n"
        f"        exec({program!r}, space); heard.append(1)\n"
        "space = globals()\n"
        "presenter = Presenter(path)\n"
        "FileCoordinator.add_file_presenter(presenter)"
    )
    first.do(program)
    second.app.wait_until(lambda: second.do("heard[:1]") == [1])
    device.settle()

    assert b"xx" in (device.group(GROUP).path / "x.txt").read_bytes()
    assert device.races == []


def test_two_turns_after_a_notification_are_right(device: Device, pair: Pair) -> None:
    first, second = pair
    head = HEAD.format(place("x.txt"))
    program = head + SPLIT
    second.do(
        "notify_register_dispatch('com.example.x', "
        f"lambda token: (exec({program!r}, globals()), heard.append(1)))"
    )
    first.do(f"{program}\nnotify_post('com.example.x')")
    second.app.wait_until(lambda: second.do("heard") == [1])
    device.settle()

    assert (device.group(GROUP).path / "x.txt").read_bytes() == b"xx"
    assert device.races == []
