"""demo: the whole story in a device set of its own, told step by step, then drawn as a chart."""

import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import typer

from simulator.control.service import Service
from simulator.simctl.arguments import Usage, shape
from simulator.simctl.chart import sequence_chart
from simulator.simctl.picture import framed_screen
from simulator.simctl.samples import find_bundle
from simulator.simctl.session import DEFAULT_TYPE, Row, Session
from simulator.simctl.sharing import Item, file_item, text_item
from simulator.xpc.errors import WorldError

if TYPE_CHECKING:
    from simulator.control.client import Client

__all__ = ("app", "small_jpeg")

_SAMPLE: Final = "Notes"
_SHARE_EXTENSION: Final = "com.example.Notes.ShareToNotes"
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


@app.command(**shape(""))
def demo(context: typer.Context) -> None:
    """Show a demo: an app, its share extension and a link, in a device set that is removed again.

    Everything in it is real: the processes, the sandbox, the notifications, the files. At the end
    it draws who spoke to whom.
    """
    if context.args:
        raise Usage(f"Unexpected argument: {context.args[0]}")

    bundle = find_bundle(_SAMPLE)

    if bundle is None:
        raise WorldError(f"the sample {_SAMPLE}.app is missing from this installation")

    with _own_device_set() as (folder, session):
        story = _Story(session, bundle, folder)
        steps = story.steps()

        with _display(len(steps)) as told:
            for step in steps:
                told(step.title, *story.tell(step))

        width = shutil.get_terminal_size((_WIDTH, 24)).columns
        chart = sequence_chart(story.events, width)
        doctor = cast("Row", session.ask("doctor"))

    print("\nWho spoke to whom (event ← the event that led to it):\n")
    print("\n".join(chart))
    print(f"\nsandbox level: {doctor['level']} (simctl doctor shows what was tried)")


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

    def __init__(self, session: Session, bundle: Path, folder: Path) -> None:
        self._session = session
        self._bundle = bundle
        self._folder = folder
        self._udid = ""
        self._client: Client | None = None
        self._app = ""
        self.events: list[Row] = []

    def steps(self) -> list[_Step]:
        """Return the story."""
        return [
            _Step(f"create an {DEFAULT_TYPE}", self._create, has_screen=False),
            _Step("boot it", self._boot, has_screen=False),
            _Step(f"install {self._bundle.name}", self._install, has_screen=False),
            _Step("launch it", lambda: self._ask("launch", bundle_id=self._app)),
            _Step("share a text", lambda: self._share(text_item("buy milk"))),
            _Step("share a picture", self._share_picture),
            _Step(
                "open notes:new?text=…", lambda: self._ask("openurl", url="notes:new?text=hello")
            ),
            _Step("terminate it", self._terminate, has_screen=False),
            _Step("shut down and delete", self._delete, has_screen=False),
        ]

    def tell(self, step: _Step) -> tuple[float, list[str]]:
        """Do a step; return its milliseconds, and the screen when all has come to rest."""
        begin = time.perf_counter()
        step.act()
        took_ms = (time.perf_counter() - begin) * 1000

        if not step.has_screen:
            return took_ms, []

        self._ask("settle")

        return took_ms, framed_screen(cast("Row", self._ask("screen")))

    def _ask(self, verb: str, **arguments: object) -> object:
        assert self._client is not None

        return self._client.ask(verb, **arguments)

    def _create(self) -> None:
        self._udid = str(self._session.ask("create", name=DEFAULT_TYPE, type=DEFAULT_TYPE))

    def _boot(self) -> None:
        self._session.ask("boot", udid=self._udid)
        self._client = self._session.client(self._udid)

    def _install(self) -> None:
        self._app = str(cast("Row", self._ask("install", path=str(self._bundle)))["bundle_id"])

    def _share(self, item: Item) -> None:
        self._ask("share", bundle_id=_SHARE_EXTENSION, items=[item])

    def _share_picture(self) -> None:
        path = self._folder / "picture.jpg"
        path.write_bytes(small_jpeg())
        self._share(file_item(path))

    def _terminate(self) -> None:
        self._ask("terminate", bundle_id=self._app)
        answer = cast("dict[str, list[Row]]", self._ask("events"))
        self.events = answer["events"]

    def _delete(self) -> None:
        assert self._client is not None
        self._client.close()
        self._session.ask("shutdown", udid=self._udid)
        self._session.ask("delete", udid=self._udid)


Tell = Callable[[str, float, list[str]], None]


@contextmanager
def _display(count: int) -> Iterator[Tell]:
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


def _told(title: str, took_ms: float, screen: list[str]) -> list[str]:
    return [f"{took_ms:8.1f} ms  {title}", *(f"             {line}" for line in screen)]


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
