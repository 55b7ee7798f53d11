"""What an install or an uninstall means for what is there. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from simulator.bundles.bundle import Bundle
from simulator.xpc.errors import BundleError

__all__ = ("check_install", "kept_groups", "moved")


def check_install(app: Bundle, installed: Iterable[Bundle]) -> Bundle | None:
    """Return the app that ``app`` replaces, or None.

    Raises:
        BundleError: An identifier belongs to another app already.
    """
    replaced = None
    wanted = {bundle.bundle_id for bundle in (app, *app.extensions)}

    for other in installed:
        if other.bundle_id == app.bundle_id:
            replaced = other
            continue

        taken = wanted & {bundle.bundle_id for bundle in (other, *other.extensions)}

        if taken:
            raise BundleError(
                f"{app.path.name}/Info.plist",
                "CFBundleIdentifier",
                f"{', '.join(sorted(taken))} belongs to {other.bundle_id}, which is installed",
            )

    return replaced


def kept_groups(leaving: Bundle, installed: Iterable[Bundle]) -> frozenset[str]:
    """Return the groups that still have a member when ``leaving`` is gone."""
    return frozenset(
        group
        for app in installed
        if app.bundle_id != leaving.bundle_id
        for bundle in (app, *app.extensions)
        for group in bundle.groups
    )


def moved(app: Bundle, path: Path) -> Bundle:
    """Return the same app as it lies at ``path``."""
    return replace(
        app,
        path=path,
        extensions=tuple(
            replace(extension, path=path / extension.path.relative_to(app.path))
            for extension in app.extensions
        ),
    )
