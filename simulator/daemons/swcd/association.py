"""An association file, read: which apps a site names, and for which of its pages. Pure.

``apple-app-site-association`` is written by hand and served by somebody else's machine: everything
in it may be wrong. What can be read is kept, what cannot is left out with a sentence; only a file
in which there is nothing to read is refused.
Sources: Apple, Supporting associated domains; ``applinks``; TN3155; App Search Programming Guide
(``paths``); observed with swcutil.
"""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from simulator.daemonkit.limits import (
    ASSOCIATION_BYTES_MAX,
    ASSOCIATION_NOTES_MAX,
    ASSOCIATION_STATES_MAX,
)
from simulator.daemons.swcd.patterns import CLASSES, WORDS, PatternError
from simulator.daemons.swcd.rules import Rule, legacy_rule, rule_of, states_of

__all__ = ("SERVICES", "Association", "AssociationError", "Entry", "parse_association")

SERVICES = ("applinks", "webcredentials", "activitycontinuation", "appclips")

_BOM = b"\xef\xbb\xbf"
_Object = dict[str, object]


class AssociationError(ValueError):
    """The file says nothing at all; the text is the reason."""


class Entry(NamedTuple):
    """One entry of ``applinks.details``.

    Attributes:
        app_ids: ``TEAM.bundle.id`` each.
        rules: In order; the first that matches decides.
    """

    app_ids: tuple[str, ...]
    rules: tuple[Rule, ...]


class Association(NamedTuple):
    """What a site says.

    Attributes:
        entries: Of ``applinks.details``, in order.
        services: Every other service it names → its app ids.
        notes: What is wrong with the file, as sentences.
    """

    entries: tuple[Entry, ...]
    services: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]

    def names(self, app_id: str) -> bool:
        """Say whether ``applinks`` names an app."""
        return any(app_id in entry.app_ids for entry in self.entries)


def parse_association(data: bytes) -> Association:
    """Return what the bytes of a file say.

    Raises:
        AssociationError: It is too large, no JSON, or no dictionary.
    """
    if len(data) > ASSOCIATION_BYTES_MAX:
        raise AssociationError(
            f"the file has {len(data)} bytes; {ASSOCIATION_BYTES_MAX} are the most "
            "(ASSOCIATION_BYTES_MAX)"
        )

    content = _loaded(data)

    if not isinstance(content, dict):
        raise AssociationError(
            f"its top level is {_kind(content)}; it should be a dictionary with 'applinks'"
        )

    return _Reader(content).association()


def _loaded(data: bytes) -> object:
    if data[:1] == b"\x30" and data[1:2] >= b"\x80":  # a sequence of DER; "0" is a number
        raise AssociationError("it is signed (CMS), which nobody reads since iOS 9; serve the JSON")

    try:
        return json.loads(data.removeprefix(_BOM).decode("utf-8"))
    except json.JSONDecodeError as problem:
        start = data[:200].lstrip().lower()
        page = "; it looks like a web page" if start.startswith((b"<!", b"<html")) else ""
        raise AssociationError(
            f"it is no JSON: {problem.msg} in line {problem.lineno}{page}"
        ) from None
    except RecursionError:
        raise AssociationError("it is nested too deep to be read") from None
    except ValueError as problem:
        raise AssociationError(f"it is no JSON: {problem}") from None


def _kind(value: object) -> str:
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string",
             list: "an array", dict: "a dictionary", type(None): "null"}  # fmt: skip

    return kinds[type(value)]


class _Reader:
    """Reads the dictionary of one file, and notes what is wrong."""

    def __init__(self, content: _Object) -> None:
        self._content = content
        self._notes: list[str] = []
        self._states = 0

    def association(self) -> Association:
        entries: tuple[Entry, ...] = ()
        applinks = self._content.get("applinks")

        if applinks is None:
            self._note("it has no 'applinks': no link opens an app")
        elif not isinstance(applinks, dict):
            self._note(f"applinks is {_kind(applinks)}; it should be a dictionary")
        else:
            entries = tuple(self._entries(applinks))

        services = {name: self._apps(name) for name in SERVICES[1:] if name in self._content}

        return Association(entries, services, tuple(self._notes))

    def _note(self, sentence: str) -> None:
        if len(self._notes) < ASSOCIATION_NOTES_MAX:
            self._notes.append(sentence[:1000])

    def _apps(self, service: str) -> tuple[str, ...]:
        content = self._content[service]
        apps = content.get("apps") if isinstance(content, dict) else None

        if not isinstance(apps, list) or not all(isinstance(app, str) for app in apps):
            self._note(f"{service} should be a dictionary with 'apps', an array of app ids")
            return ()

        return tuple(apps)

    def _entries(self, applinks: _Object) -> Iterator[Entry]:
        variables = self._variables(applinks.get("substitutionVariables"))
        defaults = self._dictionary(applinks.get("defaults"), "applinks.defaults")

        for place, detail in self._details(applinks.get("details")):
            app_ids = self._app_ids(detail, place)

            if not app_ids:
                continue

            own = self._dictionary(detail.get("defaults"), f"{place}.defaults")
            yield Entry(app_ids, tuple(self._rules(detail, place, {**defaults, **own}, variables)))

    def _details(self, details: object) -> Iterator[tuple[str, _Object]]:
        if isinstance(details, dict):  # the form of iOS 8
            for app_id, detail in details.items():
                place = f"applinks.details.{app_id:.200}"

                if isinstance(detail, dict):
                    yield place, {"appID": app_id, **detail}
                else:
                    self._note(f"{place} is {_kind(detail)}; it should be a dictionary")
        elif isinstance(details, list):
            for number, detail in enumerate(details):
                place = f"applinks.details[{number}]"

                if isinstance(detail, dict):
                    yield place, detail
                else:
                    self._note(f"{place} is {_kind(detail)}; it should be a dictionary")
        else:
            self._note("applinks should have 'details', an array of dictionaries")

    def _app_ids(self, detail: _Object, place: str) -> tuple[str, ...]:
        several, one = detail.get("appIDs"), detail.get("appID")

        if several is None and isinstance(one, str):
            found = [one]
        elif isinstance(several, list) and all(isinstance(each, str) for each in several):
            found = several
        else:
            wrong = f"appIDs is {_kind(several)}" if several is not None else "it names no app"
            self._note(f"{place}: {wrong}; 'appIDs' should be an array of TEAM.bundle.id")
            return ()

        for app_id in found:
            if "." not in app_id or "*" in app_id:
                self._note(f"{place}: {app_id:.200} is no app id; it should be TEAM.bundle.id")

        return tuple(found)

    def _dictionary(self, value: object, place: str) -> _Object:
        if value is not None and not isinstance(value, dict):
            self._note(f"{place} is {_kind(value)}; it should be a dictionary")

        return value if isinstance(value, dict) else {}

    def _variables(self, table: object) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}

        for name, values in self._dictionary(table, "applinks.substitutionVariables").items():
            place = f"substitutionVariables.{name:.200}"

            if name in CLASSES or name in WORDS or not name or set(name) & set("$()"):
                self._note(f"{place}: the name is predefined, empty, or holds one of $ ( )")
            elif not isinstance(values, list) or not all(isinstance(each, str) for each in values):
                self._note(f"{place} should be an array of strings")
            else:
                found[name] = tuple(each for each in values if "$(" not in each)

                if len(found[name]) < len(values):
                    self._note(f"{place}: a value may hold no other variable; it is left out")

        return found

    def _rules(
        self,
        detail: _Object,
        place: str,
        defaults: _Object,
        variables: Mapping[str, tuple[str, ...]],
    ) -> Iterator[Rule]:
        components, paths = detail.get("components"), detail.get("paths")
        key = "components" if components is not None else "paths"
        rows = components if components is not None else paths

        if components is not None and paths is not None:
            self._note(f"{place} has 'components' and 'paths'; since iOS 13 the paths are ignored")

        if not isinstance(rows, list):
            self._note(f"{place} should have 'components', an array; it matches nothing")
            return

        for number, row in enumerate(rows):
            here = f"{place}.{key}[{number}]"

            try:
                yield self._rule(row, here, key, defaults, variables)
            except PatternError as problem:
                self._note(f"{here}: {problem}; it matches nothing")

    def _rule(
        self,
        row: object,
        place: str,
        key: str,
        defaults: _Object,
        variables: Mapping[str, tuple[str, ...]],
    ) -> Rule:
        wanted = str if key == "paths" else dict

        if not isinstance(row, wanted):
            raise PatternError(
                f"it is {_kind(row)}, which is no {'path' if wanted is str else 'component'}"
            )

        merged = {**defaults, **row} if isinstance(row, dict) else {"/": row}
        self._states += states_of(merged, variables)

        if self._states > ASSOCIATION_STATES_MAX:
            raise PatternError(
                f"the patterns so far have {self._states} characters, their variables put in; "
                f"{ASSOCIATION_STATES_MAX} are the most (ASSOCIATION_STATES_MAX)"
            )

        if isinstance(row, str):
            return legacy_rule(row)

        return rule_of(
            merged, json.dumps(row), variables, lambda text: self._note(f"{place}: {text}")
        )
