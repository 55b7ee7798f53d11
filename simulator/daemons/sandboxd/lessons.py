"""What a denial teaches: what would have allowed it, that iOS never does, or what is left out here.

Pure. The names of operations are those of Apple's sandbox profiles. Three kinds of lessons: a file
is somebody's, and the lesson depends on whose; some things no app on iOS may do; and some iOS
allows, but they would be a way around the four channels and are left out by the brief.
"""

from difflib import get_close_matches
from typing import Final, NamedTuple

from simulator.bundles.entitlements import GROUPS_KEY
from simulator.daemonkit.rooms import Owner

__all__ = ("OPERATIONS", "Asker", "is_operation", "lesson")

_MEET: Final = (
    "an app and its extensions meet in the App Group container, a UserDefaults suite, "
    "a URL or a Darwin notification"
)


class Asker(NamedTuple):
    """Who was refused.

    Attributes:
        bundle_id: Its bundle.
        entitlements: The name of the file that its entitlements go into.
        bundle, home: Its folders.
        groups: Its App Groups.
        locked: Folders whose files it cannot open, for it was launched before the first unlock.
        read_only: The containers of its App Groups that it may read and not write.
    """

    bundle_id: str
    entitlements: str
    bundle: str
    home: str
    groups: tuple[str, ...]
    locked: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()


_NEVER: Final = {
    "process-fork": "no app on iOS may fork; use a thread, or an extension for another process",
    "process-exec": ("no app on iOS may run a program; do it in this process, or in an extension"),
    "signal": f"no app on iOS may signal another process; {_MEET}",
    "mach-priv-task-port": "no app on iOS may look into another process",
    "process-info-pidinfo": "no app on iOS may ask about another process",
    "ipc-sysv-shm": f"no app on iOS may use System V shared memory; {_MEET}",
    "ipc-sysv-sem": f"no app on iOS may use System V semaphores; {_MEET}",
    "ipc-sysv-msg": f"no app on iOS may use System V message queues; {_MEET}",
    "file-mount": "no app on iOS may mount a file system",
    "file-unmount": "no app on iOS may unmount a file system",
    "file-chroot": "no app on iOS may change its root",
    "file-mknod": (
        "a FIFO or a device would be a door to other processes, and no app on iOS may make a "
        f"device; {_MEET}"
    ),
    "file-write-owner": "no app on iOS may give a file to another user",
    "file-map-executable": (
        "an app on iOS loads code from its bundle and its Frameworks folder only"
    ),
    "system-socket": "no app on iOS may make a socket of this family",
    "system-acct": "no app on iOS may keep accounts of processes",
    "system-reboot": "no app on iOS may restart the device",
    "system-set-time": "no app on iOS may set the clock",
}

_LEFT_OUT: Final = {
    "network-outbound": (
        "networks, loopback TCP and Unix sockets are left out of this simulator by the brief, "
        f"though iOS has them: {_MEET}"
    ),
    "network-inbound": (
        f"listening is left out of this simulator by the brief, though iOS has it: {_MEET}"
    ),
    "network-bind": (
        f"listening is left out of this simulator by the brief, though iOS has it: {_MEET}"
    ),
    **dict.fromkeys(
        ("ipc-posix-shm-read-data", "ipc-posix-shm-write-create", "ipc-posix-shm-write-data"),
        "POSIX shared memory of an App Group is left out of this simulator by the brief, though "
        "iOS has it: map a file in the App Group container instead",
    ),
    "ipc-posix-sem": (
        "POSIX semaphores of an App Group are left out of this simulator by the brief, though "
        "iOS has them: lock a file in the App Group container instead"
    ),
}

_CALLS: Final = {
    "inotify": "iOS has no inotify; let who changes a file post a Darwin notification",
    "fanotify": "iOS has no fanotify; let who changes a file post a Darwin notification",
    "mq_": f"iOS has no POSIX message queues; {_MEET}",
    "memfd": "iOS has no memfd; map a file in the own tmp folder, or in the App Group container",
    "key": "iOS has no kernel keyrings; keep secrets in a file of the own container",
    "add_key": "iOS has no kernel keyrings; keep secrets in a file of the own container",
    "request_key": "iOS has no kernel keyrings; keep secrets in a file of the own container",
}

_FILES: Final = (
    "file-link",
    "file-read-data",
    "file-read-metadata",
    "file-write-create",
    "file-write-data",
    "file-write-mode",
    "file-write-protection-class",
    "file-write-times",
    "file-write-unlink",
)

_POST: Final = "darwin-notification-post"
_DAEMONS: Final = (
    "container-url",
    "user-preference-read",
    _POST,
    "darwin-notification-observe",
)
_RESTRICTED: Final = "com.apple.private.restrict-post."
_SUGGESTED_FROM: Final = 0.75  # how alike two groups must be

OPERATIONS: Final = tuple(sorted((*_NEVER, *_LEFT_OUT, *_FILES, *_DAEMONS, "syscall-unix")))
"""Every operation that can be denied here."""


def is_operation(name: str) -> bool:
    """Return whether a denial can have this operation."""
    return name in OPERATIONS


def lesson(operation: str, resource: str, asker: Asker, owner: Owner | None) -> str:
    """Return what a denial teaches.

    Args:
        operation: One of ``OPERATIONS``.
        resource: What it was about: a path, a call, an address.
        asker: Who was refused.
        owner: Whose container ``resource`` lies in, if any.
    """
    fixed = _NEVER.get(operation) or _LEFT_OUT.get(operation)

    if fixed:
        return fixed

    if operation == "container-url":
        return _lesson_of_group(resource, asker)

    if operation in {_POST, "darwin-notification-observe"}:
        return _lesson_of_notification(operation, resource, asker)

    if operation == "user-preference-read":
        return _needs(resource, asker)

    if operation == "syscall-unix":
        for start, sentence in _CALLS.items():
            if resource.startswith(start):
                return sentence

        return f"no app on iOS has {resource or 'this call'}"

    return _lesson_of_file(operation, resource, asker, owner)


def _lesson_of_group(group: str, asker: Asker) -> str:
    known = [*asker.groups, *(["group." + group] if "group." + group in asker.groups else [])]
    alike = get_close_matches(group, known, 1, _SUGGESTED_FROM)
    meant = [candidate for candidate in known if candidate == f"group.{group}"] or alike
    hint = f"; did you mean {meant[0]}, which {asker.entitlements} has?" if meant else ""

    if not group.startswith("group."):
        return f"{group!r} is no App Group's name: it begins with 'group.'{hint}"

    return (
        f"client is not entitled: {group!r} is not in {GROUPS_KEY} of {asker.bundle_id}"
        f"{hint}; {_needs(group, asker)}"
    )


def _lesson_of_notification(operation: str, name: str, asker: Asker) -> str:
    if operation == _POST and name.startswith(_RESTRICTED):
        right = f"com.apple.private.darwin-notification.restrict-post.{name[len(_RESTRICTED) :]}"

        return f"needs {right} = true in {asker.entitlements}"

    if operation == _POST and name.startswith("com.apple.system."):
        return (
            "only the system posts names that begin with com.apple.system.; as on a phone, who "
            "posts one for the first time hears nothing of the refusal"
        )

    return "names that begin with user.uid. belong to that user; apps are user 501"


def _lesson_of_state(path: str, asker: Asker, *, is_write: bool) -> str:
    """Return what a denial teaches that would not be one for this process at another time."""
    if is_write and any(_is_beneath(path, folder) for folder in asker.read_only):
        return (
            "a keyboard without Full Access may read its App Groups and not write them: "
            "RequestsOpenAccess must be true in its NSExtensionAttributes, and the person must "
            "allow Full Access, which ends the keyboard's process"
        )

    if any(_is_beneath(path, folder) for folder in asker.locked):
        return (
            "the process was launched before the first unlock: until then only files of the class "
            "NSFileProtectionNone can be opened; what it has is granted at launch, so launch it "
            "anew once the device is unlocked"
        )

    return ""


def _is_beneath(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _needs(group: str, asker: Asker) -> str:
    return f"needs {GROUPS_KEY} = [{group}] in {asker.entitlements}"


def _lesson_of_file(operation: str, path: str, asker: Asker, owner: Owner | None) -> str:
    is_write = operation not in {"file-read-data", "file-read-metadata"}
    special = _lesson_of_state(path, asker, is_write=is_write)

    if special:
        return special

    if owner is not None and owner.kind == "group":
        if owner.identifier in asker.groups:
            return "the container itself is the system's; change what lies in it"

        return _needs(owner.identifier, asker)

    if path == asker.home:
        return "the container itself is the system's; change what lies in it"

    if owner is not None and owner.kind == "app":
        if is_write:
            return (
                "a bundle is read-only to everybody, itself too; copy the file to Documents, "
                "Library or tmp first"
            )

        return "no entitlement opens another app's bundle"

    if owner is not None:
        return (
            f"it lies in the data container of {owner.identifier}, which no entitlement opens to "
            "others; share files in an App Group container"
        )

    if is_write:
        return (
            "no app on iOS may write there; its own folders are Documents, Library and tmp "
            "in its data container, and its App Group containers"
        )

    return (
        "no app on iOS may read there; it reads its bundle, its data container and its "
        "App Group containers"
    )
