"""Preferences of several processes: what is seen, what survives, what is refused."""

import plistlib
from collections.abc import Callable
from typing import Any

import pytest

from simulator.daemonkit.limits import DEFAULTS_VALUE_BYTES_MAX
from simulator.testing.device import Device

GROUP = "group.com.example.shared"


def plist_of(device: Device) -> Any:
    return device.group(GROUP).path / "Library" / "Preferences" / f"{GROUP}.plist"


@pytest.mark.contract("D69")
def test_a_process_reads_its_own_sets_at_once(one: Any, two: Any) -> None:
    two.do("for n in range(50): suite.set(-n, f'other {n}')")
    one.do(
        "wrong = []\n"
        "for n in range(500):\n"
        "    suite.set(n, 'key')\n"
        "    if suite.integer('key') != n: wrong.append(n)"
    )

    assert one.do("wrong") == []


@pytest.mark.contract("D70")
def test_a_value_arrives_without_a_call_for_it(one: Any, two: Any) -> None:
    arrived = two.tell("while suite.string('key') != 'arrived': pass")
    one.do("suite.set('arrived', 'key')")

    assert two.app.wait_until(arrived) is not None


@pytest.mark.contract("D71")
def test_sets_of_different_keys_never_clobber_each_other(
    process: Callable[..., Any], device: Device
) -> None:
    writers = [process(f"Writer{number}") for number in range(4)]
    answers = [
        writer.tell(f"for n in range(200): suite.set(n, '{number} {{}}'.format(n))")
        for number, writer in enumerate(writers)
    ]

    for writer, answer in zip(writers, answers, strict=True):
        writer.app.wait_until(answer, timeout_s=20)

    device.settle()

    expected = {f"{number} {n}": n for number in range(4) for n in range(200)}

    assert device.group(GROUP).defaults == expected
    assert writers[0].do("len(suite.persistent_domain('group.com.example.shared'))") == 800


@pytest.mark.contract("D72")
def test_the_last_set_of_a_key_wins_whole_and_everybody_agrees(
    process: Callable[..., Any], device: Device
) -> None:
    writers = [process(f"Writer{number}") for number in range(3)]
    answers = [
        writer.tell(f"for n in range(300): suite.set([{number}] * 50 + [n], 'key')")
        for number, writer in enumerate(writers)
    ]

    for writer, answer in zip(writers, answers, strict=True):
        writer.app.wait_until(answer, timeout_s=20)

    device.settle()
    value = device.group(GROUP).defaults["key"]
    accepted = device.events.of(kind="defaults", operation="set", resource=f"{GROUP}/key")
    last_writer = accepted[-1].actor.partition("/")[0].removeprefix("com.example.Writer")

    assert isinstance(value, list)
    assert value == [int(last_writer)] * 50 + [299]
    assert [writer.do("suite.array('key')") for writer in writers] == [value] * 3


@pytest.mark.contract("D73")
def test_what_was_set_before_a_kill_is_there(one: Any, two: Any, device: Device) -> None:
    one.tell(
        "import signal\n"
        "for n in range(1000): suite.set(n, 'key')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    device.wait_until(lambda: device.events.of(kind="exit"))

    assert two.do("suite.integer('key')") == 999
    assert device.group(GROUP).defaults == {"key": 999}


@pytest.mark.contract("D75")
def test_an_equal_value_writes_no_file_and_is_news_to_nobody(
    one: Any, two: Any, device: Device, until: Callable[[Callable[[], object]], None]
) -> None:
    one.do("suite.set({'a': [1, True]}, 'key'); suite.synchronize()")
    two.do("watch('key')")
    path = plist_of(device)
    until(path.exists)
    journal = path.with_name(f".{path.name}.journal")
    until(lambda: journal.stat().st_size == 64)
    before = path.stat(), journal.stat()
    one.do("suite.set({'a': [1, True]}, 'key'); suite.synchronize()")
    two.do("suite.set({'a': [1, True]}, 'key'); suite.synchronize()")

    assert (path.stat(), journal.stat()) == before
    assert two.changes() == []

    one.do("suite.set({'a': [1, 1]}, 'key'); suite.synchronize()")

    assert (path.stat(), journal.stat()) != before
    assert device.group(GROUP).defaults == {"key": {"a": [1, 1]}}


@pytest.mark.contract("D76")
def test_a_domain_that_would_be_too_large_is_refused_and_the_log_says_so(
    one: Any, two: Any, device: Device
) -> None:
    one.do(
        "heard = []\n"
        "NotificationCenter.default.add_observer(\n"
        "    UserDefaults.size_limit_exceeded_notification, heard.append)"
    )
    one.do("suite.set('before', 'key'); suite.set(b'0' * 3_000_000, 'half')")

    for size in (DEFAULTS_VALUE_BYTES_MAX, 2_000_000):
        one.do(f"suite.set(b'0' * {size}, 'key'); suite.synchronize()")
        refusal = device.events.of(kind="defaults", operation="set-failed")[-1]

        assert refusal.reason.startswith("Attempting to store >= 4194304 bytes of data")
        assert "This is a bug in com.example.One or a library it uses" in refusal.reason
        assert one.do("suite.object('key')") == "before"
        assert two.do("suite.object('key')") == "before"

    assert one.do("heard") == []


def test_an_app_that_is_refused_a_value_is_told_by_its_observers(one: Any) -> None:
    one.do("suite.set('before', 'key')")
    one.do("watch('key')")
    one.do(f"suite.set('x' * {DEFAULTS_VALUE_BYTES_MAX}, 'key'); changes.clear()")
    one.device.settle()

    assert one.do("[changes[-1]['new'], suite.string('key')]") == ["before", "before"]


def test_threads_of_a_process_set_and_read_side_by_side(one: Any, device: Device) -> None:
    one.do(
        "import _thread\n"
        "left, errors = [], []\n"
        "def work(number):\n"
        "    try:\n"
        "        for n in range(300):\n"
        "            suite.set(n, f'{number} {n}')\n"
        "            assert suite.integer(f'{number} {n}') == n\n"
        "            suite.dictionary_representation() if n % 50 == 0 else None\n"
        "    except BaseException as problem:\n"
        "        errors.append(repr(problem))\n"
        "    left.append(number)\n"
        "for number in range(4): _thread.start_new_thread(work, (number,))"
    )
    one.app.wait_until(lambda: one.do("len(left)") == 4, timeout_s=20)

    assert one.do("errors") == []
    assert len(device.group(GROUP).defaults) == 1200


# -- staleness -------------------------------------------------------------------------------


def test_staleness_holds_news_and_not_what_is_kept(one: Any, two: Any, device: Device) -> None:
    two.do("suite.integer('key'); watch('key')")
    device.ask("defaults_settings", staleness_s=3600.0)
    one.do("suite.set(1, 'key'); suite.synchronize()")

    assert one.do("suite.integer('key')") == 1
    assert two.do("suite.integer('key')") == 0
    assert device.group(GROUP).defaults == {"key": 1}
    assert two.changes() == []

    device.ask("defaults_settings", staleness_s=0.0)

    assert two.do("suite.integer('key')") == 1
    assert two.changes() == [{"kind": 1, "old": None, "new": 1}]


def test_news_that_are_held_arrive_in_device_time(one: Any, two: Any, device: Device) -> None:
    two.do("suite.integer('key')")
    device.ask("defaults_settings", staleness_s=0.2)
    arrived = two.tell("while suite.integer('key') != 1: pass")
    one.do("suite.set(1, 'key')")
    two.app.wait_until(arrived)
    device.settle()
    (set_at,) = device.events.of(kind="defaults", operation="set")
    (seen,) = [
        event
        for event in device.events.of(kind="output", actor="com.example.Two/1")
        if event.time_ns > set_at.time_ns
    ]

    assert seen.time_ns - set_at.time_ns >= 200_000_000


def test_a_default_and_a_post_part_ways_where_news_are_stale(
    one: Any, two: Any, device: Device
) -> None:
    two.do("suite.integer('n')")
    two.do("notify_register_dispatch('news', lambda _: changes.append(suite.integer('n')))")
    device.ask("defaults_settings", staleness_s=3600.0)
    one.do("suite.set(1, 'n'); notify_post('news')")

    assert two.changes() == [0]


def test_a_new_process_reads_what_is_kept_however_stale_the_news(
    one: Any, process: Callable[..., Any], device: Device
) -> None:
    device.ask("defaults_settings", staleness_s=3600.0)
    one.do("suite.set(1, 'key'); suite.synchronize()")

    assert process("Late").do("suite.integer('key')") == 1


# -- lock state and Full Access --------------------------------------------------------------


def test_before_the_first_unlock_reads_are_empty_sets_refused_and_nothing_is_lost(
    one: Any, two: Any, device: Device
) -> None:
    one.do("suite.set('kept', 'key')")
    two.do("watch('key')")

    assert device.ask("lock_state", state="before-first-unlock") == "before-first-unlock"
    assert one.do("suite.object('key')") is None
    assert two.changes() == [{"kind": 1, "old": "kept", "new": None}]

    one.do("suite.set('lost', 'key'); suite.remove_object('other'); suite.synchronize()")

    assert one.do("suite.object('key')") is None

    refusal = device.events.of(kind="defaults", operation="set-failed").only()

    assert "has not been unlocked" in refusal.reason
    assert device.group(GROUP).defaults == {"key": "kept"}

    one.relaunch()

    assert one.do("suite.object('key')") is None
    assert device.ask("lock_state", state="unlocked") == "unlocked"
    assert one.do("suite.string('key')") == "kept"
    assert two.changes() == [{"kind": 1, "old": None, "new": "kept"}]

    device.shutdown()

    assert plistlib.loads(plist_of_folder(device).read_bytes()) == {"key": "kept"}


def plist_of_folder(device: Device) -> Any:
    (found,) = device.folder.glob(f"data/Containers/Shared/AppGroup/*/Library/*/{GROUP}.plist")

    return found


STORM = """
import random
last, wrong, told = {}, [], {}

def check(key, value):
    if value is not None:
        writer, n = value

        if n < last.get((key, writer), -1):
            wrong.append([key, value, last[key, writer]])

        last[key, writer] = n

for key in "abc":
    suite.observe(key, lambda _, change, key=key: told.__setitem__(key, change["new"]))

def storm(me, rounds):
    for n in range(rounds):
        key = random.choice("abc")

        if random.random() < 0.3:
            suite.set([me, n], key)
            last[key, me] = n  # from now on it may see what others set later, and nothing older

        check(key, suite.array(key))
"""


@pytest.mark.contract("D72")
@pytest.mark.parametrize("staleness_s", [0.0, 0.05])
def test_no_process_sees_a_writer_go_back_and_all_agree_in_the_end(
    staleness_s: float, process: Callable[..., Any], device: Device
) -> None:
    device.ask("defaults_settings", staleness_s=staleness_s)
    members = [process(f"Member{number}") for number in range(5)]

    for member in members:
        member.do(STORM)

    answers = [member.tell(f"storm({number}, 2000)") for number, member in enumerate(members)]

    for member, answer in zip(members, answers, strict=True):
        member.app.wait_until(answer, timeout_s=30)

    device.ask("defaults_settings", staleness_s=0.0)
    device.settle()
    kept = device.group(GROUP).defaults

    for member in members:
        assert member.do("wrong[:3]") == []
        assert member.do("{key: suite.array(key) for key in 'abc'}") == kept
        assert member.do("told") == kept
