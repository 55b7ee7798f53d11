"""The table of extension points, and those who must agree with it."""

from simulator.bundles.points import (
    POINTS,
    SIMULATED_POINTS,
    find_point,
    similar_point,
    standing,
)
from simulator.sdk import _launch
from simulator.testing import bundles as made

DOCUMENTED = (
    "com.apple.share-services", "com.apple.ui-services", "com.apple.services",
    "com.apple.keyboard-service", "com.apple.widget-extension", "com.apple.widgetkit-extension",
    "com.apple.usernotifications.service", "com.apple.usernotifications.content-extension",
    "com.apple.intents-service", "com.apple.intents-ui-service", "com.apple.appintents-extension",
    "com.apple.fileprovider-nonui", "com.apple.fileprovider-actionsui",
    "com.apple.fileprovider-ui", "com.apple.photo-editing",
    "com.apple.identitylookup.message-filter", "com.apple.message-payload-provider",
    "com.apple.Safari.web-extension", "com.apple.Safari.content-blocker",
    "com.apple.spotlight.import", "com.apple.quicklook.thumbnail",
    "com.apple.location.push.service", "com.apple.authentication-services-credential-provider-ui",
    "com.apple.networkextension.packet-tunnel", "com.apple.networkextension.app-proxy",
    "com.apple.networkextension.dns-proxy", "com.apple.networkextension.filter-data",
    "com.apple.callkit.call-directory",
)  # fmt: skip


def test_every_documented_point_is_known() -> None:
    assert [point for point in DOCUMENTED if find_point(point) is None] == []
    assert len({point.identifier for point in POINTS}) == len(POINTS)


def test_the_base_classes_are_those_that_a_launch_looks_for() -> None:
    told = {point.identifier: point.sdk for point in POINTS if point.sdk is not None}
    sought = {point: base for point, base in _launch._BASES.items() if point}
    bases = {name: point for name, point in made._POINTS.items() if point}

    assert told == sought
    assert {base[1]: point for point, base in sought.items()} == bases


def test_how_a_point_is_treated_has_a_word() -> None:
    words = {standing(point) for point in SIMULATED_POINTS}

    assert words == {"simulated"}
    assert standing("com.apple.intents-service") == "not simulated"
    assert standing("com.apple.nothing") == "unknown"


def test_what_is_right_resembles_nothing_and_what_is_wrong_its_neighbour() -> None:
    assert similar_point("com.apple.share-services") == ""
    assert similar_point("com.apple.share-servces") == "com.apple.share-services"
    assert similar_point("org.example.thing") == ""
    assert similar_point("x" * 100_000) == ""
