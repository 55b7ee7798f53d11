"""What one guest can make the host keep has an end, and leaves room for others."""

import json
from typing import Any

import pytest

from simulator.testing.device import Device

pytestmark = pytest.mark.slow


def test_descriptors_of_preference_domains_are_given_back(hostile: Any, host: Any) -> None:
    before = host.descriptors
    app = hostile(
        "Probe", "for number in range(150): current().call('cfprefsd.open', f'domain{number}')"
    )
    app.terminate()

    assert host.descriptors < before + 20


def test_old_values_of_a_domain_are_not_kept_for_ever(hostile: Any, host: Any) -> None:
    body = """
domain = current().call("cfprefsd.open", "com.example.Probe")["index"]
for number in range(1500):
    frame(Kind.SET, pack_set("k", encode([bytes(2000)] * 30)), arg=domain)
    number % 100 or current().call("cfprefsd.synchronize", domain)
current().call("cfprefsd.synchronize", domain)
"""
    before = host.memory_mib
    hostile("Probe", body)

    assert host.memory_mib < before + 40


def test_an_event_is_no_place_for_a_guests_megabytes(device: Device, hostile: Any) -> None:
    hostile("Probe", "self.show(View('x' * 60_000))")
    (shown,) = device.events.of(kind="screen", operation="show")

    assert len(json.dumps(shown)) < 20_000


def test_one_guest_does_not_take_every_word_of_the_page(hostile: Any) -> None:
    hostile(
        "Probe", "for t in range(1024): frame(Kind.REGISTER, b'n%d' % t, arg=t, flags=Flag.SYNC)"
    )
    body = """
from simulator.sdk.darwin import notify_register_check
try: notify_register_check("hello")
except Exception as problem: print(problem)
"""

    assert hostile("Other", body).output == []
