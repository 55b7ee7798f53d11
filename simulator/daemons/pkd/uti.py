"""Uniform type identifiers: which type is a kind of which, and what a file's name says of it.

The system's types, and those that installed bundles declare. Identifiers have no case. Where two
declare one type, the system wins over bundles, an export over an import, and among equals the
bundle whose id comes first. A type that nobody declares conforms to itself alone; a dynamic one
(``dyn.…``), which the system makes up for a file that it does not know, to ``public.data`` as well.
Source: Apple, Uniform Type Identifiers Overview.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from simulator.daemons.pkd.system_types import SYSTEM_TYPES

__all__ = ("SYSTEM", "Declaration", "Known", "Tree", "uti_for_file_name")

_UNKNOWN: Final = "public.data"
_DYNAMIC: Final = "dyn."


class Declaration(NamedTuple):
    """A type that somebody declares; all identifiers and suffixes in lower case.

    Attributes:
        identifier: The type.
        parents: What it conforms to.
        suffixes: Of file names, without the dot.
        media: Media types.
        is_export: Whether it is the declarer's own type.
    """

    identifier: str
    parents: tuple[str, ...]
    suffixes: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    is_export: bool = True


class Tree:
    """The types of one device.

    Args:
        declared: What bundles declare, in the order of their ids.
        base: The tree that it adds to, and which wins.
    """

    def __init__(self, declared: Iterable[Declaration] = (), base: "Tree | None" = None) -> None:
        self._parents: dict[str, tuple[str, ...]] = {} if base is None else dict(base._parents)  # noqa: SLF001  its own kind
        self._suffixes: dict[str, str] = {} if base is None else dict(base._suffixes)  # noqa: SLF001
        self._ancestry: dict[str, frozenset[str]] = {}
        ordered = sorted(declared, key=lambda each: not each.is_export)  # stable: ids stay in order

        for declaration in ordered:
            self._parents.setdefault(declaration.identifier, declaration.parents)

            for suffix in declaration.suffixes:
                self._suffixes.setdefault(suffix, declaration.identifier)

    def ancestry(self, uti: str) -> frozenset[str]:
        """Return a type and everything it conforms to, in lower case; circles end where they began.

        Only declared types are remembered: guests invent others without end.
        """
        found = self._ancestry.get(uti)

        if found is not None:
            return found

        uti = uti.lower()
        found = self._ancestry.get(uti)

        if found is None:
            found = self._climb(uti)

            if uti in self._parents:
                self._ancestry[uti] = found

        return found

    def _climb(self, uti: str) -> frozenset[str]:
        reached = {uti}
        left = [uti, *([_UNKNOWN] if uti.startswith(_DYNAMIC) else [])]

        while left:
            each = left.pop()
            reached.add(each)
            left += [parent for parent in self._parents.get(each, ()) if parent not in reached]

        return frozenset(reached)

    def knows(self, uti: str) -> bool:
        """Return whether anybody declares a type."""
        return uti.lower() in self._parents

    def type_of_name(self, name: str) -> str:
        """Return the type that a file's suffix stands for; ``public.data`` where it says nothing.

        The longest suffix that is known counts: a type may be declared for ``tar.gz``.
        """
        stem, *suffixes = name.lower().rpartition("/")[2].split(".")

        for number in range(len(suffixes) if stem or len(suffixes) > 1 else 0):
            found = self._suffixes.get(".".join(suffixes[number:]))

            if found is not None:
                return found

        return _UNKNOWN


class Known(dict[str, frozenset[str]]):
    """The ancestry of types, each looked up once: what predicates ask for thousands of times.

    Args:
        tree: Where it is looked up.
    """

    def __init__(self, tree: Tree) -> None:
        super().__init__()
        self._tree = tree

    def __missing__(self, uti: str) -> frozenset[str]:
        """Look a type up."""
        found = self[uti] = self._tree.ancestry(uti)

        return found


SYSTEM: Final = Tree(
    Declaration(identifier, parents, suffixes, media)
    for identifier, parents, suffixes, media in SYSTEM_TYPES
)
"""What every device has."""


def uti_for_file_name(name: str) -> str:
    """Return the system's type for a file's suffix; ``public.data`` where it says nothing."""
    return SYSTEM.type_of_name(name)
