"""A domain's journal as an open file: begun anew by replacing it, appended to in place.

It is opened for writing with the first append: a domain that is only read needs no permission to
write, and makes no file.
"""

import contextlib
import errno
import os

from shared_container.atomic import read_at, replace_and_open_at, write_all
from shared_container.journal import (
    COMMIT_OFFSET,
    HEADER_BYTES,
    Contents,
    commit_word,
    new_journal,
    read_journal,
)

__all__ = ("JOURNAL_BYTES_MAX", "JournalFile")

#: A journal that could not be folded grows no further; more than this is never read.
JOURNAL_BYTES_MAX = 16 << 20

_OPEN = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class JournalFile:
    """The journal of one domain; the caller closes the folder's descriptor.

    Attributes:
        name: The file's name.
        epoch: How often the journal was begun anew.
        committed: Where the committed records end, in bytes.
    """

    __slots__ = ("_dir_fd", "_fd", "_found", "committed", "epoch", "name")

    def __init__(self, dir_fd: int, name: str) -> None:
        self.name = name
        self.epoch = 0
        self.committed = HEADER_BYTES
        self._dir_fd = dir_fd
        self._fd = -1
        self._found: tuple[int, int] | None = None  # device and inode of what load() has read

    def load(self) -> tuple[Contents, bytes]:
        """Return what the file holds, and the bytes of its good records.

        Raises:
            FileNotFoundError: There is none.
            ValueError: It is no regular file.
            OSError: It cannot be read.
        """
        data, status = read_at(self._dir_fd, self.name, JOURNAL_BYTES_MAX)
        contents = read_journal(data)
        self.epoch, self.committed = contents.epoch, contents.end
        self._found = (status.st_dev, status.st_ino)

        # With a second name, a guest could have us write into a file that is not ours to write.
        if status.st_nlink != 1:
            also = "has a second name"
            contents.problem = f"{contents.problem} and {also}" if contents.problem else also

        return contents, data[HEADER_BYTES : contents.end]

    def begin(self, base: int, records: bytes) -> None:
        """Replace the file by one of the next epoch that holds ``records``, which follow ``base``.

        Without fsync: what it holds had none before either, and the plist, which has one, is
        replaced first.

        Raises:
            OSError: The old file is still there, and still the one appended to.
        """
        data = new_journal(self.epoch + 1, base, records)
        fd = replace_and_open_at(self._dir_fd, self.name, data, sync=False)
        self.close()
        self.epoch += 1
        self._fd = fd
        self.committed = len(data)

    def is_ours(self, sequence: int) -> bool:
        """Return whether the file may be appended to; make it when there was none.

        It may not when it is another than the one that was read: somebody replaced or removed it.
        Then memory is right, and the caller must fold it, which begins a new journal.

        Args:
            sequence: The number of the last record, for a new file.

        Raises:
            OSError: It cannot be opened for writing.
        """
        if self._fd >= 0:
            return True

        if self._found is None:
            self.begin(sequence, b"")
            return True

        try:
            fd = os.open(self.name, _OPEN, dir_fd=self._dir_fd)
        except OSError as problem:
            if problem.errno in (errno.ENOENT, errno.ELOOP, errno.EISDIR, errno.ENXIO):
                return False

            raise

        status = os.fstat(fd)

        if (status.st_dev, status.st_ino) != self._found or status.st_nlink != 1:
            os.close(fd)
            return False

        self._fd = fd

        return True

    def append(self, records: bytes) -> None:
        """Write ``records`` and commit them; :meth:`is_ours` has said yes.

        Raises:
            OSError: They do not count.
        """
        size = len(records)
        end = self.committed + size

        # Nearly always all of it is taken at once.
        if os.pwrite(self._fd, records, self.committed) != size:
            write_all(self._fd, records, self.committed)

        try:
            write_all(self._fd, commit_word(end), COMMIT_OFFSET)
        except OSError:
            # It may have been written in part; the old word must stand again.
            with contextlib.suppress(OSError):
                os.pwrite(self._fd, commit_word(self.committed), COMMIT_OFFSET)

            raise

        self.committed = end

    def close(self) -> None:
        """Let go of the file; may be called again."""
        fd, self._fd = self._fd, -1

        if fd >= 0:
            os.close(fd)
