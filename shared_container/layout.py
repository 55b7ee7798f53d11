"""Where things lie in a container: the folders it starts with and the files of a preference domain.

Folders are relative to the container's root. Apple documents that an App Group container starts
with ``Library/Caches`` only on iOS; ``Library/Preferences`` appears once defaults are saved.
"""

__all__ = (
    "DATA_FOLDERS",
    "DOMAIN_NAME_BYTES_MAX",
    "GROUP_FOLDERS",
    "METADATA_FILE",
    "PREFERENCES_FOLDER",
    "check_domain_name",
    "journal_name",
    "preferences_name",
)

#: What a new App Group container holds on iOS (``containerURL(forSecurity…)``, documentation).
GROUP_FOLDERS = ("Library/Caches",)

#: What a new data container of an app or an extension holds.
DATA_FOLDERS = (
    "Documents",
    "Library",
    "Library/Preferences",
    "Library/Caches",
    "SystemData",
    "tmp",
)

#: The folder of every preference domain of a container.
PREFERENCES_FOLDER = "Library/Preferences"

#: The file in which containermanagerd keeps a container's identifier.
METADATA_FILE = ".com.apple.mobile_container_manager.metadata.plist"

#: Bytes of UTF-8. A file name may have 255; the journal, a file kept aside and a file that is being
#: written need a few more than the name itself.
DOMAIN_NAME_BYTES_MAX = 200

_GLOBAL = ".GlobalPreferences"


def check_domain_name(name: str) -> None:
    """Refuse a domain name that cannot be a file's name of its own.

    A leading dot is refused (but for ``.GlobalPreferences``) because journals and files that are
    being written start with one: no domain can be named so that its plist is another's journal.

    Raises:
        ValueError: Says what is wrong with ``name``.
    """
    if not name:
        raise ValueError("a preference domain needs a name; this one is empty")

    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        raise ValueError(f"the domain name {name!r:.80} has half a surrogate pair") from None

    if size > DOMAIN_NAME_BYTES_MAX:
        raise ValueError(
            f"the domain name {name!r:.40}… has {size} bytes; {DOMAIN_NAME_BYTES_MAX} are the most"
        )

    for bad, what in (("\0", "a NUL"), ("/", "a slash"), ("..", "two dots in a row")):
        if bad in name:
            raise ValueError(f"the domain name {name!r} has {what} in it")

    if name.startswith(".") and name != _GLOBAL:
        raise ValueError(f"the domain name {name!r} starts with a dot; only {_GLOBAL} may")


def preferences_name(domain: str) -> str:
    """Return the file name of ``domain``, without its folder.

    Raises:
        ValueError: See :func:`check_domain_name`.
    """
    check_domain_name(domain)

    return f"{domain}.plist"


def journal_name(domain: str) -> str:
    """Return the file name of the journal of ``domain``, without its folder.

    Raises:
        ValueError: See :func:`check_domain_name`.
    """
    check_domain_name(domain)

    return f".{domain}.plist.journal"
