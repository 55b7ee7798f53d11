"""The verb of file locks: who holds what in App Group containers, and who waits."""

import asyncio

from simulator.daemonkit.filelocks import FileLock, waits_of
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import LOCKS_TOLD_MAX
from simulator.daemonkit.sqlitelocks import Held, held_by
from simulator.device.host import DeviceHost
from simulator.device.person import verb

__all__ = ("LockVerbs",)


class LockVerbs:
    """What can be asked about locks; mixed into the verbs of a device."""

    _host: DeviceHost

    @verb
    async def locks(self) -> dict[str, object]:
        """Return a row for each lock that a process waits for or holds in a group, idle ones last.

        Beyond ``LOCKS_TOLD_MAX`` they are counted.
        """
        guests = {guest.pid: guest for guest in self._host.launchd.guests() if guest.groups}
        manager = self._host.containermanagerd
        groups = {
            str(folder): group
            for group in manager.groups()
            if (folder := manager.group_container(group))
        }
        held, waited = await asyncio.get_running_loop().run_in_executor(
            self._host.file_threads, _look, tuple(guests), tuple(groups)
        )

        found = [
            (guest, each, is_waiting)
            for by_pid, is_waiting in ((waited, True), (held, False))
            for pid, locks in by_pid.items()
            if (guest := guests[pid]).alive
            for each in locks
        ]
        found.sort(key=lambda row: row[1].is_idle)

        return {
            "locks": [
                _row(guest, each, groups, is_waiting=is_waiting)
                for guest, each, is_waiting in found[:LOCKS_TOLD_MAX]
            ],
            "more": max(0, len(found) - LOCKS_TOLD_MAX),
        }


_Found = dict[int, list[Held]]


def _look(pids: tuple[int, ...], roots: tuple[str, ...]) -> tuple[_Found, _Found]:
    held = {pid: held_by(pid, roots) for pid in pids}
    waited = {pid: [Held(lock) for lock in locks] for pid, locks in waits_of(pids, roots).items()}

    return held, waited


def _row(
    guest: Guest, held: Held, groups: dict[str, str], *, is_waiting: bool
) -> dict[str, object]:
    lock: FileLock = held.lock

    return {
        "group": groups[lock.root],
        "file": lock.path,
        "kind": lock.kind,
        "mode": "shared" if lock.mode == "READ" else "exclusive",
        "start": lock.start,
        "end": lock.end,
        "sqlite": held.state,
        "journal": held.journal,
        "idle": held.is_idle,
        "waiting": is_waiting,
        "deleted": lock.is_deleted,
        "pid": guest.pid,
        "bundle_id": guest.bundle_id,
        "suspended": guest.suspended,
        "words": held.words,
    }
