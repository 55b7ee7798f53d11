"""Info.plist: the keys that the simulator knows, as frozen values; all others are kept.

Every Info.plist that Xcode produces is accepted. Build variables that Xcode would have expanded
(``$(EXECUTABLE_NAME)``) are tolerated in optional keys, where they count as absent; in
``CFBundleIdentifier`` they are an error, because nothing can be installed under such a name.

Source: Apple, Information Property List Key Reference; App Extension Keys.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    ValidationError,
)

from simulator.bundles.faults import build_variable, bundle_error, bundle_errors
from simulator.bundles.plist import read_plist
from simulator.bundles.tree import name_problem
from simulator.xpc.errors import BundleError

__all__ = (
    "BUNDLE_ID_MAX",
    "EMBEDDED_MAX",
    "ExtensionInfo",
    "ExtensionKitInfo",
    "InfoPlist",
    "UrlType",
    "info_faults",
    "parse_info",
    "read_info",
)

BUNDLE_ID_MAX: Final = 155
"""The longest bundle identifier, in bytes: App Store Connect's limit."""

EMBEDDED_MAX: Final = 100
"""How many extensions an app may embed: Apple documents no number, but each is a container."""

_FILE_NAME_MAX = 240  # bytes: a name has 255 on Linux, and ".py" or ".appex" is added
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9.-]")


def _check_identifier(value: str) -> str:
    variable = build_variable(value)

    if variable is not None:
        raise ValueError(
            f"the build variable {variable} is still in it; it should be the name that Xcode "
            "puts there, for example com.example.Notes"
        )

    stranger = _NOT_IN_ID.search(value)

    if stranger is not None:
        raise ValueError(
            f"it holds the character {stranger.group()!r}; "
            "it should have letters, digits, '-' and '.' only"
        )

    if not value or value[0] == "." or value[-1] == "." or ".." in value:
        raise ValueError("it should be words with one dot between them, as com.example.Notes")

    if len(value) > BUNDLE_ID_MAX:
        raise ValueError(f"it has {len(value)} bytes; the limit is {BUNDLE_ID_MAX}")

    return value


def _check_shown(value: str) -> str:
    problem = name_problem(value)

    if problem is not None:
        raise ValueError(f"it {problem}")

    return value


def _check_file_name(value: str) -> str:
    if not value or "/" in value or "\0" in value or ".." in value or value == ".":
        raise ValueError(
            f"it is {value!r}; it should be a plain file name, without '/' and without '..'"
        )

    if len(_check_shown(value).encode()) > _FILE_NAME_MAX:
        raise ValueError(f"it has more than {_FILE_NAME_MAX} bytes, which is the limit")

    return value


def _check_embedded(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) > EMBEDDED_MAX:
        raise ValueError(f"it lists {len(values)} extensions; the limit is {EMBEDDED_MAX}")

    seen: set[str] = set()

    for value in values:
        if not value.endswith(".appex") or value.startswith("."):
            raise ValueError(
                f"it lists {value!r}; each entry should be a folder's name such as Share.appex"
            )

        _check_file_name(value)

        if value in seen:
            raise ValueError(f"it lists {value} twice; once is enough")

        seen.add(value)

    return values


def _check_point(value: str) -> str:
    if not value.strip():
        raise ValueError(
            "it is empty; it should name the extension point, for example com.apple.share-services"
        )

    return value


def _number_as_text(value: object) -> object:
    # Hand-written plists give versions as <integer> or <real> where Xcode writes <string>.
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)

    return value


_Version = Annotated[StrictStr, BeforeValidator(_number_as_text)]
_Name = Annotated[StrictStr, AfterValidator(_check_shown)]
_Point = Annotated[StrictStr, AfterValidator(_check_point)]


class _Keys(BaseModel):
    """A dictionary of a property list: known keys are fields, others stay in ``raw``."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @property
    def raw(self) -> dict[str, object]:
        """The keys that this simulator does not know, as they were read."""
        return dict(self.model_extra or {})


class UrlType(_Keys):
    """One entry of ``CFBundleURLTypes``: a group of URL schemes that the app opens."""

    name: StrictStr = Field("", alias="CFBundleURLName")
    schemes: tuple[StrictStr, ...] = Field((), alias="CFBundleURLSchemes")


class ExtensionInfo(_Keys):
    """The ``NSExtension`` dictionary; its keys count only as its direct children."""

    point: _Point = Field(alias="NSExtensionPointIdentifier")
    principal_class: StrictStr = Field("", alias="NSExtensionPrincipalClass")
    main_storyboard: StrictStr = Field("", alias="NSExtensionMainStoryboard")
    attributes: dict[str, object] = Field(default_factory=dict, alias="NSExtensionAttributes")

    @property
    def activation_rule(self) -> object:
        """``NSExtensionActivationRule`` as it was read (dictionary or string), or None."""
        return self.attributes.get("NSExtensionActivationRule")


class ExtensionKitInfo(_Keys):
    """``EXAppExtensionAttributes``: what ExtensionKit's newer points have for NSExtension."""

    point: _Point = Field(alias="EXExtensionPointIdentifier")
    principal_class: StrictStr = Field("", alias="EXPrincipalClass")


class InfoPlist(_Keys):
    """What the simulator reads from an Info.plist.

    Strings are empty and tuples are empty where the key is missing. ``embedded_extensions`` is our
    own key, ``SIMEmbeddedExtensions``: the ``.appex`` folders that an app of a source tree embeds.
    """

    bundle_id: Annotated[StrictStr, AfterValidator(_check_identifier)] = Field(
        alias="CFBundleIdentifier",
    )
    executable: Annotated[StrictStr, AfterValidator(_check_file_name)] = Field(
        alias="CFBundleExecutable",
    )
    name: _Name = Field("", alias="CFBundleName")
    display_name: _Name = Field("", alias="CFBundleDisplayName")
    package_type: StrictStr = Field("", alias="CFBundlePackageType")
    short_version: _Version = Field("", alias="CFBundleShortVersionString")
    version: _Version = Field("", alias="CFBundleVersion")
    url_types: tuple[UrlType, ...] = Field((), alias="CFBundleURLTypes")
    queries_schemes: tuple[StrictStr, ...] = Field((), alias="LSApplicationQueriesSchemes")
    extension: ExtensionInfo | None = Field(None, alias="NSExtension")
    extension_kit: ExtensionKitInfo | None = Field(None, alias="EXAppExtensionAttributes")
    embedded_extensions: Annotated[
        tuple[StrictStr, ...],
        AfterValidator(_check_embedded),
    ] = Field((), alias="SIMEmbeddedExtensions")


def parse_info(keys: dict[str, object], *, file: str, stem: str) -> InfoPlist:
    """Return the value of an Info.plist that was read already.

    Args:
        keys: The property list's top-level dictionary.
        file: What errors call the file.
        stem: The bundle folder's name without its suffix: the executable's name where
            ``CFBundleExecutable`` is missing or still holds a build variable.

    Raises:
        BundleError: A key is missing or wrong; the error names its path.
    """
    executable = keys.get("CFBundleExecutable")

    if executable is None or (
        isinstance(executable, str) and build_variable(executable) is not None
    ):
        keys = {**keys, "CFBundleExecutable": stem}

    try:
        return InfoPlist.model_validate(keys)
    except ValidationError as error:
        raise bundle_error(error, file=file) from error


def info_faults(keys: dict[str, object], *, file: str, stem: str) -> list[BundleError]:
    """Return all that :func:`parse_info` would refuse, not the first alone."""
    try:
        parse_info(keys, file=file, stem=stem)
    except BundleError as error:
        cause = error.__cause__

        return bundle_errors(cause, file=file) if isinstance(cause, ValidationError) else [error]

    return []


def read_info(folder: Path, *, name: str) -> InfoPlist:
    """Return the Info.plist at a bundle's root.

    Args:
        folder: The bundle, ``.app`` or ``.appex``.
        name: What errors call that folder.

    Raises:
        BundleError: The file is missing, is no property list, or a key is missing or wrong.
    """
    file = f"{name}/Info.plist"

    if not os.path.lexists(folder / "Info.plist"):
        problem = "the file is missing; every bundle should have one that says what it is"

        raise BundleError(file, "", problem)

    return parse_info(read_plist(folder / "Info.plist", name=file), file=file, stem=folder.stem)
