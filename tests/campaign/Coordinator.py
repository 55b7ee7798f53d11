"""An app that writes, reads, moves and presents one file with coordination, as it is told.

What it writes is whole: a number, and a hundred lines that repeat it. A reader that finds anything
else says so.
"""

import random
from collections.abc import Callable
from pathlib import Path

from simulator.sdk.foundation import (
    URL,
    FileCoordinator,
    FileManager,
    FilePresenter,
    ReadingOptions,
    WritingOptions,
)
from simulator.sdk.uikit import Application

GROUP = "group.com.example.campaign"
LINES = 100


def whole(number: float) -> str:
    return f"{number}\n" * LINES


class Shown(FilePresenter):
    def relinquish_presented_item_to_writer(self, writer: Callable[..., None]) -> None:
        writer(lambda: None)

    def save_presented_item_changes(self, completion_handler: Callable[..., None]) -> None:
        completion_handler()


class NAME(Application):
    def did_finish_launching(self, options: dict[str, object]) -> None:
        group = FileManager.default.container_url(GROUP)
        assert group is not None
        self.note = group / "note.txt"
        FileCoordinator.add_file_presenter(Shown(self.note))

    def open_url(self, url: URL, options: dict[str, object]) -> None:
        chance = random.Random(int(url.query["seed"]))

        for _ in range(int(url.query["n"])):
            coordinator = FileCoordinator()

            if chance.random() < 0.5:
                option = chance.choice(
                    [0, WritingOptions.FOR_REPLACING, WritingOptions.FOR_MERGING]
                )

                with coordinator.writing(self.note, option) as note:
                    self.write(whole(chance.random()), note, replaces=chance.random() < 0.5)
            else:
                option = chance.choice([0, ReadingOptions.WITHOUT_CHANGES])

                with coordinator.reading(self.note, option) as note:
                    content = FileManager.default.contents(note)

                if content is not None:
                    lines = content.decode().splitlines()

                    if len(lines) != LINES or len(set(lines)) != 1:
                        print("TORN", lines[:2], len(lines), flush=True)

        print("done", url.query["round"], flush=True)

    def write(self, text: str, note: Path, *, replaces: bool) -> None:
        manager = FileManager.default

        if replaces:
            fresh = manager.temporary_directory / "note.txt"
            fresh.write_text(text)
            manager.replace_item(note, fresh)
        else:
            manager.write_atomically(text, note)
