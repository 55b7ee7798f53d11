"""Classes of data protection: their names.

A phone encrypts each file with a key of its class; the key of most classes is not there before the
person has unlocked the phone once since it was switched on. Source: Apple, *Encrypting Your App's
Files*, ``FileProtectionType``; the entitlement ``com.apple.developer.default-data-protection``.
"""

__all__ = (
    "ATTRIBUTE",
    "COMPLETE",
    "COMPLETE_UNLESS_OPEN",
    "COMPLETE_UNTIL_FIRST_USER_AUTHENTICATION",
    "DEFAULT",
    "ENTITLEMENT",
    "NONE",
    "NUMBERS",
)

COMPLETE = "NSFileProtectionComplete"
COMPLETE_UNLESS_OPEN = "NSFileProtectionCompleteUnlessOpen"
COMPLETE_UNTIL_FIRST_USER_AUTHENTICATION = "NSFileProtectionCompleteUntilFirstUserAuthentication"
NONE = "NSFileProtectionNone"

#: What a file has where nobody says otherwise, since iOS 7.
DEFAULT = COMPLETE_UNTIL_FIRST_USER_AUTHENTICATION

#: The classes, and the numbers that the system has for them (A to D).
NUMBERS = {
    COMPLETE: 1,
    COMPLETE_UNLESS_OPEN: 2,
    COMPLETE_UNTIL_FIRST_USER_AUTHENTICATION: 3,
    NONE: 4,
}

#: The entitlement that gives an app's container another class than the default.
ENTITLEMENT = "com.apple.developer.default-data-protection"

#: Where the host keeps the class of a file: an extended attribute, which goes with the file when it
#: is renamed, and which no guest can read or write.
ATTRIBUTE = "user.extension-simulator.protection"
