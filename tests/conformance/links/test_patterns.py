"""Which links a site's file gives to an app."""

from collections.abc import Callable, Mapping

import pytest

from simulator.testing.device import Device

Maker = Callable[..., str]
Site = Callable[..., dict[str, object]]

OPENS = Callable[..., list[bool]]
BUY = {"/": "/buy/*"}


@pytest.fixture
def opens(device: Device, make: Maker, site: Site) -> OPENS:
    """``opens(components, url, …)``: whether each link opens the app, and not the browser."""
    make("Links", domains=["applinks:example.com"])

    def each(components: list[Mapping[str, object]], *urls: str, **applinks: object) -> list[bool]:
        device.domain("example.com", site("Links", *components, **applinks))

        return [
            device.open_url(f"https://example.com{url}").how == "universal link" for url in urls
        ]

    return each


@pytest.mark.contract("E88")
def test_the_first_pattern_that_matches_decides(opens: OPENS) -> None:
    keep = {"/": "/buy/old/*", "exclude": True}

    assert opens([keep, BUY], "/buy/1", "/buy/old/1", "/other") == [True, False, False]
    assert opens([BUY, keep], "/buy/1", "/buy/old/1") == [True, True]


@pytest.mark.contract("E88")
def test_an_exclusion_ends_the_search_for_all(device: Device, make: Maker) -> None:
    first = {
        "appIDs": ["EXAMPLE123.com.example.First"],
        "components": [{"/": "/private/*", "exclude": True}],
    }
    second = {"appIDs": ["EXAMPLE123.com.example.Second"], "components": [{"/": "*"}]}
    device.domain("example.com", {"applinks": {"details": [first, second]}})
    make("Second", domains=["applinks:example.com"])

    assert device.open_url("https://example.com/private/1").bundle_id == "com.example.Second"

    make("First", domains=["applinks:example.com"])

    assert device.open_url("https://example.com/private/1").how == "system"
    assert device.open_url("https://example.com/public").bundle_id == "com.example.Second"


@pytest.mark.contract("E89")
def test_path_and_query_must_both_match(opens: OPENS) -> None:
    article = {"/": "/help/*", "?": {"articleNumber": "????"}}
    urls = (
        "/help/x?articleNumber=1234",
        "/help/x?articleNumber=123",
        "/help/x?a=1&articleNumber=1234",
        "/help/x?articlenumber=1234",
        "/help/x",
        "/x?articleNumber=1234",
    )

    assert opens([article], *urls) == [True, False, True, False, False, False]


@pytest.mark.contract("E90")
def test_a_fragment_alone_is_kept_from_the_app(opens: OPENS) -> None:
    components = [{"#": "no_universal_links", "exclude": True}, BUY]
    urls = ("/buy/1#no_universal_links", "/buy/1#no_universal_link", "/buy/1#other", "/buy/1")

    assert opens(components, *urls) == [False, True, True, True]


@pytest.mark.contract("E91")
def test_upper_and_lower_case_are_minded_unless_a_default_says_otherwise(opens: OPENS) -> None:
    folds = {"caseSensitive": False}

    assert opens([BUY], "/buy/1", "/BUY/1") == [True, False]
    assert opens([BUY], "/BUY/1", defaults=folds) == [True]
    assert opens([{**BUY, "caseSensitive": True}], "/BUY/1", defaults=folds) == [False]
    assert opens([{**BUY, **folds}], "/BUY/1") == [True]


@pytest.mark.contract("E91")
def test_the_defaults_of_an_app_override_those_of_the_domain(device: Device, make: Maker) -> None:
    make("Links", domains=["applinks:example.com"])

    for own, how in ((False, "universal link"), (True, "system")):
        detail = {
            "appIDs": ["EXAMPLE123.com.example.Links"],
            "defaults": {"caseSensitive": own},
            "components": [BUY],
        }
        applinks = {"defaults": {"caseSensitive": not own}, "details": [detail]}
        device.domain("example.com", {"applinks": applinks})

        assert device.open_url("https://example.com/BUY/1").how == how


@pytest.mark.contract("E92")
def test_legacy_paths_compare_the_path_and_not_needs_its_blank(device: Device, make: Maker) -> None:
    make("Links", domains=["applinks:example.com"])
    paths = ["NOT /a/*", "NOT/b/*", "/a/*", "/b/*", "/c"]
    detail = {"appID": "EXAMPLE123.com.example.Links", "paths": paths}
    device.domain("example.com", {"applinks": {"apps": [], "details": [detail]}})
    urls = ("/a/1", "/b/1", "/c?any=query#fragment", "/d", "/C")

    assert [device.open_url(f"https://example.com{url}").how for url in urls] == [
        "system", "universal link", "universal link", "system", "system",
    ]  # fmt: skip


def test_substitution_variables_are_put_in(opens: OPENS) -> None:
    components = [{"/": "/$(lang)/$(food)/$(digit)"}]
    urls = (
        "/en/burrito/1",
        "/de/taco-al-pastor/7",
        "/xx/burrito/1",
        "/en/pizza/1",
        "/en/burrito/12",
    )
    variables = {"food": ["burrito", "taco*"]}

    assert opens(components, *urls, substitutionVariables=variables) == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_a_catastrophic_pattern_keeps_nobody_waiting(opens: OPENS) -> None:
    components = [{"/": "/" + "*a" * 30_000 + "b"}, {"/": "/" + "?*a" * 15_000 + "b"}, BUY]

    assert opens(components, "/" + "a" * 30_000, "/buy/1") == [False, True]
