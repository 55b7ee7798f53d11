"""Learning what other containers are called: a name that is known is half a door."""

import ctypes
import gc
import os
import re

from escapes.kern import AT_FDCWD, buffer, call, create, named
from escapes.rows import Scene, bare, solo, steps

_NAME = re.compile(rb"/(?:Application|PluginKitPlugin|AppGroup)/([0-9A-F-]{36})")
_PAGE = 4096


def _mapped_pages() -> list[int]:
    """Return the pages that this process has in reach of its objects, asked of the kernel itself.

    write(2) answers EFAULT where nothing is mapped; no /proc is needed.
    """
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.getauxval.restype = ctypes.c_ulong
    places = {id(each) >> 20 for each in gc.get_objects()}
    # AT_EXECFN, AT_RANDOM: where the kernel put arguments and environment, above the stack.
    places |= {library.malloc(600) >> 20, library.getauxval(31) >> 20, library.getauxval(25) >> 20}
    places |= {ctypes.addressof(buffer(8)) >> 20}
    near = sorted({place + step for place in places for step in range(-2, 3) if place + step > 0})
    reading, writing = os.pipe()
    found = []

    for at in (page for place in near for page in range(place << 20, (place + 1) << 20, _PAGE)):
        try:
            call("write", writing, at, 1)
        except OSError:
            continue

        os.read(reading, 1)
        found.append(at)

    os.close(reading)
    os.close(writing)

    return found


def _names_in_memory() -> list[str]:
    names: set[str] = set()

    for page in _mapped_pages():
        names.update(each.decode() for each in _NAME.findall(ctypes.string_at(page, _PAGE)))

    return sorted(names)


def _foreign(scene: Scene, found: list[str]) -> list[str]:
    known = set(scene.outside["own_names"])

    return [name for name in found if name not in known]


@bare
@steps("learn", "find names of other containers in its own memory")
class Memory:
    @staticmethod
    def a_search(scene: Scene) -> object:
        del scene

        return _names_in_memory()

    @staticmethod
    def h_judge(scene: Scene) -> object:
        """A search that finds not even its own name proves nothing."""
        assert set(scene.outside["own_names"]) & set(scene.said["a_search"]), scene.said

        return _foreign(scene, scene.said["a_search"])


@bare
@steps("learn", "find what the host's environment holds in its own memory")
class HostEnvironment:
    @staticmethod
    def a_search(scene: Scene) -> object:
        del scene
        wanted = re.compile(b"ESCAPE_" + b"CANARY=[0-9a-f]{8}")

        return sum(len(wanted.findall(ctypes.string_at(at, _PAGE))) for at in _mapped_pages())

    @staticmethod
    def h_judge(scene: Scene) -> object:
        return int(scene.said["a_search"]) > 0


@bare
@steps("learn", "list the folders above its own, one after the other")
class Upwards:
    @staticmethod
    def a_list(scene: Scene) -> object:
        found: list[str] = []
        folder = scene.home

        while folder != "/":
            folder = os.path.dirname(folder)

            try:
                held = create(folder, os.O_DIRECTORY)
                room = buffer(1 << 16)
                length = call("getdents64", held, room, 1 << 16)
                os.close(held)
            except OSError:
                continue

            names = re.findall(rb"[0-9A-F]{8}-[0-9A-F-]{27}", room.raw[:length])
            found += [name.decode() for name in names]

        return found

    @staticmethod
    def h_judge(scene: Scene) -> object:
        return _foreign(scene, scene.said["a_list"])


@bare
@steps("learn", "read the links of every process below /proc: cwd, root, exe, descriptors")
class ProcLinks:
    @staticmethod
    def a_read(scene: Scene) -> object:
        found: set[str] = set()
        near = range(max(2, os.getpid() - 200), os.getpid() + 40)

        for pid in (*near, scene.sibling_pid, scene.host_pid, scene.zygote_pid, scene.service_pid):
            for link in ("cwd", "exe", "fd/3", "fd/10", "fd/20", "map_files"):
                room = buffer(4096)

                try:
                    words = (AT_FDCWD, named(f"/proc/{pid}/{link}"), room, 4096)
                    length = call("readlinkat", *words)
                except OSError:
                    continue

                found.update(each.decode() for each in _NAME.findall(room.raw[:length]))

        return sorted(found)

    @staticmethod
    def h_judge(scene: Scene) -> object:
        return _foreign(scene, scene.said["a_read"])


@bare
@steps("learn", "read its own mounts, maps, cgroup, and what else /proc/self says")
class ProcSelf:
    @staticmethod
    def a_read(scene: Scene) -> object:
        del scene
        found: set[str] = set()
        words = ("mountinfo", "mounts", "maps", "environ", "cgroup", "stack", "fdinfo/3")

        for word in words:
            try:
                held = create(f"/proc/self/{word}")
            except OSError:
                continue

            while data := os.read(held, 1 << 20):
                found.update(each.decode() for each in _NAME.findall(data))
                found.update(["readable"])

            os.close(held)

        return sorted(found)

    @staticmethod
    def h_judge(scene: Scene) -> object:
        return scene.said["a_read"]


@bare
@steps("learn", "have the host say another's path in an error")
class Errors:
    @staticmethod
    def a_provoke(scene: Scene) -> object:
        texts = []

        if scene.outside["kind"] == "guest":
            from simulator.sdk._process import current

            for verb, words in (
                ("cfprefsd.open", scene.outside["foreign_id"]),
                ("cfprefsd.open", "com.example.EscapeB"),
                ("cfprefsd.open", "../../x"),
                ("containermanagerd.chmod", ["/", 0o700, True]),
                ("containermanagerd.chmod", [f"{scene.home}/../x", 0o700, True]),
                ("containermanagerd.utime", [scene.home, 1, 1, True]),
                ("no.body", None),
            ):
                try:
                    texts.append(repr(current().call(verb, words)))
                except Exception as problem:  # noqa: BLE001  its text is what is looked at
                    texts.append(f"{problem} {vars(problem)}")
        else:
            try:
                os.stat(scene.sibling + "/nothing")
            except FileNotFoundError as problem:
                texts.append(str(problem))

        return sorted({each.decode() for each in _NAME.findall(" ".join(texts).encode())})

    @staticmethod
    def h_judge(scene: Scene) -> object:
        return _foreign(scene, scene.said["a_provoke"])


@solo("learn", "be given the container of a group that it is not in")
def foreign_group(scene: Scene) -> object:
    if scene.outside["kind"] != "guest":
        return os.path.isdir(scene.foreign_group)

    from simulator.sdk.foundation import FileManager

    return FileManager.default.container_url(scene.outside["foreign_id"]) is not None
