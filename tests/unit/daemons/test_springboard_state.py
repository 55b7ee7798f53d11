"""Views and requests."""

import pytest

from simulator.daemonkit.limits import VIEW_LINES_MAX
from simulator.daemons.springboard.state import view_of
from simulator.xpc.errors import Misbehaved


def test_a_view_is_a_title_and_lines() -> None:
    assert view_of(["Notes", ["a", "b"]]).text == "Notes\na\nb"


def test_a_view_shows_no_more_lines_than_the_limit() -> None:
    assert len(view_of(["t", ["x"] * (VIEW_LINES_MAX + 5)]).lines) == VIEW_LINES_MAX


@pytest.mark.parametrize("content", [None, [], ["t"], ["t", "x"], ["t", [1]], [1, []]])
def test_anything_else_is_misbehaviour(content: object) -> None:
    with pytest.raises(Misbehaved):
        view_of(content)
