"""didChange notifications and key-value observing."""

from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"


@pytest.mark.contract("D61")
@pytest.mark.parametrize(
    "change",
    ["set(True, 'k')", "set(5, 'k')", "set('x', 'k')", "remove_object('k')", "set(None, 'k')"],
)
def test_each_call_posts_one_notification(change: str, one: Any) -> None:
    one.do("listen()")
    one.do(f"suite.{change}")

    assert one.posted() == 1

    one.do(f"suite.{change}")

    assert one.posted() == 1


@pytest.mark.contract("D61")
def test_a_notification_names_the_object_and_comes_on_the_changing_thread(one: Any) -> None:
    one.do(
        "import _thread\n"
        "threads, done = [], _thread.allocate_lock()\n"
        "def hear(note):\n"
        "    threads.append([note.object is suite, note.user_info, _thread.get_ident()])\n"
        "def change():\n"
        "    suite.set(1, 'key')\n"
        "    threads.append(_thread.get_ident())\n"
        "    done.release()\n"
        "NotificationCenter.default.add_observer(DID_CHANGE, hear)\n"
        "done.acquire()\n"
        "_thread.start_new_thread(change, ())\n"
        "done.acquire()"
    )

    assert one.do("threads[0] == [True, None, threads[1]]") is True


@pytest.mark.contract("D62")
def test_a_change_elsewhere_posts_nothing(one: Any, two: Any) -> None:
    one.do("suite.integer('key')")
    one.do("listen(); watch('key')")
    two.do("suite.set(1, 'key')")

    assert one.changes() == [{"kind": 1, "old": None, "new": 1}]
    assert one.posted() == 0


@pytest.mark.contract("D63")
def test_a_change_elsewhere_is_told_to_who_observes_the_key(one: Any, two: Any) -> None:
    one.do("suite.set('first', 'key')")
    one.do("watch('key')")
    two.do("suite.set('second', 'key'); suite.set(1, 'other')")

    assert one.changes() == [{"kind": 1, "old": "first", "new": "second"}]

    two.do("suite.remove_object('key')")

    assert one.changes() == [{"kind": 1, "old": "second", "new": None}]
    assert two.changes() == []


@pytest.mark.contract("D63")
def test_who_observes_no_longer_is_told_nothing(one: Any, two: Any) -> None:
    one.do("observation = watch('key')")
    two.do("suite.set(1, 'key')")

    assert len(one.changes()) == 1

    one.do("observation.invalidate(); observation.invalidate()")
    two.do("suite.set(2, 'key')")

    assert one.changes() == []
    assert one.do("suite.integer('key')") == 2


@pytest.mark.contract("D63")
def test_an_observer_object_is_called_with_its_context_until_it_is_removed(
    one: Any, two: Any
) -> None:
    one.do(
        "class Observer:\n"
        "    def observe_value(self, key_path, of, change, context):\n"
        "        changes.append([key_path, of is suite, change['new'], context])\n"
        "observer = Observer()\n"
        "suite.add_observer(observer, 'key', NEW, 'context')"
    )
    two.do("suite.set(1, 'key')")

    assert one.changes() == [["key", True, 1, "context"]]

    one.do("suite.remove_observer(observer, 'key')")
    two.do("suite.set(2, 'key')")

    assert one.changes() == []

    with pytest.raises(Exception, match=r"NSInvalidArgumentException.*not registered"):
        one.do("suite.remove_observer(observer, 'key')")


@pytest.mark.contract("D63")
def test_a_thousand_changes_elsewhere_end_with_the_last(one: Any, two: Any) -> None:
    one.do("watch('n')")
    two.do("for n in range(1, 1001): suite.set(n, 'n')")
    one.device.settle()
    one.do("news, olds = ([change[name] for change in changes] for name in ('new', 'old'))")

    assert one.do("news[-1]") == 1000
    assert one.do("news == sorted(set(news))") is True
    assert one.do("olds == [None, *news[:-1]]") is True


@pytest.mark.contract("D63")
def test_an_observer_that_is_busy_is_told_the_last_of_each_key(one: Any, two: Any) -> None:
    one.do("watch('n'); watch('m')")
    busy = one.tell("while suite.integer('n') < 3000: pass")
    two.do("for n in range(1, 3001): suite.set(n, 'm'); suite.set(n, 'n')", timeout_s=20)
    one.app.wait_until(busy, timeout_s=20)
    one.device.settle()

    assert one.do("[change['new'] for change in changes].count(3000)") == 2


@pytest.mark.contract("D63")
def test_a_large_value_is_told_whole(one: Any, two: Any) -> None:
    one.do("watch('key')")
    two.do("suite.set('x' * 300_000, 'key')")
    one.device.settle()

    assert one.do("[len(change['new']) for change in changes]") == [300_000]


@pytest.mark.contract("D63")
def test_what_crosses_with_an_own_set_does_not_win_over_it(one: Any, two: Any) -> None:
    one.do("watch('key')")
    busy = one.tell("for n in range(2000): suite.set(n, 'key')")
    two.do("for n in range(2000): suite.set(-n, 'key')", timeout_s=20)
    one.app.wait_until(busy, timeout_s=20)
    one.device.settle()
    last = one.device.group(GROUP).defaults["key"]

    assert one.do("suite.integer('key')") == last
    assert two.do("suite.integer('key')") == last
    assert one.do("changes[-1]['new']") == last


@pytest.mark.contract("D63")
def test_a_change_that_crosses_an_own_set_does_not_hide_it(one: Any, two: Any) -> None:
    """It lies in the socket, unread, when this process sets the key without having read it."""
    one.do("watch('other')")
    crossed = one.tell("import select; select.select([3], [], []); suite.set('mine', 'key')")
    # Not by the other app: it would come to the front, and the first be woken by that.
    one.device.ask("defaults_write", domain=GROUP, changes={"key": "theirs"})
    one.app.wait_until(crossed)
    one.device.settle()

    assert one.device.group(GROUP).defaults == {"key": "mine"}
    assert one.do("suite.string('key')") == "mine"
    assert two.do("suite.string('key')") == "mine"


@pytest.mark.contract("D64")
def test_what_others_change_has_no_prior(one: Any, two: Any) -> None:
    one.do("watch('key', OLD | NEW | PRIOR)")
    two.do("suite.set(1, 'key')")

    assert one.changes() == [{"kind": 1, "old": None, "new": 1}]


@pytest.mark.contract("D65")
def test_an_own_change_is_told_before_and_after_and_at_the_start(one: Any) -> None:
    one.do("suite.set('first', 'key')")
    one.do("watch('key', OLD | NEW | PRIOR | INITIAL)")

    assert one.changes() == [{"kind": 1, "new": "first"}]

    one.do("suite.set('second', 'key')")

    assert one.changes() == [
        {"kind": 1, "old": "first", "notificationIsPrior": True},
        {"kind": 1, "old": "first", "new": "second"},
    ]

    one.do("suite.remove_object('key')")

    assert one.changes() == [
        {"kind": 1, "old": "second", "notificationIsPrior": True},
        {"kind": 1, "old": "second", "new": None},
    ]


@pytest.mark.contract("D65")
def test_what_is_not_there_is_null_and_not_none(one: Any) -> None:
    one.do("raw = []")
    one.do("suite.observe('key', lambda _, change: raw.append(change))")
    one.do("suite.set(1, 'key')")

    assert one.do("[raw[0]['old'] is NSNull.null, raw[0]['new']]") == [True, 1]


@pytest.mark.contract("D66")
def test_nothing_is_told_when_nothing_changes(one: Any) -> None:
    one.do("suite.set('same', 'key'); standard.register({'key': 'same'})")
    one.do("watch('key', OLD | NEW | PRIOR)")
    one.do("suite.set('same', 'key')")
    one.do("suite.remove_object('key')")

    assert one.changes() == []


@pytest.mark.contract("D66")
def test_nothing_is_told_of_a_set_that_an_argument_hides(one: Any) -> None:
    one.relaunch("-key", "argument")
    one.do("watch('key')")
    one.do("suite.set('hidden', 'key')")

    assert one.changes() == []


@pytest.mark.contract("D67")
def test_a_removal_tells_the_registered_value(one: Any, two: Any) -> None:
    one.do("suite.set('set', 'key'); standard.register({'key': 'registered'})")
    one.do("watch('key')")
    one.do("suite.remove_object('key')")

    assert one.changes() == [{"kind": 1, "old": "set", "new": "registered"}]

    two.do("suite.set('elsewhere', 'key')")

    assert one.changes() == [{"kind": 1, "old": "registered", "new": "elsewhere"}]

    two.do("suite.remove_object('key')")

    assert one.changes() == [{"kind": 1, "old": "elsewhere", "new": "registered"}]


@pytest.mark.contract("D68")
@pytest.mark.parametrize(
    "change",
    [
        "add_suite('extra')",
        "remove_suite('extra')",
        "set_volatile_domain({'a': 1}, 'mine')",
        "remove_volatile_domain('mine')",
    ],
)
def test_a_change_of_the_search_list_posts_once(change: str, one: Any) -> None:
    one.do("listen()")
    one.do(f"standard.{change}")

    assert one.posted() == 1


def test_an_added_suite_is_observed_too(one: Any, two: Any) -> None:
    one.do("watch('key', of=standard)")
    one.do(f"standard.add_suite({GROUP!r})")
    two.do("suite.set('shared', 'key')")

    assert one.changes() == [{"kind": 1, "old": None, "new": "shared"}]

    one.do(f"standard.remove_suite({GROUP!r})")

    assert one.changes() == [{"kind": 1, "old": "shared", "new": None}]


def test_a_dot_breaks_observing_unless_the_device_says_otherwise(
    one: Any, two: Any, device: Device
) -> None:
    one.do("watch('a.b')")
    two.do("suite.set(1, 'a.b')")

    assert one.changes() == []
    assert one.do("suite.integer('a.b')") == 1

    two.do("suite.set({'b': 'inside'}, 'a')")

    assert one.changes() == [{"kind": 1, "old": None, "new": "inside"}]

    one.do("watch('@at')")
    two.do("suite.set(1, '@at')")

    assert one.changes() == []

    device.ask("defaults_settings", dotted_keys=True)
    one.do("watch('c.d'); watch('@at too')")
    two.do("suite.set(2, 'c.d'); suite.set(3, '@at too')")

    assert one.changes() == [{"kind": 1, "old": None, "new": value} for value in (2, 3)]


def test_resetting_the_standard_object_ends_its_observers(one: Any) -> None:
    one.do("watch('key', of=standard)")
    one.do("UserDefaults.reset_standard_user_defaults()")
    one.do("standard.set(1, 'key')")

    assert one.changes() == []
    assert one.do("UserDefaults.standard is standard") is False
    assert one.do("UserDefaults.standard.integer('key')") == 1
