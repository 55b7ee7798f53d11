"""The host's side of the shared page: creating it, and handing out its slots.

POSIX shared memory made with posix_ipc. The name carries the udid, so that a new boot can sweep
what a kill left between creating and unlinking; it lives only until both descriptors are open.
"""

import mmap
import os
from contextlib import suppress
from typing import Final

import posix_ipc

from simulator.xpc.page import (
    COUNT_MASK,
    DOMAIN_SLOTS,
    MAGIC,
    NOTIFY_SLOTS,
    OWN_SLOTS,
    PAGE_SIZE,
    STARTS_SHIFT,
    STEP,
    VERSION,
    PageView,
)

_STARTS_MASK: Final = 0x7FFF_FFFF
_WORD: Final = 1 << 64

__all__ = ("HostPage", "Slots", "page_name", "sweep")


def page_name(udid: str) -> str:
    """Return the name of the shared memory of a device."""
    return f"/extension-simulator-{udid}"


def sweep(udid: str) -> None:
    """Unlink what a kill at the wrong moment left; nothing there is no error."""
    with suppress(posix_ipc.ExistentialError):
        posix_ipc.unlink_shared_memory(page_name(udid))


class Slots:
    """Numbered words of the page, handed out lowest first and taken back.

    Args:
        count: How many there are.
        first: The first that may be handed out.
    """

    def __init__(self, count: int, first: int = 0) -> None:
        self._free = list(range(count - 1, first - 1, -1))

    def take(self) -> int | None:
        """Return a free slot, or None when all are taken."""
        return self._free.pop() if self._free else None

    def give(self, slot: int) -> None:
        """Take a slot back."""
        self._free.append(slot)


class HostPage:
    """The page of one device, writable.

    Args:
        udid: The device's.

    Attributes:
        words: The page's words; only the host's mapping is writable.
        guest_fd: A read-only descriptor for the zygote; the caller closes it.
        domains, own: Which words are free; notifyd looks after those of names.
    """

    def __init__(self, udid: str) -> None:
        sweep(udid)
        name = page_name(udid)
        memory = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=0o600, size=PAGE_SIZE)

        try:
            # From a descriptor opened read-only a guest's mprotect cannot make it writable.
            self.guest_fd = posix_ipc.SharedMemory(name, read_only=True).fd
        finally:
            memory.unlink()

        self._mapping = mmap.mmap(memory.fd, PAGE_SIZE)
        os.close(memory.fd)
        buffer = memoryview(self._mapping)
        buffer[:8] = MAGIC.to_bytes(4, "little") + VERSION.to_bytes(4, "little")
        self.words = PageView(buffer)
        self.domains = Slots(DOMAIN_SLOTS)
        self.own = Slots(OWN_SLOTS, first=1)

    def set_mode(self, bit: int, *, on: bool) -> None:
        """Set or clear a mode bit for all guests."""
        mode = self.words.mode[0]
        self.words.mode[0] = mode | bit if on else mode & ~bit
        self._make_checks_look()

        if bit == STEP:
            self._make_reads_look()

    def _make_reads_look(self) -> None:
        """Make every copy of a domain look stale: a read then looks at the mode, too."""
        for slot in range(DOMAIN_SLOTS):
            self.words.domains[slot] = (self.words.domains[slot] + 1) % _WORD

    def set_notifyd_starts(self, starts: int) -> None:
        """Say that notifyd was started for the ``starts``-th time since the device was booted."""
        self.words.notify[0] = starts
        flags = self.words.mode[0] & ((1 << STARTS_SHIFT) - 1)
        self.words.mode[0] = flags | (starts & 0xFFFF) << STARTS_SHIFT
        self._make_checks_look()

    def _make_checks_look(self) -> None:
        """Put what a check must look at into every word: no word is then what it was."""
        is_step = bool(self.words.mode[0] & STEP)
        upper = ((self.words.notify[0] & _STARTS_MASK) << 1 | is_step) << 32

        if self.words.notify[1] & ~COUNT_MASK == upper:
            return

        for word in range(1, NOTIFY_SLOTS):
            self.words.notify[word] = upper | self.words.notify[word] & COUNT_MASK
