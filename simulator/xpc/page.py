"""The page that the host shares with every guest of a device: its layout, and the guest's view.

POSIX shared memory, written by the host alone. A guest has a mapping made from a descriptor opened
read-only, so that ``mprotect`` cannot make it writable (measured: from a read-write descriptor it
can). The name is unlinked before the first guest exists.

=======  =======  ================================================================
offset   type     meaning
=======  =======  ================================================================
0        u32      magic
4        u32      layout version
8        u32      mode: bits ``REPORTS`` ``VIRTUAL`` ``STEP`` ``NESTED`` ``TOUCHES``; from bit 16
                  how often notifyd was started, modulo 65536
16       u64      device time in ns (only while it is virtual)
24       u64      wall clock in ns since 1970 at device time 0
4096     u64 ×    word 0: how often notifyd was started; then one word per notification name
         1024     that somebody checks: below, how often it was posted, modulo 2³²; in the upper
                  half, the same in all words, what else a check must look at: bit 32 ``STEP``,
                  from bit 33 how often notifyd was started. So a check compares one word.
                  Names share words when all are taken
12288    u64 ×    one word per preference domain: its generation; all of them are raised when
         256      ``STEP`` changes, so that a read that compares one word looks at the mode then
16384    u64 ×    one word per (guest, domain): how many bumps were its own
         4096
=======  =======  ================================================================

Words are naturally aligned; CPython reads and writes them through a cast memoryview in one copy of
their size, which the processors this runs on do in one access.
"""

__all__ = (
    "COUNT_MASK",
    "DOMAIN_SLOTS",
    "DOMAIN_WORDS",
    "MAGIC",
    "MODE",
    "NESTED",
    "NOTIFY_SLOTS",
    "NOTIFY_WORDS",
    "OWN_SLOTS",
    "OWN_WORDS",
    "PAGE_SIZE",
    "REPORTS",
    "STARTS_SHIFT",
    "STEP",
    "TOUCHES",
    "VERSION",
    "VIRTUAL",
    "PageView",
)

MAGIC = 0x50534945
VERSION = 2

MODE = 8
NOTIFY_WORDS = 4096
NOTIFY_SLOTS = 1024
DOMAIN_WORDS = 12288
DOMAIN_SLOTS = 256
OWN_WORDS = 16384
OWN_SLOTS = 4096
PAGE_SIZE = OWN_WORDS + OWN_SLOTS * 8

REPORTS = 1  # guests report each time they become idle
VIRTUAL = 2  # device time stands still unless the host moves it
STEP = 4  # posts, sets and shared points wait for the host's reply
NESTED = 8  # suspensions of a notification token nest, as documented
TOUCHES = 16  # guests say which files of their groups they touch, and report as with REPORTS
STARTS_SHIFT = 16
COUNT_MASK = 0xFFFF_FFFF
"""The half of a notification word that counts posts."""


class PageView:
    """The words of a mapped page.

    Args:
        buffer: The mapping, ``PAGE_SIZE`` bytes.

    Attributes:
        mode: One u32, the mode bits.
        notify: ``NOTIFY_SLOTS`` u64; word 0 is how often notifyd was started.
        domains: ``DOMAIN_SLOTS`` u64.
        own: ``OWN_SLOTS`` u64; slot 0 is nobody's and stays 0.
    """

    __slots__ = ("domains", "mode", "notify", "own")

    def __init__(self, buffer: memoryview) -> None:
        self.mode = buffer[MODE : MODE + 4].cast("I")
        self.notify = buffer[NOTIFY_WORDS : NOTIFY_WORDS + NOTIFY_SLOTS * 8].cast("Q")
        self.domains = buffer[DOMAIN_WORDS : DOMAIN_WORDS + DOMAIN_SLOTS * 8].cast("Q")
        self.own = buffer[OWN_WORDS : OWN_WORDS + OWN_SLOTS * 8].cast("Q")

    def release(self) -> None:
        """Let go of the buffer, so that the mapping can be closed."""
        for view in (self.mode, self.notify, self.domains, self.own):
            view.release()
