"""Writes small bundles to break, one change at a time."""

import plistlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

APP = {
    "CFBundleIdentifier": "com.example.Notes",
    "CFBundleExecutable": "Notes",
    "CFBundleName": "Notes",
    "CFBundlePackageType": "APPL",
}


def _write(folder: Path, keys: Mapping[str, object], changes: Mapping[str, object] | None) -> Path:
    """Write a bundle; a change to None takes the key away."""
    merged = {**keys, **(changes or {})}
    kept = {key: value for key, value in merged.items() if value is not None}
    folder.mkdir(parents=True)
    (folder / "Info.plist").write_bytes(plistlib.dumps(kept))
    (folder / f"{folder.stem}.py").write_text("print('hello')\n")

    return folder


@pytest.fixture
def write_app(tmp_path: Path) -> Callable[..., Path]:
    """``write_app(changes, folder=...)`` writes Notes.app and returns its path."""

    def write(changes: Mapping[str, object] | None = None, folder: Path | None = None) -> Path:
        return _write((folder or tmp_path) / "Notes.app", APP, changes)

    return write


@pytest.fixture
def write_extension() -> Callable[..., Path]:
    """``write_extension(folder, name, changes)`` writes name.appex into a folder."""

    def write(
        folder: Path,
        name: str = "Share",
        changes: Mapping[str, object] | None = None,
    ) -> Path:
        keys: dict[str, object] = {
            "CFBundleIdentifier": f"com.example.Notes.{name}",
            "CFBundleExecutable": name,
            "CFBundlePackageType": "XPC!",
            "NSExtension": {
                "NSExtensionPointIdentifier": "com.apple.share-services",
                "NSExtensionPrincipalClass": "$(PRODUCT_MODULE_NAME).ShareViewController",
            },
        }

        return _write(folder / f"{name}.appex", keys, changes)

    return write
