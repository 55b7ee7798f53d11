"""What a thousand installed bundles cost: a list, a scheme, a share sheet, and one predicate."""

import plistlib
import statistics
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic_ns
from typing import TYPE_CHECKING

from simulator.daemons.pkd.activation import read_rule
from simulator.daemons.pkd.shared import Shared
from simulator.xpc.errors import CommandError
from tests.bench.devices import booted, make_app
from tests.bench.table import Row, since

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.control.client import Client
    from simulator.control.service import Service

BUNDLES = 1000
_SIZES = (BUNDLES // 4, BUNDLES // 2, BUNDLES)
_APP = "from simulator.sdk.uikit import Application\n\n\nclass App(Application):\n    pass\n"
_SHARE = (
    "from simulator.sdk.extension import ShareExtension\n\n\n"
    "class Share(ShareExtension):\n    pass\n"
)
_P = "NSExtensionActivationSupports"
_ITEMS = [[["public.jpeg"], "a.jpg", b""], [["public.url"], "", b"https://example.com"]]


def predicate(number: int) -> str:
    """Return a rule as people write them; every app's is another one."""
    condition = " || ".join(
        f'ANY $attachment.registeredTypeIdentifiers UTI-CONFORMS-TO "{uti}"'
        for uti in ("public.url", "public.image", "com.adobe.pdf", f"com.example.t{number}")
    )

    return (
        "SUBQUERY (extensionItems, $extensionItem, SUBQUERY ($extensionItem.attachments, "
        f"$attachment, {condition}).@count == $extensionItem.attachments.@count).@count == 1"
    )


def _rule(number: int) -> object:
    if number % 2:
        return predicate(number)

    return {f"{_P}ImageWithMaxCount": 1 + number % 7, f"{_P}WebURLWithMaxCount": 1}


def _make(folder: Path, number: int) -> Path:
    """Make an app with a scheme and a share extension: two bundles."""
    name = f"App{number}"
    app = make_app(folder, name, _APP, (f"scheme{number}",))
    appex = app / "PlugIns" / "Share.appex"
    appex.mkdir(parents=True)
    attributes = {"NSExtensionActivationRule": _rule(number)}
    info = {
        "CFBundleIdentifier": f"com.example.{name}.Share",
        "CFBundleExecutable": "Share",
        "CFBundlePackageType": "XPC!",
        "NSExtension": {
            "NSExtensionPointIdentifier": "com.apple.share-services",
            "NSExtensionAttributes": attributes,
        },
    }
    (appex / "Info.plist").write_bytes(plistlib.dumps(info))
    (appex / "Share.py").write_text(_SHARE)

    return app


def rows(service: "Service", folder: Path, runs: int) -> list[Row]:
    """Install bundles, and measure at a quarter, a half and all of them."""
    timed: dict[str, dict[int, list[float]]] = {"list": {}, "scheme": {}, "sheet": {}, "find": {}}

    with booted(service) as device:
        installed = 0

        for size in _SIZES:
            started = monotonic_ns()

            while 2 * installed < size:
                device.ask("install", path=str(_make(folder, installed)))
                installed += 1

            took = since(started) / 1000
            sys.stderr.write(f"{size} bundles, the last of them in {took:.1f} s\n")
            _measure(device, runs, timed, size)

    told = {
        "list": "listapps, all of them with their containers",
        "scheme": "who claims a scheme, which nobody does",
        "sheet": "the share sheet: every extension judged, with its reason",
        "find": "a question that asks for nothing, for comparison",
    }

    return [
        Row(
            f"bundles_{what}",
            f"{told[what]}; {BUNDLES} bundles",
            timed[what][BUNDLES],
            {},
            "ms",
            {"ours": {size: statistics.median(values) for size, values in timed[what].items()}},
        )
        for what in timed
    ] + [_predicate(runs)]


def _measure(
    device: "Client",
    runs: int,
    timed: dict[str, dict[int, list[float]]],
    size: int,
) -> None:
    asked: dict[str, Callable[[], object]] = {
        "list": lambda: device.ask("listapps"),
        "scheme": lambda: _look_up(device),
        "sheet": lambda: device.ask("share_offers", items=_ITEMS),
        "find": lambda: device.ask("lock_state"),
    }

    for what, ask in asked.items():
        timed[what][size] = []

        for number in range(runs + 2):
            started = monotonic_ns()
            ask()

            if number > 1:  # the first reads the rules
                timed[what][size].append(since(started))


def _look_up(device: "Client") -> None:
    """Open a URL whose scheme nobody claims: every app is asked, and none is launched."""
    with suppress(CommandError):
        device.ask("openurl", url="nobody-claims-this:1")


def _predicate(runs: int) -> Row:
    """Measure the longest of the rules, over a hundred attachments and over one."""
    rule = read_rule(predicate(1))
    shared = {size: Shared([[["public.jpeg", "public.file-url"]] * size]) for size in (1, 100)}
    taken: dict[int, list[float]] = {size: [] for size in shared}

    for size, items in shared.items():
        rule.judge(items)

        for _ in range(runs):
            started = monotonic_ns()
            rule.judge(items)
            taken[size].append((monotonic_ns() - started) / 1e3)

    series = {size: statistics.median(values) for size, values in taken.items()}

    return Row("predicate", "a predicate, for one item", taken[1], {}, "µs", {"ours": series})
