"""One preference domain on disk: a binary plist that anybody can read, and a journal beside it.

The host is the only writer. A set is one record and one commit word in the journal (microseconds,
whatever the domain's size); a fold writes the plist anew and starts a fresh journal. The plist
holds the user's keys and nothing else.

When the machine's processes die at any moment, nothing is lost that a returned call had set:

* a record counts once the commit word says so, and that word is written after it;
* plist and journal are replaced whole, the plist first. Killed in between, the old journal is
  replayed over the new plist: its records are absolute, so the result is the same.

There is no fsync per set, as on a phone: a power cut may take the sets since the last fold. How the
files are loaded and repaired is in ``domain_files``.
"""

import errno
import os

from shared_container.domain_files import DomainFiles
from shared_container.fold import FoldPlan, StoreError, refusal
from shared_container.journal import HEADER_BYTES, RECORD_HEADER_BYTES, encoded_record, record
from shared_container.journal_file import JOURNAL_BYTES_MAX
from shared_container.values import check_key, copy_property_list

__all__ = ("DOMAIN_BYTES_MAX", "FOLD_JOURNAL_BYTES", "DomainStore")

#: A domain may not grow beyond this, in bytes of the codec. iOS logs an error and drops the write
#: from 4,194,304 bytes on.
DOMAIN_BYTES_MAX = 4 << 20

#: A longer journal asks for a fold.
FOLD_JOURNAL_BYTES = 256 << 10


class DomainStore(DomainFiles):
    """One preference domain, which this process alone writes.

    Not safe for several threads at once, but for :meth:`FoldPlan.encode_and_write`. Its attributes
    are those of :class:`~shared_container.domain_files.DomainFiles`, and it is made by ``open``.
    """

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
