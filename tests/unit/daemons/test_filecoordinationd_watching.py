"""Which folders are watched for presenters, and from when to when."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from simulator.daemonkit.clock import RealClock, Timer
from simulator.daemonkit.limits import PRESENTED_TREES_MAX
from simulator.daemons.filecoordinationd.watching import Change, Key, Watch


class HeldClock(RealClock):
    """The machine's time; what is due while it is held waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self._is_held = False
        self._waiting: list[tuple[float, Callable[[], None]]] = []

    def hold(self) -> None:
        self._is_held = True

    def let_go(self) -> None:
        self._is_held = False

        while self._waiting:
            self.call_later(*self._waiting.pop())

    def call_later(self, delay_s: float, act: Callable[[], None]) -> Timer:
        def due() -> None:
            if self._is_held:
                self._waiting.append((0, act))
            else:
                act()

        return super().call_later(delay_s, due)


class Folders:
    """Folders of a container that are watched, and what is told of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = HeldClock()
        self.told: asyncio.Queue[tuple[Key, list[Change] | None]] = asyncio.Queue()
        self.ceased: asyncio.Queue[tuple[Key, str]] = asyncio.Queue()
        self.watch = Watch(
            self.clock,
            lambda key, changes: self.told.put_nowait((key, changes)),
            lambda key, why: self.ceased.put_nowait((key, why)),
        )

    def key(self, name: str) -> Key:
        folder = self.root / name
        folder.mkdir(exist_ok=True)

        return Key(str(folder), deep=False, root=str(self.root))

    async def begun(self, key: Key) -> None:
        """Wait until everything in a folder is to be looked at."""
        while await self.told.get() != (key, None):
            pass

    async def sees(self, key: Key) -> None:
        """Wait until a change that is made now has been told."""
        path = write(key, "seen now")

        while True:
            where, changes = await self.told.get()

            if where == key and any(each.path == path for each in changes or ()):
                return


def play(root: Path, act: Callable[[Folders], Coroutine[None, None, None]]) -> None:
    async def whole() -> None:
        folders = Folders(root)

        try:
            await act(folders)
        finally:
            await folders.watch.close()

    asyncio.run(asyncio.wait_for(whole(), 30))


def write(key: Key, name: str) -> str:
    path = Path(key.folder, name)
    path.write_text("x")

    return str(path)


async def overflow(folders: Folders, key: Key) -> None:
    """Change more in a moment than is looked at."""
    watched = folders.watch._watched[key]

    def change() -> None:
        number = 0

        while not watched.overflowed:
            write(key, str(number % 100))
            number += 1

    folders.clock.hold()
    await asyncio.to_thread(change)
    folders.clock.let_go()


@pytest.mark.slow
def test_a_folder_in_which_too_much_happens_is_watched_again_after_a_while(tmp_path: Path) -> None:
    async def act(folders: Folders) -> None:
        key = folders.key("busy")
        folders.watch.want(key)
        await folders.begun(key)
        await overflow(folders, key)
        where, why = await folders.ceased.get()
        await folders.begun(key)  # when it is let go: what was not heard of is to be looked at

        assert where == key
        assert "CHANGES_SEEN_MAX" in why

        await folders.begun(key)  # when it is watched again

        assert folders.watch.is_watched(key)

        await folders.sees(key)

    play(tmp_path, act)


def test_a_folder_over_the_limit_is_watched_for_all_who_want_it_when_another_is_let_go(
    tmp_path: Path,
) -> None:
    async def act(folders: Folders) -> None:
        keys = [folders.key(str(number)) for number in range(PRESENTED_TREES_MAX)]
        late = folders.key("late")

        for key in keys:
            folders.watch.want(key)

        folders.watch.want(late)
        where, why = await folders.ceased.get()

        assert where == late
        assert "PRESENTED_TREES_MAX" in why

        folders.watch.let_go(keys[0])
        folders.watch.want(late)  # somebody else
        await folders.begun(late)
        folders.watch.let_go(late)

        assert folders.watch.is_watched(late)

        await folders.sees(late)
        folders.watch.let_go(late)

        assert len(folders.watch) == PRESENTED_TREES_MAX - 1

    play(tmp_path, act)


def test_who_is_over_the_limit_need_not_ask_again(tmp_path: Path) -> None:
    async def act(folders: Folders) -> None:
        keys = [folders.key(str(number)) for number in range(PRESENTED_TREES_MAX)]
        gone, late = folders.key("gone"), folders.key("late")

        for key in (*keys, gone, late):
            folders.watch.want(key)

        folders.watch.let_go(gone)
        folders.watch.let_go(keys[0])
        await folders.begun(late)
        await folders.sees(late)

        assert len(folders.watch) == PRESENTED_TREES_MAX
        assert not folders.watch.is_watched(gone)

    play(tmp_path, act)
