"""Intruder: an app of another team, without entitlements, that tries every door.

Each line says what it tried, and what stopped it. Run it when you wonder what a guest can do;
``simctl sandbox trace --log`` then has, for each door, Apple's line and one that teaches.
"""

import ctypes
import os
import socket
import subprocess

from simulator.sdk.foundation import FileManager, UserDefaults
from simulator.sdk.uikit import Application, View

GROUP = "group.com.example.notes"


def group_folder():
    folder = FileManager.default.container_url(GROUP)

    if folder is None:
        raise PermissionError("no such container: not in this app's entitlements")

    return os.listdir(folder)


def group_suite():
    found = UserDefaults(suite_name=GROUP).object("count")

    if found is None:
        raise PermissionError("the suite exists, but is private to this app, and empty")

    return found


def shared_memory():
    with open("/dev/shm/intruder", "w") as file:
        file.write("x")


def system_v_memory():
    if ctypes.CDLL(None, use_errno=True).shmget(4711, 4096, 0o1666) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


DOORS = {
    "read the group container of Notes": group_folder,
    "read the defaults suite of Notes": group_suite,
    "list the containers of other apps": lambda: os.listdir(os.path.dirname(os.environ["HOME"])),
    "read /etc/passwd": lambda: open("/etc/passwd").read(),
    "write to /tmp": lambda: open("/tmp/intruder", "w"),
    "read the memory of another process": lambda: open(f"/proc/{os.getppid()}/mem", "rb"),
    "signal another process": lambda: os.kill(os.getppid(), 0),
    "fork": os.fork,
    "run a program": lambda: subprocess.run(["/bin/true"], check=True),
    "open a network connection": lambda: socket.create_connection(("127.0.0.1", 9), 1),
    "listen on a Unix socket": lambda: socket.socket(socket.AF_UNIX),
    "make POSIX shared memory": shared_memory,
    "make System V shared memory": system_v_memory,
}


class Intruder(Application):
    def did_finish_launching(self, options):
        lines = [f"{door}: {self.attempt(DOORS[door])}" for door in DOORS]
        print(*lines, sep="\n")
        self.show(View("Intruder", lines))

    def attempt(self, door):
        try:
            door()
        except Exception as stopped:
            return f"stopped – {type(stopped).__name__}: {stopped}"

        return "OPEN"
