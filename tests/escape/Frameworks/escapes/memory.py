"""Memory that the host shares, and descriptors that it hands over, opened anew with more rights."""

import mmap
import os
import struct

from escapes.kern import buffer, call, create, write
from escapes.rows import Scene, solo

_SHARED = 1
_PROT_READ = 1
_PROT_WRITE = 2


def _page(scene: Scene) -> int:
    """Return where the host's read-only memory lies: a device's page, or what stands for it."""
    if scene.outside["kind"] == "guest":
        from simulator.sdk._process import current

        base = _address(current().page.mode)
    else:
        held = create(scene.outside["page"], os.O_RDWR)
        memory = mmap.mmap(held, 8192, mmap.MAP_SHARED, mmap.PROT_READ)
        scene.kept["memory"] = memory
        base = _address(memoryview(memory))

    return base & ~4095


def _address(view: memoryview) -> int:
    """Return the address of memory that may not be written, which ctypes alone does not tell."""
    import ctypes

    class Buffer(ctypes.Structure):
        _fields_ = (  # type: ignore[mutable-override]
            ("buf", ctypes.c_void_p),
            ("obj", ctypes.py_object),
            ("rest", ctypes.c_byte * 128),
        )

    room = Buffer()
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(view), ctypes.byref(room), 0)
    place = int(room.buf or 0)
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(room))

    return place


@solo("shm", "make the host's read-only page writable by mprotect")
def mprotect_page(scene: Scene) -> object:
    page = _page(scene)
    call("mprotect", page, 4096, _PROT_READ | _PROT_WRITE)

    return call("mprotect", page, 4096, _PROT_READ) == 0


@solo("shm", "dig a hole into the host's page by madvise")
def madvise_remove_page(scene: Scene) -> object:
    return call("madvise", _page(scene), 4096, 9) == 0


@solo("shm", "map the host's page a second time by mremap, and write that")
def mremap_page(scene: Scene) -> object:
    again = call("mremap", _page(scene), 0, 4096, 1, 0)

    return call("mprotect", again, 4096, _PROT_READ | _PROT_WRITE) == 0


@solo("shm", "open what backs the host's page through /proc/self/map_files")
def page_by_map_files(scene: Scene) -> object:
    page = _page(scene)
    size = 8192

    if scene.outside["kind"] == "guest":
        from simulator.xpc.page import PAGE_SIZE

        size = (PAGE_SIZE + 4095) & ~4095

    scene.kept["mine"] = create(f"/proc/self/map_files/{page:x}-{page + size:x}", os.O_RDWR)

    return True


@solo("shm", "open its standard output again, for reading")
def reopen_stdout(scene: Scene) -> object:
    scene.kept["mine"] = create("/proc/self/fd/1", os.O_RDONLY | os.O_NONBLOCK)

    return True


@solo("shm", "open a pipe's reading end again, for writing")
def reopen_pipe(scene: Scene) -> object:
    reading, writing = os.pipe()
    scene.kept["r"], scene.kept["w"] = reading, writing

    if scene.outside["kind"] == "guest":  # its own pipe is its own; what the host gave it counts
        reading = 2

    mine = create(f"/proc/self/fd/{reading}", os.O_RDWR | os.O_NONBLOCK)
    scene.kept["mine"] = mine

    return True


@solo("shm", "take a large reply of the host, a sealed memfd, and write it")
def write_reply(scene: Scene) -> object:
    if scene.outside["kind"] != "guest":
        held = os.memfd_create("reply", os.MFD_ALLOW_SEALING)
        scene.kept["held"] = held

        return write(held, b"x") == 1

    from shared_container.codec import encode
    from simulator.sdk._process import current
    from simulator.sdk.foundation import UserDefaults
    from simulator.xpc.frames import Flag, Kind

    UserDefaults.standard.set(bytes(200_000), "large")
    name = current().info["bundle_id"]
    frame, files = current().ask(Kind.CALL, encode(["cfprefsd.open", name]))
    assert frame.flags & Flag.FILES, "the answer was small"

    try:
        return write(files[0], b"x") == 1
    finally:
        for descriptor in files:
            os.close(descriptor)


@solo("shm", "find a socket beside its own two, which the zygote forgot to close")
def forgotten_socket(scene: Scene) -> object:
    del scene
    room = buffer()

    for number in range(5, 256):
        try:
            call("fstat", number, room)
        except OSError as problem:
            if problem.errno != 9:  # EBADF
                raise

            continue

        if struct.unpack_from("=I", room.raw, 24)[0] & 0o170000 == 0o140000:
            return True

    return False
