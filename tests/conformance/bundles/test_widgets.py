"""Widgets can be had once their app was launched."""

from typing import Any

import pytest

from simulator.xpc.errors import Misuse

WIDGET = """
from simulator.sdk.widgetkit import Entry, Timeline, View, Widget, now


class NAME(Widget):
    def timeline(self, context):
        return Timeline([Entry(now(), View("ready"))], policy=Timeline.never)
"""


def titles(host: Any) -> list[tuple[str, str]]:
    return [(shown.bundle_id, shown.title) for shown in host.device.widgets]


@pytest.mark.contract("E12")
def test_a_widget_is_in_the_gallery_once_its_app_was_launched_and_not_before(host: Any) -> None:
    app = host.install("Owner", {"Clock": WIDGET})

    with pytest.raises(Misuse, match="its app was never launched"):
        host.device.ask("reload_widget", bundle_id=f"{app}.Clock")

    assert titles(host) == []

    host.device.launch(app)
    host.device.wait_until(lambda: titles(host) == [(f"{app}.Clock", "ready")])


@pytest.mark.contract("E12")
def test_what_was_launched_once_stays_so_over_an_upgrade_and_a_reboot(host: Any) -> None:
    app = host.install("Owner", {"Clock": WIDGET})
    host.device.launch(app)
    host.device.wait_until(lambda: titles(host) == [(f"{app}.Clock", "ready")])
    host.install("Owner", {"Clock": WIDGET.replace("ready", "anew")})
    host.device.ask("reload_widget", bundle_id=f"{app}.Clock")

    assert titles(host) == [(f"{app}.Clock", "anew")]

    host.device.reboot()
    host.device.wait_until(lambda: titles(host) == [(f"{app}.Clock", "anew")])

    assert app not in host.running()


@pytest.mark.contract("E12")
def test_what_is_removed_and_installed_again_was_not_launched(host: Any) -> None:
    app = host.install("Owner", {"Clock": WIDGET})
    host.device.launch(app)
    host.device.wait_until(lambda: titles(host) == [(f"{app}.Clock", "ready")])
    host.device.uninstall(app)
    host.install("Owner", {"Clock": WIDGET})

    assert titles(host) == []

    host.device.reboot()

    assert titles(host) == []
