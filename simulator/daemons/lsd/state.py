"""The registry: bundles by id, apps by scheme. Pure."""

import re
from collections.abc import Sequence

from simulator.bundles.bundle import Bundle
from simulator.xpc.errors import CommandError, Misuse

__all__ = ("URL_BYTES_MAX", "Database", "scheme_of")

URL_BYTES_MAX = 32 * 1024
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def scheme_of(url: str) -> str:
    """Return the scheme of a URL, in lower case.

    Raises:
        Misuse: The text is no URL: no scheme, a control character, or too long.
    """
    if len(url.encode("utf-8", "surrogatepass")) > URL_BYTES_MAX:
        raise Misuse(f"a URL of more than {URL_BYTES_MAX} bytes (URL_BYTES_MAX)")

    if any(ord(character) < 0x21 or ord(character) == 0x7F for character in url):
        raise Misuse(f"not a URL: it has a blank or a control character: {url!r:.200}")

    match = _SCHEME.match(url)

    if match is None:
        raise Misuse(f"not a URL: it does not begin with a scheme such as 'notes:': {url!r:.200}")

    return match[1].lower()


class Database:
    """What is registered on one device."""

    def __init__(self) -> None:
        self._apps: dict[str, Bundle] = {}
        self._bundles: dict[str, Bundle] = {}
        self._containing: dict[str, Bundle] = {}

    def add(self, app: Bundle) -> None:
        """Register an app and its extensions."""
        self._apps[app.bundle_id] = app

        for bundle in (app, *app.extensions):
            self._bundles[bundle.bundle_id] = bundle
            self._containing[bundle.bundle_id] = app

    def remove(self, app: Bundle) -> None:
        """Forget an app and its extensions."""
        del self._apps[app.bundle_id]

        for bundle in (app, *app.extensions):
            del self._bundles[bundle.bundle_id]
            del self._containing[bundle.bundle_id]

    def find(self, bundle_id: str) -> Bundle | None:
        """Return the app or extension of that id."""
        return self._bundles.get(bundle_id)

    def app_of(self, bundle_id: str) -> Bundle | None:
        """Return the app of that id, or the one that contains the extension of that id."""
        return self._containing.get(bundle_id)

    def apps(self) -> Sequence[Bundle]:
        """Return the apps, in the order of their ids."""
        return [self._apps[bundle_id] for bundle_id in sorted(self._apps)]

    def claimant(self, url: str) -> Bundle:
        """Return the one app that claims the scheme of ``url``.

        Raises:
            CommandError: Nobody does (Apple's -10814).
            Misuse: It is no URL, or several apps claim its scheme.
        """
        scheme = scheme_of(url)
        claimants = [app for app in self.apps() if scheme in app.url_schemes]

        if not claimants:
            raise CommandError(
                "NSOSStatusErrorDomain",
                -10814,
                "Simulator device failed to open URL.",
                f"no installed app claims the scheme {scheme!r} (CFBundleURLTypes)",
            )

        if len(claimants) > 1:
            names = ", ".join(app.bundle_id for app in claimants)
            raise Misuse(
                f"several apps claim the scheme {scheme!r}: {names}; a phone picks any of them. "
                "Uninstall one, or rename its scheme"
            )

        return claimants[0]
