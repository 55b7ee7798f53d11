"""A fold under way, and the error of everything that is kept on disk.

A fold is in three steps, so that its slow one, encoding and writing the plist, can be done off the
host's loop: ``DomainStore.begin_fold``, :meth:`FoldPlan.encode_and_write`,
``DomainStore.finish_fold``.
"""

import errno
import os

from shared_container.atomic import Identity, identity_at, identity_of, replace_and_open_at
from shared_container.layout import preferences_name
from shared_container.plist import PLIST_BYTES_MAX, encode_plist

__all__ = ("FoldPlan", "StoreError", "refusal")


class StoreError(OSError):
    """The disk, or a limit, refused; the text names the domain and what was tried.

    The values in memory are as before, and what was acknowledged is still on the disk.
    """


def refusal(domain: str, tried: str, problem: OSError) -> StoreError:
    """Return the error for ``domain`` when ``tried`` ("write …") has met ``problem``."""
    reason = problem.strerror or str(problem)

    return StoreError(problem.errno, f"preferences of {domain}: could not {tried}: {reason}")


class FoldPlan:
    """A fold under way: a snapshot that any thread may encode and write, once.

    Attributes:
        domain: The domain's name.
        sequence: The number of the last record in the snapshot.
        written: The plist that is on the disk then; None before.
    """

    __slots__ = ("_dir_fd", "_known", "_values", "domain", "sequence", "written")

    def __init__(
        self,
        dir_fd: int,
        domain: str,
        values: dict[str, object],
        sequence: int,
        known: Identity | None,
    ) -> None:
        self._dir_fd = dir_fd
        self._values = values
        self._known = known
        self.domain = domain
        self.sequence = sequence
        self.written: Identity | None = None

    def encode_and_write(self) -> None:
        """Write the snapshot as the domain's plist, with fsync; slow, and safe in a thread.

        Raises:
            StoreError: It could not be written, or would be larger than ``PLIST_BYTES_MAX``, and
                then could not be read again, or (ESTALE) somebody else has written the plist: what
                is in it must be taken in first. Give the plan to ``abandon_fold``.
        """
        try:
            data = encode_plist(self._values)
            _check_size(data)
            name = preferences_name(self.domain)
            _check_known(identity_at(self._dir_fd, name), self._known)
            fd = replace_and_open_at(self._dir_fd, name, data)

            try:
                self.written = identity_of(os.fstat(fd))
            finally:
                os.close(fd)
        except OSError as problem:
            raise refusal(self.domain, "write the plist", problem) from problem
        finally:
            self.discard()

    def discard(self) -> None:
        """Let go of snapshot and descriptor; may be called again."""
        dir_fd, self._dir_fd, self._values = self._dir_fd, -1, {}

        if dir_fd >= 0:
            os.close(dir_fd)


def _check_size(data: bytes) -> None:
    if len(data) > PLIST_BYTES_MAX:
        raise OSError(errno.EFBIG, f"{len(data)} bytes; {PLIST_BYTES_MAX} are the most")


def _check_known(found: Identity | None, known: Identity | None) -> None:
    if found not in (None, known):
        raise OSError(errno.ESTALE, "somebody else has written it")
