"""A file that is opened with an app, in a container whose owner does not want it to be."""

from pathlib import Path

import pytest

from simulator.daemons.lsd.documents import copy_to_inbox
from simulator.xpc.errors import CommandError


def test_a_name_that_cannot_be_numbered_is_refused_in_words(tmp_path: Path) -> None:
    inbox = tmp_path / "Documents" / "Inbox"
    inbox.mkdir(parents=True)
    name = f"{'n' * 251}.txt"
    (tmp_path / name).write_text("new")
    (inbox / name).write_text("a guest's")

    with pytest.raises(CommandError, match="File name too long"):
        copy_to_inbox(str(tmp_path / name), str(tmp_path))

    assert (inbox / name).read_text() == "a guest's"


def test_a_copy_has_as_many_bytes_as_the_file_had(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"x" * 5_000_000)

    copy = copy_to_inbox(str(tmp_path / "a.bin"), str(tmp_path))

    assert Path(copy).read_bytes() == b"x" * 5_000_000
