"""demo: the whole story in a device set of its own, told step by step, then drawn as a chart."""

import json
import shutil
import socket
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import typer

from simulator.control.service import Service
from simulator.simctl.arguments import Usage, shape
from simulator.simctl.chart import sequence_chart
from simulator.simctl.phone import framed_screen
from simulator.simctl.samples import bundle_id_of, find_bundle
from simulator.simctl.sandbox import told_denial
from simulator.simctl.session import DEFAULT_TYPE, Row, Session
from simulator.simctl.sharing import Item, file_item, text_item
from simulator.xpc.errors import WorldError

if TYPE_CHECKING:
    from simulator.control.client import Client

__all__ = ("app", "small_jpeg")

_SAMPLES: Final = ("Notes", "Journal", "Intruder")
_NOTES: Final = "com.example.Notes"
_SHARE_EXTENSION: Final = "com.example.Notes.ShareToNotes"
_KEYBOARD: Final = "com.example.Notes.NotesKeyboard"
_INDENT: Final = 13
_WIDTH: Final = 120  # where there is no terminal that has one
_GONE_S: Final = 15.0

app = typer.Typer(rich_markup_mode=None)


class _Step(NamedTuple):
    """One step of the story.

    Attributes:
        title: What is done.
        act: Does it.
        has_screen: Whether the screen is worth a look afterwards.
    """

    title: str
    act: Callable[[], object]
    has_screen: bool = True


class _Chapter(NamedTuple):
    """Which events belong to a step: those behind ``since``, up to ``until``."""

    title: str
    since: int
    until: int


@app.command(**shape(""))
def demo(context: typer.Context) -> None:
    """Show a demo: three apps, four extensions and a link, in a device set that is removed again.

    Everything in it is real: the processes, the sandbox, the notifications, the files. At the end
    it draws who spoke to whom.
    """
    if context.args:
        raise Usage(f"Unexpected argument: {context.args[0]}")

    with _own_device_set() as (folder, session):
        story = _Story(session, _bundles(), folder)
        steps = story.steps()

        with _display(len(steps)) as told:
            for step in steps:
                told(step.title, *story.tell(step))

        doctor = cast("Row", session.ask("doctor"))

    print("\nWho spoke to whom (event ← the event that led to it):")
    print("\n".join(story.charts(shutil.get_terminal_size((_WIDTH, 24)).columns)))
    print(f"\nsandbox level: {doctor['level']} (simctl doctor shows what was tried)")


def _bundles() -> dict[str, Path]:
    found = {name: find_bundle(name) for name in _SAMPLES}

    if missing := [name for name, bundle in found.items() if bundle is None]:
        raise WorldError(f"the sample {missing[0]}.app is missing from this installation")

    return {name: bundle for name, bundle in found.items() if bundle is not None}


@contextmanager
def _own_device_set() -> Iterator[tuple[Path, Session]]:
    """Yield a temporary folder with a service on its device set; leave nothing of either.

    A socket pair is the service's lifeline. When this side says no more, in whichever way this
    process ends, the service ends; when the other side is closed, it has ended.
    """
    folder = Path(tempfile.mkdtemp(prefix="simctl-demo-"))
    ours, theirs = socket.socketpair()

    try:
        with theirs:
            devices = folder / "Devices"
            session = Session(devices, Service(devices, lifeline=theirs.fileno()))

        yield folder, session
    finally:
        with ours, suppress(OSError):
            ours.shutdown(socket.SHUT_WR)
            ours.settimeout(_GONE_S)
            ours.recv(1)

        shutil.rmtree(folder, ignore_errors=True)


class _Story:
    """The steps, and what they leave behind for the next one."""

    def __init__(self, session: Session, bundles: dict[str, Path], folder: Path) -> None:
        self._session = session
        self._bundles = bundles
        self._folder = folder
        self._udid = ""
        self._client: Client | None = None
        self.events: list[Row] = []
        self.chapters: list[_Chapter] = []

    def steps(self) -> list[_Step]:
        """Return the story."""
        return [
            _Step(f"create an {DEFAULT_TYPE}", self._create, has_screen=False),
            _Step("boot it", self._boot, has_screen=False),
            _Step(f"install {', '.join(_SAMPLES)}", self._install, has_screen=False),
            _Step("launch Notes", lambda: self._ask("launch", bundle_id=_NOTES)),
            _Step("share a text", lambda: self._share(text_item("buy milk")), has_screen=False),
            _Step("share a picture", self._share_picture),
            _Step("type with a keyboard extension", self._type),
            _Step("tap Save", lambda: self._ask("tap", label="Save")),
            _Step(
                "open notes:new?text=…", lambda: self._ask("openurl", url="notes:new?text=hello")
            ),
            _Step("launch Journal, in the same App Group", lambda: self._launch("Journal")),
            _Step("launch Intruder, of another team", lambda: self._launch("Intruder")),
            _Step("press home: Notes has a widget", lambda: self._ask("press_home")),
            _Step("push, with a text that only NotesPush can read", self._push),
            _Step("shut down and delete", self._delete, has_screen=False),
        ]

    def tell(self, step: _Step) -> tuple[float, list[str]]:
        """Do a step; return its milliseconds, and the screen when all has come to rest."""
        begin = time.perf_counter()
        step.act()
        took_ms = (time.perf_counter() - begin) * 1000

        if self._client is None:
            return took_ms, []

        self._ask("settle")
        self._end_chapter(step.title)

        if not step.has_screen:
            return took_ms, []

        apps = cast("list[Row]", self._ask("listapps"))
        width = shutil.get_terminal_size((_WIDTH, 24)).columns - _INDENT

        return took_ms, [
            *framed_screen(cast("Row", self._ask("screen")), apps, width),
            *self._denials(width),
        ]

    def _denials(self, width: int) -> list[str]:
        """Return what the sandbox refused in the last chapter, as iOS says it, and the lessons."""
        since = self.chapters[-1].since if self.chapters else 0
        found = [
            event
            for event in self.events
            if event["kind"] == "denial" and cast("int", event["id"]) > since
        ]
        lines = [line for event in found for line in told_denial(event).splitlines()]

        return [part for line in lines for part in _narrowed(line, width)]

    def _end_chapter(self, title: str) -> None:
        since = cast("int", self.events[-1]["id"]) if self.events else 0
        answer = cast("dict[str, list[Row]]", self._ask("events", since=since))
        self.events += answer["events"]

        if answer["events"]:
            last = cast("int", self.events[-1]["id"])
            self.chapters.append(_Chapter(title, since, last))

    def charts(self, width: int) -> list[str]:
        """Return who spoke to whom, a chart for each step in which somebody spoke."""
        lines = []

        for title, since, until in self.chapters:
            chart = sequence_chart(self.events, width, since=since, until=until)
            lines += ["", title, "", *chart] if chart else []

        return lines

    def _ask(self, verb: str, **arguments: object) -> object:
        assert self._client is not None

        return self._client.ask(verb, **arguments)

    def _create(self) -> None:
        self._udid = str(self._session.ask("create", name=DEFAULT_TYPE, type=DEFAULT_TYPE))

    def _boot(self) -> None:
        self._session.ask("boot", udid=self._udid)
        self._client = self._session.client(self._udid)

    def _install(self) -> None:
        for bundle in self._bundles.values():
            self._ask("install", path=str(bundle))

    def _launch(self, name: str) -> None:
        self._ask("launch", bundle_id=bundle_id_of(self._bundles[name]))

    def _share(self, item: Item) -> None:
        self._ask("share", bundle_id=_SHARE_EXTENSION, items=[item])

    def _share_picture(self) -> None:
        path = self._folder / "picture.jpg"
        path.write_bytes(small_jpeg())
        self._share(file_item(path))

    def _type(self) -> None:
        self._ask("type", text="", keyboard=_KEYBOARD, keys=["b", "u", "y", " ", ":milk:"])

    def _push(self) -> None:
        aps = {"alert": {"title": "Notes", "body": "…"}, "badge": 3, "mutable-content": 1}
        payload = json.dumps({"aps": aps, "cipher": "nepo si erots eht"})
        self._ask("push", bundle_id=_NOTES, payload=payload.encode())

    def _delete(self) -> None:
        assert self._client is not None
        self._client.close()
        self._client = None
        self._session.ask("shutdown", udid=self._udid)
        self._session.ask("delete", udid=self._udid)


_Tell = Callable[[str, float, list[str]], None]


@contextmanager
def _display(count: int) -> Iterator[_Tell]:
    """Yield what tells a step: with a progress bar in a terminal, as plain lines elsewhere."""
    if not sys.stdout.isatty():
        yield lambda title, took_ms, screen: print("\n".join(_told(title, took_ms, screen)))
        return

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn

    with Progress(SpinnerColumn(), BarColumn(), MofNCompleteColumn(), transient=True) as progress:
        task = progress.add_task("demo", total=count)

        def tell(title: str, took_ms: float, screen: list[str]) -> None:
            text = "\n".join(_told(title, took_ms, screen))
            progress.console.print(text, markup=False, highlight=False, emoji=False)
            progress.advance(task)

        yield tell


def _narrowed(line: str, width: int) -> list[str]:
    """Return a lesson in as many lines as it needs, and a path without its middle."""
    if line.startswith(" "):
        return textwrap.wrap(line, width, initial_indent="    ", subsequent_indent="    ")

    half = (width - 1) // 2

    return [line if len(line) <= width else f"{line[:half]}…{line[-half:]}"]


def _told(title: str, took_ms: float, screen: list[str]) -> list[str]:
    return [f"{took_ms:8.1f} ms  {title}", *(f"{' ' * _INDENT}{line}" for line in screen)]


def small_jpeg() -> bytes:
    """Return a valid picture: 8 × 8 pixels of even grey, baseline JPEG, one component.

    Source: ITU-T T.81. One block whose coefficients are all zero takes two code words: the code
    of DC category 0 and the code of end-of-block, each ``0`` in tables of a single code.
    """
    segments = (
        (0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        (0xDB, b"\0" + bytes([1] * 64)),  # quantisation
        (0xC0, b"\x08\0\x08\0\x08\x01\x01\x11\0"),  # frame: 8 bits, 8 × 8, one component
        (0xC4, b"\0" + b"\x01" + bytes(15) + b"\0"),  # DC: the code 0 is category 0
        (0xC4, b"\x10" + b"\x01" + bytes(15) + b"\0"),  # AC: the code 0 ends the block
        (0xDA, b"\x01\x01\0\0\x3f\0"),  # scan
    )
    parts = [
        bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body
        for marker, body in segments
    ]

    return b"\xff\xd8" + b"".join(parts) + b"\x3f" + b"\xff\xd9"  # 0, 0, then padding of ones
