"""The registry: bundles by id, apps by scheme and by type of document. Pure."""

import re
from collections.abc import Iterable, Sequence

from simulator.bundles.bundle import Bundle
from simulator.bundles.opening import document_types, opened_schemes
from simulator.bundles.schemes import SYSTEM_SCHEMES
from simulator.xpc.errors import CommandError, Misuse

__all__ = ("URL_BYTES_MAX", "Database", "nobody", "scheme_of")

URL_BYTES_MAX = 32 * 1024
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_NOT_IN_URL = re.compile(r"[\x00-\x20\x7f]")


def scheme_of(url: str) -> str:
    """Return the scheme of a URL, in lower case.

    Raises:
        Misuse: The text is no URL: no scheme, a control character, or too long.
    """
    if len(url.encode("utf-8", "surrogatepass")) > URL_BYTES_MAX:
        raise Misuse(f"a URL of more than {URL_BYTES_MAX} bytes (URL_BYTES_MAX)")

    if _NOT_IN_URL.search(url) is not None:
        raise Misuse(f"not a URL: it has a blank or a control character: {url!r:.200}")

    match = _SCHEME.match(url)

    if match is None:
        raise Misuse(f"not a URL: it does not begin with a scheme such as 'notes:': {url!r:.200}")

    return match[1].lower()


def nobody(reason: str) -> CommandError:
    """Return Apple's error for what nobody opens."""
    return CommandError(
        "NSOSStatusErrorDomain", -10814, "Simulator device failed to open URL.", reason
    )


class Database:
    """What is registered on one device."""

    def __init__(self) -> None:
        self._apps: dict[str, Bundle] = {}
        self._bundles: dict[str, Bundle] = {}
        self._containing: dict[str, Bundle] = {}
        self._claims: dict[str, dict[str, Bundle]] = {}  # scheme → id → app
        self._documents: dict[str, dict[str, Bundle]] = {}  # type → id → app

    def add(self, app: Bundle) -> None:
        """Register an app and its extensions."""
        self._apps[app.bundle_id] = app

        for bundle in (app, *app.extensions):
            self._bundles[bundle.bundle_id] = bundle
            self._containing[bundle.bundle_id] = app

        for scheme in opened_schemes(app.info):
            if scheme not in SYSTEM_SCHEMES:
                self._claims.setdefault(scheme, {})[app.bundle_id] = app

        for uti in document_types(app.info):
            self._documents.setdefault(uti, {})[app.bundle_id] = app

    def remove(self, app: Bundle) -> None:
        """Forget an app and its extensions."""
        del self._apps[app.bundle_id]

        for bundle in (app, *app.extensions):
            del self._bundles[bundle.bundle_id]
            del self._containing[bundle.bundle_id]

        for table, keys in (
            (self._claims, set(opened_schemes(app.info))),
            (self._documents, set(document_types(app.info))),
        ):
            for key in keys & table.keys():
                table[key].pop(app.bundle_id, None)

                if not table[key]:
                    del table[key]

    def find(self, bundle_id: str) -> Bundle | None:
        """Return the app or extension of that id."""
        return self._bundles.get(bundle_id)

    def app_of(self, bundle_id: str) -> Bundle | None:
        """Return the app of that id, or the one that contains the extension of that id."""
        return self._containing.get(bundle_id)

    def apps(self) -> Sequence[Bundle]:
        """Return the apps, in the order of their ids."""
        return [self._apps[bundle_id] for bundle_id in sorted(self._apps)]

    def schemes(self) -> dict[str, list[str]]:
        """Return every claimed scheme with the ids of the apps that claim it, sorted."""
        return {scheme: sorted(apps) for scheme, apps in sorted(self._claims.items())}

    def claimants(self, scheme: str) -> list[Bundle]:
        """Return the apps that claim a scheme, in the order of their ids."""
        return _sorted(self._claims.get(scheme, {}))

    def readers(self, types: Iterable[str]) -> list[Bundle]:
        """Return the apps that open documents of one of some types, in the order of their ids."""
        found: dict[str, Bundle] = {}

        for uti in types:
            found.update(self._documents.get(uti.lower(), {}))

        return _sorted(found)


def _sorted(apps: dict[str, Bundle]) -> list[Bundle]:
    return [apps[bundle_id] for bundle_id in sorted(apps)]
