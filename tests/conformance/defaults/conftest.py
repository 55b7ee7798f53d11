"""Processes with preferences at hand, and what they hear."""

import select
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simulator.testing.device import Device

GROUP = "group.com.example.shared"

HELPERS = f"""
from datetime import UTC, datetime
from pathlib import Path
from simulator.sdk.foundation import *

OLD, NEW = NSKeyValueObservingOptions.OLD, NSKeyValueObservingOptions.NEW
INITIAL, PRIOR = NSKeyValueObservingOptions.INITIAL, NSKeyValueObservingOptions.PRIOR
standard = UserDefaults.standard
suite = UserDefaults(suite_name={GROUP!r})
DID_CHANGE = UserDefaults.did_change_notification
changes, posted = [], []

def told(change):
    return {{name: None if value is NSNull.null else value for name, value in change.items()}}

def watch(key, options=OLD | NEW, of=suite):
    return of.observe(key, lambda _, change: changes.append(told(change)), options=options)

def listen():
    NotificationCenter.default.add_observer(DID_CHANGE, lambda note: posted.append(note))

def take(heard):
    taken = heard[:]
    heard.clear()
    return taken
"""


class Process:
    """A guest that does what a test says, with preferences at hand."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.app = shell.app
        self.do = shell.do
        self.tell = shell.tell
        self.device: Device = shell.device
        self.do(HELPERS)

    def relaunch(self, *arguments: str) -> None:
        """Run it anew, in another process."""
        self.shell.app = self.app = self.device.launch(
            self.shell.bundle_id, *arguments, terminate_running=True
        )
        self.do(HELPERS)

    def changes(self) -> Any:
        """Return what its observers were told since the last time, when the device is at rest."""
        self.device.settle()

        return self.do("take(changes)")

    def posted(self) -> Any:
        """Return how many didChange notifications were posted since the last time."""
        self.device.settle()

        return self.do("len(take(posted))")


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """``until(condition)`` waits for something that no log tells of, as a file's content."""

    def wait(condition: Callable[[], object]) -> None:
        with select.epoll() as pause:
            for _ in range(500):
                if condition():
                    return

                pause.poll(0.01)

        pytest.fail("it did not come true within five seconds")

    return wait


@pytest.fixture
def process(shell: Callable[..., Any]) -> Callable[..., Process]:
    """``process("Name", groups=[])`` launches one more."""
    return lambda *args, **options: Process(shell(*args, **{"groups": [GROUP], **options}))


@pytest.fixture
def one(process: Callable[..., Process]) -> Process:
    return process("One")


@pytest.fixture
def two(process: Callable[..., Process]) -> Process:
    return process("Two")
