"""Real apps' property lists, read where they lie; they are no part of this project."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.bundles.entitlements import parse_entitlements
from simulator.bundles.info import parse_info
from simulator.bundles.plist import read_plist
from simulator.daemons.pkd.activation import read_rule
from simulator.daemons.pkd.shared import Shared
from simulator.xpc.errors import BundleError

_ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("SIMULATOR_CORPUS", _ROOT.parent / "shared" / "corpus"))
APPS = CORPUS / "apps"

pytestmark = pytest.mark.skipif(
    not APPS.is_dir(),
    reason=f"no corpus of real apps at {CORPUS} (SIMULATOR_CORPUS says where it is)",
)

# What source trees hold before Xcode builds them, and one file that is broken in its repository.
NOT_EXPANDED = ("the build variable ", "the key is missing; it should name the bundle")
NOT_XML = (
    "the text '#ifdef ",  # Xcode's preprocessor would have removed it
    "<key>CFBundleDisplayName</key> should stand in a <dict>",
)
IDENTIFIER = "com.example.Corpus"


def _files(pattern: str) -> list[Path]:
    return sorted(path for path in APPS.rglob(pattern) if path.is_file())


def _label(path: Path) -> str:
    return str(path.relative_to(APPS))


def _refusal(read: Callable[[], object]) -> BundleError | None:
    try:
        read()
    except BundleError as error:
        return error

    return None


def _keys(path: Path) -> dict[str, object]:
    refusal = _refusal(lambda: read_plist(path, name=path.name))

    if refusal is not None and refusal.problem.startswith(NOT_XML):
        pytest.skip(f"known to be no property list: {refusal.problem}")

    return read_plist(path, name=path.name)


@pytest.mark.parametrize("path", _files("*.plist"), ids=_label)
def test_a_real_info_plist_is_accepted_or_refused_for_a_known_reason(path: Path) -> None:
    refusal = _refusal(
        lambda: parse_info(read_plist(path, name=path.name), file=path.name, stem="Corpus"),
    )

    assert refusal is None or refusal.problem.startswith(NOT_EXPANDED + NOT_XML)
    assert refusal is None or refusal.key in {"", "CFBundleIdentifier"}


@pytest.mark.parametrize("path", _files("*.plist"), ids=_label)
def test_a_real_info_plist_is_accepted_once_its_identifier_is_filled_in(path: Path) -> None:
    keys = {**_keys(path), "CFBundleIdentifier": IDENTIFIER}
    info = parse_info(keys, file=path.name, stem="Corpus")

    assert info.bundle_id == IDENTIFIER
    assert set(info.raw) < set(keys)


@pytest.mark.parametrize("path", _files("*.plist"), ids=_label)
def test_a_real_activation_rule_is_understood_or_called_a_predicate(path: Path) -> None:
    keys = {**_keys(path), "CFBundleIdentifier": IDENTIFIER}
    extension = parse_info(keys, file=path.name, stem="Corpus").extension
    rule = None if extension is None else extension.activation_rule
    reason = read_rule(rule).judge(Shared([[["public.jpeg"]]])).reason

    assert "no count" not in reason
    assert "neither" not in reason


@pytest.mark.parametrize("path", _files("*.entitlements"), ids=_label)
def test_real_entitlements_are_accepted_or_name_the_variable_in_a_group(path: Path) -> None:
    keys = read_plist(path, name=path.name)
    refusal = _refusal(lambda: parse_entitlements(keys, file=path.name))

    assert refusal is None or refusal.key.startswith("com.apple.security.application-groups[")
    assert refusal is None or "the build variable " in refusal.problem
