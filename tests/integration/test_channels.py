"""The four channels, between real processes: container, defaults, notifications, URLs."""

import plistlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device
from simulator.xpc.errors import CommandError, Misuse

GROUP = "group.com.example.shared"
FOLDER = f"FileManager.default.container_url({GROUP!r})"
SUITE = f"suite = UserDefaults(suite_name={GROUP!r})"
RECEIVER = "notify_register_dispatch('news', lambda token: heard.append(token)) and None"

Shells = Callable[..., Any]


@pytest.fixture
def pair(shell: Shells) -> tuple[Any, Any]:
    """Two apps of one group, with the suite open."""
    first, second = shell("First", groups=[GROUP]), shell("Second", groups=[GROUP])

    for each in (first, second):
        each.do(SUITE)

    return first, second


# -- the container ---------------------------------------------------------------------------


def test_without_the_entitlement_there_is_no_container_and_the_log_says_why(
    device: Device, shell: Shells
) -> None:
    probe = shell(groups=[])

    assert probe.do(f"{FOLDER} is None") is True

    denial = device.events.of(kind="denial", operation="container-url").only()

    assert denial.resource == GROUP
    assert "com.apple.security.application-groups of com.example.Probe" in denial.reason


def test_a_group_id_must_be_exactly_the_entitled_one(shell: Shells) -> None:
    probe = shell(groups=[GROUP])

    assert probe.do(f"FileManager.default.container_url({GROUP.upper()!r}) is None") is True
    assert probe.do(f"{FOLDER} is None") is False


def test_two_apps_of_one_group_see_each_others_files(pair: tuple[Any, Any], device: Device) -> None:
    first, second = pair
    first.do(f"({FOLDER} / 'a.txt').write_text('from first')")

    assert second.do(f"({FOLDER} / 'a.txt').read_text()") == "from first"

    second.do(f"({FOLDER} / 'a.txt').unlink()")

    assert first.do(f"os.path.exists({FOLDER} / 'a.txt')") is False
    assert device.group(GROUP).files == []


def expect_kernel_refuses(guest: Any, path: Path) -> None:
    """C code meets no audit hook: what it is answered is the kernel's word."""
    for call in ("open(path, 0)", "open(path, 2)", "unlink(path)", "rename(path, path + b'2')"):
        code = f"ctypes.set_errno(0), libc.{call}, errno.errorcode[ctypes.get_errno()]"
        guest.do(f"import ctypes; libc = ctypes.CDLL(None, use_errno=True); path = {bytes(path)!r}")

        result, number = guest.do(f"[{code}][1:]")

        # At SEALED it is not even there, and what hides it is read-only.
        assert result == -1
        assert number in ({"ENOENT", "EROFS"} if guest.device.level == "SEALED" else {"EACCES"})


@pytest.mark.enforces
def test_the_kernel_keeps_others_out_of_a_group(shell: Shells, device: Device) -> None:
    member, stranger = shell("Member", groups=[GROUP]), shell("Stranger", groups=["group.other"])
    member.do(f"({FOLDER} / 'secret').write_text('mine')")
    folder = device.group(GROUP).path

    for attempt in (
        f"open({str(folder / 'secret')!r}).read()",
        f"open({str(folder / 'new')!r}, 'w')",
        f"os.listdir({str(folder)!r})",
        f"os.unlink({str(folder / 'secret')!r})",
    ):
        with pytest.raises(Exception, match="PermissionError EPERM"):
            stranger.do(attempt)

    expect_kernel_refuses(stranger, folder / "secret")
    assert (folder / "secret").read_text() == "mine"


@pytest.mark.enforces
def test_the_kernel_keeps_apps_of_one_group_out_of_each_others_containers(
    pair: tuple[Any, Any],
) -> None:
    first, second = pair
    path = first.app.container / "Documents" / "diary"
    first.do("(FileManager.default.documents_directory / 'diary').write_text('dear')")

    with pytest.raises(Exception, match="PermissionError EPERM"):
        second.do(f"open({str(path)!r}).read()")

    expect_kernel_refuses(second, path)

    assert path.read_text() == "dear"


# -- defaults --------------------------------------------------------------------------------


def test_a_default_is_read_back_in_the_other_process_both_ways(pair: tuple[Any, Any]) -> None:
    first, second = pair

    for round_ in range(5):
        first.do(f"suite.set({round_}, 'there')")
        second.do(
            f"suite.set('answer {round_}', 'back') if suite.integer('there') == {round_} else None"
        )

        assert first.do("suite.string('back')") == f"answer {round_}"


def test_a_large_value_arrives_whole(pair: tuple[Any, Any]) -> None:
    first, second = pair
    first.do("suite.set(bytes(range(256)) * 800, 'large')")

    assert second.do("len(suite.data('large'))") == 204_800
    assert second.do("suite.data('large') == bytes(range(256)) * 800") is True


def test_a_removed_key_is_gone_for_others(pair: tuple[Any, Any]) -> None:
    first, second = pair
    first.do("suite.set(1, 'key')")

    assert second.do("suite.integer('key')") == 1

    first.do("suite.remove_object('key')")

    assert second.do("suite.object('key')") is None


def test_many_keys_arrive(pair: tuple[Any, Any], device: Device) -> None:
    first, second = pair
    first.do("for number in range(3000): suite.set(number, f'key {number}')")

    assert second.do("sum(suite.integer(f'key {number}') for number in range(3000))") == 4_498_500
    assert len(device.group(GROUP).defaults) == 3000


def test_own_defaults_survive_a_relaunch(shell: Shells) -> None:
    probe = shell()
    probe.do("UserDefaults.standard.set({'nested': [1, 2.5, 'x', True]}, 'key')")
    probe.relaunch()

    assert probe.do("UserDefaults.standard.dictionary('key')") == {"nested": [1, 2.5, "x", True]}
    assert probe.app.defaults == {"key": {"nested": [1, 2.5, "x", True]}}


def test_defaults_survive_a_reboot_and_are_a_real_plist(
    device: Device, pair: tuple[Any, Any]
) -> None:
    pair[0].do("suite.set('kept', 'key')")
    path = device.group(GROUP).path / "Library" / "Preferences" / f"{GROUP}.plist"
    device.shutdown()

    assert plistlib.loads(path.read_bytes()) == {"key": "kept"}
    assert path.read_bytes().startswith(b"bplist00")

    device.boot()

    assert device.group(GROUP).defaults == {"key": "kept"}


@pytest.mark.device(strict=False)
def test_a_suite_without_the_entitlement_is_private_and_logged(
    device: Device, shell: Shells
) -> None:
    member, stranger = shell("Member", groups=[GROUP]), shell("Stranger")

    for each in (member, stranger):
        each.do(SUITE)

    stranger.do("suite.set('mine', 'key')")
    member.do("suite.set('ours', 'key')")

    assert stranger.do("suite.string('key')") == "mine"
    assert device.group(GROUP).defaults == {"key": "ours"}

    denial = device.events.of(kind="denial", operation="user-preference-read").only()

    assert denial.actor == "com.example.Stranger/1"
    assert "the suite is private to its container" in denial.reason


def test_a_value_that_is_no_property_list_is_refused_in_the_process(shell: Shells) -> None:
    probe = shell()

    with pytest.raises(Exception, match="NSInvalidArgumentException"):
        probe.do("UserDefaults.standard.set({1, 2}, 'key')")

    assert probe.app.defaults == {}


# -- notifications ---------------------------------------------------------------------------


def test_a_default_set_before_a_post_is_there_for_who_hears_it(pair: tuple[Any, Any]) -> None:
    first, second = pair
    second.do("seen = []")
    second.do("notify_register_dispatch('news', lambda token: seen.append(suite.integer('n')))")
    first.do("for n in range(1, 101):\n    suite.set(n, 'n')\n    notify_post('news')")
    second.app.wait_until(lambda: second.do("len(seen)") == 100)
    seen = second.do("seen")

    assert isinstance(seen, list)
    assert all(value >= number for number, value in enumerate(seen, start=1))


def test_a_check_is_true_first_then_once_per_news(device: Device, shell: Shells) -> None:
    probe = shell()
    probe.do("status, token = notify_register_check('news')")

    assert probe.do("[notify_check(token) for _ in range(3)]") == [
        [0, True],
        [0, False],
        [0, False],
    ]

    device.notify_post("news")
    device.notify_post("news")

    assert probe.do("[notify_check(token) for _ in range(2)]") == [[0, True], [0, False]]
    assert probe.do("notify_cancel(token), notify_check(token)") == [0, [2, False]]


def test_a_cancelled_registration_hears_nothing(device: Device, shell: Shells) -> None:
    probe = shell()
    probe.do("status, token = notify_register_dispatch('news', heard.append)")
    device.notify_post("news")
    probe.app.wait_until(lambda: probe.do("len(heard)") == 1)
    probe.do("notify_cancel(token)")
    device.notify_post("news")
    device.settle()

    assert probe.do("len(heard)") == 1
    assert device.events.of(kind="notify", operation="post")[-1].detail["receivers"] == 0


def test_several_receivers_hear_one_post(device: Device, shell: Shells) -> None:
    probes = [shell(name) for name in ("One", "Two", "Three")]

    for probe in probes:
        probe.do(RECEIVER)

    probes[0].do("notify_post('news')")
    device.settle()

    assert [probe.do("len(heard)") for probe in probes] == [1, 1, 1]


def test_a_post_to_nobody_is_lost(device: Device, shell: Shells) -> None:
    probe = shell()
    device.notify_post("news")
    probe.do(RECEIVER)
    device.settle()

    assert probe.do("len(heard)") == 0


def test_a_handler_that_asks_the_host_hears_the_next_post_too(start: Any, device: Device) -> None:
    body = """
from simulator.sdk.darwin import notify_register_dispatch
from simulator.sdk.foundation import UserDefaults
def hear(token):
    UserDefaults.standard.synchronize()
    print("heard")
notify_register_dispatch("news", hear)
"""
    app = start(body)

    for number in range(1, 4):
        device.notify_post("news")
        app.wait_until(lambda count=number: app.output == ["heard"] * count)


def test_a_thousand_posts_arrive(device: Device, shell: Shells) -> None:
    sender, receiver = shell("Sender"), shell("Receiver")
    receiver.do(RECEIVER)
    sender.do("for _ in range(1000): notify_post('news')")
    device.settle()
    posts = device.events.of(kind="notify", operation="post")

    assert len(posts) == 1000
    assert 1 <= receiver.do("len(heard)") <= 1000


def test_posts_to_a_busy_guest_are_coalesced_and_the_last_is_heard(
    device: Device, shell: Shells
) -> None:
    sender, receiver = shell("Sender", groups=[GROUP]), shell("Receiver", groups=[GROUP])
    sender.do(SUITE)
    receiver.do(f"{SUITE}\nseen = []")
    receiver.do("notify_register_dispatch('news', lambda _: seen.append(suite.integer('n')))")
    # Busy until the sender has said its last word: the wire fills meanwhile.
    busy = receiver.tell(f"while suite.integer('n') < 5000: pass\n({FOLDER} / 'free').touch()")
    sender.do("for n in range(1, 5001):\n    notify_post('news')\n    suite.set(n, 'n')")
    sender.do("notify_post('news')")
    receiver.app.wait_until(busy, timeout_s=20)
    device.settle()
    seen = receiver.do("len(seen)")

    assert 1 <= seen < 5001
    assert receiver.do("seen[-1]") == 5000


# -- URLs ------------------------------------------------------------------------------------


def test_a_url_that_nobody_claims_is_refused_with_apples_number(device: Device) -> None:
    with pytest.raises(CommandError) as caught:
        device.open_url("nobody://here")

    assert (caught.value.domain, caught.value.code) == ("NSOSStatusErrorDomain", -10814)


@pytest.mark.parametrize("url", ["", "no scheme", "notes:with blank", "notes:\n", "1a:b"])
def test_what_is_no_url_is_refused(url: str, device: Device) -> None:
    with pytest.raises(Misuse, match="not a URL"):
        device.open_url(url)


def test_two_apps_that_claim_a_scheme_are_named(device: Device, tmp_path: Any) -> None:
    from simulator.testing.bundles import make_app

    for name in ("One", "Two"):
        source = f"from simulator.sdk.uikit import Application\nclass {name}(Application): pass\n"
        device.install(make_app(tmp_path, name, source=source, schemes=["both"]))

    with pytest.raises(Misuse, match=r"com.example.One, com.example.Two"):
        device.open_url("both:x")


def test_an_app_opens_a_url_and_learns_whether_anybody_took_it(
    device: Device, shell: Shells
) -> None:
    probe = shell()
    device.install("Notes")

    assert probe.do("app.open('notes:new?text=hi')") is True
    assert probe.do("app.open('nobody:x')") is False

    notes = device.app("Notes")
    notes.wait_until(lambda: "hi" in notes.screen)
    refusal = device.events.of(kind="url", operation="refuse").only()

    assert "no installed app claims the scheme 'nobody'" in refusal.reason


@pytest.mark.parametrize(
    ("team", "source"), [("EXAMPLE123", "com.example.Sender"), ("ANOTHER456", None), ("", None)]
)
def test_only_an_app_of_the_same_team_learns_who_opened_it(
    team: str, source: str | None, shell: Shells
) -> None:
    receiver, sender = shell("Receiver"), shell("Sender", team=team)
    url = "receiver:run?n=99&do=options.get('source_application')"

    assert sender.do(f"app.open({url!r})") is True

    receiver.app.wait_until(lambda: any(line.startswith("99 ") for line in receiver.app.output))
    answer = f'"{source}"' if source else "null"

    assert f"99 {answer}" in receiver.app.output
