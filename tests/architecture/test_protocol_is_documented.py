"""A guest in another language could be made from docs/protocol.md: nothing is missing there."""

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator.xpc import frames, page
from simulator.xpc.frames import Flag, Kind

if TYPE_CHECKING:
    from tests.architecture.conftest import Module


KINDS = {name: value for name, value in vars(Kind).items() if isinstance(value, int)}
FLAGS = {name: value for name, value in vars(Flag).items() if isinstance(value, int)}
FROM_HOST = 64


@pytest.fixture(scope="module")
def page_of_protocol(root: Path) -> str:
    """The document."""
    return (root / "docs" / "protocol.md").read_text()


def _strings_of_calls(modules: "list[Module]", *methods: str) -> set[str]:
    """Return the first argument of every call of these methods, where it is written out."""
    found = set()

    for module in modules:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue

            if isinstance(node.func, ast.Attribute) and node.func.attr in methods:
                first = node.args[0]

                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)

    return found


def _answered(modules: "list[Module]") -> set[str]:
    return _strings_of_calls([module for module in modules if "/daemons/" in module.name], "verb")


def test_every_kind_is_documented_with_its_number(page_of_protocol: str) -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", page_of_protocol, re.MULTILINE))

    assert {name: int(rows.get(name, -1)) for name in KINDS} == KINDS


def test_every_flag_is_documented_with_its_bit(page_of_protocol: str) -> None:
    for name, bit in FLAGS.items():
        assert f"| `{name}` | {bit} |" in page_of_protocol


def test_the_numbers_of_the_frame_and_the_page_are_documented(page_of_protocol: str) -> None:
    for number in (frames.HEADER_SIZE, frames.EVENT_SIZE, frames.FRAME_BYTES_MAX):
        assert f"{number} bytes" in page_of_protocol

    for offset in (page.MODE, page.NOTIFY_WORDS, page.DOMAIN_WORDS, page.OWN_WORDS):
        assert re.search(rf"^\| {offset} \|", page_of_protocol, re.MULTILINE)

    assert f"version {frames.PROTOCOL_VERSION}" in page_of_protocol


def test_every_kind_that_a_guest_says_is_heard(modules: "list[Module]") -> None:
    heard = {
        name
        for module in modules
        if module.name.startswith(("simulator/daemons/", "simulator/daemonkit/"))
        for name in re.findall(r"(?:\.on\(|== |!= )Kind\.([A-Z_]+)", module.text)
    }

    assert {name for name, value in KINDS.items() if value < FROM_HOST} <= heard


def test_every_kind_that_the_host_says_is_heard(modules: "list[Module]") -> None:
    """TICK only wakes the run loop: a frame without a handler is acknowledged, and that is all."""
    heard = {
        name
        for module in modules
        if module.name.startswith("simulator/sdk/")
        for name in re.findall(
            r"(?:handlers\[|taken\[|hear\(|== |\{|, )Kind\.([A-Z_]+)(?=[\]):, ])", module.text
        )
    }

    assert {name for name, value in KINDS.items() if value >= FROM_HOST} - heard <= {"TICK"}


def test_every_verb_of_the_sdk_has_a_daemon_that_answers(modules: "list[Module]") -> None:
    guests = [
        module
        for module in modules
        if module.name.startswith(("simulator/sdk/", "simulator/programs/"))
    ]
    asked = {name for name in _strings_of_calls(guests, "call", "tell") if "." in name}

    assert asked
    assert asked <= _answered(modules)


def test_every_verb_of_a_daemon_is_documented(
    modules: "list[Module]", page_of_protocol: str
) -> None:
    answered = _answered(modules)

    assert len(answered) > 5
    assert [verb for verb in sorted(answered) if f"`{verb}`" not in page_of_protocol] == []


def test_every_verb_of_the_control_sockets_is_documented(
    modules: "list[Module]", page_of_protocol: str
) -> None:
    by_name = {module.name: module for module in modules}
    device = {
        node.name
        for room in (
            "verbs",
            "person",
            "notifying",
            "defaulting",
            "plugging",
            "linking",
            "filing",
            "locks",
            "comparing",
            "coordinating",
            "sanitizing",
        )
        for node in ast.walk(by_name[f"simulator/device/{room}.py"].tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(ast.unparse(decorator) == "verb" for decorator in node.decorator_list)
    }
    verbs = by_name["simulator/service/verbs.py"].text
    service = set(re.findall(r'^ +"(\w+)": self\._\w+,', verbs, re.MULTILINE))

    assert {"launch", "push"} <= device
    assert len(service) > 5
    assert [verb for verb in sorted(device | service) if f"`{verb}`" not in page_of_protocol] == []


def test_every_error_that_travels_is_documented(
    modules: "list[Module]", page_of_protocol: str
) -> None:
    (errors,) = [module for module in modules if module.name == "simulator/xpc/errors.py"]
    names = [node.name for node in errors.tree.body if isinstance(node, ast.ClassDef)]

    assert [name for name in names if f"`{name}`" not in page_of_protocol] == []
