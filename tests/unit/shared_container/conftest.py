"""A preferences folder for every test; its module is found from wherever the tests run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.append(str(Path(__file__).resolve().parents[3]))

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.shared_container.preferences_folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> "Iterator[Folder]":
    from tests.unit.shared_container.preferences_folder import Folder

    made = Folder(tmp_path)

    yield made

    made.close()
