"""One preference domain on disk: a binary plist that anybody can read, and a journal beside it.

The host is the only writer. A set is one record and one commit word in the journal (microseconds,
whatever the domain's size); a fold writes the plist anew and starts a fresh journal. The plist
holds the user's keys and nothing else.

When the machine's processes die at any moment, nothing is lost that a returned call had set:

* a record counts once the commit word says so, and that word is written after it;
* plist and journal are replaced whole, the plist first. Killed in between, the old journal is
  replayed over the new plist: its records are absolute, so the result is the same.

There is no fsync per set, as on a phone: a power cut may take the sets since the last fold. Guests
can write into the folder. What they put there is bounded before it is parsed, never followed, never
waited for, and kept aside when it cannot be used.
"""

import errno
import os

from shared_container.atomic import (
    Identity,
    identity_at,
    identity_of,
    keep_aside_at,
    read_at,
)
from shared_container.fold import FoldPlan, StoreError, refusal
from shared_container.journal import HEADER_BYTES, RECORD_HEADER_BYTES, encoded_record, record
from shared_container.journal_file import JOURNAL_BYTES_MAX, JournalFile
from shared_container.layout import journal_name, preferences_name
from shared_container.plist import PLIST_BYTES_MAX, decode_plist
from shared_container.replaced import ReplacedPlist
from shared_container.values import check_key, copy_property_list, is_same

__all__ = ("DOMAIN_BYTES_MAX", "FOLD_JOURNAL_BYTES", "DomainStore")

#: A domain may not grow beyond this, in bytes of the codec. iOS logs an error and drops the write
#: from 4,194,304 bytes on.
DOMAIN_BYTES_MAX = 4 << 20

#: A longer journal asks for a fold.
FOLD_JOURNAL_BYTES = 256 << 10


class DomainStore:
    """One preference domain, which this process alone writes.

    Not safe for several threads at once, but for :meth:`FoldPlan.encode_and_write`.

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
    def open(cls, dir_fd: int, domain: str) -> "DomainStore":
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

    @property
    def dirty(self) -> bool:
        """Whether the journal holds what the plist may not."""
        return self._journal.committed > HEADER_BYTES or self._plist_is_lost

    @property
    def needs_fold(self) -> bool:
        """Whether the journal is longer than ``FOLD_JOURNAL_BYTES`` and no fold is under way."""
        return self._journal.committed > FOLD_JOURNAL_BYTES and self._plan is None

    def set(self, key: str, value: object) -> None:
        """Set ``key`` to a copy of ``value``; ``None`` removes it, as ``nil`` does on iOS.

        Raises:
            TypeError: Key or value is none that a preference can have.
            StoreError: The disk is full, or a limit reached; nothing has changed.
        """
        self.set_many({key: value})

    def remove(self, key: str) -> None:
        """Remove ``key``; one that is not there changes nothing and writes nothing.

        Raises:
            TypeError: ``key`` is no string.
            StoreError: As for :meth:`set`.
        """
        self.set_many({key: None})

    def set_many(self, changes: dict[str, object]) -> None:
        """Set several keys, and remove those whose value is ``None``: all of them or none.

        Raises:
            TypeError: A key or a value is none that a preference can have; nothing has changed.
            StoreError: As for :meth:`set`.
        """
        copies: dict[str, object] = {}
        records = []

        for key, value in changes.items():
            check_key(key)

            if value is not None:
                copies[key] = copy_property_list(value)
            elif key in self.values:
                copies[key] = None
            else:
                continue

            records.append(record(self.sequence + len(copies), key, copies[key]))

        if records:
            sizes = [len(each) - RECORD_HEADER_BYTES for each in records]
            self._check_room(copies, sizes)
            self._append(b"".join(records))

            for (key, value), size in zip(copies.items(), sizes, strict=True):
                self._apply(key, value, size)
                self.sequence += 1
                self._unfolded[key] = self.sequence

    def set_encoded(self, key: str, value: object, raw: bytes) -> object:
        """Set ``key`` to a copy of ``value``, of which ``raw`` is what ``encode`` makes.

        The same as :meth:`set`, for who has the bytes at hand: nothing is encoded again.

        Returns:
            The copy that is kept.

        Raises:
            TypeError: As for :meth:`set`.
            StoreError: As for :meth:`set`.
        """
        check_key(key)
        kept = copy_property_list(value)
        made = encoded_record(self.sequence + 1, key, raw)
        size = len(made) - RECORD_HEADER_BYTES

        if (
            self._weight + size >= DOMAIN_BYTES_MAX
            or self._journal.committed + len(made) > JOURNAL_BYTES_MAX
        ):
            self._check_room({key: kept}, [size])

        self._append(made)
        self._apply(key, kept, size)
        self.sequence += 1
        self._unfolded[key] = self.sequence

        return kept

    def fold(self) -> None:
        """Write everything into the plist and begin a new journal; nothing to do when not dirty.

        Raises:
            StoreError: It could not be written; the journal still has what the plist lacks.
        """
        if not self.dirty:
            return

        plan = self.begin_fold()

        try:
            plan.encode_and_write()
        except BaseException:
            self.abandon_fold(plan)
            raise

        self.finish_fold(plan)

    def begin_fold(self) -> FoldPlan:
        """Take a snapshot, for its ``encode_and_write`` in any thread; sets may go on.

        End it with :meth:`finish_fold` or :meth:`abandon_fold`, in any case after
        ``encode_and_write`` has returned: an older snapshot written late would undo a later fold.

        Raises:
            RuntimeError: Another plan is under way.
            StoreError: There are no descriptors left.
        """
        if self._plan is not None:
            raise RuntimeError(f"preferences of {self.domain}: a fold is under way already")

        try:
            dir_fd = os.dup(self._dir_fd)
        except OSError as problem:
            raise refusal(self.domain, "begin a fold", problem) from problem

        self._tail.clear()
        self._plan = FoldPlan(dir_fd, self.domain, dict(self.values), self.sequence, self._plist)

        return self._plan

    def finish_fold(self, plan: FoldPlan) -> None:
        """Begin a new journal with the records that came after the snapshot.

        Raises:
            RuntimeError: ``plan`` is not under way, or its plist was not written.
            StoreError: The journal could not be replaced; the old one goes on, and is right.
        """
        if plan is not self._plan or not plan.written:
            raise RuntimeError(f"preferences of {self.domain}: this fold cannot be finished")

        self._plan = None
        self._plist = plan.written
        self._plist_is_lost = False
        self._unfolded = {
            key: number for key, number in self._unfolded.items() if number > plan.sequence
        }

        try:
            self._journal.begin(plan.sequence, bytes(self._tail))
        except OSError as problem:
            raise refusal(self.domain, "begin a new journal", problem) from problem
        finally:
            self._tail.clear()

    def abandon_fold(self, plan: FoldPlan) -> None:
        """Give up a plan whose ``encode_and_write`` has failed, or was never called."""
        plan.discard()

        if plan is self._plan:
            self._plan = None
            self._tail.clear()

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

    def _check_room(self, copies: dict[str, object], sizes: list[int]) -> None:
        growth = 0
        length = self._journal.committed

        for (key, value), size in zip(copies.items(), sizes, strict=True):
            growth += (0 if value is None else size) - self._weights.get(key, 0)
            length += size + RECORD_HEADER_BYTES

        if growth > 0 and self._weight + growth >= DOMAIN_BYTES_MAX:
            full = OSError(errno.EFBIG, f"{DOMAIN_BYTES_MAX} bytes or more are not possible")
            raise refusal(self.domain, f"set {', '.join(copies):.80}", full)

        if length > JOURNAL_BYTES_MAX:
            full = OSError(
                errno.ENOSPC, f"the journal has {self._journal.committed} bytes; fold it first"
            )
            raise refusal(self.domain, f"set {', '.join(copies):.80}", full)

    def _append(self, records: bytes) -> None:
        try:
            if not self._journal.is_ours(self.sequence):
                self._replace_foreign_journal()

            self._journal.append(records)
        except StoreError:
            raise
        except OSError as problem:
            raise refusal(self.domain, "write to the journal", problem) from problem

        if self._plan is not None:
            self._tail += records

    def _replace_foreign_journal(self) -> None:
        if self._plan is not None:
            raise OSError(errno.ESTALE, "somebody replaced it; this fold will make a new one")

        if self.dirty:
            self.fold()
        else:
            self._journal.begin(self.sequence, b"")

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
