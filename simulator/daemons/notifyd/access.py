"""Who may observe and who may post which name.

Names are free, but for three kinds. Anyone may observe ``com.apple.system.*``, root alone posts
them. ``user.uid.N`` and ``user.uid.N.*`` are for that user. ``com.apple.private.restrict-post.X``
is posted with an entitlement that ends in the same X, by nobody else, root or not.

Apps and extensions are the user ``mobile``, 501, as on a phone, whoever runs the device.

Sources: Libnotify, ``_internal_check_access`` and ``notify.conf``; for restrict-post, which came
with iOS 18.3, G. Rambo's report of CVE-2025-24091.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = (
    "IPC_VERSION",
    "MOBILE_UID",
    "Rights",
    "is_guarded",
    "may_observe",
    "may_post",
    "rights_of",
)

MOBILE_UID: Final = 501
IPC_VERSION: Final = b"com.apple.system.notify.ipc_version"

_SYSTEM: Final = b"com.apple.system."
_USER: Final = b"user.uid."
_RESTRICTED: Final = b"com.apple.private.restrict-post."
_GUARDED: Final = (_SYSTEM, _USER, _RESTRICTED)
_RESTRICTED_ENTITLEMENT: Final = "com.apple.private.darwin-notification.restrict-post."
_ROOT_ENTITLEMENT: Final = "com.apple.notify.root_access"
_ENTITLEMENT_MAX: Final = 256


class Rights(NamedTuple):
    """What a process may do.

    Attributes:
        uid: Its user; 0 is root.
        posts_as_root: It may post as if it were root.
        restricted: What it may post behind ``com.apple.private.restrict-post.``.
    """

    uid: int
    posts_as_root: bool = False
    restricted: frozenset[bytes] = frozenset()


def rights_of(entitlements: Mapping[str, object]) -> Rights:
    """Return the rights of an app or extension.

    Args:
        entitlements: All it has; one that is not ``true`` counts for nothing.
    """
    held = {key for key, value in entitlements.items() if value is True}
    restricted = {
        key.removeprefix(_RESTRICTED_ENTITLEMENT).encode()
        for key in held
        if key.startswith(_RESTRICTED_ENTITLEMENT) and len(key) <= _ENTITLEMENT_MAX
    }

    return Rights(
        MOBILE_UID,
        posts_as_root=_ROOT_ENTITLEMENT in held,
        restricted=frozenset(restricted),
    )


def is_guarded(name: bytes) -> bool:
    """Say whether somebody may not post or observe this name."""
    return name.startswith(_GUARDED)


def may_observe(name: bytes, rights: Rights) -> bool:
    """Say whether a process may register for a name."""
    return not name.startswith(_USER) or rights.uid == 0 or _is_of_user(name, rights.uid)


def may_post(name: bytes, rights: Rights) -> bool:
    """Say whether a process may post a name, and set its state."""
    if name.startswith(_RESTRICTED):
        return name.removeprefix(_RESTRICTED) in rights.restricted

    if name.startswith(_SYSTEM):
        return rights.posts_as_root

    if name.startswith(_USER):
        return rights.posts_as_root or _is_of_user(name, rights.uid)

    return True


def _is_of_user(name: bytes, uid: int) -> bool:
    own = _USER + str(uid).encode()

    return name == own or name.startswith(own + b".")
