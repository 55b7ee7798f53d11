"""What Xcode's build does to property lists: variables expanded, generated keys put in.

An app's plists and its extensions' become one ``.app`` with ``PlugIns``, without programs.
"""

import os
import plistlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from simulator.simctl.arguments import Usage, suggestion
from simulator.simctl.picture import harmless
from simulator.simctl.session import note
from simulator.xpc.errors import Misuse, WorldError

if TYPE_CHECKING:
    from simulator.bundles.project import Target

__all__ = ("built", "variables_of", "written_out")

_IDENTIFIER: Final = "PRODUCT_BUNDLE_IDENTIFIER"
_RIGHTS: Final = "CODE_SIGN_ENTITLEMENTS"
_TEAM: Final = "DEVELOPMENT_TEAM"
_NO_TEAM: Final = "EXAMPLE123"
_TEAM_KEYS: Final = ("com.apple.developer.team-identifier", "application-identifier")
_GROUPS: Final = "com.apple.security.application-groups"

_Variables = dict[str, str]


def variables_of(settings: list[str]) -> _Variables:
    """Return what ``--set`` options say: ``VAR`` or ``TARGET:VAR`` → value.

    Raises:
        Usage: One is no ``VAR=value``.
    """
    found = {}

    for setting in settings:
        name, equals, value = setting.partition("=")

        if not equals or not name.rpartition(":")[2]:
            raise Usage(f"--set takes VAR=value or TARGET:VAR=value, not {setting!r}")

        found[name] = value

    return found


def written_out(bundle: Path, variables: _Variables, *, may_change: bool) -> None:
    """Expand variables in the plists and entitlements of a built bundle, where there are any.

    Raises:
        Misuse: A file would be changed, and may not be.
        BundleError: A property list cannot be read.
    """
    from simulator.bundles.expansion import expand
    from simulator.bundles.lint.subject import read_subject
    from simulator.bundles.plist import read_plist

    for subject in read_subject(bundle, label=bundle.name).everyone():
        known = {**_usual(subject.stem, subject.kind, variables), **_own(subject.stem, variables)}

        for path, name in (
            (subject.info_path, subject.info_file),
            (subject.rights_path, subject.rights_file),
        ):
            if path is None:
                continue

            keys = read_plist(path, name=name)
            expanded = cast("dict[str, object]", expand(keys, known))

            if expanded == keys:
                continue

            if not may_change:
                raise Misuse(f"{name} would be changed: give --output for a copy, or --force")

            is_binary = path.read_bytes().startswith(b"bplist")
            form = plistlib.FMT_BINARY if is_binary else plistlib.FMT_XML
            _write(path, _dumped(expanded, form))
            print(harmless(f"Changed {os.path.relpath(path)}"))


def built(source: Path, output: Path, chosen: str, variables: _Variables, *, force: bool) -> Path:
    """Put the bundle of a source folder's app together, and return it.

    Raises:
        Misuse: There is no app, or several; a variable that must have a value has none; or
            something is in the way.
    """
    from simulator.bundles.project import read_project

    targets, faults = read_project(source)

    for fault in faults:
        note(harmless(f"left out: {fault}"))

    for target in targets:
        if target.why_not:
            note(harmless(f"left out: {target.info.relative_to(source)}: {target.why_not}"))

    usable = [target for target in targets if not target.why_not]
    app = _the_app(usable, chosen)
    _expect_targets(variables, [target.name for target in usable])
    folder = output / f"{app.name}.app"
    building = _Building(source, variables)
    building.add(app, folder)

    for target in usable:
        if target.kind == "extension":
            place = "PlugIns" if "NSExtension" in target.keys else "Extensions"
            building.add(target, folder / place / f"{target.name}.appex")

    building.expect_complete()
    in_the_way = [path for path in building.files if os.path.lexists(path)]

    if in_the_way and not force:
        listed = "".join(f"\n\t{os.path.relpath(path)}" for path in in_the_way)
        raise Misuse(f"Nothing was made, because this is in the way (--force):{listed}")

    for path in {parent for each in building.files for parent in each.parents}:
        if path.is_relative_to(folder) and path.is_symlink():
            raise Misuse(f"Nothing was made, because {os.path.relpath(path)} is a link")

    for path, content in building.files.items():
        _write(path, content)
        print(harmless(f"Created {os.path.relpath(path)}"))

    return folder


def _the_app(targets: list["Target"], chosen: str) -> "Target":
    apps = {target.name: target for target in targets if target.kind == "app"}
    listed = ", ".join(apps)

    if chosen and chosen not in apps:
        close = suggestion(chosen, apps)
        hint = f"; did you mean {close}?" if close else ""
        raise Misuse(f"no app here is called {chosen} (apps: {listed or 'none'}){hint}")

    if not apps:
        raise Misuse("there is no app's Info.plist here, only extensions: an app contains them")

    if not chosen and len(apps) > 1:
        raise Misuse(f"there are several apps here: give --app, one of {listed}")

    return apps[chosen] if chosen else next(iter(apps.values()))


def _expect_targets(variables: _Variables, names: list[str]) -> None:
    for setting in variables:
        target = setting.rpartition(":")[0]

        if target and target not in names:
            close = suggestion(target, names)
            hint = f"; did you mean {close}?" if close else ""
            raise Misuse(f"--set {setting}: no target is called {target}{hint}")


class _Building:
    """The files of an app and its extensions, before one of them is written.

    Args:
        source: The source folder.
        variables: What ``--set`` says.
    """

    def __init__(self, source: Path, variables: _Variables) -> None:
        self._source = source
        self._variables = variables
        self._app_id = ""
        self._missing: list[str] = []
        self.files: dict[Path, bytes] = {}

    def add(self, target: "Target", folder: Path) -> None:
        """Add a target's files; the app is the first."""
        from simulator.bundles.expansion import expand

        known = _known(target, self._variables, self._app_id)
        keys = cast("dict[str, object]", expand(dict(target.keys), known))
        keys = {**_generated(known), **keys}
        identifier = keys["CFBundleIdentifier"]

        if not isinstance(identifier, str) or not identifier or "$" in identifier:
            self._need(f"{target.name} has no bundle identifier", [_IDENTIFIER])
        elif not self._app_id:
            self._app_id = identifier

        self.files[folder / "Info.plist"] = _dumped(keys)
        _say_left(target.info.relative_to(self._source), keys)
        rights = _rights(target, self._source, self._variables)

        if rights is not None:
            self._add_rights(target, rights, folder, known)

    def _add_rights(self, target: "Target", rights: Path, folder: Path, known: _Variables) -> None:
        from simulator.bundles.expansion import expand, variables_in
        from simulator.bundles.plist import read_plist

        keys = cast("dict[str, object]", expand(read_plist(rights, name=rights.name), known))
        groups = keys.get(_GROUPS)
        left = variables_in(str(group) for group in groups) if isinstance(groups, list) else []

        if left:
            self._need(f"the App Groups of {target.name} hold build variables", left)
        else:
            _say_left(rights.relative_to(self._source), keys)

        if not any(key in keys for key in _TEAM_KEYS):  # signing would add them
            keys[_TEAM_KEYS[0]] = known["AppIdentifierPrefix"].removesuffix(".")

        self.files[folder / f"{target.name}.entitlements"] = _dumped(keys)

    def _need(self, why: str, names: list[str]) -> None:
        for name in names:
            self._missing.append(f"--set {name}=…  ({why})")

    def expect_complete(self) -> None:
        """Name every variable without which the bundle could not be installed.

        Raises:
            Misuse: There are some.
        """
        if self._missing:
            listed = "".join(f"\n\t{each}" for each in dict.fromkeys(self._missing))
            raise Misuse(f"Nothing was made, because these have no value:{listed}")


def _say_left(file: Path, keys: Mapping[str, object]) -> None:
    """Name the variables that stay, with the flag that would set them."""
    from simulator.bundles.lint.variables import found_variables, place_of

    for name, key in found_variables(keys).items():
        sentence = f"{file}: {key}: {name} is not expanded: --set {name}=… ({place_of(name)})"
        note(harmless(sentence))


def _known(target: "Target", variables: _Variables, app_id: str) -> _Variables:
    """Return the build variables of a target: the usual ones, those of all, those of its own."""
    from simulator.bundles.expansion import identifier_of

    own = _own(target.name, variables)
    known = {**_usual(target.name, target.kind, variables), **own}

    if app_id and f"{target.name}:{_IDENTIFIER}" not in variables:
        known[_IDENTIFIER] = f"{app_id}.{identifier_of(target.name.replace(' ', '-'))}"

    if _IDENTIFIER in known:
        known["CFBundleIdentifier"] = known[_IDENTIFIER]

    return known


def _own(name: str, variables: _Variables) -> _Variables:
    general = {key: value for key, value in variables.items() if ":" not in key}
    own = {
        key.rpartition(":")[2]: value
        for key, value in variables.items()
        if key.rpartition(":")[0] == name
    }

    return {**general, **own}


def _usual(name: str, kind: str, variables: _Variables) -> _Variables:
    from simulator.bundles.expansion import module_name_of, team_prefix

    product = _own(name, variables).get("PRODUCT_NAME", name)
    team = _own(name, variables).get(_TEAM, _NO_TEAM)

    return {
        "AppIdentifierPrefix": team_prefix(team),
        "CURRENT_PROJECT_VERSION": "1",
        "DEVELOPMENT_LANGUAGE": "en",
        "EXECUTABLE_NAME": product,
        "MARKETING_VERSION": "1.0",
        "PRODUCT_BUNDLE_PACKAGE_TYPE": "APPL" if kind == "app" else "XPC!",
        "PRODUCT_MODULE_NAME": module_name_of(product),
        "PRODUCT_NAME": product,
        "TARGET_NAME": name,
        "TeamIdentifierPrefix": team_prefix(team),
    }


def _generated(known: _Variables) -> dict[str, object]:
    """Return the keys that Xcode writes where the source has none."""
    return {
        "CFBundleIdentifier": known.get(_IDENTIFIER, ""),
        "CFBundleExecutable": known["EXECUTABLE_NAME"],
        "CFBundleName": known["PRODUCT_NAME"],
        "CFBundlePackageType": known["PRODUCT_BUNDLE_PACKAGE_TYPE"],
        "CFBundleShortVersionString": known["MARKETING_VERSION"],
        "CFBundleVersion": known["CURRENT_PROJECT_VERSION"],
    }


def _rights(target: "Target", source: Path, variables: _Variables) -> Path | None:
    asked = variables.get(f"{target.name}:{_RIGHTS}")

    if asked is not None:
        path = source / asked

        if not path.is_file():
            raise Misuse(
                f"--set {target.name}:{_RIGHTS}={asked}: there is no such file in {source}"
            )

        return path

    if len(target.rights) > 1:
        listed = ", ".join(str(path.relative_to(source)) for path in target.rights)
        raise Misuse(
            f"{target.name} may have several entitlements ({listed}): "
            f"give --set '{target.name}:{_RIGHTS}=…'"
        )

    return target.rights[0] if target.rights else None


def _dumped(keys: object, form: plistlib.PlistFormat = plistlib.FMT_XML) -> bytes:
    return plistlib.dumps(_without_zones(keys), fmt=form, sort_keys=False)


def _without_zones(value: Any) -> Any:
    """Return a value whose dates plistlib writes as what they are: UTC, unsaid."""
    match value:
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None)
        case list():
            return [_without_zones(item) for item in value]
        case dict():
            return {key: _without_zones(item) for key, item in value.items()}
        case _:
            return value


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.unlink(missing_ok=True)

        with new.open("xb") as file:
            file.write(content)

        new.replace(path)
    except OSError as problem:
        raise WorldError(f"{path} cannot be written: {problem.strerror}") from problem
