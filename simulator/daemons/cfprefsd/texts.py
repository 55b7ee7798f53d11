"""What a phone's log says of preferences, word for word where Apple's words are known. Pure.

Sources: NSUserDefaults.h and developers' logs of iOS; the addresses in them are left out.
"""

from simulator.daemonkit.limits import DEFAULTS_VALUE_BYTES_MAX

__all__ = ("nonsensical_suite", "too_large", "unreadable", "unwritable")


def nonsensical_suite(name: str, bundle_id: str) -> str:
    """Say why ``UserDefaults(suite_name=…)`` is nil."""
    what = "your own bundle identifier" if name == bundle_id else name

    return (
        f"Using {what} as an NSUserDefaults suite name does not make sense and will not work. "
        "Break on _NSUserDefaults_Log_Nonsensical_Suites to find this"
    )


def _source(domain: str, container: str, *, stale: bool) -> str:
    return (
        f"CFPrefsPlistSource (Domain: {domain}, User: kCFPreferencesCurrentUser, ByHost: No, "
        f"Container: {container or '(null)'}, Contents Need Refresh: {'Yes' if stale else 'No'})"
    )


def unreadable(domain: str) -> str:
    """Say that a process may not have a domain, and goes on with one of its own."""
    return (
        f"Couldn't read values in {_source(domain, '', stale=True)}: accessing preferences outside "
        "an application's container requires user-preference-read or file-read-data sandbox "
        "access, detaching from cfprefsd"
    )


def unwritable(domain: str, container: str, key: str) -> str:
    """Say that a process may read a domain and not write it."""
    return (
        f"Couldn't write values for keys ({key}) in {_source(domain, container, stale=False)}: "
        "setting preferences outside an application's container requires user-preference-write or "
        "file-write-data sandbox access"
    )


def too_large(bundle_id: str) -> str:
    """Say that a domain would be as large as none may be."""
    return (
        f"Attempting to store >= {DEFAULTS_VALUE_BYTES_MAX} bytes of data in "
        "CFPreferences/NSUserDefaults on this platform is invalid. This is a bug in "
        f"{bundle_id} or a library it uses."
    )
