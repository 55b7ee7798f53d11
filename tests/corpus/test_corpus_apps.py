"""Real apps, from their property lists to running processes; they are no part of this project."""

import csv
import json
import os
import plistlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from simulator.bundles.lint.run import findings
from simulator.bundles.plist import read_plist
from simulator.bundles.points import find_point
from simulator.bundles.project import read_project, subjects_of
from simulator.bundles.schemes import SYSTEM_SCHEMES
from simulator.simctl.app import run
from simulator.testing.device import Device
from simulator.xpc.errors import BundleError

_ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("SIMULATOR_CORPUS", _ROOT.parent / "shared" / "corpus"))
TOOL = CORPUS.parent / "tools" / "assemble_bundles"

pytestmark = [
    pytest.mark.enforces,
    pytest.mark.skipif(
        not (CORPUS / "TARGETS.tsv").is_file() or not TOOL.is_file(),
        reason=f"no corpus of real apps at {CORPUS} (SIMULATOR_CORPUS says where it is)",
    ),
]

PREFIX_BROKEN = "Rocket.Chat"
"""Its extensions carry the identifier of the project's other app in front."""

APPS_IN_CORPUS = 15


def _products() -> list[str]:
    if not (CORPUS / "TARGETS.tsv").is_file():
        return []

    with (CORPUS / "TARGETS.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

    return sorted(
        row["product_name"] or row["target"]
        for row in rows
        if row["product_type"] == "application"
        and row["sdkroot"] in {"", "auto", "iphoneos"}
        and row["bundle_id"]
        and row["info_plist"]
    )


@pytest.fixture(scope="module")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every app of the corpus as Xcode would have laid it out, without a program."""
    folder = tmp_path_factory.mktemp("assembled")
    command = [sys.executable, str(TOOL), str(folder), "--corpus", str(CORPUS)]
    subprocess.run(command, check=True, capture_output=True)

    return {path.stem: path for path in sorted(folder.glob("*/*.app"))}


@pytest.fixture
def stubbed(assembled: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """``stubbed("Mastodon")`` runs ``simctl stub`` on a copy, and returns the copy's folder."""

    def stub(name: str) -> Path:
        assert run(["stub", str(assembled[name]), "--output", str(tmp_path / "stubbed")]) == 0

        return tmp_path / "stubbed" / f"{name}.app"

    return stub


def _ask(device: Device, verb: str, **arguments: object) -> Any:
    return device.ask(verb, **arguments)


def test_the_corpus_has_as_many_apps_as_it_had(assembled: dict[str, Path]) -> None:
    assert sorted(assembled) == _products()
    assert len(assembled) == APPS_IN_CORPUS


@pytest.mark.parametrize("name", [each for each in _products() if each != PREFIX_BROKEN])
def test_a_real_app_is_installed_and_launched_with_its_groups_and_schemes(
    name: str, stubbed: Callable[[str], Path], device: Device
) -> None:
    path = stubbed(name)
    keys = read_plist(path / "Info.plist", name=name)
    app = device.install(path)
    launched = device.launch(app)
    (row,) = _ask(device, "listapps")
    extensions = _ask(device, "extensions")
    files = list(path.glob("*.entitlements"))
    rights = read_plist(files[0], name=name) if files else {}
    groups = cast("list[str]", rights.get("com.apple.security.application-groups", []))
    schemes = _schemes(keys)

    assert (app, launched.is_running) == (keys["CFBundleIdentifier"], True)
    assert launched.screen.splitlines()[0] == name
    assert set(groups) <= set(row["groups"])
    assert all(Path(folder).is_dir() for folder in row["groups"].values())
    assert len(extensions) == len(list(path.glob("PlugIns/*.appex")))
    assert [row["point"] for row in extensions if find_point(row["point"]) is None] == []
    assert {device.open_url(f"{scheme}:x").bundle_id for scheme in schemes} <= {app}


def _schemes(keys: dict[str, object]) -> list[str]:
    types = cast("list[dict[str, list[str]]]", keys.get("CFBundleURLTypes", []))
    claimed = {scheme.lower() for kind in types for scheme in kind.get("CFBundleURLSchemes", [])}

    return sorted(scheme for scheme in claimed - SYSTEM_SCHEMES.keys() if scheme)


def _let_take_everything(app: Path) -> None:
    """Take the share extensions' rules away: what they take is another test's matter."""
    for path in app.glob("PlugIns/*/Info.plist"):
        keys = plistlib.loads(path.read_bytes())
        attributes = keys.get("NSExtension", {}).get("NSExtensionAttributes", {})

        if "NSExtensionActivationRule" in attributes:
            attributes["NSExtensionActivationRule"] = "TRUEPREDICATE"
            path.write_bytes(plistlib.dumps(keys))


@pytest.mark.parametrize("name", [each for each in _products() if each != PREFIX_BROKEN])
def test_each_stub_of_a_simulated_point_runs(
    name: str, stubbed: Callable[[str], Path], device: Device
) -> None:
    path = stubbed(name)
    _let_take_everything(path)
    app = device.install(path)
    device.launch(app)
    ran: dict[str, bool] = {}

    for row in _ask(device, "extensions"):
        identifier, point = str(row["bundle_id"]), str(row["point"])

        if point == "com.apple.share-services":
            items = [[["public.url"], "", b"https://example.com"]]
            outcome = _ask(device, "share", bundle_id=identifier, items=items)
            ran[identifier] = outcome["returned"] == []
        elif point == "com.apple.widgetkit-extension":
            device.reload_widget(identifier)
            ran[identifier] = any(shown.bundle_id == identifier for shown in device.widgets)
        elif point == "com.apple.usernotifications.service":
            banner = device.push(app, alert="hello", mutable_content=True)
            ran[identifier] = banner.changed_by == identifier
        elif point == "com.apple.keyboard-service":
            device.launch("Notes")
            device.type(keyboard=identifier, keys=["h", "i"])
            device.settle()
            ran[identifier] = "hi" in device.fields.values()

    simulated = [row["bundle_id"] for row in _ask(device, "extensions") if row["simulated"]]

    assert ran == dict.fromkeys([each for each in simulated if each.startswith(app)], True)


def test_an_app_whose_extensions_have_another_prefix_is_refused_for_that(
    stubbed: Callable[[str], Path], device: Device
) -> None:
    path = stubbed(PREFIX_BROKEN)

    with pytest.raises(BundleError, match=r"should start with chat\.rocket\.ios") as caught:
        device.install(path)

    assert caught.value.key == "CFBundleIdentifier"
    assert _ask(device, "listapps") == []


@pytest.mark.parametrize("name", _products())
def test_lint_has_an_answer_to_each_real_app(
    name: str, assembled: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(["lint", "--json", str(assembled[name])])
    found = json.loads(capsys.readouterr().out)
    errors = {finding["rule"] for finding in found if finding["severity"] == "error"}

    assert errors <= {"identifier-prefix", "activation-true", "version-form", "program-missing"}
    assert ("identifier-prefix" in errors) is (name == PREFIX_BROKEN)
    assert status == bool(errors)
    assert all(finding["problem"] and finding["source"] for finding in found)


@pytest.mark.parametrize(
    "folder", sorted((CORPUS / "apps").glob("*")) if CORPUS.is_dir() else [], ids=lambda p: p.name
)
def test_lint_has_an_answer_to_each_source_tree(folder: Path) -> None:
    targets, faults = read_project(folder)
    told = [finding for each in subjects_of(folder, targets, faults) for finding in findings(each)]

    assert targets or faults
    assert {finding.rule.id for finding in told if finding.rule.stage == "install"} <= {
        "unreadable"
    }


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted((CORPUS / "oddities").glob("*"))
        if path.suffix in {".plist", ".entitlements"}
    ]
    if CORPUS.is_dir()
    else [],
    ids=lambda path: path.name,
)
def test_an_odd_list_is_read_or_refused_with_a_reason(path: Path) -> None:
    is_old_form = "openstep" in path.name or path.name == "no_xmldecl.plist"

    if is_old_form:
        with pytest.raises(BundleError, match="property list of the old text form"):
            read_plist(path, name=path.name)
    else:
        assert read_plist(path, name=path.name)
