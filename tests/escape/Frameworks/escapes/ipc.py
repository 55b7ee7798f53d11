"""Channels of the operating system that iOS does not give to apps."""

import os
import struct

from escapes.kern import (
    AF_UNIX,
    AT_FDCWD,
    accept,
    address_of,
    bind,
    buffer,
    call,
    connect,
    create,
    holding,
    listen,
    named,
    read,
    recv,
    send,
    socket,
    unix,
    write,
)
from escapes.rows import Channel, Scene, solo, steps

_STREAM = 1
_DGRAM = 2
_FIFO = 0o010600


class _Fifo:
    """The sibling makes a FIFO and listens; the attacker writes."""

    @staticmethod
    def make(scene: Scene, folder: str) -> object:
        path = f"{folder}/fifo"
        call("mknodat", AT_FDCWD, named(path), _FIFO, 0)
        scene.kept["fifo"] = create(path, os.O_RDWR | os.O_NONBLOCK)

        return path


@steps("ipc", "write to a FIFO in its sibling's container")
class FifoSibling:
    @staticmethod
    def b_make(scene: Scene) -> object:
        return _Fifo.make(scene, scene.home + "/Documents")

    @staticmethod
    def a_write(scene: Scene) -> object:
        return write(create(scene.said["b_make"], os.O_WRONLY | os.O_NONBLOCK), b"x")


@steps("group", "write to a FIFO in the group's container")
class FifoGroup:
    @staticmethod
    def b_make(scene: Scene) -> object:
        return _Fifo.make(scene, scene.group)

    @staticmethod
    def a_write(scene: Scene) -> object:
        return write(create(scene.said["b_make"], os.O_WRONLY | os.O_NONBLOCK), b"x")


@solo("group", "make a device in the group's container")
def device_in_group(scene: Scene) -> object:
    path = named(scene.group + "/device")

    return call("mknodat", AT_FDCWD, path, 0o020600, 0x103) == 0  # /dev/null's number


def _serve(scene: Scene, name: str, kind: int) -> str:
    server = socket(AF_UNIX, kind)
    scene.kept["server"] = server
    bind(server, unix(name))

    if kind == _STREAM:
        listen(server)

    return name


def _call_on(scene: Scene, name: str, kind: int) -> object:
    client = socket(AF_UNIX, kind)
    scene.kept["client"] = client
    connect(client, unix(name))

    return send(client, b"x")


@steps("ipc", "connect to a Unix socket in its sibling's container")
class SocketSibling:
    @staticmethod
    def b_serve(scene: Scene) -> object:
        folder = create(scene.home + "/Documents", os.O_DIRECTORY)

        return _serve(scene, f"/proc/self/fd/{folder}/s", _STREAM)

    @staticmethod
    def a_connect(scene: Scene) -> object:
        folder = create(scene.sibling + "/Documents", os.O_PATH)

        return _call_on(scene, f"/proc/self/fd/{folder}/s", _STREAM)


@steps("group", "connect to a Unix socket in the group's container")
class SocketGroup:
    @staticmethod
    def b_serve(scene: Scene) -> object:
        folder = create(scene.group, os.O_DIRECTORY)

        return _serve(scene, f"/proc/self/fd/{folder}/s", _STREAM)

    @staticmethod
    def a_connect(scene: Scene) -> object:
        folder = create(scene.group, os.O_DIRECTORY)

        return _call_on(scene, f"/proc/self/fd/{folder}/s", _STREAM)


@solo("ipc", "connect to the host's control socket")
def host_socket(scene: Scene) -> object:
    return _call_on(scene, scene.host_socket, _STREAM)


@solo("ipc", "connect to the service's control socket")
def service_socket(scene: Scene) -> object:
    return _call_on(scene, scene.service_socket, _STREAM)


@steps("ipc", "connect to a Unix socket in the machine's folder for temporary files")
class SocketTmp:
    @staticmethod
    def b_serve(scene: Scene) -> object:
        return _serve(scene, scene.outside["folder"] + "/s", _STREAM)

    @staticmethod
    def a_connect(scene: Scene) -> object:
        return _call_on(scene, scene.said["b_serve"], _STREAM)


@steps("ipc", "connect to an abstract stream socket of its sibling")
class AbstractStream:
    @staticmethod
    def b_serve(scene: Scene) -> object:
        return _serve(scene, f"\0escape-s-{scene.outside['word']}", _STREAM)

    @staticmethod
    def a_connect(scene: Scene) -> object:
        return _call_on(scene, scene.said["b_serve"], _STREAM)

    @staticmethod
    def b_take(scene: Scene) -> object:
        return recv(accept(scene.kept["server"])) == b"x"


@steps("ipc", "send to an abstract datagram socket of its sibling")
class AbstractDatagram:
    @staticmethod
    def b_serve(scene: Scene) -> object:
        return _serve(scene, f"\0escape-d-{scene.outside['word']}", _DGRAM)

    @staticmethod
    def a_send(scene: Scene) -> object:
        return _call_on(scene, scene.said["b_serve"], _DGRAM)

    @staticmethod
    def b_take(scene: Scene) -> object:
        return recv(scene.kept["server"]) == b"x"


@solo("ipc", "connect to an abstract socket outside")
def abstract_outside(scene: Scene) -> object:
    return _call_on(scene, scene.outside["abstract"], _STREAM)


@steps("ipc", "signal by an abstract name that is taken")
class AbstractFlag(Channel):
    @staticmethod
    def act(scene: Scene) -> object:
        return _serve(scene, f"\0escape-f-{scene.outside['word']}", _DGRAM)

    @staticmethod
    def observe(scene: Scene) -> object:
        mine = socket(AF_UNIX, _DGRAM)

        try:
            bind(mine, unix(f"\0escape-f-{scene.outside['word']}"))
        except OSError as problem:
            return problem.errno
        finally:
            os.close(mine)

        return "free"


def _message(name: str, data: bytes) -> tuple[bytes, list[object]]:
    """Return a struct msghdr to an address, and what must live as long as it."""
    where = unix(name)
    address = holding(where, 128)
    room = holding(data, len(data))
    vector = holding(struct.pack("=QQ", address_of(room), len(data)), 16)
    header = struct.pack(
        "=QIxxxxQQQQI4x", address_of(address), len(where), address_of(vector), 1, 0, 0, 0
    )

    return header, [address, room, vector]


@steps("ipc", "send a message with an address through a socket that the host gave it")
class InheritedWithAddress:
    @staticmethod
    def a_send(scene: Scene) -> object:
        header, kept = _message(scene.outside["datagram"], b"escape")
        done = call("sendmsg", 4, header, 0x40)
        del kept

        return done

    @staticmethod
    def h_take(scene: Scene) -> object:
        return recv(scene.outside["datagram_fd"]) == b"escape"


@solo("ipc", "send to a Unix socket by path through a datagram pair of its own")
def pair_with_address(scene: Scene) -> object:
    room = buffer(8)
    call("socketpair", AF_UNIX, _DGRAM, 0, room)
    first, _ = struct.unpack("=ii", room.raw)
    header, kept = _message(scene.outside["datagram"], b"escape")
    done = call("sendmsg", first, header, 0) == 6
    del kept

    return done


@solo("ipc", "open a shared memory segment (System V)")
def sysv_shm(scene: Scene) -> object:
    return call("shmget", scene.outside["key"], 0, 0) >= 0


@solo("ipc", "make and remove a shared memory segment (System V)")
def sysv_shm_new(scene: Scene) -> object:
    del scene

    return call("shmctl", call("shmget", 0, 4096, 0o600), 0, None) == 0


@solo("ipc", "make and remove a message queue (System V)")
def sysv_msg(scene: Scene) -> object:
    del scene

    return call("msgctl", call("msgget", 0, 0o600), 0, None) == 0


@solo("ipc", "make and remove a semaphore (System V)")
def sysv_sem(scene: Scene) -> object:
    del scene

    return call("semctl", call("semget", 0, 1, 0o600), 0, 0, 0) == 0


@steps("ipc", "make a POSIX message queue with its sibling")
class MessageQueue:
    @staticmethod
    def b_make(scene: Scene) -> object:
        name = f"escape-{scene.outside['word']}-own\0".encode()
        scene.kept["queue"] = call("mq_open", name, os.O_CREAT | os.O_RDWR, 0o600, None)

        return True

    @staticmethod
    def a_send(scene: Scene) -> object:
        name = f"escape-{scene.outside['word']}-own\0".encode()
        scene.kept["queue"] = call("mq_open", name, os.O_RDWR, 0, None)
        call("mq_timedsend", scene.kept["queue"], b"x", 1, 0, None)

        return call("mq_unlink", name) == 0


@solo("ipc", "open a POSIX message queue outside by its name")
def queue_outside(scene: Scene) -> object:
    name = scene.outside["queue"].encode() + b"\0"
    scene.kept["queue"] = call("mq_open", name, os.O_RDWR, 0, None)

    return True


@solo("ipc", "remove a POSIX message queue outside")
def queue_unlink(scene: Scene) -> object:
    return call("mq_unlink", scene.outside["queue"].encode() + b"-2\0") == 0


@solo("ipc", "open the page of a device by its name in /dev/shm")
def page_by_name(scene: Scene) -> object:
    return len(read(create(f"/dev/shm/{scene.outside['memory']}", os.O_RDWR))) > 0


@solo("ipc", "use the user's keyring")
def user_keyring(scene: Scene) -> object:
    del scene

    return call("keyctl", 0, -4, 1) > 0


@solo("ipc", "add a key to the session's keyring")
def session_keyring(scene: Scene) -> object:
    word = scene.outside["word"].encode()
    key = call("add_key", b"user\0", b"escape-" + word + b"\0", b"x", 1, -3)
    call("keyctl", 9, key, -3)

    return key > 0


@solo("ipc", "make a memfd")
def memfd(scene: Scene) -> object:
    del scene
    os.close(call("memfd_create", b"escape\0", 0))

    return True


@solo("ipc", "make a secret memfd")
def memfd_secret(scene: Scene) -> object:
    del scene
    os.close(call("memfd_secret", 0))

    return True


@solo("ipc", "wake who waits on a shared mapping of a shared read-only file")
def shared_futex(scene: Scene) -> object:
    mine = create(scene.shared)
    at = call("mmap", 0, 4096, 1, 1, mine, 0)

    try:
        return call("futex", at, 1, 1, None, None, 0) >= 0
    finally:
        call("munmap", at, 4096)
