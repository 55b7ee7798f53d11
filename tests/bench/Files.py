"""The guest of the files bench: writes with coordination, or changes files, or presents them.

Told by URL what to do; writes what it measured into its container. Times are the machine's
monotonic clock, which all processes share.
"""

import json
import os
import statistics
from pathlib import Path
from time import perf_counter_ns

from simulator.sdk.foundation import (
    URL,
    FileCoordinator,
    FileManager,
    FilePresenter,
    OperationQueue,
)
from simulator.sdk.uikit import Application

GROUP = "group.com.example.bench"


queue = OperationQueue()
heard: dict[str, int] = {}
calls = [0]


class Shown(FilePresenter):
    @property
    def presented_item_operation_queue(self) -> OperationQueue:
        return queue

    def presented_item_did_change(self) -> None:
        assert self.presented_item_url is not None
        self.note(self.presented_item_url)

    def presented_subitem_did_change(self, at: Path) -> None:
        self.note(at)

    def note(self, url: Path) -> None:
        calls[0] += 1
        heard[url.name] = perf_counter_ns()


class NAME(Application):
    def did_finish_launching(self, options: dict[str, object]) -> None:
        self.written = 0
        group = FileManager.default.container_url(GROUP)
        assert group is not None
        self.folder = group / "burst"
        os.makedirs(self.folder, exist_ok=True)

    def open_url(self, url: URL, options: dict[str, object]) -> None:
        self.write(getattr(self, url.query["do"])(int(url.query["n"])))

    def write(self, found: object) -> None:
        self.written += 1
        path = os.path.join(os.environ["HOME"], "Documents", f"{self.written}.json")

        with open(f"{path}.part", "w") as file:
            json.dump(found, file)

        os.rename(f"{path}.part", path)

    def coordinated(self, n: int) -> float:
        """Return the median microseconds of a small write with coordination."""
        coordinator = FileCoordinator()
        path = self.folder.parent / "written.txt"
        times = []

        for _ in range(n):
            start = perf_counter_ns()

            with coordinator.writing(path) as place:
                file = os.open(place, os.O_WRONLY | os.O_CREAT)
                os.write(file, b"hello")
                os.close(file)

            times.append(perf_counter_ns() - start)

        return statistics.median(times) / 1e3

    def present_folder(self, n: int) -> int:
        for number in range(n):
            (self.folder / f"{number}.txt").write_text("")

        FileCoordinator.add_file_presenter(Shown(self.folder))
        return n

    def present_files(self, n: int) -> int:
        for number in range(n):
            (self.folder / f"{number}.txt").write_text("")
            FileCoordinator.add_file_presenter(Shown(self.folder / f"{number}.txt"))

        return n

    def burst(self, n: int) -> int:
        start = perf_counter_ns()

        for number in range(n):
            with open(self.folder / f"{number}.txt", "a") as file:
                file.write("x")

        return start

    def heard(self, _: int) -> list[int]:
        """Return how many files were heard of, how often in all, and when the last was."""
        return [len(heard), calls[0], max(heard.values(), default=0)]

    def forget(self, _: int) -> int:
        heard.clear()
        calls[0] = 0

        return 0
