"""The extension points of iOS: what each is called, since when, and whether this product runs it.

An extension of a point that is not simulated is installed and listed, and never started. One of a
point that is not in the table is treated the same, and warned of: no host on a phone would offer
it (E9). Sources: Apple, App Extension Keys; the plists of Xcode's templates and of published apps;
memory limits are those that developers measured, and differ by device.
"""

import difflib
from typing import Final, NamedTuple

__all__ = (
    "KEYBOARD",
    "NOTIFICATION_SERVICE",
    "POINTS",
    "RULED_POINTS",
    "SHARE",
    "SIMULATED_POINTS",
    "WIDGET",
    "ExtensionPoint",
    "find_point",
    "similar_point",
    "standing",
)

SHARE: Final = "com.apple.share-services"
KEYBOARD: Final = "com.apple.keyboard-service"
WIDGET: Final = "com.apple.widgetkit-extension"
NOTIFICATION_SERVICE: Final = "com.apple.usernotifications.service"
_ACTION_WITH_VIEW: Final = "com.apple.ui-services"
_ACTION: Final = "com.apple.services"

RULED_POINTS: Final = frozenset((SHARE, _ACTION_WITH_VIEW, _ACTION))
"""The points whose extensions have an activation rule: the share sheet offers them by it."""

_FIRST_WITH_EXTENSION_KIT: Final = 16  # iOS


class ExtensionPoint(NamedTuple):
    """One extension point.

    Attributes:
        identifier: Apple's.
        name: What Xcode's template or Apple's documents call it.
        since: The system in which it appeared.
        base: Apple's class or protocol of the principal class; empty where there is none to name.
        sdk: Module and class of our SDK that an extension derives from; None: not simulated.
        memory_mb: The limit of its process, None where nobody measured one.
        is_extension_kit: Whether it is declared in ``EXAppExtensionAttributes``.
    """

    identifier: str
    name: str
    since: str
    base: str = ""
    sdk: tuple[str, str] | None = None
    memory_mb: int | None = None
    is_extension_kit: bool = False

    @property
    def is_simulated(self) -> bool:
        """Whether this product starts extensions of the point."""
        return self.sdk is not None

    @property
    def is_plug_in(self) -> bool:
        """Whether it is certain that the point is declared in ``NSExtension``.

        All points older than ExtensionKit are; of the younger ones that are not marked nobody here
        knows.
        """
        system, _, version = self.since.partition(" ")

        return not self.is_extension_kit and (
            system != "iOS" or float(version) < _FIRST_WITH_EXTENSION_KIT
        )


_VIEW: Final = "UIViewController"
_HANDLER: Final = "NSExtensionRequestHandling"
_NETWORK: Final = "com.apple.networkextension"
_POINT = ExtensionPoint

POINTS: Final[tuple[ExtensionPoint, ...]] = (
    _POINT(SHARE, "Share", "iOS 8", _VIEW, ("simulator.sdk.extension", "ShareExtension"), 120),
    _POINT(WIDGET, "Widget", "iOS 14", "Widget", ("simulator.sdk.widgetkit", "Widget"), 30),
    _POINT(
        NOTIFICATION_SERVICE,
        "Notification Service",
        "iOS 10",
        "UNNotificationServiceExtension",
        ("simulator.sdk.usernotifications", "NotificationServiceExtension"),
        24,
    ),
    _POINT(
        KEYBOARD,
        "Custom Keyboard",
        "iOS 8",
        "UIInputViewController",
        ("simulator.sdk.keyboard", "InputViewController"),
        60,
    ),
    _POINT(_ACTION_WITH_VIEW, "Action with a user interface", "iOS 8", _VIEW),
    _POINT(_ACTION, "Action without a user interface", "iOS 8", _HANDLER),
    _POINT("com.apple.widget-extension", "Today", "iOS 8", "NCWidgetProviding", None, 16),
    _POINT(
        "com.apple.usernotifications.content-extension",
        "Notification Content",
        "iOS 10",
        "UNNotificationContentExtension",
    ),
    _POINT("com.apple.intents-service", "Intents", "iOS 10", "INExtension"),
    _POINT("com.apple.intents-ui-service", "Intents UI", "iOS 10", "INUIHostedViewControlling"),
    _POINT(
        "com.apple.appintents-extension",
        "App Intents",
        "iOS 16",
        "AppIntentsExtension",
        is_extension_kit=True,
    ),
    _POINT(
        "com.apple.fileprovider-nonui",
        "File Provider",
        "iOS 11",
        "NSFileProviderReplicatedExtension",
    ),
    _POINT(
        "com.apple.fileprovider-actionsui",
        "File Provider UI",
        "iOS 11",
        "FPUIActionExtensionViewController",
    ),
    _POINT(
        "com.apple.fileprovider-ui",
        "Document Picker",
        "iOS 8",
        "UIDocumentPickerExtensionViewController",
    ),
    _POINT("com.apple.photo-editing", "Photo Editing", "iOS 8", "PHContentEditingController"),
    _POINT(
        "com.apple.photos.background-upload",
        "Photos Background Upload",
        "iOS 26.1",
        "PHBackgroundResourceUploadExtension",
        is_extension_kit=True,
    ),
    _POINT(
        "com.apple.identitylookup.message-filter",
        "Message Filter",
        "iOS 11",
        "ILMessageFilterExtension",
    ),
    _POINT(
        "com.apple.identitylookup.classification-ui",
        "Unwanted Communication Reporting",
        "iOS 12",
        "ILClassificationUIExtensionViewController",
    ),
    _POINT(
        "com.apple.message-payload-provider",
        "iMessage",
        "iOS 10",
        "MSMessagesAppViewController",
    ),
    _POINT("com.apple.Safari.web-extension", "Safari Web Extension", "iOS 15", _HANDLER),
    _POINT("com.apple.Safari.content-blocker", "Content Blocker", "iOS 9", _HANDLER),
    _POINT("com.apple.Safari.extension", "Safari App Extension", "macOS 10.12", _HANDLER),
    _POINT(
        "com.apple.spotlight.index",
        "Core Spotlight Index",
        "iOS 9",
        "CSIndexExtensionRequestHandler",
    ),
    _POINT("com.apple.spotlight.import", "Spotlight Import", "iOS 14", "CSImportExtension"),
    _POINT("com.apple.quicklook.preview", "Quick Look Preview", "iOS 11", "QLPreviewingController"),
    _POINT("com.apple.quicklook.thumbnail", "Thumbnail", "iOS 11", "QLThumbnailProvider"),
    _POINT(
        "com.apple.location.push.service",
        "Location Push Service",
        "iOS 15",
        "CLLocationPushServiceExtension",
    ),
    _POINT(
        "com.apple.authentication-services-credential-provider-ui",
        "AutoFill Credential Provider",
        "iOS 12",
        "ASCredentialProviderViewController",
    ),
    _POINT(
        "com.apple.authentication-services-account-authentication-modification-ui",
        "Account Authentication Modification",
        "iOS 14",
        "ASAccountAuthenticationModificationViewController",
    ),
    _POINT("com.apple.AppSSO.idp-extension", "Single Sign-On", "iOS 13", _VIEW),
    _POINT(f"{_NETWORK}.packet-tunnel", "Packet Tunnel", "iOS 9", "NEPacketTunnelProvider"),
    _POINT(f"{_NETWORK}.app-proxy", "App Proxy", "iOS 9", "NEAppProxyProvider"),
    _POINT(f"{_NETWORK}.dns-proxy", "DNS Proxy", "iOS 11", "NEDNSProxyProvider"),
    _POINT(f"{_NETWORK}.filter-data", "Filter Data", "iOS 9", "NEFilterDataProvider"),
    _POINT(f"{_NETWORK}.filter-control", "Filter Control", "iOS 9", "NEFilterControlProvider"),
    _POINT(f"{_NETWORK}.app-push", "Local Push", "iOS 14", "NEAppPushProvider"),
    _POINT(
        "com.apple.callkit.call-directory", "Call Directory", "iOS 10", "CXCallDirectoryProvider"
    ),
    _POINT(
        "com.apple.broadcast-services-upload",
        "Broadcast Upload",
        "iOS 10",
        "RPBroadcastSampleHandler",
    ),
    _POINT("com.apple.broadcast-services-setupui", "Broadcast Setup UI", "iOS 10", _VIEW),
    _POINT(
        "com.apple.matter.support.extension.device-setup",
        "Matter Device Setup",
        "iOS 16",
        "MatterAddDeviceExtensionRequestHandler",
    ),
    _POINT("com.apple.printing.discovery", "Print Service", "iOS 13", _HANDLER),
    _POINT("com.apple.ctk-tokens", "Persistent Token", "iOS 10", "TKTokenDriver"),
    _POINT("com.apple.classkit.context-provider", "ClassKit Context Provider", "iOS 12"),
    _POINT(
        "com.apple.deviceactivity.monitor-extension",
        "Device Activity Monitor",
        "iOS 15",
        "DeviceActivityMonitor",
    ),
    _POINT(
        "com.apple.deviceactivityui.report-extension",
        "Device Activity Report",
        "iOS 16",
        "DeviceActivityReportExtension",
        is_extension_kit=True,
    ),
    _POINT(
        "com.apple.ManagedSettings.shield-action-service",
        "Shield Action",
        "iOS 15",
        "ShieldActionDelegate",
    ),
    _POINT(
        "com.apple.ManagedSettingsUI.shield-configuration-service",
        "Shield Configuration",
        "iOS 15",
        "ShieldConfigurationDataSource",
    ),
    _POINT(
        "com.apple.background-asset-downloader-extension",
        "Background Download",
        "iOS 16",
        "BADownloaderExtension",
        is_extension_kit=True,
    ),
)
"""Every known point; those that are simulated first."""

SIMULATED_POINTS: Final = tuple(point.identifier for point in POINTS if point.is_simulated)
"""The identifiers of the points whose extensions are started."""

_BY_IDENTIFIER: Final = {point.identifier: point for point in POINTS}
_RESEMBLES: Final = 0.8


def find_point(identifier: str) -> ExtensionPoint | None:
    """Return the point of that identifier, None for one that nobody knows."""
    return _BY_IDENTIFIER.get(identifier)


def similar_point(identifier: str) -> str:
    """Return the identifier that a wrong one was meant to be, or an empty string."""
    if identifier in _BY_IDENTIFIER:
        return ""

    lower = {known.lower(): known for known in _BY_IDENTIFIER}
    close = difflib.get_close_matches(identifier[:200].lower(), lower, n=1, cutoff=_RESEMBLES)

    return lower[close[0]] if close else ""


def standing(identifier: str) -> str:
    """Return how this product treats a point: ``simulated``, ``not simulated`` or ``unknown``."""
    point = find_point(identifier)

    if point is None:
        return "unknown"

    return "simulated" if point.is_simulated else "not simulated"
