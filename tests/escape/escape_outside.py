"""What the test itself holds outside: sockets, queues, files that a guest tries to reach."""

import os
import shutil
import socket
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from simulator.sandbox.kernel import system_call

__all__ = ("Outside", "furnish")


class Outside:
    """Held until :meth:`close`.

    Attributes:
        told: What the rows are told of it.
        folder: A folder of its own, in the machine's folder for temporary files.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="escape-"))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        word = os.urandom(4).hex()
        (self.folder / "secret").write_bytes(b"secret")
        (self.folder / "record").write_bytes(b"the seed")
        (self.folder / "page").write_bytes(bytes(8192))
        shared = self.folder / "library"
        shared.mkdir()
        (shared / "shared.py").write_bytes(b"# shared\n" * 1000)
        (shared / "fresh.py").write_bytes(b"# fresh\n")
        self.word = word
        self.told: dict[str, Any] = {
            "kind": "plain",
            "word": word,
            "folder": str(self.folder),
            "abstract": f"\0escape-{word}",
            "datagram": str(self.folder / "datagrams"),
            "queue": f"escape-{word}",
            "memory": f"escape-{word}-memory",
            "record": str(self.folder / "record"),
            "page": str(self.folder / "page"),
            "fresh": str(shared / "fresh.py"),
            "key": int(word, 16) & 0x3FFFFFFF or 1,
        }
        self._open_sockets()
        self._open_names()

    def _open_sockets(self) -> None:
        abstract = self._socket(socket.AF_UNIX, socket.SOCK_STREAM, self.told["abstract"])
        abstract.listen()
        self.listener = str(self.folder / "host.sock")
        self._socket(socket.AF_UNIX, socket.SOCK_STREAM, self.listener).listen(64)
        datagrams = self._socket(socket.AF_UNIX, socket.SOCK_DGRAM, self.told["datagram"])
        tcp = self._socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        tcp.listen(64)
        udp = self._socket(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.told["free_port"] = probe.getsockname()[1]

        self.told["tcp"] = tcp.getsockname()[1]
        self.told["udp"] = udp.getsockname()[1]
        self.told["datagram_fd"] = datagrams.fileno()

    def _socket(self, family: int, kind: int, address: Any) -> socket.socket:
        made = self._stack.enter_context(socket.socket(family, kind))
        made.bind(address)

        return made

    def _open_names(self) -> None:
        master, terminal = os.openpty()
        self._stack.callback(os.close, master)
        self._stack.callback(os.close, terminal)
        self.told["terminal"] = os.ttyname(terminal)
        memory = Path("/dev/shm", self.told["memory"])
        memory.write_bytes(b"memory")
        self._stack.callback(memory.unlink, missing_ok=True)

        with suppress(OSError):  # a kernel without them; the rows then say so
            segment = system_call("shmget", self.told["key"], 4096, 0o1600)
            self._stack.callback(system_call, "shmctl", segment, 0, None)

        for suffix in ("", "-2", "-own"):
            self._stack.callback(self._unlink_queue, f"{self.told['queue']}{suffix}")

        self.renew()

    def renew(self) -> None:
        """Make again what a row may have removed."""
        for suffix in ("", "-2"):
            name = f"{self.told['queue']}{suffix}\0".encode()

            with suppress(OSError):
                os.close(system_call("mq_open", name, os.O_CREAT | os.O_RDWR, 0o600, None))

    def _unlink_queue(self, name: str) -> None:
        with suppress(OSError):
            system_call("mq_unlink", name.encode() + b"\0")

    def close(self) -> None:
        """Let go of everything."""
        self._stack.close()


def furnish(home: Path) -> None:
    """Put into a container what the rows are about."""
    documents = home / "Documents"
    shutil.rmtree(documents, ignore_errors=True)
    documents.mkdir()

    for name in ("secret", "append", "grows", "unlinked", "renamed", "exchanged"):
        (documents / name).write_bytes(b"secret")

    (documents / "empty").mkdir()
    os.symlink("a message", documents / "link")
