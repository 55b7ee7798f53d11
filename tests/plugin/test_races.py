"""Races in a test suite: what fails, what warns, what is left to the test."""

import pytest

from tests.plugin.test_plugin import only_our_plugin, run

__all__ = ("only_our_plugin",)

pytestmark = pytest.mark.slow

RACING = """
import pytest
from simulator.sdk.foundation import FileManager
from simulator.sdk.uikit import Application

GROUP = "group.com.example.made"


def path():
    return FileManager.default.container_url(GROUP) / "x"


class First(Application):
    def open_url(self, url, options):
        path().write_text("first")


class Second(Application):
    def open_url(self, url, options):
        path().write_text("second")


def go(device):
    for app, scheme in ((First, "first"), (Second, "second")):
        device.launch(device.install(app, groups=[GROUP], schemes=[scheme]))

    for scheme in ("first", "second"):
        device.open_url(f"{scheme}:go")
        device.settle()  # the report names the earlier one first
"""


def test_a_test_that_asks_for_it_fails_with_the_report(pytester: pytest.Pytester) -> None:
    source = f"""{RACING}
@pytest.mark.device(races=True)
def test_it(device):
    go(device)
"""
    result = run(pytester, source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*race: two writers of x in group.com.example.made*",
            "*com.example.First/1 wrote it in place at First.py:14  path().write_text(*",
            "*com.example.Second/1 wrote it in place at Second.py:19  path().write_text(*",
            "*cure: *",
            "*the device's story*",
        ]
    )


def test_a_test_that_does_not_ask_passes(pytester: pytest.Pytester) -> None:
    run(pytester, f"{RACING}\ndef test_it(device):\n    go(device)\n").assert_outcomes(passed=1)


def test_the_option_asks_for_all_but_those_that_decline(pytester: pytest.Pytester) -> None:
    source = f"""{RACING}
def test_it(device):
    go(device)

@pytest.mark.device(races=False)
def test_declined(device):
    go(device)

def test_nothing_races(make_device):
    make_device().launch("Notes")
"""
    result = run(pytester, source, "--simulator-races")
    result.assert_outcomes(failed=1, passed=2)


def test_a_warning_can_be_had_instead(pytester: pytest.Pytester) -> None:
    source = f"""{RACING}
@pytest.mark.device(races="warn")
def test_it(device):
    go(device)
"""
    result = run(pytester, source)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*RaceWarning: race: two writers of x in group.com.example.made*"])


def test_a_test_can_look_at_races_itself(pytester: pytest.Pytester) -> None:
    source = f"""{RACING}
def test_it(device):
    device.look_for_races()
    go(device)

    assert device.races.only().lines == {{"First.py:14", "Second.py:19"}}
    assert device.races.of("torn-read") == []
    assert device.races.of(path="x") != []
"""
    run(pytester, source).assert_outcomes(passed=1)


def test_races_of_an_earlier_boot_count(pytester: pytest.Pytester) -> None:
    source = f"""{RACING}
@pytest.mark.device(races=True)
def test_it(device):
    go(device)
    device.reboot()

    assert device.races == []
"""
    run(pytester, source).assert_outcomes(failed=1)


def test_a_test_that_fails_fails_for_its_own_reason(pytester: pytest.Pytester) -> None:
    source = f"""{RACING}
@pytest.mark.device(races=True)
def test_it(device):
    go(device)

    assert device.races == []
"""
    result = run(pytester, source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the races are not those that were expected:*", "*First.py:14*"])


def test_a_device_that_is_gone_is_not_asked(pytester: pytest.Pytester) -> None:
    source = f"""{RACING}
@pytest.mark.device(races=True)
def test_it(device):
    device.delete()
"""
    run(pytester, source).assert_outcomes(passed=1)
