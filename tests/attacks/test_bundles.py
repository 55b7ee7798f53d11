"""Folders that a stranger made: simctl writes nothing outside of where it was told to."""

import plistlib
from pathlib import Path

import pytest

from simulator.simctl.app import run

INFO = {"CFBundleIdentifier": "com.example.Notes", "CFBundleExecutable": "Notes"}
SHARE = {
    "CFBundleIdentifier": "com.example.Notes.Share",
    "NSExtension": {"NSExtensionPointIdentifier": "com.apple.share-services"},
}


@pytest.mark.parametrize(
    "link", ["Notes.app", "Notes.app/PlugIns", "Notes.app/PlugIns/Share.appex"]
)
@pytest.mark.parametrize("options", [(), ("--force",)])
def test_a_bundle_is_not_put_together_through_a_link(
    link: str,
    options: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, outside = tmp_path / "source", tmp_path / "outside"
    outside.mkdir()

    for name, keys in (("Notes", INFO), ("Share", SHARE)):
        (source / name).mkdir(parents=True)
        (source / name / "Info.plist").write_bytes(plistlib.dumps(keys))

    (source / link).parent.mkdir(parents=True, exist_ok=True)
    (source / link).symlink_to(outside)
    monkeypatch.chdir(source)

    assert run(["stub", ".", *options]) != 0
    assert "is a link" in capsys.readouterr().err
    assert list(outside.rglob("*")) == []
