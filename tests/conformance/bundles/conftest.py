"""Apps whose extensions do what a test says, and answer with what came of it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device

APP = """
from simulator.sdk.uikit import Application, View


class NAME(Application):
    def did_finish_launching(self, options):
        self.show(View("NAME", fields=["draft"]))
"""

SHARE = """
import errno, os
from simulator.sdk.extension import ShareExtension
from simulator.sdk.foundation import FileManager


class NAME(ShareExtension):
    def begin_request(self, context):
        code = context.attachments()[0].load()

        try:
            value = str(eval(code, dict(globals())))
        except OSError as stopped:
            value = errno.errorcode[stopped.errno]

        context.complete_request([value])
"""
"""Evaluates the text that is shared; a refusal of the kernel's is its errno's name."""

KEYBOARD = """
import errno, os
from simulator.sdk.keyboard import InputViewController


class NAME(InputViewController):
    def key_tapped(self, key):
        try:
            value = str(eval(key, dict(globals())))
        except OSError as stopped:
            value = errno.errorcode[stopped.errno]

        self.text_document_proxy.insert_text(value)
"""

READING = """
import errno, sys
from simulator.sdk.uikit import Application, View


class NAME(Application):
    def did_finish_launching(self, options):
        try:
            with open(sys.argv[1]) as file:
                title = file.read()
        except OSError as stopped:
            title = errno.errorcode[stopped.errno]

        self.show(View(title, fields=["draft"]))
"""

TWO = """
from simulator.sdk.extension import ShareExtension


class Right(ShareExtension):
    def begin_request(self, context):
        context.complete_request([type(self).__name__])


class Wrong(Right):
    pass
"""

POINTS = {
    TWO: "com.apple.share-services",
    SHARE: "com.apple.share-services",
    KEYBOARD: "com.apple.keyboard-service",
}


class Host:
    """A device, and apps with extensions on it."""

    def __init__(self, device: Device, folder: Path) -> None:
        self.device = device
        self._folder = folder

    def write(
        self,
        name: str,
        extensions: Mapping[str, str] | None = None,
        info: Mapping[str, Mapping[str, object]] | None = None,
        source: str = APP,
    ) -> Path:
        """Write an app with extensions, name → program; ``info`` changes their plists."""
        return make_app(
            self._folder,
            name,
            source=source.replace("NAME", name),
            extensions=[
                Extension(
                    each,
                    source.replace("NAME", each),
                    info=(info or {}).get(each, {}),
                    point=POINTS.get(source, "com.apple.widgetkit-extension"),
                )
                for each, source in (extensions or {}).items()
            ],
        )

    def install(self, name: str, extensions: Mapping[str, str] | None = None, **how: Any) -> str:
        """Install such an app, and return its bundle id."""
        return self.device.install(self.write(name, extensions, **how))

    def share(self, extension: str, code: str) -> str:
        """Let a share extension evaluate something, and return what came of it."""
        answer = self.device.ask(
            "share", bundle_id=extension, items=[[["public.plain-text"], "", code.encode()]]
        )
        (value,) = cast("dict[str, list[str]]", answer)["returned"]

        return value

    def running(self) -> list[str]:
        """Return the bundle ids of the running processes."""
        return [bundle_id for _, bundle_id, *_ in self.device.ps]

    def data(self, bundle_id: str) -> Path:
        """Return the data container of an app or extension, with a file in it that is a secret."""
        folder = self.device.container(bundle_id)
        (folder / "secret.txt").write_text("secret")

        return folder


@pytest.fixture
def host(device: Device, tmp_path: Path) -> Host:
    return Host(device, tmp_path)


@pytest.fixture
def share_of() -> Callable[..., dict[str, str]]:
    """``share_of("One", "Two")`` are share extensions of those names."""
    return lambda *names: dict.fromkeys(names, SHARE)


@pytest.fixture
def keyboard() -> dict[str, str]:
    """A keyboard extension, which evaluates the keys that are tapped and types what comes of it."""
    return {"Keys": KEYBOARD}


@pytest.fixture
def reading_app() -> str:
    """The program of an app that shows the file that its first argument names, or why not."""
    return READING


@pytest.fixture
def two_classes() -> str:
    """The program of an extension with two classes that could be its principal class."""
    return TWO
