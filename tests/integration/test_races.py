"""Two processes at one file of their group: what is a race. What is none: test_no_races.py."""

from pathlib import Path

from simulator.testing.bundles import make_app
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
