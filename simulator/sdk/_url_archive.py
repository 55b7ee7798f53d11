"""URLs as preferences keep them: archived by NSKeyedArchiver into data.

A path in the home folder is written with ``~``, and expanded when it is read, since the container
of an app moves when it is restored or updated.

Source: Apple, ``set(_:forKey:)`` of URL and ``url(forKey:)``; NSUserDefaults.h.
"""

from pathlib import Path, PurePath
from urllib.parse import quote, unquote

from simulator.sdk._url import URL

__all__ = ("archive_url", "read_url")

_FILE = "file://"


def archive_url(url: URL | PurePath, home: str) -> bytes:
    """Return the archive of a URL; a path is a file's URL.

    Args:
        url: What to keep.
        home: The home folder of the process.
    """
    import plistlib

    text = str(url)

    if text.startswith(_FILE):
        url = PurePath(unquote(text.removeprefix(_FILE)))
        text = str(url)

    if isinstance(url, PurePath):
        inside = text == home or text.startswith(f"{home}/")
        text = f"~{text[len(home) :]}" if inside else _FILE + quote(text)

    archive = {
        "$version": 100_000,
        "$archiver": "NSKeyedArchiver",
        "$top": {"root": plistlib.UID(1)},
        "$objects": [
            "$null",
            {
                "NS.base": plistlib.UID(0),
                "NS.relative": plistlib.UID(2),
                "$class": plistlib.UID(3),
            },
            text,
            {"$classname": "NSURL", "$classes": ["NSURL", "NSObject"]},
        ],
    }

    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)


def read_url(value: object, home: str) -> URL | Path | None:
    """Return what ``url(forKey:)`` makes of a value: a string is a path, data an archive."""
    if isinstance(value, str):
        return Path(_expanded(value, home))

    text = _unarchived(value) if isinstance(value, bytes) else None

    if text is None:
        return None

    if text.startswith("~"):
        return Path(_expanded(text, home))

    return Path(unquote(text.removeprefix(_FILE))) if text.startswith(_FILE) else URL(text)


def _expanded(path: str, home: str) -> str:
    return f"{home}{path[1:]}" if path == "~" or path.startswith("~/") else path


def _unarchived(data: bytes) -> str | None:
    import plistlib

    try:
        archive = plistlib.loads(data)
        objects = archive["$objects"]
        url = objects[archive["$top"]["root"].data]
        kind = objects[url["$class"].data]["$classname"]
        text = objects[url["NS.relative"].data]
    except Exception:  # noqa: BLE001  data of any kind may lie there; this is no URL
        return None

    return text if kind == "NSURL" and isinstance(text, str) else None
