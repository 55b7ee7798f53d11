"""Associated domains, and the files that sites serve."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from simulator.testing.device import Device

Maker = Callable[..., str]
Site = Callable[..., dict[str, object]]

KIB = 1024


def _how(device: Device, url: str) -> str:
    return device.open_url(url).how


@pytest.mark.contract("E84")
def test_a_wildcard_is_for_the_subdomains_only(device: Device, make: Maker, site: Site) -> None:
    device.domain("example.com", site("Links"))
    make("Links", domains=["applinks:*.example.com"])

    assert _how(device, "https://a.example.com/") == "universal link"
    assert _how(device, "https://A.B.Example.com/") == "universal link"
    assert _how(device, "https://example.com/") == "system"
    assert _how(device, "https://example.com.evil.org/") == "system"
    assert _how(device, "https://badexample.com/") == "system"


def test_the_longest_entry_wins(device: Device, make: Maker, site: Site) -> None:
    device.domain("example.com", site("Wide"))
    device.domain("shop.example.com", site("Narrow"))
    make("Wide", domains=["applinks:*.example.com"])
    make("Narrow", domains=["applinks:shop.example.com"])

    assert device.open_url("https://shop.example.com/").bundle_id == "com.example.Narrow"
    assert device.open_url("https://other.example.com/").bundle_id == "com.example.Wide"


def test_of_two_apps_of_a_site_the_order_in_its_file_decides(device: Device, make: Maker) -> None:
    ids = [f"EXAMPLE123.com.example.{name}" for name in ("Second", "First")]
    rows: list[dict[str, object]] = [{"appIDs": [each], "components": [{"/": "*"}]} for each in ids]
    device.domain("example.com", {"applinks": {"details": rows}})
    make("First", domains=["applinks:example.com"])
    make("Second", domains=["applinks:example.com"])

    assert device.open_url("https://example.com/").bundle_id == "com.example.Second"


BAD = {
    "applinks:example.com:443": "it has a port",
    "applinks:example.com/": "a path or a slash",
    "applinks:https://example.com": "it has a scheme",
    "applinks:example.com/shop": "a path or a slash",
    "applinks:example.com?x=1": "behind '?'",
    "example.com": "it should begin with one of applinks",
    "applinks:$(DOMAIN)": "the build variable",
    "applinks:": "no proper domain",
}


@pytest.mark.contract("E85")
def test_an_entry_that_is_no_domain_matches_nothing_and_says_why(
    device: Device, make: Maker, site: Site
) -> None:
    device.domain("example.com", site("Links"))
    make("Links", domains=list(BAD))

    assert _how(device, "https://example.com/") == "system"
    assert _how(device, "https://example.com:443/") == "system"

    remarks = [event.reason for event in device.events.of(kind="domain", operation="remark")]

    assert [why for why, said in zip(BAD.values(), remarks, strict=True) if why not in said] == []
    assert {row["approval"] for row in device.associations} == {"denied"}


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"redirect": "https://www.example.com/", "status": 301}, "redirects are not followed"),
    ({"status": 404}, "answers with status 404"),
    ({"trusted": False}, "certificate of example.com is not trusted"),
]


@pytest.mark.contract("E86")
def test_a_site_that_does_not_serve_the_file_itself_has_no_links(
    device: Device, make: Maker, site: Site
) -> None:
    make("Links", domains=["applinks:example.com"])

    for fault, why in FAULTS:
        device.domain("example.com", site("Links"), **fault)
        opened = device.open_url("https://example.com/")

        assert opened.how == "system"
        assert why in opened.reason
        assert why in device.events.of(kind="domain", operation="fetch")[-1].reason


@pytest.mark.contract("E87")
def test_a_file_of_over_128_kib_is_refused(device: Device, make: Maker, site: Site) -> None:
    body = json.dumps(site("Links")).encode()
    device.domain("example.com", body.ljust(128 * KIB))
    make("Links", domains=["applinks:example.com"])

    assert _how(device, "https://example.com/") == "universal link"

    device.domain("example.com", body.ljust(128 * KIB + 1))

    assert _how(device, "https://example.com/") == "system"
    assert "131073 bytes" in str(device.associations[0]["reason"])


BODIES = [
    (b"", "it is no JSON"),
    (b"<!DOCTYPE html><title>404</title>", "it looks like a web page"),
    (b"[]", "its top level is an array"),
    (b"\x30\x82\x01", "it is signed"),
    (b"\xff\xfe{}", "it is no JSON"),
    (b"[" * 100_000, "nested too deep"),
    (b"{" + b'"a":' + b"9" * 100_000 + b"}", "it is no JSON"),
]


def test_a_file_that_cannot_be_read_is_explained(device: Device, make: Maker) -> None:
    make("Links", domains=["applinks:example.com"])

    for body, why in BODIES:
        device.domain("example.com", body)

        assert why in device.open_url("https://example.com/").reason


def test_files_are_fetched_at_installation_boot_and_change(
    device: Device, make: Maker, site: Site
) -> None:
    make("Links", domains=["applinks:example.com", "webcredentials:example.com"])

    assert "no such host" in device.events.of(kind="domain", operation="fetch").only().reason

    device.domain("example.com", site("Links"))

    assert _how(device, "https://example.com/") == "universal link"
    assert len(device.events.of(kind="domain", operation="fetch")) == 2

    device.reboot()

    assert device.events.of(kind="domain", operation="fetch").only().detail["status"] == 200
    assert _how(device, "https://example.com/") == "universal link"

    device.remove_domain("example.com")

    assert _how(device, "https://example.com/") == "system"


def test_what_a_site_does_not_say_is_denied(device: Device, make: Maker, site: Site) -> None:
    device.domain("example.com", site("Another"))
    make("Links", domains=["applinks:example.com", "webcredentials:example.com"])
    rows = {str(row["service"]): str(row["reason"]) for row in device.associations}

    assert "names no EXAMPLE123.com.example.Links for applinks" in rows["applinks"]
    assert "for webcredentials" in rows["webcredentials"]
    assert "does not name EXAMPLE123.com.example.Links" in (
        device.open_url("https://example.com/").reason
    )


def test_an_app_without_a_team_can_be_named_by_no_file(
    device: Device, make: Maker, site: Site
) -> None:
    device.domain("example.com", site("Links"))
    make("Links", domains=["applinks:example.com"], team="")

    assert _how(device, "https://example.com/") == "system"
    assert "has no team identifier" in str(device.associations[0]["reason"])
    assert "add com.apple.developer.team-identifier" in str(device.associations[0]["reason"])


@pytest.mark.parametrize("order", [1, -1], ids=["plain-first", "developer-first"])
def test_an_app_may_have_an_entry_for_developers_beside_the_plain_one(
    order: int, device: Device, make: Maker, site: Site
) -> None:
    device.domain("example.com", site("Links"))
    make("Links", domains=["applinks:example.com", "applinks:example.com?mode=developer"][::order])

    assert _how(device, "https://example.com/") == "universal link"

    device.domain("example.com", site("Links"), trusted=False)

    refused = device.open_url("https://example.com/")

    assert refused.how == "system"
    assert "certificate of example.com is not trusted" in refused.reason
    assert "applinks:example.com?mode=developer counts in developer mode only" in refused.reason

    device.ask("swcutil_developer_mode", on=True)

    assert _how(device, "https://example.com/") == "universal link"


def test_why_an_entry_does_not_count_is_said_with_the_link(
    device: Device, make: Maker, site: Site
) -> None:
    device.domain("example.com", site("Links"))
    make("Links", domains=["applinks:*.example.com?mode=developer"])
    make("Managed", domains=["applinks:a.example.com?mode=managed"])

    assert device.open_url("https://a.example.com/").reason == (
        "com.example.Managed: applinks:a.example.com?mode=managed counts on a managed device only, "
        "and nobody manages this one; "
        "com.example.Links: applinks:*.example.com?mode=developer counts in developer mode only "
        "(simctl swcutil developer-mode -e true)"
    )
    assert "no installed app" in device.open_url("https://example.com/").reason

    device.ask("swcutil_developer_mode", on=True)

    assert device.open_url("https://a.example.com/").bundle_id == "com.example.Links"


@pytest.mark.parametrize("mode", ["developer", "developer+managed"])
def test_developer_mode_is_for_who_has_switched_it_on(
    mode: str, device: Device, make: Maker, site: Site
) -> None:
    device.domain("example.com", site("Links"), trusted=False)
    make("Links", domains=[f"applinks:example.com?mode={mode}"])

    assert _how(device, "https://example.com/") == "system"

    device.ask("swcutil_developer_mode", on=True)

    assert _how(device, "https://example.com/") == "universal link"


def test_a_managed_entry_counts_on_a_managed_device_only(
    device: Device, make: Maker, site: Site
) -> None:
    device.domain("example.com", site("Links"))
    make("Links", domains=["applinks:example.com?mode=managed"])
    device.ask("swcutil_developer_mode", on=True)

    assert _how(device, "https://example.com/") == "system"
    assert "on a managed device only" in str(device.associations[0]["reason"])


def test_an_app_that_is_gone_gets_no_links(device: Device, make: Maker, site: Site) -> None:
    device.domain("example.com", site("Links"))
    app = make("Links", domains=["applinks:example.com"])
    device.uninstall(app)

    assert "no installed app" in device.open_url("https://example.com/").reason
    assert device.associations == []
