"""Which folders of preferences are watched."""

import asyncio
from pathlib import Path

import pytest

from shared_container.layout import PREFERENCES_FOLDER
from simulator.daemons.cfprefsd.watching import Watch


@pytest.fixture
def preferences(tmp_path: Path) -> Path:
    """The folder of preferences of a container; it has one file."""
    folder = tmp_path / "container" / PREFERENCES_FOLDER
    folder.mkdir(parents=True)
    (folder / "domain.plist").touch()

    return folder


def test_a_plist_that_is_replaced_is_told_of(tmp_path: Path, preferences: Path) -> None:
    async def play() -> None:
        told: asyncio.Queue[str] = asyncio.Queue()
        watch = Watch(told.put_nowait, lambda container, why: told.put_nowait(f"{container} {why}"))
        container = str(tmp_path / "container")
        watch.want(container)

        try:
            assert await told.get() == container  # what came before is looked at
            (preferences / "new").touch()
            (preferences / "new").rename(preferences / "domain.plist")
            assert await told.get() == container
        finally:
            await watch.close()

    asyncio.run(asyncio.wait_for(play(), 20))


def test_a_link_to_a_folder_outside_is_not_watched(tmp_path: Path, preferences: Path) -> None:
    preferences.rename(tmp_path / "outside")
    preferences.symlink_to(tmp_path / "outside")

    async def play() -> None:
        ceased: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        watch = Watch(pytest.fail, lambda container, why: ceased.put_nowait((container, why)))
        watch.want(str(tmp_path / "container"))

        try:
            container, why = await ceased.get()
            assert container == str(tmp_path / "container")
            assert "symbolic links" in why
        finally:
            await watch.close()

    asyncio.run(asyncio.wait_for(play(), 20))
