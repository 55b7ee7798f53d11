"""What is fed to defaults, what it is made to feed on, and guests that speak as if they were it."""

import plistlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.control.client import Client
from simulator.testing.bundles import make_app
from simulator.testing.device import Device
from simulator.xpc.errors import SimulatorError

GROUP = "group.com.example.shared"
DEEP = 200
XML = b"<plist version='1.0'><dict><key>k</key>"
END = b"</dict></plist>"
MANY = {"k": [1] * 100_001}


@pytest.fixture
def owned(device: Device, tmp_path: Path) -> Device:
    """A device with an app in the group, and one value in it."""
    device.install(make_app(tmp_path, "Owner", source="pass", groups=[GROUP]))
    assert device.spawn("defaults", "write", GROUP, "kept", "1").status == 0

    return device


def test_what_no_domain_can_hold_is_refused_with_a_reason(owned: Device) -> None:
    hostile: dict[str, tuple[bytes, str]] = {
        "50 MB": (b"<plist>" + bytes(50 << 20), "it is larger than 8388608 bytes"),
        "deep": (XML + b"<array>" * DEEP + b"</array>" * DEEP + END, "nested deeper than 60"),
        "deep, old-style": (b"(" * 100_000, "nested too deeply"),
        "no UTF-8": (b"{ a = \xff\xfe; }", "not UTF-8"),
        "half a plist": (plistlib.dumps({"a": 1}, fmt=plistlib.FMT_BINARY)[:-5], "its trailer"),
        "nothing": (b"", "no value at 0"),
        "a huge key": (plistlib.dumps({"k" * (1 << 20): 1}), "a key of 1048576 bytes"),
        "an empty key": (plistlib.dumps({"": 1}), "a key of 0 bytes"),
        "too much": (plistlib.dumps({"k": "x" * (5 << 20)}), "4194304 or more are not possible"),
        "too much together": (
            plistlib.dumps({f"k{n}": "x" * 100_000 for n in range(50)}),
            "4194304 or more are not possible",
        ),
        "too many": (plistlib.dumps(MANY), "DEFAULTS_VALUE_ITEMS_MAX"),
        "no dictionary": (b"(1, 2)", "was not a dictionary"),
    }

    for name, (data, reason) in hostile.items():
        done = owned.spawn("defaults", "import", GROUP, "-", given=data)
        assert (name, done.status, done.output) == (name, 1, "")
        assert reason in done.errors, name
        assert owned.group(GROUP).defaults == {"kept": "1"}, name

    assert not owned.events.of(kind="misbehaved")


def test_arguments_that_nobody_types(owned: Device) -> None:
    lines = (
        ["write", GROUP, "k" * 40_000, "1"],
        ["write", GROUP, "k", "(" * 40_000],
        ["write", GROUP, "\udcff", "1"],
        ["write", GROUP, "k", "\udcff"],
        ["write", GROUP, "", "1"],
        ["write", "x" * 300, "k", "1"],
        ["write", "a/../b", "k", "1"],
        ["write", ".hidden", "k", "1"],
        ["write", "/" * 1000, "k", "1"],
        ["read", "\0"],
    )

    statuses = [owned.spawn("defaults", *line).status for line in lines]

    assert statuses == [0, *[1] * (len(lines) - 1)]
    assert owned.group(GROUP).defaults == {"kept": "1", "k" * 40_000: "1"}

    with pytest.raises(SimulatorError, match="PAYLOAD_BYTES_MAX"):
        owned.spawn("defaults", "write", GROUP, "k" * 70_000, "1")


@pytest.mark.parametrize(
    ("verb", "argument"),
    [
        ("cfprefsd.app", "'Owner'"),
        ("cfprefsd.contents", f"{GROUP!r}"),
        ("cfprefsd.domains", "None"),
        ("cfprefsd.places", f"{GROUP!r}"),
    ],
)
def test_an_app_may_not_ask_what_a_program_of_the_system_may(
    hostile: Callable[..., Any], verb: str, argument: str
) -> None:
    body = (
        f"try: print(current().call({verb!r}, {argument}))\n"
        "except PermissionError as problem: print('denied', problem.operation)"
    )

    assert hostile("Probe", body).output == ["denied user-preference-read"]


def test_an_app_reaches_no_domain_by_its_place_or_its_name(
    owned: Device, hostile: Callable[..., Any]
) -> None:
    plist = owned.group(GROUP).path / "Library/Preferences" / GROUP
    owned.defaults_settings(strict=False)
    body = (
        f"for name in {[str(plist), GROUP, 'com.example.Owner']!r}:\n"
        "    try: print(current().call('cfprefsd.open', name)['values'])\n"
        "    except Exception as problem: print(type(problem).__name__)"
    )

    assert hostile("Probe", body).output == ["Misuse", "{}", "{}"]


def test_an_app_has_nothing_to_read(hostile: Callable[..., Any]) -> None:
    body = "print(current().call('launchd.read_input', 10), sys.stdin.read())"

    assert hostile("Probe", body).output == ["b'' "]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("'launchd.read_input', 0", "a read of the wrong shape"),
        ("'launchd.read_input', 'all'", "a read of the wrong shape"),
        ("'cfprefsd.refusal', 77", "which it has not opened"),
    ],
)
def test_nonsense_drops_the_guest(
    words: str, sentence: str, device: Device, dropped: Callable[..., None]
) -> None:
    dropped("Probe", f"frame(Kind.CALL, encode([{words}]))")

    assert sentence in device.events.of(kind="misbehaved").only().resource


def test_a_client_that_feeds_what_nobody_asked_for_loses_its_program(owned: Device) -> None:
    with Client(owned._socket, "the device") as client:
        client.ask(
            "spawn",
            program="notifyutil",
            arguments=["-w", "never"],
            environment={},
            stopped=False,
        )
        client.say("input", data=b"unasked")

        assert client.hear("spawn") == ["ended", -9, "ended by the system: simctl has gone"]


def test_a_huge_key_in_a_plist_from_outside_breaks_nobody(
    owned: Device, shell: Callable[..., Any], tmp_path: Path
) -> None:
    one = shell("One", groups=[GROUP])
    one.do(f"suite = UserDefaults({GROUP!r})\nsuite.observe('small', lambda *_: None)")
    plist = owned.group(GROUP).path / "Library" / "Preferences" / f"{GROUP}.plist"
    (tmp_path / "new").write_bytes(plistlib.dumps({"k" * (1 << 20): 1, "small": 5}))
    (tmp_path / "new").rename(plist)

    one.app.wait_until(lambda: one.do("suite.integer('small')") == 5)

    assert len(owned.group(GROUP).defaults) == 2
    assert one.do(f"suite.integer({'k' * 10!r})") == 0
    assert not owned.events.of(kind="misbehaved")


def test_a_key_that_no_message_takes_is_refused_in_the_app(shell: Callable[..., Any]) -> None:
    one = shell("One", groups=[GROUP])

    with pytest.raises(Exception, match=r"NSInvalidArgumentException .* 65535 bytes at most"):
        one.do("UserDefaults.standard.set(1, 'ä' * 40_000)")

    assert one.do("UserDefaults.standard.set(1, 'a' * 65_000)") is None
    assert one.do("UserDefaults.standard.synchronize()") is True
