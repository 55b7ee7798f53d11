"""Two processes at one file of their group, and something puts one before the other: no race.

Each is an idiom that apps use. A report of one of them would be worse than a race that is missed.
"""

from collections.abc import Callable
from pathlib import Path

from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device
from tests.conftest import Shell
from tests.integration.conftest import place

Pair = tuple[Shell, Shell]

GROUP = "group.com.example.races"
FOLDER = f"FileManager.default.container_url({GROUP!r})"


def quiet(device: Device) -> bool:
    """Whether no race is found once everybody is at rest; the text shows what there is."""
    device.settle()

    assert device.races == []

    return True


# -- files that are made so ------------------------------------------------------------------


def test_one_file_for_each_message(device: Device, pair: Pair) -> None:
    first, second = pair

    for number in range(3):
        first.do(f"FileManager.default.write_atomically('hi', {place(f'{number}.msg')})")

    read = second.do(
        f"[(path.read_text(), path.unlink())[0] for path in {FOLDER}.glob('*.msg')]",
    )
    first.do(f"FileManager.default.write_atomically('hi', {place('0.msg')})")

    assert read == ["hi"] * 3
    assert quiet(device)


def test_one_writer_replaces_a_file_and_others_read_it(device: Device, pair: Pair) -> None:
    first, second = pair

    for text in ("one", "two"):
        first.do(
            f"open({place('new')}, 'w').write({text!r}); os.replace({place('new')}, {place('x')})"
        )

        assert second.do(f"open({place('x')}).read()") == text

    assert quiet(device)


def test_what_a_replaced_file_names_was_written_before(device: Device, pair: Pair) -> None:
    first, second = pair
    first.do(f"open({place('data')}, 'w').write('data')")
    first.do(f"FileManager.default.write_atomically('data', {place('index')})")
    read = second.do(f"open(str({FOLDER} / open({place('index')}).read())).read()")

    assert read == "data"
    assert quiet(device)


def test_both_replace_what_neither_has_read(device: Device, pair: Pair) -> None:
    """A picture that both have fetched: whichever is there in the end is right."""
    for guest in pair:
        guest.do(f"FileManager.default.write_atomically('picture', {place('cache')})")

    assert quiet(device)


def test_both_append(device: Device, pair: Pair) -> None:
    for guest in pair:
        guest.do(f"open({place('log')}, 'a').write('line\\n')")

    assert quiet(device)


def test_both_make_the_folders_and_list_them(device: Device, pair: Pair) -> None:
    for guest in pair:
        guest.do(f"os.makedirs({place('a/b/c')}, exist_ok=True)")
        guest.do(f"FileManager.default.create_directory({place('a/b/d')})")

    for guest in pair:
        assert guest.do(f"sorted(os.listdir({place('a/b')}))") == ["c", "d"]
        guest.do(f"FileManager.default.contents_of_directory({place('a')})")

    assert quiet(device)


def test_both_touch_a_flag_and_one_removes_it(device: Device, pair: Pair) -> None:
    first, second = pair
    first.do(f"({FOLDER} / 'flag').touch()")
    second.do(f"({FOLDER} / 'flag').touch()")
    first.do(f"({FOLDER} / 'flag').unlink()")

    assert quiet(device)


def test_a_process_does_not_race_with_itself(device: Device, pair: Pair) -> None:
    first, _ = pair
    program = (
        "import threading\n"
        f"threads = [threading.Thread(target=lambda: open({place('x')}, 'w').write('a'))\n"
        "           for _ in range(3)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]"
    )
    first.do(program)

    assert quiet(device)


# -- locks and databases ---------------------------------------------------------------------


def test_both_lock_the_file_that_they_write(device: Device, pair: Pair) -> None:
    for guest in pair:
        guest.do(
            "import fcntl\n"
            f"with open({place('x')}, 'a+') as file:\n"
            "    fcntl.flock(file, fcntl.LOCK_EX)\n"
            "    file.truncate(0); file.write('whole')\n"
        )
        guest.do(
            "import fcntl\n"
            f"with open({place('x')}, 'r+') as file:\n"
            "    fcntl.flock(file, fcntl.LOCK_EX)\n"
            "    file.write('whole'); file.flush()\n"
            "    fcntl.flock(file, fcntl.LOCK_UN)\n"
        )

    assert quiet(device)


def test_both_hold_a_lock_of_another_file(device: Device, pair: Pair) -> None:
    for _ in range(2):
        for guest in pair:
            guest.do(
                "import fcntl\n"
                f"with open({place('lock')}, 'w') as lock:\n"
                "    fcntl.lockf(lock, fcntl.LOCK_EX)\n"
                f"    known = open({place('x')}, 'a+').read()\n"
                f"    open({place('x')}, 'w').write(known + 'more')\n"
            )

    assert quiet(device)


def test_both_lock_by_fcntl_and_struct_flock(device: Device, pair: Pair) -> None:
    for guest in pair:
        guest.do(
            "import fcntl, struct\n"
            f"with open({place('x')}, 'a+') as file:\n"
            "    lock = struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0)\n"
            "    fcntl.fcntl(file, fcntl.F_SETLKW, lock)\n"
            f"    open({place('y')}, 'w').write('whole')\n"
        )

    assert quiet(device)


def test_readers_share_a_lock_and_a_writer_has_it_alone(device: Device, pair: Pair) -> None:
    first, second = pair
    both = "import fcntl\nwith open({0}, 'a+') as lock:\n    fcntl.flock(lock, {1})\n    {2}"
    write = both.format(place("lock"), "fcntl.LOCK_EX", f"open({place('x')}, 'w').write('a')")
    read = both.format(place("lock"), "fcntl.LOCK_SH", f"open({place('x')}).read()")
    first.do(write)
    second.do(read)
    first.do(read)
    second.do(write)
    first.do(read)

    assert quiet(device)


def test_a_file_that_must_not_be_there_is_a_lock(device: Device, pair: Pair) -> None:
    for guest in pair:
        guest.do(
            f"os.close(os.open({place('lock')}, os.O_CREAT | os.O_EXCL | os.O_WRONLY))\n"
            f"open({place('x')}, 'w').write('a')\n"
            f"os.remove({place('lock')})"
        )
        guest.do(
            f"os.mkdir({place('folder lock')})\n"
            f"open({place('y')}, 'w').write('a')\n"
            f"os.rmdir({place('folder lock')})"
        )

    assert quiet(device)


def test_sqlite_looks_after_its_files_itself(device: Device, pair: Pair) -> None:
    for guest in pair:
        guest.do(
            "import sqlite3\n"
            f"base = sqlite3.connect({place('x.db')})\n"
            "base.execute('create table if not exists t (n)')\n"
            "base.execute('insert into t values (1)')\n"
            "base.commit(); base.close()\n"
            f"open({place('x.db')}, 'r+b').close()"  # to see how long it is, or who knows
        )

    assert quiet(device)


# -- channels --------------------------------------------------------------------------------


def test_a_notification_comes_after_what_was_written(device: Device, pair: Pair) -> None:
    first, second = pair
    second.do(
        "notify_register_dispatch('com.example.x', "
        f"lambda token: heard.append(open({place('x')}).read()))"
    )
    first.do(f"open({place('x')}, 'w').write('new'); notify_post('com.example.x')")
    second.app.wait_until(lambda: second.do("heard") == ["new"])

    assert quiet(device)


def test_what_comes_after_the_handler_comes_after_the_post_too(device: Device, pair: Pair) -> None:
    first, second = pair
    second.do("notify_register_dispatch('com.example.x', lambda token: heard.append(1))")
    first.do(f"open({place('x')}, 'w').write('new'); notify_post('com.example.x')")
    second.app.wait_until(lambda: second.do("heard") == [1])
    second.do(f"open({place('x')}, 'w').write('newer')")

    assert quiet(device)


def test_one_delivery_may_tell_of_many_posts(
    device: Device, pair: Pair, shell: Callable[..., Shell]
) -> None:
    """While an app is suspended, what it is told waits once per name."""
    first, second = pair
    third = shell("Third", groups=[GROUP])
    first.do(
        "notify_register_dispatch('com.example.x', "
        f"lambda token: heard.append(open({place('a')}).read() + open({place('b')}).read()))"
    )
    first.app.suspend()
    second.do(f"open({place('a')}, 'w').write('a'); notify_post('com.example.x')")
    third.do(f"open({place('b')}, 'w').write('b'); notify_post('com.example.x')")
    first.app.resume()
    first.app.wait_until(lambda: first.do("heard") == ["ab"])

    assert quiet(device)


def test_a_check_that_is_true_comes_after_the_post(device: Device, pair: Pair) -> None:
    first, second = pair
    second.do("token = notify_register_check('com.example.x')[1]; notify_check(token)")
    first.do(f"open({place('x')}, 'w').write('new'); notify_post('com.example.x')")

    assert second.do("notify_check(token)") == [0, True]
    assert second.do(f"open({place('x')}).read()") == "new"
    assert quiet(device)


def test_a_state_that_is_seen_comes_after_its_setting(device: Device, pair: Pair) -> None:
    first, second = pair

    for guest in pair:
        guest.do("token = notify_register_check('com.example.x')[1]")

    first.do(f"open({place('x')}, 'w').write('new'); notify_set_state(token, 7)")

    assert second.do("notify_get_state(token)") == [0, 7]
    assert second.do(f"open({place('x')}).read()") == "new"
    assert quiet(device)


def test_a_default_that_is_read_comes_after_its_setting(device: Device, pair: Pair) -> None:
    first, second = pair

    for guest in pair:
        guest.do(f"suite = UserDefaults(suite_name={GROUP!r})")

    first.do(f"open({place('x')}, 'w').write('new'); suite.set(True, 'ready')")

    assert second.do("suite.bool('ready')") is True
    assert second.do(f"open({place('x')}).read()") == "new"
    assert quiet(device)


def test_a_default_that_is_observed_comes_after_its_setting(device: Device, pair: Pair) -> None:
    first, second = pair
    second.do(
        f"suite = UserDefaults(suite_name={GROUP!r})\n"
        "def look(suite, change):\n"
        f"    heard.append(open({place('x')}).read())\n"
        "observation = suite.observe('ready', look)"
    )
    first.do(
        f"open({place('x')}, 'w').write('new')\n"
        f"UserDefaults(suite_name={GROUP!r}).set(True, 'ready')"
    )
    second.app.wait_until(lambda: second.do("heard") == ["new"])

    assert quiet(device)


def test_a_url_comes_after_what_its_sender_wrote(device: Device, pair: Pair) -> None:
    first, second = pair
    do = f"heard.append(open({place('x')}).read())"
    first.do(
        "from simulator.sdk.foundation import URL\n"
        "from urllib.parse import quote\n"
        f"open({place('x')}, 'w').write('new')\n"
        f"app.open(URL('second:run?n=0&do=' + quote({do!r})))"
    )
    second.app.wait_until(lambda: second.do("heard") == ["new"])

    assert quiet(device)


def test_a_coordinated_read_comes_after_a_coordinated_write_of_its_folder(
    device: Device, pair: Pair
) -> None:
    first, second = pair
    head = (
        "from simulator.sdk.foundation import FileCoordinator\n"
        f"folder = {FOLDER} / 'notes'\n"
        "coordinator = FileCoordinator()\n"
    )

    for guest in pair:
        guest.do(f"{head}FileManager.default.create_directory(folder)")

    for guest, other in ((first, second), (second, first)):
        guest.do("with coordinator.writing(folder): (folder / 'x').write_text('a')")
        other.do("with coordinator.reading(folder / 'x'): heard = (folder / 'x').read_text()")

    assert quiet(device)


def test_who_presents_a_file_is_told_of_what_was_written(device: Device, pair: Pair) -> None:
    first, second = pair
    second.do(
        "from pathlib import Path\n"
        "from simulator.sdk.foundation import FileCoordinator, FilePresenter\n"
        "class Presenter(FilePresenter):\n"
        "    def presented_item_did_change(self):\n"
        "        heard.append(self.presented_item_url.read_text())\n"
        f"presenter = Presenter(Path({place('x')}))\n"
        "FileCoordinator.add_file_presenter(presenter)"
    )
    first.do(
        "from pathlib import Path\n"
        "from simulator.sdk.foundation import FileCoordinator\n"
        f"with FileCoordinator().writing(Path({place('x')})) as url: url.write_text('new')"
    )
    second.app.wait_until(lambda: "new" in _heard(second))

    assert quiet(device)


def _heard(guest: Shell) -> list[object]:
    heard = guest.do("heard")
    assert isinstance(heard, list)

    return heard


# -- processes that do not run at the same time ------------------------------------------------


def test_what_has_ended_comes_before_what_is_launched(device: Device, pair: Pair) -> None:
    first, second = pair
    first.do(f"open({place('x')}, 'w').write('a')")
    first.app.terminate()
    second.relaunch()
    second.do(f"open({place('x')}, 'r+').write('b')")
    second.app.terminate()
    first.relaunch()
    first.do(f"open({place('x')}, 'r+').write('c')")

    assert quiet(device)


def test_what_is_suspended_comes_before_and_goes_on_after(device: Device, pair: Pair) -> None:
    first, second = pair
    first.do(f"open({place('x')}, 'w').write('a')")
    first.app.suspend()
    second.relaunch()
    second.do(f"open({place('x')}, 'r+').write('b')")
    second.app.terminate()
    first.app.resume()
    first.do(f"open({place('x')}, 'r+').write('c')")

    assert quiet(device)


WIDGET = f"""
from simulator.sdk.foundation import FileManager
from simulator.sdk.widgetkit import Entry, Timeline, View, Widget, now


class Shown(Widget):
    def timeline(self, context):
        path = FileManager.default.container_url({GROUP!r}) / "x"
        text = path.read_text() if path.exists() else "nothing"

        return Timeline([Entry(now(), View(text, []))], policy=Timeline.never)
"""

APP = f"""
from simulator.sdk.foundation import FileManager
from simulator.sdk.uikit import Application
from simulator.sdk.widgetkit import WidgetCenter


class Writer(Application):
    def open_url(self, url, options):
        (FileManager.default.container_url({GROUP!r}) / "x").write_text(url.query["text"])
        WidgetCenter.shared.reload_all_timelines()
"""


def test_a_widget_that_is_reloaded_reads_after_what_the_app_wrote(
    device: Device, tmp_path: Path
) -> None:
    device.look_for_races()
    rights = {"com.apple.security.application-groups": [GROUP]}
    widget = Extension("Shown", WIDGET, entitlements=rights, point="com.apple.widgetkit-extension")
    device.launch(
        device.install(
            make_app(
                tmp_path,
                "Writer",
                source=APP,
                groups=[GROUP],
                schemes=["writer"],
                extensions=[widget],
            )
        )
    )
    device.settle()

    device.open_url("writer:write?text=new")
    device.wait_until(lambda: [shown.title for shown in device.widgets] == ["new"])

    assert quiet(device)


# -- at full speed: both at once, many times ---------------------------------------------------


def both(pair: Pair, program: str) -> None:
    """Let both run a program at the same time, and wait for both."""
    answers = [guest.tell(program) for guest in pair]

    for guest, answer in zip(pair, answers, strict=True):
        line = guest.app.wait_until(answer, timeout_s=20.0)
        assert line is not None
        assert "error" not in line


def test_two_that_count_under_a_lock(device: Device, pair: Pair) -> None:
    program = (
        "import fcntl\n"
        "for _ in range(150):\n"
        f"    with open({place('count')}, 'a+') as file:\n"
        "        fcntl.flock(file, fcntl.LOCK_EX)\n"
        f"        number = int(open({place('count')}).read() or '0') + 1\n"
        f"        FileManager.default.write_atomically(str(number), {place('new')})\n"
        f"        open({place('count')}, 'r+').write(str(number))\n"
    )
    both(pair, program)

    assert (device.group(GROUP).path / "count").read_text() == "300"
    assert quiet(device)


def test_two_that_count_within_coordinated_writes(device: Device, pair: Pair) -> None:
    program = (
        "from pathlib import Path\n"
        "from simulator.sdk.foundation import FileCoordinator\n"
        "for _ in range(60):\n"
        f"    with FileCoordinator().writing(Path({place('count')})) as url:\n"
        "        number = int(FileManager.default.contents(url) or b'0') + 1\n"
        "        url.write_text(str(number))\n"
    )
    both(pair, program)

    assert (device.group(GROUP).path / "count").read_text() == "120"
    assert quiet(device)


def test_two_that_take_turns_by_notifications(device: Device, pair: Pair) -> None:
    """Each writes in place when the other has told it to."""
    for guest, own, other in zip(pair, "ab", "ba", strict=True):
        guest.do(
            "def turn(token):\n"
            f"    number = int(open({place('count')}).read() or '0') + 1\n"
            f"    open({place('count')}, 'w').write(str(number))\n"
            "    heard.append(number)\n"
            "    if number < 200:\n"
            f"        notify_post('com.example.{other}')\n"
            f"notify_register_dispatch('com.example.{own}', turn)"
        )

    first, second = pair
    first.do(f"open({place('count')}, 'w').write('0'); notify_post('com.example.b')")
    second.app.wait_until(lambda: 200 in [*_numbers(first), *_numbers(second)], timeout_s=20.0)

    assert quiet(device)


def _numbers(guest: Shell) -> list[object]:
    heard = guest.do("heard[-1:]")
    assert isinstance(heard, list)

    return heard


def test_two_that_take_turns_by_a_preference(device: Device, pair: Pair) -> None:
    _, second = pair
    head = f"suite = UserDefaults(suite_name={GROUP!r})"

    for guest, mine in zip(pair, (0, 1), strict=True):
        guest.do(head)
        guest.tell(
            "import time\n"
            "done = 0\n"
            "while done < 60:\n"
            f"    if suite.integer('turn') % 2 != {mine}:\n"
            "        time.sleep(0.0005)\n"
            "        continue\n"
            f"    open({place('count')}, 'a+').read()\n"
            f"    open({place('count')}, 'w').write('x')\n"
            "    suite.set(suite.integer('turn') + 1, 'turn')\n"
            "    done += 1\n"
        )

    second.app.wait_until(lambda: device.group(GROUP).defaults.get("turn") == 120, timeout_s=20.0)

    assert quiet(device)


def test_one_that_publishes_and_one_that_reads(device: Device, pair: Pair) -> None:
    first, second = pair
    write = (
        "for number in range(150):\n"
        f"    open({place('data')} + str(number), 'w').write('data')\n"
        f"    FileManager.default.write_atomically(str(number), {place('index')})\n"
    )
    read = (
        "number = -1\n"
        "while number < 149:\n"
        f"    number = int(FileManager.default.contents({place('index')}) or b'-1')\n"
        "    if number >= 0:\n"
        f"        assert open({place('data')} + str(number)).read() == 'data'\n"
    )
    answers = [first.tell(write), second.tell(read)]

    for guest, answer in zip(pair, answers, strict=True):
        line = guest.app.wait_until(answer, timeout_s=20.0)
        assert line is not None
        assert "error" not in line

    assert quiet(device)


def test_threads_that_touch_files_do_not_stop_the_run_loop(device: Device, pair: Pair) -> None:
    """Each of them waits for the host to hear it, while the main thread hears notifications."""
    first, second = pair
    program = (
        "import threading\n"
        f"own = {place('own')} + type(app).__name__\n"
        "def work(number):\n"
        "    for _ in range(40):\n"
        "        FileManager.default.write_atomically('x', own)\n"
        "        FileManager.default.contents(own)\n"
        "    heard.append(number)\n"
        "notify_register_dispatch('com.example.x', lambda token: None)\n"
        "[threading.Thread(target=work, args=[number]).start() for number in range(3)]"
    )

    for guest in pair:
        guest.do(program)

    while len(_heard(first)) < 3 or len(_heard(second)) < 3:
        second.do("notify_post('com.example.x')")

    assert quiet(device)
