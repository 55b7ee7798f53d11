"""A peer's stage: a hub, a lead and followers, each a process of the peers' own interpreter."""

import json
import os
import select
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.bench.stage import Stage

PEERS = ("relay", "redis", "dbus", "zeromq")
_NEEDS = {  # peer → the program it needs and where that comes from, the module likewise
    "relay": ("", "", "json"),
    "redis": ("redis-server", "apt-get install redis-server", "redis"),
    "dbus": ("dbus-daemon", "apt-get install dbus", "jeepney"),
    "zeromq": ("", "", "zmq"),
}
_MEMBER = str(Path(__file__).parent / "peers" / "member.py")


def missing(peer: str, python: str) -> str:
    """Return what a peer lacks on this machine, in a sentence; nothing when it can be measured."""
    program, source, module = _NEEDS[peer]

    if program and shutil.which(program) is None:
        return f"{peer} is left out: there is no {program} ({source})"

    if subprocess.run(
        [python, "-c", f"import {module}"], capture_output=True, check=False
    ).returncode:
        return f"{peer} is left out: {python} has no module {module} (the bench extra)"

    return ""


class Theirs(Stage):
    """A peer.

    Args:
        name: One of ``PEERS``.
        python: The interpreter that has the bench extra.
        followers: How many processes follow.
    """

    def __init__(self, name: str, python: str, followers: int) -> None:
        self.name = name
        self.followers = followers
        self._python = python
        self._folder = tempfile.mkdtemp(prefix="bench-")
        self._hub = self._start(-followers - 1)
        self._wait_for_socket()
        self._members = [self._start(ordinal) for ordinal in range(followers + 1)]

    def _start(self, ordinal: int) -> "subprocess.Popen[str]":
        log = Path(self._folder) / "log"  # dbus-daemon complains about limits that it cannot raise

        with log.open("ab") as complaints:
            process = subprocess.Popen(
                [self._python, "-P", _MEMBER, self.name, self._folder, str(ordinal)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
            )

        assert process.stdout is not None
        said = process.stdout.readline()
        assert "ready" in said, f"{self.name} {ordinal} said {said!r}\n{log.read_text()}"

        return process

    def _wait_for_socket(self) -> None:
        """Wait until the hub listens: two of them become another program after their word."""
        while not any(each.is_socket() for each in Path(self._folder).iterdir()):
            assert self._hub.poll() is None, f"the hub of {self.name} ended"
            select.select([], [], [], 0.01)

    def tell(self, what: str, n: int, gap_us: int = 0) -> object:
        """Let the lead do something, and return what it measured."""
        lead = self._members[0]
        assert lead.stdin is not None
        lead.stdin.write(json.dumps([what, n, gap_us]) + "\n")
        lead.stdin.flush()

        return self._read(lead)

    def hear(self, follower: int) -> dict[str, object]:
        """Return what a follower wrote."""
        found = self._read(self._members[follower])
        assert isinstance(found, dict)

        return found

    def _read(self, process: "subprocess.Popen[str]") -> object:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"a process of {self.name} ended"

        return json.loads(line)

    def pin(self, cpus: set[int]) -> None:
        """Let hub and members run on these processors alone, with all their threads."""
        for process in (self._hub, *self._members):
            for thread in Path(f"/proc/{process.pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), cpus)

    def close(self) -> None:
        """End every process; each is our child that was not waited for."""
        for process in (*self._members, self._hub):
            process.kill()
            process.communicate()

        shutil.rmtree(self._folder, ignore_errors=True)
