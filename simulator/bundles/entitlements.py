"""Entitlements: what a bundle may do, from the one file at its root.

Xcode seals entitlements into the signature; here they lie beside the Info.plist, under the name
that the project uses (``Notes.entitlements``) or the one that Xcode's build folder uses. A bundle
without the file has none. Source: Apple, Entitlements; App Groups Entitlement.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr, ValidationError

from shared_container import protection
from simulator.bundles.faults import build_variable, bundle_error, bundle_errors, describe
from simulator.xpc.errors import BundleError

__all__ = (
    "ARCHIVED_NAME",
    "GROUPS_KEY",
    "GROUPS_MAX",
    "GROUP_ID_MAX",
    "Entitlements",
    "entitlements_faults",
    "entitlements_file",
    "ignored",
    "parse_entitlements",
)

ARCHIVED_NAME: Final = "archived-expanded-entitlements.xcent"
"""The file's other name: what Xcode's build leaves in a simulator's bundle."""

GROUP_ID_MAX: Final = 155
"""The longest App Group identifier, in bytes, so that files can be named after it."""

GROUPS_KEY: Final = "com.apple.security.application-groups"
"""The entitlement that names the App Groups."""

GROUPS_MAX: Final = 50
"""How many App Groups an app may be in, with its extensions.

Apple documents no number. Here each group is a container with its folders, which the host makes at
once and which every launch hands on: thousands of them would keep the whole device waiting.
"""

_SWITCHES: Final = (
    "com.apple.developer.web-browser-engine.restrict.notifyd",
    "com.apple.notify.root_access",
)
"""Entitlements that are on or off, and that notifyd honours."""

_RESTRICTED_POST: Final = "com.apple.private.darwin-notification.restrict-post."
_SWITCH_MAX: Final = 256  # a longer one is not honoured

_RESEMBLES: Final = 0.85  # difflib's ratio; com.apple.developer.… have much in common
_RESEMBLES_A_SWITCH: Final = 0.95  # Apple has a dozen more that begin with the same words
_REMARKS_MAX: Final = 20
_LOOKED_AT_MAX: Final = 300  # to compare words takes time, and a file may hold any number of keys
_KEY_SHOWN_MAX: Final = 200
_PREFIX = re.compile(r"([A-Z0-9]{10})\.", re.ASCII)
_GROUP = re.compile(r"group(\.[A-Za-z0-9_-]+)+", re.ASCII)


def _check_group(value: str) -> str:
    variable = build_variable(value)

    if variable is not None:
        raise ValueError(
            f"the build variable {variable} is still in it; it should be the group's name, "
            "for example group.com.example.notes"
        )

    if not value.startswith("group."):
        raise ValueError(
            f"it is {value!r}; an App Group's name should start with 'group.', "
            "for example group.com.example.notes"
        )

    # The name becomes a part of file names (preferences, shared memory), so it may hold no path.
    if not _GROUP.fullmatch(value):
        raise ValueError(
            f"it is {value!r}; it should be words of letters, digits, '-' and '_', "
            "with one dot between them"
        )

    if len(value) > GROUP_ID_MAX:
        raise ValueError(f"it has {len(value)} bytes; the limit is {GROUP_ID_MAX}")

    return value


def _check_groups(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) > GROUPS_MAX:
        raise ValueError(f"it lists {len(values)} groups; the limit is {GROUPS_MAX}")

    return values


def _check_protection(value: str) -> str:
    if value not in protection.NUMBERS:
        raise ValueError(f"it is {value!r}; it should be one of {', '.join(protection.NUMBERS)}")

    return value


_Group = Annotated[StrictStr, AfterValidator(_check_group)]


class Entitlements(BaseModel):
    """The entitlements that the simulator knows; all others stay in ``raw``."""

    model_config = ConfigDict(frozen=True, extra="allow")

    application_groups: Annotated[
        tuple[_Group, ...],
        AfterValidator(_check_groups),
    ] = Field((), alias=GROUPS_KEY)
    application_identifier: StrictStr = Field("", alias="application-identifier")
    team_identifier: StrictStr = Field("", alias="com.apple.developer.team-identifier")
    associated_domains: tuple[StrictStr, ...] = Field(
        (),
        alias="com.apple.developer.associated-domains",
    )
    data_protection: Annotated[StrictStr, AfterValidator(_check_protection)] = Field(
        protection.DEFAULT, alias=protection.ENTITLEMENT
    )
    keychain_access_groups: tuple[StrictStr, ...] = Field((), alias="keychain-access-groups")

    @property
    def raw(self) -> dict[str, object]:
        """The entitlements without a field of their own, as they were read."""
        return dict(self.model_extra or {})

    @property
    def team(self) -> str:
        """The team's identifier: its own key, else what precedes the application identifier.

        Signing adds both, and an entitlements file of a project has neither: there the keychain's
        groups tell it, once ``$(AppIdentifierPrefix)`` is expanded.
        """
        team = self.team_identifier or self.application_identifier.partition(".")[0]

        if team:
            return "" if build_variable(team) is not None else team

        prefixes = map(_PREFIX.match, self.keychain_access_groups)

        return next((prefix[1] for prefix in prefixes if prefix is not None), "")


def ignored(keys: Mapping[str, object]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the entitlements that nothing here reads: the misspelt ones, and the others.

    A key that resembles one which would have had an effect is a mistake more often than not, and
    one that nobody is told of: the group is nil, and the file looks right. It comes with what it
    was meant to be; it is sought among the first few hundred.
    """
    import difflib

    fields = [str(field.alias) for field in Entitlements.model_fields.values()]
    known = [*fields, *_SWITCHES]
    strangers = [key for key in keys if key not in fields and not _is_switch(key)]
    misspelt: list[tuple[str, str]] = []
    others: list[str] = []

    for full in sorted(strangers[:_LOOKED_AT_MAX]):
        key = full[:_KEY_SHOWN_MAX]
        close = difflib.get_close_matches(
            key.lower(), fields, n=1, cutoff=_RESEMBLES
        ) or difflib.get_close_matches(key.lower(), _SWITCHES, n=1, cutoff=_RESEMBLES_A_SWITCH)
        last = [name for name in known if _last(name) == _last(key.lower())]

        if close or last:
            misspelt.append((key, (close or last)[0]))
        else:
            others.append(key)

    others += [key[:_KEY_SHOWN_MAX] for key in strangers[_LOOKED_AT_MAX:]]

    return misspelt[:_REMARKS_MAX], others


def _is_switch(key: str) -> bool:
    return key in _SWITCHES or (key.startswith(_RESTRICTED_POST) and len(key) <= _SWITCH_MAX)


def _last(key: str) -> str:
    """Return the last word of a key, in the singular and without its hyphens."""
    return key.rpartition(".")[2].replace("-", "").replace("_", "").rstrip("s")


def parse_entitlements(keys: dict[str, object], *, file: str) -> Entitlements:
    """Return the value of an entitlements file that was read already.

    Raises:
        BundleError: An entitlement has the wrong type, a group has no proper name, or there
            are more than ``GROUPS_MAX``.
    """
    try:
        entitlements = Entitlements.model_validate(keys)
    except ValidationError as error:
        raise bundle_error(error, file=file) from error

    for key, value in entitlements.raw.items():
        if _is_switch(key) and not isinstance(value, bool):
            raise BundleError(file, key, f"it is {describe(value)}; it should be a boolean")

    return entitlements


def entitlements_faults(keys: dict[str, object], *, file: str) -> list[BundleError]:
    """Return all that :func:`parse_entitlements` would refuse, not the first alone."""
    try:
        parse_entitlements(keys, file=file)
    except BundleError as error:
        cause = error.__cause__

        return bundle_errors(cause, file=file) if isinstance(cause, ValidationError) else [error]

    return []


def entitlements_file(folder: Path, *, name: str) -> str:
    """Return the name of a bundle's entitlements file, or nothing where it has none.

    Raises:
        BundleError: There are two.
    """
    found = sorted(
        entry
        for entry in os.listdir(folder)
        if entry.endswith(".entitlements") or entry == ARCHIVED_NAME
    )

    if len(found) > 1:
        problem = f"it has {' and '.join(found)}; it should have one entitlements file at its root"

        raise BundleError(name, "", problem)

    return found[0] if found else ""
