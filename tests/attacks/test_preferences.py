"""Guests that misuse what cfprefsd tells observers, and the folder in which plists lie."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"
JOIN = f"""
from simulator.sdk._domain_copy import copy_of
copy = copy_of({GROUP!r})
"""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("'cfprefsd.observe', [0, 1]", "an observation of the wrong shape"),
        ("'cfprefsd.observe', [77, True]", "which it has not opened"),
        ("'cfprefsd.heard', -5", "a count of changes that is none"),
        ("'cfprefsd.heard', 'many'", "a count of changes that is none"),
        ("'cfprefsd.nonsense', 5", "a suite name that is no string"),
    ],
)
def test_nonsense_about_observing_drops_the_guest(
    words: str, sentence: str, device: Device, dropped: Callable[..., None]
) -> None:
    dropped("Probe", f"{JOIN}\nframe(Kind.CALL, encode([{words}]))", groups=(GROUP,))

    assert sentence in device.events.of(kind="misbehaved").only().resource


def test_an_observer_that_never_reads_holds_nobody_and_is_not_dropped_for_it(
    device: Device, hostile: Callable[..., Any], shell: Callable[..., Any]
) -> None:
    deaf = hostile(
        "Deaf",
        f"{JOIN}\ncopy.observe(on=True)\nprint('observes')\nimport threading\n"
        "threading.Event().wait()",
        groups=(GROUP,),
        wait_s=0.0,
    )
    device.wait_until(lambda: "observes" in deaf.output)
    writer = shell("Writer", groups=[GROUP])
    writer.do(
        f"suite = UserDefaults({GROUP!r})\n"
        "for n in range(5000): suite.set(n, 'key')\n"
        "suite.synchronize()",
        timeout_s=30,
    )

    assert deaf.is_running
    assert device.group(GROUP).defaults == {"key": 4999}
    assert not device.events.of(kind="misbehaved")


def test_an_observer_that_claims_to_have_heard_and_reads_nothing_holds_nobody(
    device: Device, hostile: Callable[..., Any], shell: Callable[..., Any]
) -> None:
    liar = hostile(
        "Liar",
        f"{JOIN}\ncopy.observe(on=True)\nprint('observes')\n"
        "while True: frame(Kind.CALL, encode(['cfprefsd.heard', 64]))",
        groups=(GROUP,),
        wait_s=0.0,
    )
    device.wait_until(lambda: "observes" in liar.output)
    writer = shell("Writer", groups=[GROUP])
    writer.do(
        f"suite = UserDefaults({GROUP!r})\n"
        "for n in range(3000): suite.set(n, 'key')\n"
        "suite.synchronize()",
        timeout_s=60,
    )

    assert device.group(GROUP).defaults == {"key": 2999}

    said = [event.resource for event in device.events.of(kind="misbehaved")]

    assert all("frames unread (QUEUED_FRAMES_MAX)" in sentence for sentence in said)


def test_a_storm_of_replaced_plists_does_not_hold_the_host(attack: Callable[[str], float]) -> None:
    worst_s = attack(
        """
import plistlib, time
from simulator.sdk.foundation import UserDefaults
UserDefaults.standard.set(1, "key")
folder = current().info["home"] + "/Library/Preferences/"
data = plistlib.dumps({f"key {n}": "x" * 200 for n in range(5000)}, fmt=plistlib.FMT_BINARY)
end = time.monotonic() + 3
while time.monotonic() < end:
    with open(folder + "new", "wb") as file:
        file.write(data)
    os.replace(folder + "new", folder + "com.example.Probe.plist")
"""
    )

    assert worst_s < 0.5
