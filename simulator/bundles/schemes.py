"""URL schemes that are the system's own: what opens them, and how that is known. Pure.

Apple says that an app cannot have them, and lists none but a few; of the others it is known from
use. What an app claims of them never reaches it, here as on a phone.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ("QUERIES_MAX", "SYSTEM_SCHEMES", "SystemScheme")

QUERIES_MAX: Final = 50
"""Entries of ``LSApplicationQueriesSchemes`` that count, in an app linked on iOS 15 or later.

Source: Apple, ``UIApplication.canOpenURL(_:)``.
"""


class SystemScheme(NamedTuple):
    """A scheme of the system's.

    Attributes:
        source: How it is known.
        bundle_id: Of the system's app that opens it; nothing where none does.
        name: Of that app.
    """

    source: str
    bundle_id: str = ""
    name: str = ""


_DEFINING: Final = "Apple, Defining a custom URL scheme for your app"
_REFERENCE: Final = "Apple URL Scheme Reference"
_SETTINGS: Final = "Apple, UIApplication.openSettingsURLString"
_SHORTCUTS: Final = "Apple, Shortcuts User Guide"
_ORGANISATION: Final = "Apple Platform Deployment: the system installs an organisation's apps"
_WEB: Final = "RFC 2397, RFC 6694, HTML: read within a page"
_FILE: Final = "Apple, CFBundleDocumentTypes: documents belong to who reads their type"
_USE: Final = "known from use; Apple does not document it"

_SAFARI: Final = ("com.apple.mobilesafari", "Safari")
_PHONE: Final = ("com.apple.mobilephone", "Phone")
_MESSAGES: Final = ("com.apple.MobileSMS", "Messages")
_FACETIME: Final = ("com.apple.facetime", "FaceTime")
_STORE: Final = ("com.apple.AppStore", "App Store")
_PREFERENCES: Final = ("com.apple.Preferences", "Settings")

SYSTEM_SCHEMES: Final[Mapping[str, SystemScheme]] = {
    "http": SystemScheme(_DEFINING, *_SAFARI),
    "https": SystemScheme(_DEFINING, *_SAFARI),
    "mailto": SystemScheme(_REFERENCE, "com.apple.mobilemail", "Mail"),
    "tel": SystemScheme(_REFERENCE, *_PHONE),
    "telprompt": SystemScheme(_USE, *_PHONE),
    "sms": SystemScheme(_REFERENCE, *_MESSAGES),
    "imessage": SystemScheme(_USE, *_MESSAGES),
    "facetime": SystemScheme(_REFERENCE, *_FACETIME),
    "facetime-audio": SystemScheme(_REFERENCE, *_FACETIME),
    "maps": SystemScheme(_USE, "com.apple.Maps", "Maps"),
    "itms": SystemScheme(_USE, "com.apple.MobileStore", "iTunes Store"),
    "itms-apps": SystemScheme(_USE, *_STORE),
    "itms-appss": SystemScheme(_USE, *_STORE),
    "itms-services": SystemScheme(_ORGANISATION),
    "app-settings": SystemScheme(_SETTINGS, *_PREFERENCES),
    "prefs": SystemScheme(_USE, *_PREFERENCES),
    "app-prefs": SystemScheme(_USE, *_PREFERENCES),
    "shortcuts": SystemScheme(_SHORTCUTS, "com.apple.shortcuts", "Shortcuts"),
    "calshow": SystemScheme(_USE, "com.apple.mobilecal", "Calendar"),
    "x-apple-reminderkit": SystemScheme(_USE, "com.apple.reminders", "Reminders"),
    "file": SystemScheme(_FILE),
    "data": SystemScheme(_WEB),
    "about": SystemScheme(_WEB),
    "javascript": SystemScheme(_WEB),
}
"""Scheme, in lower case → what is known of it; no app's claim counts."""
