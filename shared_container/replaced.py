"""A plist that somebody else has written, read by any thread."""

import os

from shared_container.atomic import Identity, identity_of, read_at
from shared_container.layout import preferences_name
from shared_container.plist import PLIST_BYTES_MAX, decode_plist

__all__ = ("ReplacedPlist",)


class ReplacedPlist:
    """What ``DomainStore.replaced`` returns: to be read once, even after the store was closed.

    Args:
        dir_fd: A descriptor of the folder, taken over.
        domain: The domain's name.
    """

    __slots__ = ("_dir_fd", "_name")

    def __init__(self, dir_fd: int, domain: str) -> None:
        self._dir_fd = dir_fd
        self._name = preferences_name(domain)

    def read(self) -> tuple[dict[str, object], Identity]:
        """Return its values, and which file it is; slow, and safe in a thread.

        Raises:
            ValueError: It cannot be used; the text completes "… cannot be used: ".
            OSError: It cannot be read.
        """
        try:
            data, status = read_at(self._dir_fd, self._name, PLIST_BYTES_MAX + 1)
        finally:
            os.close(self._dir_fd)

        return decode_plist(data)[0], identity_of(status)
