"""Networks and terminals."""

import os
import struct

from escapes.kern import (
    AF_INET,
    accept,
    bind,
    buffer,
    call,
    connect,
    create,
    inet,
    listen,
    recv,
    send,
    socket,
)
from escapes.rows import Channel, Scene, solo, steps

_STREAM = 1
_DGRAM = 2
_FAST_OPEN = 0x20000000
_TIOCSTI = 0x5412


@solo("net", "connect by TCP to a port of the machine")
def tcp_host(scene: Scene) -> object:
    client = socket(AF_INET, _STREAM)
    scene.kept["client"] = client
    connect(client, inet(scene.outside["tcp"]))

    return True


def _port(descriptor: int) -> int:
    room = buffer(16)
    call("getsockname", descriptor, room, struct.pack("=I", 16))

    return int(struct.unpack_from("!H", room.raw, 2)[0])


@steps("net", "connect by TCP to its sibling")
class TcpSibling:
    @staticmethod
    def b_serve(scene: Scene) -> object:
        server = socket(AF_INET, _STREAM)
        scene.kept["server"] = server
        bind(server, inet(0))
        listen(server)

        return _port(server)

    @staticmethod
    def a_connect(scene: Scene) -> object:
        client = socket(AF_INET, _STREAM)
        scene.kept["client"] = client
        connect(client, inet(scene.said["b_serve"]))

        return send(client, b"x")

    @staticmethod
    def b_take(scene: Scene) -> object:
        return recv(accept(scene.kept["server"]), 0) == b"x"


@steps("net", "signal by a TCP port that is taken")
class PortFlag(Channel):
    @staticmethod
    def act(scene: Scene) -> object:
        mine = socket(AF_INET, _STREAM)
        scene.kept["mine"] = mine

        return bind(mine, inet(scene.outside["free_port"]))

    @staticmethod
    def undo(scene: Scene) -> object:
        os.close(scene.kept.pop("mine"))

        return None

    @staticmethod
    def observe(scene: Scene) -> object:
        mine = socket(AF_INET, _STREAM)

        try:
            bind(mine, inet(scene.outside["free_port"]))
        except OSError as problem:
            return problem.errno
        finally:
            os.close(mine)

        return "free"


@solo("net", "connect by TCP Fast Open: sendto() without connect()")
def tcp_fast_open(scene: Scene) -> object:
    client = socket(AF_INET, _STREAM)
    scene.kept["client"] = client

    return send(client, b"x", inet(scene.outside["tcp"]), _FAST_OPEN) >= 0


@solo("net", "send by UDP to a port of the machine")
def udp_host(scene: Scene) -> object:
    return send(socket(AF_INET, _DGRAM), b"x", inet(scene.outside["udp"])) == 1


@steps("net", "send by UDP to its sibling")
class UdpSibling:
    @staticmethod
    def b_serve(scene: Scene) -> object:
        server = socket(AF_INET, _DGRAM)
        scene.kept["server"] = server
        bind(server, inet(0))

        return _port(server)

    @staticmethod
    def a_send(scene: Scene) -> object:
        return send(socket(AF_INET, _DGRAM), b"x", inet(scene.said["b_serve"]))

    @staticmethod
    def b_take(scene: Scene) -> object:
        return recv(scene.kept["server"], 0) == b"x"


@steps("net", "send to its sibling by netlink")
class NetlinkUser:
    @staticmethod
    def b_serve(scene: Scene) -> object:
        server = socket(16, 3, 2)
        scene.kept["server"] = server
        bind(server, struct.pack("=HHII", 16, 0, 0, 0))
        room = buffer(12)
        call("getsockname", server, room, struct.pack("=I", 12))

        return struct.unpack("=HHII", room.raw)[2]

    @staticmethod
    def a_send(scene: Scene) -> object:
        client = socket(16, 3, 2)
        address = struct.pack("=HHII", 16, 0, scene.said["b_serve"], 0)

        return send(client, struct.pack("=IHHII", 20, 0, 0, 1, 0) + b"sign", address)

    @staticmethod
    def b_take(scene: Scene) -> object:
        return recv(scene.kept["server"]).endswith(b"sign")


@solo("net", "list the machine's interfaces by netlink")
def netlink_route(scene: Scene) -> object:
    mine = socket(16, 3, 0)
    scene.kept["mine"] = mine
    request = struct.pack("=IHHIIBxHiII", 32, 18, 0x301, 1, 0, 0, 0, 0, 0, 0)
    send(mine, request, struct.pack("=HHII", 16, 0, 0, 0))

    return len(recv(mine, 0)) > 0


@solo("net", "ask for the machine's addresses by ioctl")
def interface_addresses(scene: Scene) -> object:
    mine = socket(AF_INET, _DGRAM)
    scene.kept["mine"] = mine

    return call("ioctl", mine, 0x8912, bytes(16)) == 0


@solo("net", "make a vsock")
def vsock(scene: Scene) -> object:
    scene.kept["mine"] = socket(40, _STREAM)

    return True


@solo("net", "make a crypto socket (AF_ALG)")
def alg(scene: Scene) -> object:
    scene.kept["mine"] = socket(38, 5)

    return True


@solo("net", "make a packet socket")
def packet(scene: Scene) -> object:
    scene.kept["mine"] = socket(17, 3, 0x0300)

    return True


@solo("net", "make a Bluetooth, CAN or XDP socket")
def other_families(scene: Scene) -> object:
    last = OSError(97, "none of them")

    for family, kind in ((44, 3), (31, 5), (29, 3)):
        try:
            scene.kept[str(family)] = socket(family, kind)
        except OSError as problem:
            last = problem
        else:
            return True

    raise last


@solo("tty", "push characters into a terminal")
def tiocsti(scene: Scene) -> object:
    if scene.outside["kind"] == "guest":  # it has none: any descriptor shows what ioctl answers
        return call("ioctl", 1, _TIOCSTI, b"x") == 0

    master = create("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)
    scene.kept["master"] = master
    call("ioctl", master, 0x40045431, struct.pack("=i", 0))
    terminal = call("ioctl", master, 0x5441, os.O_RDWR | os.O_NOCTTY)
    scene.kept["terminal"] = terminal

    return call("ioctl", terminal, _TIOCSTI, b"x") == 0


@solo("tty", "open a new terminal")
def ptmx(scene: Scene) -> object:
    scene.kept["mine"] = create("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)

    return True


@solo("tty", "open a terminal of the machine by path")
def pts(scene: Scene) -> object:
    scene.kept["mine"] = create(scene.outside["terminal"], os.O_RDWR | os.O_NOCTTY)

    return True


@solo("tty", "read what the machine's console shows")
def console(scene: Scene) -> object:
    scene.kept["mine"] = create("/dev/vcs", os.O_RDONLY | os.O_NOCTTY)

    return True


@solo("tty", "paste into the console by TIOCLINUX")
def tioclinux(scene: Scene) -> object:
    del scene

    return call("ioctl", 1, 0x541C, b"\x06") == 0
