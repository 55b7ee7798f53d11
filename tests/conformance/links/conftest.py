"""Apps that print what they are told, sites that name them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.bundles import make_app
from simulator.testing.device import Device

TEAM = "EXAMPLE123"

TELLS = """
from simulator.sdk.foundation import FileManager
from simulator.sdk.uikit import Application, SceneDelegate


class NAME(Application):
    def did_finish_launching(self, options):
        told = {key: str(value) for key, value in options.items() if key != "user_activity"}

        if "user_activity" in options:
            told["user_activity"] = options["user_activity"].activity_type

        print("launched", told)
        return ANSWER

    def open_url(self, url, options):
        print("url", url, options)

    def continue_user_activity(self, activity):
        print("activity", activity.activity_type, activity.webpage_url)

    def will_enter_foreground(self):
        print("will enter foreground")

    def did_become_active(self):
        print("did become active")

    def will_resign_active(self):
        print("will resign active")

    def did_enter_background(self):
        print("did enter background")
"""

SCENE = """

class Scene(SceneDelegate):
    def will_connect_to(self, session, connection_options):
        urls = [str(context.url) for context in connection_options.url_contexts]
        links = [str(each.webpage_url) for each in connection_options.user_activities]
        print("scene connects", urls, links)

    def open_url_contexts(self, contexts):
        print("scene urls", [str(context.url) for context in contexts])

    def continue_user_activity(self, activity):
        print("scene activity", activity.activity_type, activity.webpage_url)

    def will_enter_foreground(self):
        print("scene will enter foreground")

    def did_become_active(self):
        print("scene did become active")
"""

MANIFEST = {
    "UIApplicationSupportsMultipleScenes": False,
    "UISceneConfigurations": {
        "UIWindowSceneSessionRoleApplication": [
            {"UISceneConfigurationName": "Default", "UISceneDelegateClassName": "Any.Scene"}
        ]
    },
}

Maker = Callable[..., str]
Site = Callable[..., dict[str, object]]


@pytest.fixture
def site() -> Site:
    """``site("Name", {"/": "/x"}, …)``: an association file that names an app of :func:`make`."""

    def association(
        name: str, *components: Mapping[str, object], team: str = TEAM, **applinks: object
    ) -> dict[str, object]:
        rows = list(components or ({"/": "*"},))
        entry = {"appIDs": [f"{team}.com.example.{name}"], "components": rows}

        return {"applinks": {"details": [entry], **applinks}}

    return association


@pytest.fixture
def make(device: Device, tmp_path: Path) -> Maker:
    """``make("Name", domains=[…], scenes=True, …)`` installs an app that prints what it is told."""

    def install(
        name: str,
        *,
        domains: Sequence[str] = (),
        scenes: bool = False,
        declines: bool = False,
        info: Mapping[str, object] | None = None,
        **options: Any,
    ) -> str:
        source = TELLS.replace("NAME", name).replace("ANSWER", str(not declines))
        keys = {**({"UIApplicationSceneManifest": MANIFEST} if scenes else {}), **(info or {})}
        rights = {"com.apple.developer.associated-domains": list(domains)} if domains else {}

        return device.install(
            make_app(
                tmp_path,
                name,
                source=source + (SCENE if scenes else ""),
                info=keys,
                entitlements=rights,
                **options,
            )
        )

    return install


@pytest.fixture
def told(device: Device) -> Callable[[str], list[str]]:
    """``told("com.example.Name")``: the lines it has printed, when the device is at rest."""

    def lines(bundle_id: str) -> list[str]:
        device.settle()
        name = f"{bundle_id}/"

        return [
            event.resource
            for event in device.events.of(kind="output")
            if event.actor.startswith(name)
        ]

    return lines
