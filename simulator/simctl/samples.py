"""Finding a bundle that was given by path, or by the name of a sample."""

import os
from collections.abc import Callable, Collection
from pathlib import Path

__all__ = (
    "bundle_id_of",
    "find_bundle",
    "is_path",
    "meant_bundle",
    "sample_folders",
    "sample_names",
)

_PACKAGE = Path(__file__).resolve().parents[1]


def sample_folders() -> list[Path]:
    """Return where samples are looked for: the caller's ``apps``, the wheel's, the checkout's."""
    places = (Path.cwd() / "apps", _PACKAGE / "_samples" / "apps", _PACKAGE.parent / "apps")

    return [place for place in places if place.is_dir()]


def sample_names() -> list[str]:
    """Return the names by which samples can be launched, sorted."""
    return sorted({path.stem for place in sample_folders() for path in place.glob("*.app")})


def is_path(word: str) -> bool:
    """Return whether a word can be meant as a path.

    It has a slash, or ends like an app's folder and there is one, here or among the samples. The
    ending alone says nothing: ``org.example.app`` is a usual bundle id.
    """
    if "/" in word:
        return True

    return word.endswith(".app") and (
        os.path.exists(word) or _sample(word.removesuffix(".app")) is not None
    )


def find_bundle(word: str) -> Path | None:
    """Return the absolute path of the bundle that a word means, None for a bundle id.

    A path is returned whether it exists or not: installing it says what is wrong, in Apple's words.
    """
    if is_path(word):
        path = Path(os.path.abspath(word))

        if path.exists() or "/" in word.rstrip("/"):
            return path

        return _sample(word.removesuffix(".app")) or path

    return _sample(word)


def meant_bundle(word: str, installed: Callable[[], Collection[str]]) -> Path | None:
    """Return the path that a word means on a device, None for a bundle id.

    Args:
        word: What was typed.
        installed: Returns the bundle ids there: one of them goes before a file of that name.
    """
    path = find_bundle(word)

    return None if path is not None and "/" not in word and word in installed() else path


def _sample(name: str) -> Path | None:
    for place in sample_folders():
        path = place / f"{name}.app"

        if path.is_dir():
            return path

    return None


def bundle_id_of(bundle: Path) -> str:
    """Return the bundle id that a bundle's Info.plist states; empty where it states none."""
    import plistlib
    from xml.parsers.expat import ExpatError

    try:
        info = plistlib.loads((bundle / "Info.plist").read_bytes())
    except (OSError, ValueError, ExpatError, plistlib.InvalidFileException):
        return ""

    found = info.get("CFBundleIdentifier", "") if isinstance(info, dict) else ""

    return found if isinstance(found, str) else ""
