"""Two processes that do what a test says, and what they hear."""

from collections.abc import Callable
from typing import Any

import pytest

Shells = Callable[..., Any]

HELPERS = """
def hear(name, note=None):
    status, token = notify_register_dispatch(name, lambda t: heard.append(note or t))
    assert status == 0, status
    return token

def watch(name):
    status, token = notify_register_check(name)
    assert status == 0, status
    return token

def plain(name):
    status, token = notify_register_plain(name)
    assert status == 0, status
    return token
"""


class Process:
    """A guest that does what a test says, with libnotify at hand."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.app = shell.app
        self.do = shell.do
        self.do(HELPERS)

    def heard(self) -> list[object]:
        """Return what it has heard since the last time, when the device is at rest."""
        self.shell.device.settle()
        found: list[object] = self.do("heard[:]")
        self.do("heard.clear()")

        return found


@pytest.fixture
def process(shell: Shells) -> Callable[..., Process]:
    """``process("Name", entitlements={})`` launches one more."""
    return lambda *args, **options: Process(shell(*args, **options))


@pytest.fixture
def one(process: Callable[..., Process]) -> Process:
    return process("One")


@pytest.fixture
def two(process: Callable[..., Process]) -> Process:
    return process("Two")
