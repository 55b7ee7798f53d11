"""URL schemes: who may ask, who opens them, who learns who did."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.bundles.lint.run import findings
from simulator.bundles.lint.subject import read_subject
from simulator.bundles.schemes import SYSTEM_SCHEMES
from simulator.testing.bundles import make_app
from simulator.testing.device import Device
from simulator.xpc.errors import CommandError, Misuse

Maker = Callable[..., str]
Told = Callable[[str], list[str]]
Shells = Callable[..., Any]


def _queries(*schemes: str) -> dict[str, object]:
    return {"LSApplicationQueriesSchemes": list(schemes)}


# -- asking ----------------------------------------------------------------------------------


@pytest.mark.contract("E77")
def test_one_may_not_ask_about_a_scheme_that_is_not_declared(
    device: Device, make: Maker, shell: Shells
) -> None:
    make("Other", schemes=["other"])
    asker = shell("Asker")

    assert asker.do("app.can_open_url('other:x')") is False
    assert asker.do("app.open('other:x')") is True

    line = device.events.of(kind="url", operation="query").only().reason

    assert 'error: "This app is not allowed to query for scheme other"' in line


@pytest.mark.contract("E77")
def test_a_declared_scheme_is_opened_by_somebody_or_not(make: Maker, shell: Shells) -> None:
    make("Other", schemes=["Other"])
    asker = shell("Asker", info=_queries("OTHER", "nobody"))

    assert asker.do("app.can_open_url('other:x')") is True
    assert asker.do("app.can_open_url('oTHER:x')") is True
    assert asker.do("app.can_open_url('nobody:x')") is False


@pytest.mark.contract("E78")
def test_the_first_fifty_declared_schemes_count(device: Device, make: Maker, shell: Shells) -> None:
    make("Other", schemes=["a49", "a50"])
    asker = shell("Asker", info=_queries(*(f"a{number}" for number in range(51))))

    assert asker.do("[app.can_open_url('a49:'), app.can_open_url('a50:')]") == [True, False]
    assert "number 51 of LSApplicationQueriesSchemes" in device.events.of(
        kind="url", operation="query"
    ).only().reason  # fmt: skip


def test_what_is_the_systems_need_not_be_declared(shell: Shells) -> None:
    asker = shell("Asker")
    urls = ["https://example.com", "tel:1", "mailto:a@b.c", "sms:1", "facetime:a"]

    assert asker.do(f"[app.can_open_url(url) for url in {urls}]") == [True] * len(urls)


def test_what_is_no_url_can_be_asked_about_and_opened_by_nobody(shell: Shells) -> None:
    asker = shell("Asker")

    for url in ("''", "'a b:'", "'x:' * 35000", "'x:' * 20000", "'a:' + chr(0)", "chr(0xD800)"):
        assert asker.do(f"[app.can_open_url({url}), app.open({url})]") == [False, False]


# -- opening ---------------------------------------------------------------------------------


@pytest.mark.contract("E79")
def test_open_does_not_look_at_the_queries_list(make: Maker, shell: Shells, told: Told) -> None:
    other = make("Other", schemes=["other"])
    opener = shell("Opener")

    assert opener.do("app.open('OTHER:x', None, heard.append)") is True
    assert opener.do("heard") == [True]
    assert "url OTHER:x {'source_application': 'com.example.Opener'}" in told(other)


@pytest.mark.contract("E79")
def test_the_completion_is_false_when_nobody_opens_it(device: Device, shell: Shells) -> None:
    opener = shell("Opener")

    assert opener.do("app.open('nobody:x', None, heard.append)") is False
    assert opener.do("heard") == [False]
    assert device.events.of(kind="screen", operation="front").only().resource == opener.bundle_id


def test_the_completion_runs_after_the_call(shell: Shells) -> None:
    opener = shell("Opener")

    assert opener.do("[app.open('nobody:', None, heard.append), heard[:]]") == [False, []]


@pytest.mark.contract("E80")
def test_of_two_apps_with_a_scheme_none_is_taken_silently(
    device: Device, make: Maker, shell: Shells
) -> None:
    first, second = make("First", schemes=["both"]), make("Second", schemes=["Both"])

    with pytest.raises(Misuse, match=f"{first}, {second}.*--with"):
        device.open_url("both:x")

    assert shell("Opener").do("app.open('both:x')") is False


@pytest.mark.contract("E80")
def test_who_opens_a_scheme_of_two_apps_is_chosen(device: Device, make: Maker) -> None:
    first, second = make("First", schemes=["both"]), make("Second", schemes=["both"])

    assert device.open_url("both:x", with_app=second).bundle_id == second
    assert device.open_url("both:x", with_app=first, always=True).bundle_id == first
    assert device.open_url("both:x").bundle_id == first

    device.reboot()

    assert device.open_url("both:x").bundle_id == first

    device.uninstall(first)

    assert device.open_url("both:x").bundle_id == second


def test_a_choice_of_who_does_not_claim_it_is_refused(device: Device, make: Maker) -> None:
    make("First", schemes=["one"])
    second = make("Second", schemes=["two"])

    with pytest.raises(CommandError) as caught:
        device.open_url("one:x", with_app=second)

    assert caught.value.code == -10814

    with pytest.raises(Misuse, match="does not claim"):
        device.ask("choose_scheme", scheme="one", bundle_id=second)


def test_a_type_with_the_role_none_claims_nothing(device: Device, make: Maker) -> None:
    kind = {"CFBundleURLSchemes": ["shown"], "CFBundleTypeRole": "None"}
    make("Other", info={"CFBundleURLTypes": [kind]})

    with pytest.raises(CommandError):
        device.open_url("shown:x")


def test_a_reserved_scheme_is_the_systems_whoever_claims_it(device: Device, make: Maker) -> None:
    make("Greedy", schemes=sorted(SYSTEM_SCHEMES))

    for url, bundle_id, name in (
        ("mailto:a@example.com", "com.apple.mobilemail", "Mail"),
        ("tel:555", "com.apple.mobilephone", "Phone"),
        ("SMS:555", "com.apple.MobileSMS", "Messages"),
        ("facetime:a@example.com", "com.apple.facetime", "FaceTime"),
        ("http://example.com/", "com.apple.mobilesafari", "Safari"),
        ("maps:?q=a", "com.apple.Maps", "Maps"),
        ("iMessage:555", "com.apple.MobileSMS", "Messages"),
        ("App-Prefs:", "com.apple.Preferences", "Settings"),
        ("shortcuts:", "com.apple.shortcuts", "Shortcuts"),
    ):
        opened = device.open_url(url)

        assert (opened.how, opened.bundle_id, opened.pid) == ("system", bundle_id, 0)
        assert opened.screen == device.screen == f"{name}\n{url}"

    device.press_home()

    assert device.screen == ""

    for url in ("data:,a", "about:blank", "javascript:0", "itms-services://?action=x"):
        with pytest.raises(CommandError, match="is the system's, and none of its apps"):
            device.open_url(url)


def test_lint_says_of_each_reserved_scheme_that_it_is_the_systems(
    device: Device, tmp_path: Path
) -> None:
    app = make_app(tmp_path, "Greedy", source="pass", schemes=sorted(SYSTEM_SCHEMES))
    rules = [each.rule.id for each in findings(read_subject(app, label=""))]
    device.install(app)
    claimed: Any = device.ask("schemes")

    assert rules.count("scheme-reserved") == len(SYSTEM_SCHEMES)
    assert not [row for row in claimed if "com.example.Greedy" in row[1]]


@pytest.mark.contract("E81")
@pytest.mark.parametrize("team", ["EXAMPLE123", "OTHER12345"])
def test_who_opened_it_is_told_within_a_team(
    team: str, make: Maker, shell: Shells, told: Told
) -> None:
    receiver = make("Receiver", schemes=["receiver"])
    sender = shell("Sender", team=team)
    sender.do("app.open('receiver:cold')")
    sender.do("app.open('receiver:warm')")
    options = {"source_application": sender.bundle_id} if team == "EXAMPLE123" else {}

    lines = told(receiver)

    assert f"launched { ({'url': 'receiver:cold'} | options) }" in lines
    assert f"url receiver:cold {options}" in lines
    assert f"url receiver:warm {options}" in lines


def test_a_prefix_of_the_application_identifier_is_a_team(
    make: Maker, shell: Shells, told: Told
) -> None:
    receiver = make("Receiver", schemes=["receiver"])
    rights = {"application-identifier": "EXAMPLE123.com.example.Sender"}
    shell("Sender", team="", entitlements=rights).do("app.open('receiver:x')")

    assert "url receiver:x {'source_application': 'com.example.Sender'}" in told(receiver)


def test_an_extension_opens_nothing(device: Device, make: Maker, tmp_path: Path) -> None:
    from simulator.testing.bundles import Extension, make_app

    make("Other", schemes=["other"])
    source = """
        from simulator.sdk._process import current
        from simulator.sdk.extension import ShareExtension
        from simulator.xpc.frames import Kind
        from shared_container.codec import decode

        class Share(ShareExtension):
            def begin_request(self, context):
                reply, _ = current().ask(Kind.OPEN_URL, b"other:x")
                asked = current().call("lsd.can_open_url", "other:x")
                context.complete_request([repr((decode(reply.payload), asked))])
        """
    app = make_app(
        tmp_path,
        "Host",
        source="from simulator.sdk.uikit import Application\nclass Host(Application): pass\n",
        extensions=[Extension("Share", source)],
    )
    device.install(app)
    outcome = device.share("text", to=None).choose("com.example.Host.Share")

    assert outcome.returned == ("(False, False)",)
    assert [row for row in device.ps if row[1] == "com.example.Other"] == []
