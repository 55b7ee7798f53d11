"""Side channels: what one process does, felt in another."""

import ctypes
import mmap
import os
import struct
import threading
from contextlib import suppress

from escapes.kern import address_of, buffer, call, create, holding
from escapes.rows import Channel, Scene, solo, steps

_DONTWAIT = 8  # RWF_NOWAIT


@steps("side", "signal by the quota of pipe pages that all of one user share")
class PipePages(Channel):
    @staticmethod
    def act(scene: Scene) -> object:
        held = scene.kept.setdefault("pipes", [])

        with suppress(OSError):
            for _ in range(1200):
                held.append(os.pipe())

                with suppress(OSError):
                    call("fcntl", held[-1][0], 1031, 1 << 20)

        return len(held)

    @staticmethod
    def undo(scene: Scene) -> object:
        for pair in scene.kept.pop("pipes", []):
            for end in pair:
                os.close(end)

        return None

    @staticmethod
    def observe(scene: Scene) -> object:
        del scene
        ours, theirs = os.pipe()

        try:
            return call("fcntl", ours, 1032, 0)
        finally:
            os.close(ours)
            os.close(theirs)


@steps("side", "signal by the counter of process and thread numbers")
class PidCounter(Channel):
    @staticmethod
    def _one() -> int:
        found: list[int] = []
        thread = threading.Thread(target=lambda: found.append(threading.get_native_id()))
        thread.start()
        thread.join()

        return found[0]

    @staticmethod
    def act(scene: Scene) -> object:
        del scene

        for _ in range(1500):
            PidCounter._one()

        return None

    @staticmethod
    def observe(scene: Scene) -> object:
        del scene
        now = PidCounter._one()
        before, PidCounter.last = PidCounter.last, now

        return before is not None and now - before > 1000

    last: int | None = None


@steps("side", "see by preadv2(RWF_NOWAIT) which parts of a shared file are in memory")
class PageCache:
    @staticmethod
    def a_ask(scene: Scene) -> object:
        room = buffer(16)
        vector = holding(struct.pack("=QQ", address_of(room), 16), 16)

        return call("preadv2", create(scene.shared), vector, 1, 0, 0, _DONTWAIT) > 0


@solo("side", "see by cachestat which parts of a shared file are in memory")
def cachestat(scene: Scene) -> object:
    return call("cachestat", create(scene.shared), bytes(16), buffer(40), 0) == 0


@solo("side", "see by mincore which parts of a shared file are in memory")
def mincore(scene: Scene) -> object:
    held = create(scene.shared)
    at = call("mmap", 0, 4096, 1, 1, held, 0)

    try:
        return call("mincore", at, 4096, buffer(1)) == 0
    finally:
        call("munmap", at, 4096)


@solo("side", "drop a shared file out of memory (fadvise)")
def drop_cache(scene: Scene) -> object:
    return call("fadvise64", create(scene.shared), 0, 0, 4) == 0


@solo("side", "read a shared file ahead into memory (readahead)")
def readahead(scene: Scene) -> object:
    return call("readahead", create(scene.shared), 0, 4096) == 0


@solo("side", "ask how much memory is free and how many processes there are")
def sysinfo(scene: Scene) -> object:
    del scene

    return call("sysinfo", buffer(256)) == 0


@solo("side", "have pages like its sibling's merged, and feel that (madvise MERGEABLE)")
def merge_pages(scene: Scene) -> object:
    del scene

    with mmap.mmap(-1, 4096) as memory:
        return call("madvise", address_of(memory), 4096, 12) == 0


@solo("side", "page a shared file out (madvise PAGEOUT, COLD)")
def page_out(scene: Scene) -> object:
    held = create(scene.shared)
    at = call("mmap", 0, 4096, 1, 1, held, 0)

    try:
        return call("madvise", at, 4096, 21) == 0
    finally:
        call("munmap", at, 4096)


@solo("side", "lock its memory, which counts for all of one user")
def mlock(scene: Scene) -> object:
    del scene

    with mmap.mmap(-1, 4096) as memory:
        address = address_of(memory)
        done = call("mlock", address, 4096) == 0
        call("munlock", address, 4096)

        return done


@steps("side", "signal by the queue of signals that counts for all of one user")
class SignalQueue(Channel):
    @staticmethod
    def act(scene: Scene) -> object:
        room = buffer(8)
        request = struct.pack("=Qii", 0, 0, 1) + bytes(48)
        made = scene.kept.setdefault("timers", [])

        for _ in range(200_000):
            try:
                call("timer_create", 1, request, room)
            except BlockingIOError:
                break

            made.append(struct.unpack_from("=i", room.raw)[0])

        return len(made)

    @staticmethod
    def undo(scene: Scene) -> object:
        for each in scene.kept.pop("timers", []):
            call("timer_delete", each)

        return None

    @staticmethod
    def observe(scene: Scene) -> object:
        del scene
        room = buffer(8)

        try:
            call("timer_create", 1, struct.pack("=Qii", 0, 0, 1) + bytes(48), room)
        except BlockingIOError:
            return "full"

        call("timer_delete", struct.unpack_from("=i", room.raw)[0])

        return "room"


@solo("side", "see what its sibling's title is by the names of its own mappings")
def own_maps(scene: Scene) -> object:
    """The dynamic linker tells it without /proc: only paths of its own may be there."""
    library = ctypes.CDLL(None)
    found: list[bytes] = []

    class Information(ctypes.Structure):
        _fields_ = (("address", ctypes.c_void_p), ("name", ctypes.c_char_p))  # type: ignore[mutable-override]

    kind = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.POINTER(Information), ctypes.c_size_t, ctypes.c_void_p
    )

    def each(information: "ctypes._Pointer[Information]", size: int, data: object) -> int:
        del size, data
        found.append(information.contents.name or b"")
        return 0

    library.dl_iterate_phdr(kind(each), None)
    secret = os.fsencode(os.path.basename(scene.sibling))

    if scene.outside["kind"] != "guest":
        return len(found) > 0

    return any(secret in name for name in found)
