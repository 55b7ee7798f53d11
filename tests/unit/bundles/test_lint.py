"""Each rule finds what it is for, where it is, and leaves a proper bundle alone."""

import plistlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from simulator.bundles.bundle import read_bundle
from simulator.bundles.lint.rule import Finding
from simulator.bundles.lint.run import FINDINGS_MAX, findings, remarks_of
from simulator.bundles.lint.subject import Subject, read_subject
from simulator.bundles.lint.table import INSTALL_RULES, RULES
from simulator.xpc.errors import BundleError

GROUPS = "com.apple.security.application-groups"
TEAM = "com.apple.developer.team-identifier"
DOMAINS = "com.apple.developer.associated-domains"
GROUP = "group.com.example.notes"
ATTRIBUTES = "NSExtension.NSExtensionAttributes"
RULE = f"{ATTRIBUTES}.NSExtensionActivationRule"

APP: dict[str, object] = {
    "CFBundleIdentifier": "com.example.Notes",
    "CFBundleExecutable": "Notes",
    "CFBundleName": "Notes",
    "CFBundlePackageType": "APPL",
    "CFBundleShortVersionString": "1.0",
    "CFBundleVersion": "7",
}
TEXT: dict[str, object] = {
    "NSExtensionActivationDictionaryVersion": 2,
    "NSExtensionActivationSupportsText": True,
}


def declared(
    point: str = "com.apple.share-services",
    attributes: Mapping[str, object] | None = None,
    **changes: object,
) -> dict[str, object]:
    """Return an ``NSExtension`` dictionary; a change to None takes a key away."""
    keys = {
        "NSExtensionPointIdentifier": point,
        "NSExtensionPrincipalClass": "Share.Share",
        "NSExtensionAttributes": attributes,
        **changes,
    }

    return {key: value for key, value in keys.items() if value is not None}


def rule(value: object) -> dict[str, object]:
    return {"NSExtension": declared(attributes={"NSExtensionActivationRule": value})}


EXTENSION: dict[str, object] = {
    **APP,
    "CFBundleIdentifier": "com.example.Notes.Share",
    "CFBundleExecutable": "Share",
    "CFBundlePackageType": "XPC!",
    **rule(TEXT),
}
RIGHTS: dict[str, object] = {GROUPS: [GROUP], TEAM: "EXAMPLE123"}


class Case(NamedTuple):
    """Changes to a proper app and its extension, and the one thing that is then found."""

    rule: str
    key: str
    app: Mapping[str, object] = {}
    extension: Mapping[str, object] = {}
    app_rights: Mapping[str, object] = {}
    extension_rights: Mapping[str, object] = {}
    files: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


WIDGET = "com.apple.widgetkit-extension"
KEYBOARD = "com.apple.keyboard-service"
SCHEMES = [{"CFBundleURLSchemes": ["notes"]}]


def keyboard(**attributes: object) -> dict[str, object]:
    return {"NSExtension": declared(KEYBOARD, {"PrimaryLanguage": "en-US", **attributes})}


CASES = [
    Case("unreadable", "", files=("Other.entitlements",)),
    Case("plist-types", "CFBundleURLTypes", app={"CFBundleURLTypes": "notes"}),
    Case("package-type", "CFBundlePackageType", extension={"CFBundlePackageType": "APPL"}),
    Case(
        "identifier-prefix",
        "CFBundleIdentifier",
        extension={"CFBundleIdentifier": "com.example.NotesShare"},
    ),
    Case("version-form", "CFBundleVersion", app={"CFBundleVersion": ""}),
    Case("version-mismatch", "CFBundleVersion", extension={"CFBundleVersion": "8"}),
    Case("minimum-os", "MinimumOSVersion", extension={"MinimumOSVersion": "7.1"}),
    Case("minimum-os", "MinimumOSVersion", app={"MinimumOSVersion": "soon"}),
    Case("minimum-os", "MinimumOSVersion",
         app={"MinimumOSVersion": "16.0"}, extension={"MinimumOSVersion": "17"}),
    Case("extension-nested", "", files=("PlugIns/Share.appex/PlugIns/x",)),
    Case("program-missing", "", gone=("PlugIns/Share.appex/Share.py",)),
    Case("extension-missing", "NSExtension", extension={"NSExtension": None}),
    Case("background-modes", "UIBackgroundModes", extension={"UIBackgroundModes": ["audio"]}),
    Case("extension-in-app", "NSExtension", app={"NSExtension": declared()}),
    Case("point-unknown", "NSExtension.NSExtensionPointIdentifier",
         extension={"NSExtension": declared("com.apple.share-service")}),
    Case("point-not-simulated", "NSExtension.NSExtensionPointIdentifier",
         extension={"NSExtension": declared("com.apple.intents-service")}),
    Case("principal-missing", "NSExtension.NSExtensionPrincipalClass",
         extension={"NSExtension": declared(
             attributes={"NSExtensionActivationRule": TEXT}, NSExtensionPrincipalClass=None)}),
    Case("principal-twice", "NSExtension.NSExtensionMainStoryboard",
         extension={"NSExtension": declared(
             attributes={"NSExtensionActivationRule": TEXT}, NSExtensionMainStoryboard="Main")}),
    Case("principal-of-widget", "NSExtension.NSExtensionPrincipalClass",
         extension={"NSExtension": declared(WIDGET)}),
    Case("key-misplaced", "NSExtensionAttributes", extension={"NSExtensionAttributes": {}}),
    Case("key-misplaced", "NSExtension.NSExtensionActivationSupportsText",
         extension={"NSExtension": declared(
             attributes={"NSExtensionActivationRule": TEXT},
             NSExtensionActivationSupportsText=True)}),
    Case("activation-true", RULE, extension=rule(" TruePredicate\n")),
    Case("activation-missing", RULE, extension={"NSExtension": declared(attributes={})}),
    Case("activation-elsewhere", RULE, extension=keyboard(NSExtensionActivationRule=TEXT)),
    Case("activation-form", RULE, extension=rule(7)),
    Case("activation-form", RULE, extension=rule("")),
    Case("activation-form", f"{RULE}.NSExtensionActivationSupportsImageWithMaxCount",
         extension=rule({"NSExtensionActivationSupportsImageWithMaxCount": "2"})),
    Case("activation-nothing", RULE, extension=rule({"NSExtensionActivationSupportsText": False})),
    Case("activation-key", f"{RULE}.NSExtensionActivationSupportsTextWithMaxCount",
         extension=rule({**TEXT, "NSExtensionActivationSupportsTextWithMaxCount": 1})),
    Case("activation-eaten", RULE,
         extension=rule("SUBQUERY(extensionItems, , SUBQUERY(.attachments, , TRUE))")),
    Case("activation-script", f"{ATTRIBUTES}.NSExtensionJavaScriptPreprocessingFile",
         extension={"NSExtension": declared(attributes={
             "NSExtensionActivationRule": TEXT, "NSExtensionJavaScriptPreprocessingFile": "a"})}),
    Case("keyboard-switch", f"{ATTRIBUTES}.RequestsOpenAccess",
         extension=keyboard(RequestsOpenAccess="YES")),
    Case("keyboard-language", f"{ATTRIBUTES}.PrimaryLanguage",
         extension=keyboard(PrimaryLanguage="english language")),
    Case("keyboard-language", f"{ATTRIBUTES}.PrimaryLanguage",
         extension={"NSExtension": declared(KEYBOARD)}),
    Case("full-access", f"{ATTRIBUTES}.RequestsOpenAccess",
         extension={"NSExtension": declared(attributes={
             "NSExtensionActivationRule": TEXT, "RequestsOpenAccess": True})}),
    Case("scheme-form", "CFBundleURLTypes[0].CFBundleURLSchemes[0]",
         app={"CFBundleURLTypes": [{"CFBundleURLSchemes": ["notes://"]}]}),
    Case("scheme-form", "LSApplicationQueriesSchemes[1]",
         app={"LSApplicationQueriesSchemes": ["notes", "my_notes"]}),
    Case("scheme-reserved", "CFBundleURLTypes[0].CFBundleURLSchemes[0]",
         app={"CFBundleURLTypes": [{"CFBundleURLSchemes": ["HTTPS"]}]}),
    Case("scheme-twice", "CFBundleURLTypes[1].CFBundleURLSchemes[0]",
         app={"CFBundleURLTypes": [*SCHEMES, {"CFBundleURLSchemes": ["NOTES"]}]}),
    Case("scheme-of-extension", "CFBundleURLTypes", extension={"CFBundleURLTypes": SCHEMES}),
    Case("queries-too-many", "LSApplicationQueriesSchemes",
         app={"LSApplicationQueriesSchemes": [f"s{number}" for number in range(51)]}),
    Case("queries-twice", "LSApplicationQueriesSchemes",
         app={"LSApplicationQueriesSchemes": ["notes", "Notes"]}),
    Case("entitlements-types", f"{GROUPS}[1]",
         app_rights={GROUPS: [GROUP, "com.example.notes"]}),
    Case("group-not-in-app", GROUPS, extension_rights={GROUPS: [GROUP, "group.other"]}),
    Case("group-not-in-extension", GROUPS, extension_rights={GROUPS: None}),
    Case("team-mismatch", TEAM, extension_rights={TEAM: "OTHER12345"}),
    Case("team-missing", DOMAINS, app_rights={DOMAINS: ["applinks:example.com"], TEAM: None}),
    Case("entitlement-misspelt", "com.apple.security.application-group",
         app_rights={"com.apple.security.application-group": [GROUP]}),
    Case("entitlement-without-effect", "", app_rights={"aps-environment": "development"}),
    Case("variable-left", "CFBundleDisplayName", app={"CFBundleDisplayName": "$(WHO:lower)"}),
    Case("infoplist-key", "INFOPLIST_KEY_CFBundleDisplayName",
         app={"INFOPLIST_KEY_CFBundleDisplayName": "Notes"}),
    Case("key-misspelt", "CFBundleURLType", app={"CFBundleURLType": SCHEMES}),
    Case("key-misspelt", f"{ATTRIBUTES}.NSExtensionJavascriptPreprocessFile",
         extension={"NSExtension": declared(attributes={
             "NSExtensionActivationRule": TEXT, "NSExtensionJavascriptPreprocessFile": "a"})}),
]  # fmt: skip
"""Each rule that one change to a proper bundle brings about, and it alone."""

WITH_OTHERS = {
    "identifier-twice", "identifier-of-app", "extension-place", "groups-too-many",
    "point-declared-elsewhere", "content-category", "entitlement-misplaced", "scheme-shared",
}  # fmt: skip
"""Rules that have a test of their own below."""

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """``make(case)`` writes a proper app, with the changes of a case, and returns its path."""

    def write(case: Case | None = None) -> Path:
        case = case or Case("", "")
        app = tmp_path / "Notes.app"
        share = app / "PlugIns" / "Share.appex"
        _write(app, APP, case.app, RIGHTS, case.app_rights)
        _write(share, EXTENSION, case.extension, RIGHTS, case.extension_rights)

        for name in case.files:
            (app / name).parent.mkdir(parents=True, exist_ok=True)
            (app / name).write_bytes(plistlib.dumps({}))

        for name in case.gone:
            (app / name).unlink()

        return app

    return write


def _write(
    folder: Path,
    keys: Mapping[str, object],
    changes: Mapping[str, object],
    rights: Mapping[str, object],
    rights_changes: Mapping[str, object],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = folder.stem
    (folder / "Info.plist").write_bytes(plistlib.dumps(_changed(keys, changes)))
    (folder / f"{name}.entitlements").write_bytes(plistlib.dumps(_changed(rights, rights_changes)))
    (folder / f"{name}.py").touch()


def _changed(keys: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in {**keys, **changes}.items() if value is not None}


def subject(app: Path) -> Subject:
    return read_subject(app, label=app.name)


def found(app: Path) -> list[Finding]:
    return findings(subject(app))


def ids(app: Path) -> list[str]:
    return [finding.rule.id for finding in found(app)]


def test_a_proper_app_has_nothing_wrong(make: Make) -> None:
    assert found(make()) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}:{case.key[-30:]}")
def test_one_change_brings_about_one_finding(case: Case, make: Make) -> None:
    (finding,) = found(make(case))

    assert (finding.rule.id, finding.key) == (case.rule, case.key)
    assert finding.problem[0] not in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" or " " in finding.problem
    assert not finding.problem.endswith(".") or finding.rule.id == "identifier-prefix"


def test_each_rule_has_a_test() -> None:
    assert {case.rule for case in CASES} | WITH_OTHERS == {rule.id for rule in RULES}
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.rule in {rule.id for rule in INSTALL_RULES}],
    ids=lambda case: case.rule,
)
def test_what_lint_says_of_the_installation_is_what_is_refused(case: Case, make: Make) -> None:
    app = make(case)
    (finding,) = found(app)

    with pytest.raises(BundleError) as caught:
        read_bundle(app)

    assert (caught.value.file, caught.value.key, caught.value.problem) == (
        finding.file, finding.key, finding.problem,
    )  # fmt: skip


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.rule not in {rule.id for rule in INSTALL_RULES}],
    ids=lambda case: case.rule,
)
def test_everything_else_is_installed_with_all_its_keys(case: Case, make: Make) -> None:
    bundle = read_bundle(make(case))
    (share,) = bundle.extensions

    assert set(case.app) - {"CFBundleDisplayName"} <= {*APP, *bundle.info.raw, *NAMED}
    assert share.extension_point


NAMED = {"CFBundleURLTypes", "LSApplicationQueriesSchemes", "NSExtension"}


def test_a_finding_has_its_line(make: Make) -> None:
    app = make(Case("", "", app={"CFBundleURLTypes": [{"CFBundleURLSchemes": ["a", "b:"]}]}))
    (finding,) = found(app)
    line = (app / "Info.plist").read_text().splitlines()[finding.line - 1]

    assert line.strip() == "<string>b:</string>"


def test_a_finding_in_a_binary_list_has_none(make: Make) -> None:
    app = make()
    (app / "Info.plist").write_bytes(
        plistlib.dumps({**APP, "CFBundleVersion": ""}, fmt=plistlib.FMT_BINARY)
    )
    first = found(app)[0]

    assert (first.rule.id, first.line) == ("version-form", 0)


def test_extensions_of_one_identifier_are_told_by_the_second(make: Make) -> None:
    app = make()
    twin = {**EXTENSION, "CFBundleIdentifier": "com.example.Notes.share", "CFBundleExecutable": "T"}
    _write(app / "PlugIns" / "T.appex", twin, {}, RIGHTS, {})
    (finding,) = found(app)

    assert (finding.rule.id, finding.bundle) == ("identifier-twice", "Notes.app/PlugIns/T.appex")


def test_the_short_version_is_numbers(make: Make) -> None:
    changes = {"CFBundleShortVersionString": "one"}
    told = found(make(Case("", "", app=changes, extension=changes)))

    assert [finding.rule.id for finding in told] == ["version-form"] * 2
    assert told[0].problem == "it is 'one'; it should be one to three numbers with dots"


def test_extensions_lie_where_their_kind_belongs(make: Make) -> None:
    app = make()
    (app / "PlugIns").rename(app / "Extensions")
    (finding,) = found(app)

    assert finding.rule.id == "extension-place"
    assert finding.advice == "move it to PlugIns"


@pytest.mark.parametrize(
    ("point", "told"),
    [
        ("com.apple.photos.background-upload", []),
        ("com.apple.matter.support.extension.device-setup", []),
        ("com.apple.intents-service", ["point-declared-elsewhere"]),
    ],
)
def test_what_is_declared_for_extensionkit_is_wrong_where_the_point_is_older(
    make: Make, point: str, told: list[str]
) -> None:
    kit = {"EXExtensionPointIdentifier": point}
    app = make(Case("", "", extension={"NSExtension": None, "EXAppExtensionAttributes": kit}))
    (app / "PlugIns").rename(app / "Extensions")

    assert ids(app) == ["point-not-simulated", *told]


@pytest.mark.parametrize("key", ["WebPageWithMaxCount", "WebURLWithMaxCount"])
def test_a_script_runs_on_pages_and_on_the_pages_of_links(make: Make, key: str) -> None:
    share = declared(
        attributes={
            "NSExtensionActivationRule": {f"NSExtensionActivationSupports{key}": 1},
            "NSExtensionJavaScriptPreprocessingFile": "Action",
        }
    )

    assert ids(make(Case("", "", extension={"NSExtension": share}))) == []


def test_app_intents_are_declared_for_extensionkit(make: Make) -> None:
    point = "com.apple.appintents-extension"
    wrong = make(Case("", "", extension={"NSExtension": declared(point)}))

    assert "point-declared-elsewhere" in ids(wrong)

    kit = {"EXExtensionPointIdentifier": point}
    right = make(Case("", "", extension={"NSExtension": None, "EXAppExtensionAttributes": kit}))
    (right / "PlugIns").rename(right / "Extensions")

    assert ids(right) == ["point-not-simulated"]


def test_a_notification_content_extension_needs_category_and_size(make: Make) -> None:
    point = "com.apple.usernotifications.content-extension"
    app = make(Case("", "", extension={"NSExtension": declared(point)}))
    keys = {finding.key.rpartition(".")[2] for finding in found(app)}

    assert keys == {
        "NSExtensionPointIdentifier", "UNNotificationExtensionCategory",
        "UNNotificationExtensionInitialContentSizeRatio",
    }  # fmt: skip


def test_only_notification_services_filter(make: Make) -> None:
    filtering = "com.apple.developer.usernotifications.filtering"
    app = make(Case("", "", extension_rights={filtering: True}))

    assert "entitlement-misplaced" in ids(app)


def test_too_many_groups_are_told_where_they_become_too_many(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.bundles.lint.rights.GROUPS_MAX", 1)
    app = make(Case("", "", extension_rights={GROUPS: [GROUP, "group.other"]}))

    assert "groups-too-many" in ids(app)


def test_a_browser_may_claim_the_webs_schemes(make: Make) -> None:
    case = Case(
        "",
        "",
        app={"CFBundleURLTypes": [{"CFBundleURLSchemes": ["https"]}]},
        app_rights={"com.apple.developer.web-browser": True},
    )

    assert "scheme-reserved" not in ids(make(case))


def test_a_suggestion_names_what_was_meant(make: Make) -> None:
    cases = {
        "com.apple.keyboard-services": KEYBOARD,
        "com.apple.Share-services": "com.apple.share-services",
        "com.apple.widget-kit-extension": WIDGET,
    }
    said = {
        wrong: next(
            finding.advice
            for finding in found(make(Case("", "", extension={"NSExtension": declared(wrong)})))
            if finding.rule.id == "point-unknown"
        )
        for wrong in cases
    }

    assert said == {wrong: f"did you mean {meant}?" for wrong, meant in cases.items()}


def test_a_broken_list_is_one_finding_and_its_neighbours_are_still_looked_at(make: Make) -> None:
    app = make(Case("", "", extension={"CFBundleVersion": ""}))
    (app / "Info.plist").write_bytes(b"<plist><dict>")

    assert ids(app) == ["unreadable", "version-form"]


def test_an_extension_alone_is_looked_at_without_its_app(make: Make) -> None:
    share = make(Case("", "", extension={"CFBundleIdentifier": "org.other"})) / "PlugIns"

    assert ids(share / "Share.appex") == []


def test_one_rule_tells_no_more_than_its_limit(make: Make) -> None:
    schemes = [f"a_{number}" for number in range(FINDINGS_MAX + 10)]
    app = make(Case("", "", app={"CFBundleURLTypes": [{"CFBundleURLSchemes": schemes}]}))

    assert ids(app) == ["scheme-form"] * FINDINGS_MAX


def test_an_installation_says_what_never_starts_and_what_is_misspelt(make: Make) -> None:
    case = Case(
        "",
        "",
        extension={"NSExtension": declared("com.apple.intents-service")},
        app_rights={"com.apple.security.application-group": [GROUP], "aps-environment": "x"},
    )
    told, noted = remarks_of(subject(make(case)))

    misspelt, never_started = told

    assert misspelt == (
        "com.example.Notes: com.apple.security.application-group is ignored: "
        f"did you mean {GROUPS}?"
    )
    assert never_started == (
        "com.example.Notes.Share: NSExtension.NSExtensionPointIdentifier: "
        "com.apple.intents-service (Intents) is not simulated: the extension is installed and "
        "listed, and never started"
    )
    assert noted == ["com.example.Notes: without effect in this simulator: aps-environment"]
