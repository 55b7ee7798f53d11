"""Writes the table of docs/sandbox.md: what an app and each kind of extension is granted.

``make docs`` runs it; a test checks that the table is what the code says.
"""

import sys
from pathlib import Path

from simulator.bundles.bundle import Bundle
from simulator.bundles.entitlements import GROUPS_KEY, parse_entitlements
from simulator.bundles.info import parse_info
from simulator.bundles.points import KEYBOARD
from simulator.daemons.launchd.grants import granted
from simulator.daemons.launchd.plan import Confinement, Reach
from simulator.device.person import SIMULATED_POINTS
from simulator.sandbox.root import Root

PAGE = Path(__file__).with_name("sandbox.md")
BEGIN = "<!-- made by docs/sandbox_table.py -->\n"
END = "<!-- end -->\n"
GROUP = "group.com.example.notes"
NAMES = {
    "com.apple.share-services": "share",
    "com.apple.widgetkit-extension": "widget",
    "com.apple.usernotifications.service": "notification service",
    "com.apple.keyboard-service": "keyboard",
}


def bundle(path: str, keys: dict[str, object], *, groups: list[str]) -> Bundle:
    """Return a bundle that lies nowhere."""
    folder = Path(path)
    known = {"CFBundleIdentifier": f"com.example.{folder.stem}", **keys}
    info = parse_info(known, file="Info.plist", stem=folder.stem)

    return Bundle(folder, info, parse_entitlements({GROUPS_KEY: groups}, file="entitlements"))


def columns() -> dict[str, list[str]]:
    """Return what each is granted, with one App Group in its entitlements."""
    schemes = [{"CFBundleURLSchemes": ["notes"]}]
    app = bundle("/Notes.app", {"CFBundleURLTypes": schemes}, groups=[GROUP])
    without = bundle("/Notes.app", {"CFBundleURLTypes": schemes}, groups=[])
    confined = Confinement("SEALED", Root(("/python",), (), (), ""))
    found = {
        "app": granted(app, app, confined),
        "app without a group": granted(without, without, confined),
    }

    for point in SIMULATED_POINTS:
        keys: dict[str, object] = {"NSExtension": {"NSExtensionPointIdentifier": point}}
        extension = bundle("/Notes.app/PlugIns/Extension.appex", keys, groups=[GROUP])
        is_keyboard = point == KEYBOARD
        found[NAMES[point]] = granted(extension, app, confined, Reach(is_keyboard))

        if is_keyboard:
            found["keyboard with Full Access"] = granted(extension, app, confined)

    return found


def table() -> str:
    """Return the table in Markdown: a row for each sentence, a column for each kind."""
    by_name = columns()
    sentences = list(dict.fromkeys(line for lines in by_name.values() for line in lines))
    sentences = [line for line in sentences if not line.startswith("read its bundle")]
    lines = [
        f"| may | {' | '.join(by_name)} |",
        f"| --- |{' --- |' * len(by_name)}",
        f"| read its own bundle |{' yes |' * len(by_name)}",
    ]

    for sentence in sentences:
        marks = ("yes" if sentence in lines_of else "" for lines_of in by_name.values())
        lines.append(f"| {sentence} | {' | '.join(marks)} |")

    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """Return a page with its table made anew."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)

    return f"{head}{BEGIN}{table()}{END}{tail}"


if __name__ == "__main__":
    made = page(PAGE.read_text())

    if "--check" in sys.argv:
        sys.exit(made != PAGE.read_text())

    PAGE.write_text(made)
