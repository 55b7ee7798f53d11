"""What an Info.plist says of opening: scenes, document types, roles of URL types.

Sources: Apple, Information Property List: ``UIApplicationSceneManifest``,
``CFBundleDocumentTypes``, ``LSSupportsOpeningDocumentsInPlace``, ``CFBundleURLTypes``.
"""

from collections.abc import Iterator, Mapping

from simulator.bundles.faults import build_variable
from simulator.bundles.info import InfoPlist

__all__ = (
    "delegate_named_in",
    "document_types",
    "opened_schemes",
    "opens_in_place",
    "scene_delegate",
)

_ROLE = "UIWindowSceneSessionRoleApplication"


def scene_delegate(info: InfoPlist) -> str | None:
    """Return the class of an app's scene delegate; empty where it names none, None without scenes.

    An app of SwiftUI has scenes and names no class. The module's part is Swift's, and ignored.
    """
    return delegate_named_in(info.raw)


def delegate_named_in(keys: Mapping[str, object]) -> str | None:
    """Return the same of an Info.plist that nobody has validated yet."""
    manifest = keys.get("UIApplicationSceneManifest")

    if not isinstance(manifest, dict):
        return None

    roles = manifest.get("UISceneConfigurations")
    configurations = roles.get(_ROLE) if isinstance(roles, dict) else None

    for configuration in configurations if isinstance(configurations, list) else ():
        name = (
            configuration.get("UISceneDelegateClassName") if isinstance(configuration, dict) else 0
        )

        if isinstance(name, str) and name:
            return name.rpartition(".")[2]

    return ""


def document_types(info: InfoPlist) -> tuple[str, ...]:
    """Return the uniform type identifiers of the documents that an app opens, in lower case."""
    types = info.raw.get("CFBundleDocumentTypes")
    found: dict[str, None] = {}

    for kind in types if isinstance(types, list) else ():
        if not isinstance(kind, dict) or kind.get("CFBundleTypeRole") == "None":
            continue

        contents = kind.get("LSItemContentTypes")

        for uti in contents if isinstance(contents, list) else ():
            if isinstance(uti, str) and uti and build_variable(uti) is None:
                found[uti.lower()] = None

    return tuple(found)


def opens_in_place(info: InfoPlist) -> bool:
    """Return whether an app takes documents where they lie."""
    return info.raw.get("LSSupportsOpeningDocumentsInPlace") is True


def opened_schemes(info: InfoPlist) -> Iterator[str]:
    """Yield the URL schemes that an app opens, in lower case; with the role None it does not."""
    for kind in info.url_types:
        if kind.raw.get("CFBundleTypeRole") == "None":
            continue

        for scheme in kind.schemes:
            if scheme and build_variable(scheme) is None:
                yield scheme.lower()
