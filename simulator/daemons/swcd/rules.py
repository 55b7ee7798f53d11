"""One component of an association file against one link. Pure.

What is not in Apple's documents was observed with swcutil: the leading slash of a path is optional,
trailing ones do not matter, ``/x/*`` matches ``/x``; a query item that is absent counts as empty,
and of one that repeats every value must match; one value that is no string discards its whole
dictionary; ``percentEncoded: false`` decodes the link, never the pattern.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from simulator.daemons.swcd.patterns import Pattern, cost

__all__ = ("Link", "Rule", "legacy_rule", "link_of", "rule_of", "states_of")

_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_PORTS = {"http": 80, "https": 443}
_PARTS = ("/", "?", "#")
_HOST_MAX = 253  # RFC 1035
_STARS = re.compile(r"\*\*+")
_Variables = Mapping[str, tuple[str, ...]]


class Link(NamedTuple):
    """A web URL, taken apart; absent parts are empty, and none is decoded."""

    host: str
    path: str
    query: str
    fragment: str


def link_of(url: str) -> Link:
    """Return a web URL's parts, other characters than ASCII percent-encoded.

    Raises:
        ValueError: It has no host, one that cannot be read, or another port than its scheme's.
    """
    parts = urlsplit(quote(url, safe=_ASCII, errors="replace"))
    host = (parts.hostname or "").rstrip(".")

    if not host or len(host) > _HOST_MAX:
        raise ValueError("it names no host" if not host else "its host is longer than any name")

    if (parts.port or _PORTS[parts.scheme]) != _PORTS[parts.scheme]:
        raise ValueError(f"it names the port {parts.port}, and a site is its default port")

    return Link(host, parts.path, parts.query, parts.fragment)


class Rule(NamedTuple):
    """A component, or a legacy path.

    Attributes:
        text: As it stands in the file.
        excludes: Whether a match means: do not open.
        paths: What the path may look like, None for anything.
        query: One pattern for all of it, or one per item, None for anything.
        fragment: None for anything.
        decodes: Whether the link is decoded first.
        folds: Whether upper and lower case are the same.
    """

    text: str
    excludes: bool = False
    paths: tuple[Pattern, ...] | None = None
    query: Pattern | Mapping[str, Pattern] | None = None
    fragment: Pattern | None = None
    decodes: bool = False
    folds: bool = False

    def steps(self, link: Link) -> int:
        """Return about how many steps :meth:`matches` takes at most."""
        found = sum(pattern.steps(link.path) for pattern in self.paths or ())

        if isinstance(self.query, Pattern):
            found += self.query.steps(link.query)
        elif self.query is not None:
            found += sum(1 + pattern.steps(link.query) for pattern in self.query.values())
            found += len(link.query) // 20

        return found + (self.fragment.steps(link.fragment) if self.fragment is not None else 0)

    def matches(self, link: Link) -> bool:
        """Say whether every part of the link is as the component wants it."""
        if self.paths is not None:
            path = self._read(link.path).rstrip("/")

            if not any(pattern.matches(path) for pattern in self.paths):
                return False

        if self.fragment is not None and not self.fragment.matches(self._read(link.fragment)):
            return False

        if isinstance(self.query, Pattern):
            return self.query.matches(self._read(link.query))

        return self.query is None or self._items_match(self.query, link.query)

    def _read(self, text: str) -> str:
        return unquote(text, errors="replace") if self.decodes else text

    def _items_match(self, wanted: Mapping[str, Pattern], query: str) -> bool:
        items: dict[str, list[str]] = {}

        for item in query.split("&") if query else ():
            name, _, value = item.partition("=")
            name = self._read(name)
            items.setdefault(name.lower() if self.folds else name, []).append(self._read(value))

        return all(
            pattern.matches(value)
            for name, pattern in wanted.items()
            for value in items.get(name, [""])
        )


def states_of(component: Mapping[str, object], variables: _Variables) -> int:
    """Return how large the patterns of a component are.

    Raises:
        PatternError: One of them names an unknown variable, or too many.
    """
    query = component.get("?")
    several = query.values() if isinstance(query, dict) else [query]
    patterns = [component.get("/"), component.get("#"), *several]

    return sum(8 + cost(text, variables) for text in patterns if isinstance(text, str))


def legacy_rule(text: str) -> Rule:
    """Return the rule of an entry of ``paths``; ``NOT`` and a blank before it exclude."""
    excludes = text.startswith("NOT ")
    path = text.removeprefix("NOT ").strip() if excludes else text

    return Rule(text, excludes=excludes, paths=_path_patterns(path, {}, folds=False))


def rule_of(
    component: Mapping[str, object],
    text: str,
    variables: _Variables,
    note: Callable[[str], None],
) -> Rule:
    """Return the rule of a component with its defaults put in.

    Args:
        component: As said; keys that nobody knows are ignored.
        text: As it stands in the file.
        variables: As for patterns.
        note: Is told what is wrong.

    Raises:
        PatternError: A pattern names an unknown variable.
    """
    excludes = _switch(component, "exclude", note, default=False)
    folds = not _switch(component, "caseSensitive", note, default=True)
    decodes = not _switch(component, "percentEncoded", note, default=True)
    path, query, fragment = (component.get(part) for part in _PARTS)
    wanted: Pattern | Mapping[str, Pattern] | None = None

    for part, value in (("/", path), ("#", fragment)):
        if value is not None and not isinstance(value, str):
            note(f"{part!r} should be a string; it is ignored")

    if isinstance(query, str):
        wanted = Pattern(query, variables, folds=folds)
    elif isinstance(query, dict) and all(isinstance(value, str) for value in query.values()):
        wanted = {
            name.lower() if folds else name: Pattern(value, variables, folds=folds)
            for name, value in query.items()
        }
    elif query is not None:
        note("'?' should be a string, or hold strings only; all of it is ignored")

    return Rule(
        text,
        excludes,
        _path_patterns(path, variables, folds=folds) if isinstance(path, str) else None,
        wanted,
        Pattern(fragment, variables, folds=folds) if isinstance(fragment, str) else None,
        decodes,
        folds,
    )


def _switch(
    component: Mapping[str, object], key: str, note: Callable[[str], None], *, default: bool
) -> bool:
    value = component.get(key, default)

    if not isinstance(value, bool):
        note(f"{key!r} should be true or false; it is ignored")
        return default

    return value


def _path_patterns(path: str, variables: _Variables, *, folds: bool) -> tuple[Pattern, ...] | None:
    """Return what a path without its trailing slashes may look like, None for anything."""
    text = _STARS.sub("*", path).rstrip("/")

    if text == "*":
        return None

    rooted = text if text.startswith("/") else f"/{text}"
    texts = {text, rooted} if text else {""}  # what begins with no slash may begin with a star

    if rooted.endswith("/*"):
        texts.add(rooted[:-2])

    return tuple(Pattern(each, variables, folds=folds) for each in sorted(texts))
