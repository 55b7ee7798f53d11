"""Nothing in the project knows on which machine it was written."""

import subprocess
from pathlib import Path

import pytest

PATHS = tuple(f"/{folder}/" for folder in ("work", "root", "home/user", "Users"))
ALLOWED = {  # the path is the subject there
    "tests/architecture/test_no_machine_paths.py",
}


def _files(root: Path) -> list[str]:
    if not (root / ".git").exists():
        pytest.skip("this is no git checkout, so nobody says which files are the project's")

    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )

    return [name for name in listed.stdout.decode().split("\0") if name and (root / name).is_file()]


def test_no_file_names_a_path_of_one_machine(root: Path) -> None:
    files = _files(root)
    found = [
        f"{name}:{number} {path}"
        for name in files
        if name not in ALLOWED
        for number, line in enumerate((root / name).read_bytes().splitlines(), 1)
        for path in PATHS
        if path.encode() in line and b"\0" not in line
    ]

    assert "pyproject.toml" in files
    assert found == []
