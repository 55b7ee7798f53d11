"""CFNotificationCenter.darwin covers notify.h."""

from typing import Any

import pytest

IMPORT = """
from simulator.sdk.corefoundation import CFNotificationCenter
from simulator.sdk.foundation import CFNotificationCenter as same
center = CFNotificationCenter.darwin
def callback(center, observer, name, object, user_info):
    heard.append([observer, name, object, user_info])
"""


@pytest.fixture
def observer(one: Any) -> Any:
    one.do(IMPORT)

    return one


def test_a_notification_carries_its_name_and_nothing_else(observer: Any, two: Any) -> None:
    two.do(IMPORT)
    observer.do("center.add_observer('me', callback, 'n', object='x', suspension_behavior=4)")
    two.do("center.post_notification('n', object='y', user_info={'a': 1})")
    two.do("center.post_notification_with_options('n', object='y', user_info={'a': 1}, options=3)")
    two.do("notify_post('n')")

    assert observer.heard() == [["me", "n", None, None]] * 3


def test_an_observer_is_removed_by_name_or_altogether(observer: Any) -> None:
    observer.do("for name in 'abc': center.add_observer('me', callback, name)")
    observer.do("center.add_observer('you', callback, 'a'); me = 'me'")
    observer.do("center.remove_observer('me', 'a')")
    observer.do("for name in 'abc': notify_post(name)")

    assert [row[:2] for row in observer.heard()] == [["you", "a"], ["me", "b"], ["me", "c"]]

    observer.do("center.remove_every_observer('me')")
    observer.do("for name in 'abc': notify_post(name)")

    assert [row[:2] for row in observer.heard()] == [["you", "a"]]


def test_nobody_observes_every_name(observer: Any) -> None:
    with pytest.raises(Exception, match="ValueError"):
        observer.do("center.add_observer('me', callback, None)")


def test_an_observer_may_be_nobody_and_there_is_one_centre(observer: Any) -> None:
    observer.do("center.add_observer(None, callback, 'n'); notify_post('n')")

    assert observer.heard() == [[None, "n", None, None]]
    assert observer.do("same is CFNotificationCenter") is True
