"""Processes with a file coordinator at hand, and what becomes of what they claim."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simulator.testing.device import Device

GROUP = "group.com.example.shared"

HELPERS = f"""
import threading
from pathlib import Path
from simulator.sdk.foundation import *

R, W = ReadingOptions, WritingOptions
group = FileManager.default.container_url({GROUP!r})
note = group / "note.txt"
coordinator = FileCoordinator()
accesses = {{}}

def begin(name, access):
    accesses[name] = access
    return str(access.__enter__())

def end(name):
    accesses.pop(name).__exit__(None, None, None)

class Presenter(FilePresenter):
    def __init__(self, url, saves=""):
        super().__init__(url)
        self.saves = saves
        self.calls = []

    def relinquish_presented_item_to_reader(self, reader):
        self.calls.append("reader")
        reader(lambda: self.calls.append("reader is done"))

    def relinquish_presented_item_to_writer(self, writer):
        self.calls.append("writer")
        writer(lambda: self.calls.append("writer is done"))

    def save_presented_item_changes(self, completion_handler):
        self.calls.append("save")
        if self.saves:
            with FileCoordinator(self).writing(self.presented_item_url) as url:
                url.write_text(self.saves)
        completion_handler()

    def accommodate_presented_item_deletion(self, completion_handler):
        self.calls.append("delete")
        completion_handler()

    def accommodate_presented_subitem_deletion(self, at, completion_handler):
        self.calls.append(f"delete {{at.name}}")
        completion_handler()

    def presented_item_did_change(self):
        self.calls.append("did change")

    def presented_item_did_move(self, to):
        super().presented_item_did_move(to)
        self.calls.append(f"did move to {{to.name}}")

    def presented_subitem_did_change(self, at):
        self.calls.append(f"did change {{at.name}}")

    def presented_subitem_did_appear(self, at):
        self.calls.append(f"did appear {{at.name}}")

    def presented_subitem_did_move(self, at, to):
        self.calls.append(f"did move {{at.name}} to {{to.name}}")

def take(calls):
    taken = calls[:]
    del calls[:len(taken)]
    return taken

def present(url, kind=Presenter, **options):
    global presenter
    presenter = kind(url, **options)
    FileCoordinator.add_file_presenter(presenter)
"""


class Process:
    """A guest that does what a test says, with a coordinator at hand."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.app = shell.app
        self.do = shell.do
        self.tell = shell.tell
        self.device: Device = shell.device
        self.do(HELPERS)

    def claim(self, name: str, access: str) -> Any:
        """Begin an access without waiting for it; return what says where, once it is granted."""
        return self.tell(f"begin({name!r}, coordinator.{access})")

    def calls(self) -> Any:
        """Return what the presenter was asked and told since the last time, once all is still."""
        self.device.settle()

        return self.do("take(presenter.calls)")

    def waits(self) -> None:
        """Wait until the device says that a claim of this process waits."""

        def waiting() -> bool:
            return any(
                each["state"] == "waiting" and each["pid"] == self.app.pid
                for each in claims_of(self.device)
            )

        self.device.wait_until(waiting)


def claims_of(device: "Device") -> list[dict[str, Any]]:
    """Return the device's claims, as a client gets them."""
    shown: Any = device.ask("coordination")

    return list(shown["claims"])


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


@pytest.fixture
def three(process: Callable[..., Process]) -> Process:
    return process("Three")


@pytest.fixture
def folder(one: Process) -> Path:
    """The group's container, as the host sees it."""
    return one.device.group(GROUP).path
