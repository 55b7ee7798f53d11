"""Who is told of a URL, in which order, cold and warm, with scenes and without."""

from collections.abc import Callable

import pytest

from simulator.testing.device import Device

Maker = Callable[..., str]
Site = Callable[..., dict[str, object]]
Told = Callable[[str], list[str]]

WEB = "NSUserActivityTypeBrowsingWeb"
LINK = "https://example.com/notes/1?a=b#c"


@pytest.mark.contract("E95")
def test_a_link_starts_the_app_with_an_activity(
    device: Device, make: Maker, site: Site, told: Told
) -> None:
    device.domain("example.com", site("Links"))
    app = make("Links", domains=["applinks:example.com"])
    opened = device.open_url(LINK)

    assert (opened.how, opened.bundle_id) == ("universal link", app)
    assert told(app) == [
        f"launched {{'user_activity': '{WEB}'}}",
        f"activity {WEB} {LINK}",
        "did become active",
    ]


@pytest.mark.contract("E95")
def test_a_link_is_told_to_the_app_that_runs(
    device: Device, make: Maker, site: Site, told: Told
) -> None:
    device.domain("example.com", site("Links"))
    app = make("Links", domains=["applinks:example.com"])
    running = device.launch(app)
    opened = device.open_url(LINK)

    assert opened.pid == running.pid
    assert told(app) == ["launched {}", "did become active", f"activity {WEB} {LINK}"]


@pytest.mark.contract("E95")
def test_with_scenes_a_link_starts_the_app_by_its_connection_options(
    device: Device, make: Maker, site: Site, told: Told
) -> None:
    device.domain("example.com", site("Links"))
    app = make("Links", domains=["applinks:example.com"], scenes=True)
    device.open_url(LINK)

    assert told(app) == [
        "launched {}",
        f"scene connects [] ['{LINK}']",
        "scene will enter foreground",
        "scene did become active",
    ]


@pytest.mark.contract("E95")
def test_with_scenes_a_link_is_told_to_the_scene_that_runs(
    device: Device, make: Maker, site: Site, told: Told
) -> None:
    device.domain("example.com", site("Links"))
    app = make("Links", domains=["applinks:example.com"], scenes=True)
    device.launch(app)
    device.press_home()
    device.open_url(LINK)

    assert told(app)[-3:] == [
        "scene will enter foreground",
        f"scene activity {WEB} {LINK}",
        "scene did become active",
    ]


@pytest.mark.contract("E82")
def test_with_scenes_a_cold_url_is_among_the_connection_options_only(
    device: Device, make: Maker, told: Told
) -> None:
    app = make("Links", scenes=True, schemes=["links"])
    device.open_url("links:a")

    assert told(app) == [
        "launched {}",
        "scene connects ['links:a'] []",
        "scene will enter foreground",
        "scene did become active",
    ]


@pytest.mark.contract("E82")
def test_with_scenes_a_warm_url_is_told_to_the_scene_only(
    device: Device, make: Maker, told: Told
) -> None:
    app = make("Links", scenes=True, schemes=["links"])
    device.launch(app)
    device.press_home()
    before = len(told(app))
    device.open_url("links:a")

    assert told(app)[before:] == [
        "scene will enter foreground",
        "scene urls ['links:a']",
        "scene did become active",
    ]


@pytest.mark.contract("E83")
def test_without_scenes_a_url_comes_between_the_two_steps_to_the_front(
    device: Device, make: Maker, told: Told
) -> None:
    app = make("Links", schemes=["links"])
    device.launch(app)
    device.press_home()
    before = told(app)
    device.open_url("links:a")

    assert before[-2:] == ["will resign active", "did enter background"]
    assert told(app)[len(before) :] == [
        "will enter foreground",
        "url links:a {}",
        "did become active",
    ]


@pytest.mark.contract("E83")
def test_without_scenes_a_cold_url_is_told_twice_and_then_the_app_is_active(
    device: Device, make: Maker, told: Told
) -> None:
    app = make("Links", schemes=["links"])
    device.open_url("links:a")

    assert told(app) == ["launched {'url': 'links:a'}", "url links:a {}", "did become active"]


def test_an_app_that_declines_at_its_launch_is_not_told_again(
    device: Device, make: Maker, told: Told
) -> None:
    app = make("Links", schemes=["links"], declines=True)
    device.open_url("links:a")

    assert told(app) == ["launched {'url': 'links:a'}", "did become active"]

    device.open_url("links:b")

    assert told(app)[-1] == "url links:b {}"


def test_a_delegate_that_is_named_and_missing_is_told_in_apples_words(
    device: Device, make: Maker, told: Told
) -> None:
    manifest = {
        "UISceneConfigurations": {
            "UIWindowSceneSessionRoleApplication": [{"UISceneDelegateClassName": "App.Missing"}]
        }
    }
    app = make("Links", schemes=["links"], info={"UIApplicationSceneManifest": manifest})
    device.open_url("links:a")
    lines = told(app)

    assert lines[0].endswith('but could not load class with name "Missing".')
    assert lines[-1] == "launched {}"


def test_an_app_whose_manifest_names_no_class_is_told_itself(
    device: Device, make: Maker, told: Told
) -> None:
    """So it is with SwiftUI's onOpenURL."""
    app = make("Links", schemes=["links"], info={"UIApplicationSceneManifest": {}})
    device.open_url("links:a")

    assert "url links:a {}" in told(app)
