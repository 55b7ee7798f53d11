"""Links that open no app, and documents."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device
from simulator.xpc.errors import CommandError, Misuse, WorldError

Maker = Callable[..., str]
Site = Callable[..., dict[str, object]]
Shells = Callable[..., Any]
Told = Callable[[str], list[str]]

RIGHTS = {"com.apple.developer.associated-domains": ["applinks:example.com"]}
READS_TEXT = {"CFBundleDocumentTypes": [{"LSItemContentTypes": ["public.plain-text"]}]}


@pytest.mark.contract("E93")
def test_a_link_that_matches_nothing_goes_to_the_browser(
    device: Device, make: Maker, site: Site, shell: Shells
) -> None:
    device.domain("example.com", site("Links", {"/": "/app/*"}))
    make("Links", domains=["applinks:example.com"])
    opener = shell("Opener")
    url = "https://example.com/web"

    assert opener.do(f"app.open({url!r}, None, heard.append)") is True
    assert device.screen == f"Safari\n{url}"

    device.launch(opener.bundle_id)

    assert opener.do("heard") == [True]


@pytest.mark.contract("E93")
def test_universal_links_only_never_opens_the_browser(
    device: Device, make: Maker, site: Site, shell: Shells
) -> None:
    device.domain("example.com", site("Links", {"/": "/app/*"}))
    links = make("Links", domains=["applinks:example.com"])
    opener = shell("Opener")
    only = {"universal_links_only": True}

    assert opener.do(f"app.open('https://example.com/web', {only}, heard.append)") is False
    assert opener.do("heard") == [False]
    assert "Safari" not in device.screen
    assert opener.do(f"app.open('notes:x', {only})") is False
    assert opener.do(f"app.open('https://example.com/app/1', {only})") is True
    assert device.app(links).is_running


@pytest.mark.contract("E94")
def test_an_apps_own_link_is_not_routed_back(device: Device, site: Site, shell: Shells) -> None:
    device.domain("example.com", site("Own"))
    own = shell("Own", entitlements=RIGHTS)
    url = "https://example.com/"

    assert own.do(f"app.open({url!r})") is True
    assert device.screen == f"Safari\n{url}"
    assert own.do(f"app.open({url!r}, {{'universal_links_only': True}})") is False

    device.press_home()

    assert device.open_url(url).bundle_id == own.bundle_id


STRANGE = [
    "https://",
    "https:",
    "https:///path",
    "https://[::1",
    "https://[::1]/",
    "https://example.com:99999/",
    "https://example.com:8443/",
    "https://user:password@example.com@evil.org/",
    "https://%00.example.com/",
    "https://..example.com/",
    "https://example.com%2f.evil.org/",
    "https://\u2028.example.com/",
    "https://" + "a." * 10_000 + "com/",
]


def test_a_link_with_a_strange_host_goes_to_the_browser(
    device: Device, make: Maker, site: Site
) -> None:
    device.domain("example.com", site("Links"))
    make("Links", domains=["applinks:example.com"])
    opened = [device.open_url(url).bundle_id for url in STRANGE]

    assert opened == ["com.apple.mobilesafari"] * len(STRANGE)


def test_a_url_of_64_kib_is_refused(device: Device) -> None:
    with pytest.raises(Misuse, match="URL_BYTES_MAX"):
        device.open_url("https://example.com/" + "a" * (64 << 10))


# -- documents -------------------------------------------------------------------------------


def test_a_document_is_copied_to_the_inbox_of_who_reads_it(
    device: Device, make: Maker, told: Told, tmp_path: Path
) -> None:
    app = make("Reader", info=READS_TEXT)
    note = tmp_path / "A note.txt"
    note.write_text("hello")

    opened = [device.open_url(note.as_uri()) for _ in range(2)]
    inbox = device.container(app) / "Documents" / "Inbox"

    assert [each.how for each in opened] == ["document"] * 2
    assert sorted(path.name for path in inbox.iterdir()) == ["A note-1.txt", "A note.txt"]
    assert (inbox / "A note.txt").read_text() == "hello"
    assert f"url {(inbox / 'A note.txt').as_uri()} {{'open_in_place': False}}" in told(app)


def test_a_document_that_an_app_reaches_is_opened_in_place(
    device: Device, make: Maker, told: Told
) -> None:
    app = make("Reader", info={**READS_TEXT, "LSSupportsOpeningDocumentsInPlace": True})
    note = device.container(app) / "Documents" / "note.txt"
    note.write_text("hello")
    device.open_url(note.as_uri())

    assert f"url {note.as_uri()} {{'open_in_place': True}}" in told(app)


def test_a_document_that_nobody_reads_is_apples_error(
    device: Device, make: Maker, tmp_path: Path
) -> None:
    make("Reader", info=READS_TEXT)
    picture = tmp_path / "a.png"
    picture.write_bytes(b"")

    with pytest.raises(CommandError) as caught:
        device.open_url(picture.as_uri())

    assert caught.value.code == -10814

    with pytest.raises(CommandError, match="No such file"):
        device.open_url((tmp_path / "missing.txt").as_uri())


def test_what_is_no_file_is_refused(device: Device, make: Maker) -> None:
    make("Reader", info=READS_TEXT)

    for url in ("file://host/etc/x.txt", "file:x.txt", "file://[/x.txt", "file:///a%00.txt"):
        with pytest.raises(Misuse, match=r"file URL|not a URL"):
            device.open_url(url)


def test_a_link_in_the_inbox_leads_nowhere(device: Device, make: Maker, tmp_path: Path) -> None:
    """The container is the app's: whatever it puts there, the host writes nowhere else."""
    app = make("Reader", info=READS_TEXT)
    outside = tmp_path / "outside"
    outside.mkdir()
    documents = device.container(app) / "Documents"
    (documents / "Inbox").symlink_to(outside)
    note = tmp_path / "note.txt"
    note.write_text("hello")

    with pytest.raises(WorldError, match="Inbox"):
        device.open_url(note.as_uri())

    assert list(outside.iterdir()) == []


def test_an_app_opens_no_file_with_another(make: Maker, shell: Shells) -> None:
    make("Reader", info=READS_TEXT)

    assert shell("Opener").do("app.open('file:///etc/hostname.txt')") is False
