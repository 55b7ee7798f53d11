"""The files of a preference domain: loaded, repaired, kept aside, and replaced by somebody else.

Guests can write into the folder. What they put there is bounded before it is parsed, never
followed, never waited for, and kept aside when it cannot be used.
"""

import os

from shared_container.atomic import (
    Identity,
    identity_at,
    identity_of,
    keep_aside_at,
    read_at,
)
from shared_container.fold import FoldPlan, refusal
from shared_container.journal_file import JournalFile
from shared_container.layout import journal_name, preferences_name
from shared_container.plist import PLIST_BYTES_MAX, decode_plist
from shared_container.replaced import ReplacedPlist
from shared_container.values import is_same

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Self

__all__ = ("DomainFiles",)


class DomainFiles:
    """A domain as it is on the disk and in memory; :class:`DomainStore` changes it.

    Attributes:
        domain: The domain's name.
        values: The live values, for others to read only; collections in it are never changed, a
            set puts new ones in their place. Dates are aware, in UTC.
        sequence: The number of the last record applied; one more with each key set or removed, and
            it goes on where it was after a restart.
        problems: Sentences on what was found broken when the store was opened.
    """

    def __init__(self, dir_fd: int, domain: str) -> None:
        """See :meth:`open`; this alone reads nothing, and takes ``dir_fd`` over."""
        self.domain = domain
        self.values: dict[str, object] = {}
        self.sequence = 0
        self.problems: list[str] = []
        self._dir_fd = dir_fd
        self._name = preferences_name(domain)
        self._journal = JournalFile(dir_fd, journal_name(domain))
        self._weights: dict[str, int] = {}  # bytes in the codec, of key and value
        self._weight = 0
        self._plan: FoldPlan | None = None
        self._plist: Identity | None = None  # the file that was read or written last
        self._plist_is_lost = False
        self._unfolded: dict[str, int] = {}  # → the number of its last record
        self._tail = bytearray()  # records since the plan's snapshot

    @classmethod
    def open(cls, dir_fd: int, domain: str) -> "Self":
        """Load ``domain``, and repair what is broken.

        Makes no file when the domain does not exist.

        Args:
            dir_fd: The container's ``Library/Preferences``, opened with ``O_DIRECTORY``; the store
                keeps a duplicate.
            domain: See :func:`~shared_container.layout.check_domain_name`.

        Raises:
            ValueError: The name is no domain's.
            StoreError: A file cannot be read, or a broken one cannot be kept aside.
        """
        preferences_name(domain)  # refuses a bad name before anything is opened
        store = cls(os.dup(dir_fd), domain)

        try:
            store._load_plist()
            store._load_journal()
        except BaseException as problem:
            store.close()

            if isinstance(problem, OSError):
                raise refusal(domain, "load the domain", problem) from problem

            raise

        return store

    # -- a plist from outside ----------------------------------------------------------------

    def replaced(self) -> ReplacedPlist | None:
        """Return the plist if somebody else has written it since it was read or written here.

        One that was removed counts for nothing: what is in memory will be written again.
        """
        try:
            if identity_at(self._dir_fd, self._name) in (None, self._plist):
                return None

            return ReplacedPlist(os.dup(self._dir_fd), self.domain)
        except OSError:
            return None

    def accept_replaced(self, values: dict[str, object], identity: Identity) -> dict[str, object]:
        """Know the plist again, and return what is to be set for it; None stands for removal.

        What was set here and is not in any plist yet is kept, as it is when the device boots.
        """
        self._plist = identity

        return {
            key: values.get(key)
            for key in (*values, *(self.values.keys() - values.keys()))
            if not self.was_set_here(key) and not is_same(self.values.get(key), values.get(key))
        }

    def was_set_here(self, key: str) -> bool:
        """Whether the journal has a value of ``key`` that no plist has."""
        return key in self._unfolded

    def refuse_replaced(self, problem: ValueError) -> str:
        """Keep a plist aside that cannot be used; the next fold writes it anew.

        Returns:
            A sentence.

        Raises:
            StoreError: It could not be kept aside.
        """
        try:
            self._tell_aside(self._name, f"cannot be used: {problem}", stay=False)
        except FileNotFoundError:
            return ""
        except OSError as refused:
            raise refusal(self.domain, "keep a broken plist aside", refused) from refused

        self._plist_is_lost = True

        return self.problems.pop()

    def close(self) -> None:
        """Let go of the files; does not fold. May be called again.

        Raises:
            RuntimeError: A fold is under way; its thread could write an old plist over a new one.
        """
        if self._plan is not None:
            raise RuntimeError(f"preferences of {self.domain}: closed while a fold is under way")

        self._journal.close()
        dir_fd, self._dir_fd = self._dir_fd, -1

        if dir_fd >= 0:
            os.close(dir_fd)

    def _apply(self, key: str, value: object, size: int) -> None:
        self._weight -= self._weights.pop(key, 0)

        if value is None:
            self.values.pop(key, None)
        else:
            self.values[key] = value
            self._weights[key] = size
            self._weight += size

    def _load_plist(self) -> None:
        try:
            data, status = read_at(self._dir_fd, self._name, PLIST_BYTES_MAX + 1)
            self.values, self._weights = decode_plist(data)
            self._plist = identity_of(status)
            self._weight = sum(self._weights.values())
        except FileNotFoundError:
            return
        except ValueError as problem:
            self._tell_aside(self._name, f"cannot be used: {problem}", stay=False)

    def _load_journal(self) -> None:
        try:
            contents, records = self._journal.load()
        except FileNotFoundError:
            return
        except ValueError as problem:
            self._tell_aside(self._journal.name, f"cannot be used: {problem}", stay=False)
            return

        self.sequence = contents.sequence

        for change in contents.changes:
            self._apply(*change)
            self._unfolded[change[0]] = contents.sequence

        if contents.problem:
            kept = f"{contents.problem}; {len(contents.changes)} records of it are good"
            self._tell_aside(self._journal.name, kept, stay=True)
            self._journal.begin(contents.base, records)

    def _tell_aside(self, name: str, what: str, *, stay: bool) -> None:
        aside = keep_aside_at(self._dir_fd, name, stay=stay)
        where = f"it is kept as {aside}" if aside else "it is deleted, as too many are kept already"
        self.problems.append(f"preferences of {self.domain}: {name} {what}; {where}")
