"""Who starts an extension, who need not run, and what its process cannot reach."""

from typing import TYPE_CHECKING, Any

import pytest

from simulator.xpc.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

    Programs = Callable[..., dict[str, str]]

pytestmark = pytest.mark.enforces

STOPPED = {"EACCES", "ENOENT", "EPERM"}
"""Landlock says the first, a covered folder the second, our audit hook and seccomp the third."""


@pytest.mark.contract("E1")
@pytest.mark.contract("E2")
def test_a_host_starts_an_extension_whose_app_does_not_run(host: Any, share_of: "Programs") -> None:
    app = host.install("Owner", share_of("Share"))
    answer = host.share(f"{app}.Share", "6 * 7")
    starts = host.device.events.of(kind="launch", operation="start")
    chosen = host.device.events.of(kind="share", operation="choose").only()

    assert answer == "42"
    assert [event.resource for event in starts] == [f"{app}.Share"]
    assert (starts[0].cause, chosen.actor) == (chosen.id, "springboard")


@pytest.mark.contract("E1")
def test_an_app_that_is_launched_starts_none_of_its_extensions(
    host: Any, share_of: "Programs"
) -> None:
    app = host.install("Owner", share_of("Share"))
    host.device.launch(app)
    host.device.settle()

    assert host.running() == [app]

    with pytest.raises(CommandError, match="the system starts it, for a request"):
        host.device.ask("launch", bundle_id=f"{app}.Share")


@pytest.mark.contract("E2")
def test_a_keyboard_lives_in_another_apps_field_while_its_own_app_does_not_run(
    host: Any, keyboard: dict[str, str]
) -> None:
    owner = host.install("Owner", keyboard)
    front = host.device.launch(host.install("Front"))
    host.device.type(keyboard=f"{owner}.Keys", keys=["'typed'"])
    host.device.wait_until(lambda: "typed" in host.device.fields.values())

    assert sorted(host.running()) == sorted([front.bundle_id, f"{owner}.Keys"])


@pytest.mark.contract("E3")
def test_an_extension_does_not_read_its_apps_container(host: Any, share_of: "Programs") -> None:
    app = host.install("Owner", share_of("Share"))
    share = f"{app}.Share"
    of_app, of_share = host.data(app), host.data(share)

    assert host.share(share, f"open({str(of_share / 'secret.txt')!r}).read()") == "secret"
    assert host.share(share, f"open({str(of_app / 'secret.txt')!r}).read()") in STOPPED
    assert host.share(share, f"os.listdir({str(of_app)!r})") in STOPPED
    assert host.share(share, f"open({str(of_app / 'new.txt')!r}, 'w')") in STOPPED
    assert not (of_app / "new.txt").exists()


@pytest.mark.contract("E3")
def test_an_app_does_not_read_its_extensions_container(
    host: Any, share_of: "Programs", reading_app: str
) -> None:
    app = host.install("Owner", share_of("Share"), source=reading_app)
    of_app, of_share = host.data(app), host.data(f"{app}.Share")
    own, extensions = (
        host.device.launch(
            app, str(folder / "secret.txt"), terminate_running=True, wait_s=30
        ).screen
        for folder in (of_app, of_share)
    )

    assert own == "secret"
    assert extensions.strip() in STOPPED


@pytest.mark.contract("E4")
def test_two_extensions_of_one_app_do_not_read_each_others_containers(
    host: Any, share_of: "Programs"
) -> None:
    app = host.install("Owner", share_of("First", "Second"))
    first, second = f"{app}.First", f"{app}.Second"
    folders = {first: host.data(first), second: host.data(second)}

    for reader, other in ((first, second), (second, first)):
        own, others = (str(folders[each] / "secret.txt") for each in (reader, other))

        assert host.share(reader, f"open({own!r}).read()") == "secret"
        assert host.share(reader, f"open({others!r}).read()") in STOPPED
        assert host.share(reader, f"os.listdir({str(folders[other])!r})") in STOPPED


@pytest.mark.contract("E5")
def test_an_extension_and_the_app_that_hosts_it_read_neither_files_nor_memory(
    host: Any, keyboard: dict[str, str], reading_app: str
) -> None:
    owner = host.install("Owner", keyboard)
    front = host.install("Front", source=reading_app)
    keys = f"{owner}.Keys"
    of_front, of_keys = host.data(front), host.data(keys)
    app = host.device.launch(front, str(of_keys / "secret.txt"), wait_s=30)
    tried = [
        f"open({str(of_front / 'secret.txt')!r}).read()",
        f"os.listdir({str(of_front)!r})",
        f"open('/proc/{app.pid}/mem', 'rb').read(1)",
        f"open('/proc/{app.pid}/maps').read(1)",
    ]

    assert app.screen.strip() in STOPPED  # the host, of the extension's file

    for code in tried:
        before = host.device.fields["draft"]
        host.device.type(keyboard=keys, keys=[code])
        host.device.wait_until(lambda: host.device.fields["draft"] != before)  # noqa: B023

        assert host.device.fields["draft"].removeprefix(before) in STOPPED
