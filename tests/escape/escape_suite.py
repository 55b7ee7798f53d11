"""Runs the rows: with plain processes, then with guests of a device at each level."""

import os
import shutil
import socket
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

sys.path.append(str(Path(__file__).resolve().parent / "Frameworks"))

import escapes.all_rows  # noqa: F401  fills ROWS
from escape_outside import Outside, furnish
from escape_processes import (
    EXTENSION_PROGRAM,
    FRAMEWORKS,
    PROGRAM,
    Answer,
    ExtensionProcess,
    GuestProcess,
    PlainProcess,
    Subject,
)
from escapes.rows import ROWS, Row
from escapes.runner import Runner

import simulator
from simulator.control.service import Service
from simulator.device.settings import service_socket
from simulator.sandbox import profile
from simulator.sandbox.witness import prove
from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device

__all__ = ("LEVELS", "Outcome", "control", "guests", "missing")

LEVELS = tuple(level for level in profile.LEVELS if level != "UNSEALED")
ONE, TWO, THREE = (f"group.escape.{word}" for word in ("one", "two", "three"))
APP, SIBLING = "com.example.EscapeA", "com.example.EscapeB"
EXTENSION = f"{APP}.EscapeX"
OWN_GROUPS = {APP: (ONE, THREE), SIBLING: (ONE, TWO), EXTENSION: (ONE,)}
GROUPS = "com.apple.security.application-groups"


class Outcome(NamedTuple):
    """What became of a row.

    Attributes:
        verdict: ``open``, ``closed``, ``n/a`` or ``broken``.
        answer: The last step's.
        step: The last step's name.
    """

    verdict: str
    answer: Answer
    step: str


def missing(level: str) -> str:
    """Return why this kernel has not a level, or nothing."""
    with tempfile.TemporaryDirectory(prefix="escape-") as folder:
        return "; ".join(
            f"{witness.layer}: {witness.how}"
            for witness in prove(level, folder)
            if not witness.works
        )


def _peer(path: Path) -> int:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))
        found = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)

    return int(struct.unpack("iii", found)[0])


class _Looker:
    """The test itself, for the steps that look on from outside."""

    def __init__(self, scene: dict[str, Any]) -> None:
        self._runner = Runner()
        self._runner.obey({"n": 0, "scene": scene, "looker": True})
        self.pid = os.getpid()

    def ask(self, order: dict[str, Any]) -> Answer:
        import json

        return Answer(*json.loads(self._runner.obey({"n": 0, **order}))[1:])

    def renew(self, scene: dict[str, Any] | None = None) -> None:
        """Nothing harms it."""


_TOLD_NOTHING = ("sibling", "foreign_group", "sibling_bundle", "host_socket", "service_socket")


def _run(row: Row, subjects: dict[str, Subject], scene: dict[str, Any]) -> Outcome:
    if row.is_bare:
        unnamed = dict.fromkeys(_TOLD_NOTHING, "")
        outside = {key: scene["outside"][key] for key in ("kind", "foreign_id")}
        subjects["a"].renew({**scene, **unnamed, "outside": outside})

    said: dict[str, Any] = {}
    keeping: set[str] = set()
    answer, name = Answer("broken", "it has no steps"), ""

    for place, (who, function) in enumerate(row.steps):
        name = f"{who}:{function.__name__}"
        answer = subjects[who].ask({"row": row.name, "step": place, "said": said})

        if answer.kept:
            keeping.add(who)

        if answer.kind != "value":
            break

        said[function.__name__] = answer.value

    if answer.kind == "died":
        subjects[name[0]].renew()
        keeping.discard(name[0])
    elif row.is_deadly or row.is_bare:
        subjects["a"].renew()
        keeping.discard("a")

    for who in sorted(keeping):
        subjects[who].ask({"step": "forget"})

    return Outcome(_verdict(row, answer), answer, name)


def _verdict(row: Row, answer: Answer) -> str:
    if answer.kind == "value":
        return "open" if answer.value else "closed"

    if answer.kind == "died":
        if "SIGSYS" in answer.value:
            return "closed"

        return "open" if row.is_deadly else "broken"

    return {"errno": "closed", "unavailable": "n/a"}.get(answer.kind, "broken")


@contextmanager
def _opened() -> Iterator[tuple[ExitStack, Outside]]:
    with ExitStack() as stack:
        outside = Outside()
        stack.callback(outside.close)

        yield stack, outside


def control() -> dict[str, Outcome]:
    """Run every row with plain processes; one that is not ``open`` proves nothing here."""
    with _opened() as (stack, outside):
        names = [str(uuid4()).upper() for _ in range(2)]
        homes = [outside.folder / "Data" / "Application" / name for name in names]
        outside.told["own_names"] = names[:1]
        outside.told["foreign_id"] = TWO
        group, foreign = outside.folder / "group", outside.folder / "foreign"

        for folder in (*homes, group, foreign):
            folder.mkdir(parents=True)

        for home in homes:
            furnish(home)
            (home / "Info.plist").write_bytes(b"<plist/>")

        (foreign / "secret").write_bytes(b"secret")
        a, b, host = (PlainProcess() for _ in range(3))

        for each in (a, b, host):
            stack.callback(each.close)

        common = {
            "group": str(group),
            "foreign_group": str(foreign),
            "shared": str(outside.folder / "library" / "shared.py"),
            "host_pid": host.pid,
            "zygote_pid": host.pid,
            "service_pid": host.pid,
            "host_socket": outside.listener,
            "service_socket": outside.listener,
            "outside": outside.told,
        }
        _age(Path(outside.told["fresh"]))

        return _all_rows(common, [str(home) for home in homes], [str(h) for h in homes], a, b)


def _age(path: Path) -> None:
    """Let a reading set the access time, on a file system that keeps it as most do (relatime)."""
    found = path.stat()
    os.utime(path, ns=(found.st_mtime_ns - 10**12, found.st_mtime_ns))


def _all_rows(
    common: dict[str, Any], homes: list[str], bundles: list[str], a: Subject, b: Subject
) -> dict[str, Outcome]:
    scenes = []

    for mine, other, sibling in ((0, 1, b), (1, 0, a)):
        scenes.append(
            {
                **common,
                "home": homes[mine],
                "sibling": homes[other],
                "bundle": bundles[mine],
                "sibling_bundle": bundles[other],
                "sibling_pid": sibling.pid,
            }
        )

    subjects: dict[str, Subject] = {"a": a, "b": b, "h": _Looker(scenes[0])}
    a.ask({"scene": scenes[0]})
    b.ask({"scene": scenes[1]})
    found = {}

    for row in ROWS.values():
        pids = (a.pid, b.pid)
        found[row.name] = _run(row, subjects, scenes[0])

        if (a.pid, b.pid) != pids:  # who is new, the other must know
            scenes[0]["sibling_pid"], scenes[1]["sibling_pid"] = b.pid, a.pid
            a.ask({"scene": scenes[0]})
            b.ask({"scene": scenes[1]})

    return found


def guests(service: Service, level: str) -> dict[str, Outcome]:
    """Run every row with guests of a device at a level: app against app, extension against app.

    A row is as open as it is for the more fortunate of the two attackers.
    """
    with _opened() as (stack, outside):
        device = Device(service, outside.folder, os.urandom(32), "escape")
        stack.callback(device.delete)
        device.boot(level)
        assert device.level == level, device.level
        _install(device, outside.folder)
        socket_path = Path(str(service.find(device.udid)["socket"]))
        common = _around(device, service, socket_path)
        b = GuestProcess(device, "EscapeB")
        a = GuestProcess(device, "EscapeA")
        apps = _pair(device, common, outside, (APP, SIBLING), (a, b))
        outside.renew()
        group = device.container(APP, ONE)
        extension = ExtensionProcess(device, EXTENSION, socket_path, group)
        stack.callback(extension.finish)
        a.renew()
        inside = _pair(device, common, outside, (EXTENSION, APP), (extension, a))

        return {name: _worse(apps[name], inside[name]) for name in apps}


def _install(device: Device, folder: Path) -> None:
    program = EXTENSION_PROGRAM.replace("GROUP", ONE)
    inside = Extension("EscapeX", program, entitlements={GROUPS: [ONE]})

    for name, groups, extensions in (
        ("EscapeA", [ONE, THREE], [inside]),
        ("EscapeB", [ONE, TWO], []),
    ):
        app = make_app(
            folder,
            name,
            source=PROGRAM.replace("NAME", name),
            groups=groups,
            schemes=[name.lower()],
            extensions=extensions,
        )
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(FRAMEWORKS, app / "Frameworks", ignore=unwanted)
        device.install(app)


def _around(device: Device, service: Service, socket_path: Path) -> dict[str, Any]:
    library = Path(simulator.__file__).parent / "sdk"

    return {
        "group": str(device.container(APP, ONE)),
        "shared": str(library / "uikit.py"),
        "host_pid": _peer(socket_path),
        "service_pid": _peer(service_socket(service.device_set)),
        "host_socket": str(socket_path),
        "service_socket": str(service_socket(service.device_set)),
    }


def _pair(
    device: Device,
    common: dict[str, Any],
    outside: Outside,
    ids: tuple[str, str],
    processes: tuple[GuestProcess, GuestProcess],
) -> dict[str, Outcome]:
    """Run every row with an attacker and its sibling, which is in a group that it is not in."""
    homes = [device.container(each) for each in ids]
    bundles = [device.container(each, "app") for each in ids]
    foreign = device.container(ids[1], TWO if ids[1] == SIBLING else THREE)

    for home in homes:
        furnish(home)

    (foreign / "secret").write_bytes(b"secret")
    fresh = Path(common["shared"]).with_name("darwin.py")
    _age(fresh)
    parent = Path(f"/proc/{processes[0].pid}/status").read_text().split("PPid:")[1]
    told = {
        **outside.told,
        "kind": "guest",
        "record": str(device.folder / "device.plist"),
        "fresh": str(fresh),
        "foreign_id": TWO if ids[1] == SIBLING else THREE,
        "own_names": [
            homes[0].name,
            *(part for part in bundles[0].parts if len(part) == len(homes[0].name)),
            *(device.container(ids[0], group).name for group in OWN_GROUPS[ids[0]]),
        ],
    }
    around = {
        **common,
        "foreign_group": str(foreign),
        "zygote_pid": int(parent.split(maxsplit=1)[0]),
        "outside": told,
    }
    first, second = processes

    return _all_rows(
        around, [str(h) for h in homes], [str(each) for each in bundles], first, second
    )


_RANKS = ("open", "broken", "n/a", "closed")


def _worse(app: Outcome, extension: Outcome) -> Outcome:
    if _RANKS.index(extension.verdict) < _RANKS.index(app.verdict):
        return extension._replace(step=f"{extension.step} (an extension against its app)")

    return app
