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
from escape_processes import FRAMEWORKS, PROGRAM, Answer, GuestProcess, PlainProcess, Subject
from escapes.rows import ROWS, Row
from escapes.runner import Runner

import simulator
from simulator.control.service import Service
from simulator.device.settings import service_socket
from simulator.sandbox import profile
from simulator.sandbox.witness import prove
from simulator.testing.bundles import make_app
from simulator.testing.device import Device

__all__ = ("LEVELS", "Outcome", "control", "guests", "missing")

LEVELS = tuple(level for level in profile.LEVELS if level != "UNSEALED")
ONE, TWO = "group.escape.one", "group.escape.two"


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
        subjects["a"].renew({**scene, **unnamed, "outside": {"kind": scene["outside"]["kind"]}})

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
    """Run every row with two guests of a device at a level."""
    with _opened() as (stack, outside):
        device = Device(service, outside.folder, os.urandom(32), "escape")
        stack.callback(device.delete)
        device.boot(level)
        assert device.level == level, device.level

        for name, groups in (("EscapeA", [ONE]), ("EscapeB", [ONE, TWO])):
            source = PROGRAM.replace("NAME", name)
            app = make_app(
                outside.folder, name, source=source, groups=groups, schemes=[name.lower()]
            )
            shutil.copytree(
                FRAMEWORKS, app / "Frameworks", ignore=shutil.ignore_patterns("__pycache__")
            )
            device.install(app)

        ids = ["com.example.EscapeA", "com.example.EscapeB"]
        homes = [device.container(each) for each in ids]
        bundles = [device.container(each, "app") for each in ids]

        for home in homes:
            furnish(home)

        foreign = device.container(ids[1], TWO)
        (foreign / "secret").write_bytes(b"secret")
        a, b = (GuestProcess(device, name) for name in ("EscapeA", "EscapeB"))
        host_socket = Path(str(service.find(device.udid)["socket"]))
        host = _peer(host_socket)
        status = Path(f"/proc/{a.pid}/status").read_text().split("PPid:")[1]
        zygote = int(status.split(maxsplit=1)[0])
        library = Path(simulator.__file__).parent / "sdk"
        _age(library / "darwin.py")
        told = {
            **outside.told,
            "kind": "guest",
            "record": str(device.folder / "device.plist"),
            "fresh": str(library / "darwin.py"),
            "own_names": [
                homes[0].name,
                bundles[0].parent.name,
                device.container(ids[0], ONE).name,
            ],
        }
        common = {
            "group": str(device.container(ids[0], ONE)),
            "foreign_group": str(foreign),
            "shared": str(library / "uikit.py"),
            "host_pid": host,
            "zygote_pid": zygote,
            "service_pid": _peer(service_socket(service.device_set)),
            "host_socket": str(host_socket),
            "service_socket": str(service_socket(service.device_set)),
            "outside": told,
        }
        paths = [str(home) for home in homes]

        return _all_rows(common, paths, [str(bundle) for bundle in bundles], a, b)
