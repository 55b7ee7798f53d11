"""FileManager: where files may lie, and what is done with them.

Apple's names in snake_case; a ``URL`` of the file system is a ``pathlib.Path``. What is refused is
a :class:`CocoaError`, which is an ``OSError`` of Python's own kind as well. Whatever touches a file
that two processes may share goes past ``point`` first. Source: Apple, ``FileManager``.
"""

import errno
import os
from itertools import count
from pathlib import Path

from shared_container import atomic
from simulator.sdk._audit import tell_denied
from simulator.sdk._cocoa_error import CocoaError, Reading, Writing
from simulator.sdk._directory_enumerator import DirectoryEnumerationOptions, DirectoryEnumerator
from simulator.sdk._file_attributes import read_attributes, write_attributes
from simulator.sdk._file_copying import copy_tree, equal_trees, remove_tree
from simulator.sdk._file_replacing import replace
from simulator.sdk._process import current, point

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ("FileManager", "ItemReplacementOptions", "SearchPathDirectory")


class SearchPathDirectory:
    """The folders that :meth:`FileManager.url` knows."""

    LIBRARY_DIRECTORY = "Library"
    DOCUMENT_DIRECTORY = "Documents"
    CACHES_DIRECTORY = "Library/Caches"
    APPLICATION_SUPPORT_DIRECTORY = "Library/Application Support"
    ITEM_REPLACEMENT_DIRECTORY = "tmp/TemporaryItems"


class ItemReplacementOptions:
    """What :meth:`FileManager.replace_item` keeps. Add them up."""

    USING_NEW_METADATA_ONLY = 1
    WITHOUT_DELETING_BACKUP_ITEM = 2


class FileManager:
    """Files. ``FileManager.default``."""

    default: "FileManager"

    # -- places ------------------------------------------------------------------------------

    def container_url(self, group: str) -> Path | None:
        """Return the folder of an App Group, or None without the entitlement.

        ``containerURL(forSecurityApplicationGroupIdentifier:)``: nil unless the id is exactly one
        of ``com.apple.security.application-groups``; the device's log then says why.
        """
        groups = current().info["groups"]
        assert isinstance(groups, dict)
        folder = groups.get(group)

        if folder is None:
            tell_denied("container-url", group)
            return None

        return Path(str(folder))

    @property
    def home_directory(self) -> Path:
        """The process's own data container: ``NSHomeDirectory()``."""
        return Path(str(current().info["home"]))

    @property
    def documents_directory(self) -> Path:
        """``Documents`` of the own data container."""
        return self.home_directory / "Documents"

    @property
    def library_directory(self) -> Path:
        """``Library`` of the own data container."""
        return self.home_directory / "Library"

    @property
    def caches_directory(self) -> Path:
        """``Library/Caches`` of the own data container."""
        return self.library_directory / "Caches"

    @property
    def temporary_directory(self) -> Path:
        """``tmp`` of the own data container."""
        return self.home_directory / "tmp"

    def url(
        self, directory: str, *, appropriate_for: "Path | None" = None, create: bool = False
    ) -> Path:
        """Return a folder of :class:`SearchPathDirectory`, in the own data container.

        ``url(for:in:appropriateFor:create:)``. ``ITEM_REPLACEMENT_DIRECTORY`` makes a new empty
        folder each time, from which :meth:`replace_item` can replace ``appropriate_for``: all
        containers of a device are one volume, so it may lie in the process's own.

        Raises:
            CocoaError: It could not be made.
        """
        path = self.home_directory / directory

        if directory == SearchPathDirectory.ITEM_REPLACEMENT_DIRECTORY:
            if appropriate_for is None:
                raise CocoaError(CocoaError.FILE_WRITE_UNKNOWN, str(path), errno.EINVAL)

            return self._new_replacement_directory(path)

        if create:
            self.create_directory(path)

        return path

    def _new_replacement_directory(self, parent: Path) -> Path:
        program = os.path.basename(str(current().info["executable"])).removesuffix(".py")
        self.create_directory(parent)

        for number in count(1):
            path = parent / f"NSIRD_{program}_{number:06}"

            with Writing(path):
                try:
                    path.mkdir()
                except FileExistsError:
                    continue

            return path

        raise AssertionError  # count() does not end

    # -- what there is -----------------------------------------------------------------------

    def file_exists(self, path: "Path | str") -> bool:
        """Return whether there is a file or folder; of a link, whether what it leads to is."""
        point("file-read-metadata", os.fspath(path), "r")

        return os.path.exists(path)

    def is_directory(self, path: "Path | str") -> bool:
        """Return whether there is a folder: ``fileExists(atPath:isDirectory:)``."""
        point("file-read-metadata", os.fspath(path), "r")

        return os.path.isdir(path)

    def attributes_of_item(self, path: "Path | str") -> dict[str, object]:
        """Return what is known of a file, by the keys of ``FileAttributeKey``.

        Raises:
            CocoaError: There is none.
        """
        point("file-read-metadata", os.fspath(path), "r")

        with Reading(path):
            return read_attributes(os.fspath(path))

    def set_attributes(self, attributes: "Mapping[str, object]", path: "Path | str") -> None:
        """Change permissions, the date of modification, the class of data protection.

        Raises:
            CocoaError: It is not ours, or the attribute cannot be changed here.
            TypeError: A value of the wrong kind.
        """
        point("file-write-metadata", os.fspath(path), "w")

        with Writing(path):
            write_attributes(os.fspath(path), attributes)

    def contents(self, path: "Path | str") -> bytes | None:
        """Return a file's bytes, or None when it cannot be read."""
        point("file-read", os.fspath(path), "r")

        try:
            return Path(path).read_bytes()
        except OSError:
            return None

    def contents_equal(self, path: "Path | str", other: "Path | str") -> bool:
        """Return whether two files, or two folders with all that is in them, are the same."""
        point("file-read", os.fspath(path), "r")
        point("file-read", os.fspath(other), "r")

        try:
            return equal_trees(os.fspath(path), os.fspath(other))
        except OSError:
            return False

    def contents_of_directory(
        self, path: "Path | str", *, skips_hidden_files: bool = False
    ) -> list[Path]:
        """Return what lies in a folder, sorted by name, so that a run can be replayed.

        Raises:
            CocoaError: There is no such folder.
        """
        point("file-read", os.fspath(path), "r")

        with Reading(path):
            names = os.listdir(path)

        return [
            Path(path, name)
            for name in sorted(names, key=os.fsencode)
            if not (skips_hidden_files and name.startswith("."))
        ]

    def enumerator(
        self,
        at: "Path | str",
        *,
        skips_hidden_files: bool = False,
        skips_subdirectory_descendants: bool = False,
        skips_package_descendants: bool = False,
        error_handler: "Callable[[Path, CocoaError], bool] | None" = None,
    ) -> DirectoryEnumerator:
        """Return everything beneath a folder, one after the other, sorted."""
        option = DirectoryEnumerationOptions
        options = (
            skips_hidden_files * option.SKIPS_HIDDEN_FILES
            | skips_subdirectory_descendants * option.SKIPS_SUBDIRECTORY_DESCENDANTS
            | skips_package_descendants * option.SKIPS_PACKAGE_DESCENDANTS
        )

        return DirectoryEnumerator(Path(at), options, error_handler)

    # -- making ------------------------------------------------------------------------------

    def create_directory(
        self,
        path: "Path | str",
        *,
        with_intermediate_directories: bool = True,
        attributes: "Mapping[str, object] | None" = None,
    ) -> None:
        """Make a folder and what is missing above it; then an existing one is no error.

        Raises:
            CocoaError: Its parent is missing or not ours; without intermediate ones, it exists.
        """
        point("file-create", os.fspath(path), "w")

        with Writing(path):
            if with_intermediate_directories:
                os.makedirs(path, exist_ok=True)
            else:
                os.mkdir(path)

            if attributes:
                write_attributes(os.fspath(path), attributes)

    def create_file(
        self,
        path: "Path | str",
        contents: "bytes | None" = None,
        attributes: "Mapping[str, object] | None" = None,
    ) -> bool:
        """Make a file with ``contents``, or replace those of one; return whether that went well."""
        point("file-write", os.fspath(path), "w")

        try:
            atomic.write_atomically(os.fspath(path), contents or b"")

            if attributes:
                write_attributes(os.fspath(path), attributes)
        except OSError:
            return False

        return True

    def write_atomically(self, data: "str | bytes", path: "Path | str") -> None:
        """Replace ``path`` by ``data`` (str as UTF-8): a reader sees the old file or the new one.

        ``Data.write(to:options: .atomic)``: a new file, with the data protection of its folder.

        Raises:
            CocoaError: The folder is missing, not ours, or full.
        """
        point("file-write", os.fspath(path), "w")

        with Writing(path):
            atomic.write_atomically(os.fspath(path), data)

    # -- changing ----------------------------------------------------------------------------

    def move_item(self, at: "Path | str", to: "Path | str") -> None:
        """Give an item another name or place, where there is nothing yet.

        Raises:
            CocoaError: 516: something is there already; 4: there is no such item.
        """
        point("file-rename", os.fspath(at), "w")
        point("file-rename", os.fspath(to), "w")

        with Writing(at):
            _refuse_what_exists(to)
            os.rename(at, to)

    def copy_item(self, at: "Path | str", to: "Path | str") -> None:
        """Copy a file, or a folder with all that is in it; links are copied as links.

        Raises:
            CocoaError: 516: something is there already; 260: there is no such item.
        """
        point("file-read", os.fspath(at), "r")
        point("file-create", os.fspath(to), "w")

        with Reading(at):
            os.lstat(at)

        with Writing(to):
            _refuse_what_exists(to)
            copy_tree(os.fspath(at), os.fspath(to))

    def link_item(self, at: "Path | str", to: "Path | str") -> None:
        """Give a file a second name: a hard link. A folder cannot have one.

        Raises:
            CocoaError: As for :meth:`move_item`; 513: the file is not ours.
        """
        point("file-link", os.fspath(at), "r")
        point("file-create", os.fspath(to), "w")

        with Writing(to):
            os.link(at, to, follow_symlinks=False)

    def create_symbolic_link(self, at: "Path | str", with_destination: "Path | str") -> None:
        """Make a link to any place; what lies outside the sandbox cannot be read through it.

        Raises:
            CocoaError: 516: something is there already; 513: the folder is not ours.
        """
        point("file-create", os.fspath(at), "w")

        with Writing(at):
            os.symlink(with_destination, at)

    def destination_of_symbolic_link(self, path: "Path | str") -> str:
        """Return where a link leads, as it says itself.

        Raises:
            CocoaError: 260: there is nothing; 256: it is no link.
        """
        point("file-read-metadata", os.fspath(path), "r")

        with Reading(path):
            return os.readlink(path)

    def replace_item(
        self,
        at: "Path | str",
        with_item_at: "Path | str",
        backup_item_name: str | None = None,
        options: int = 0,
    ) -> Path:
        """Put an item in another's place in one step, and return its place.

        Whoever looks sees the old one or the new one. The new one gets permissions and class of
        data protection of the old one. Where there is no old one, it is a move.

        Args:
            at: What is replaced.
            with_item_at: What takes its place; afterwards it is not there any more.
            backup_item_name: The old one is kept beside it under this name until the new one is in
                its place, and for good with ``WITHOUT_DELETING_BACKUP_ITEM``.
            options: Of :class:`ItemReplacementOptions`.

        Raises:
            CocoaError: 4: there is no new item; nothing was changed.
        """
        point("file-rename", os.fspath(with_item_at), "w")
        point("file-write", os.fspath(at), "w")
        choices = ItemReplacementOptions
        kept = backup_item_name if options & choices.WITHOUT_DELETING_BACKUP_ITEM else None

        with Writing(with_item_at):
            os.lstat(with_item_at)

        with Writing(at):
            replace(
                os.fspath(at),
                os.fspath(with_item_at),
                kept,
                keep_metadata=not options & choices.USING_NEW_METADATA_ONLY,
            )

        return Path(at)

    def remove_item(self, path: "Path | str") -> None:
        """Remove a file or a folder with all that is in it.

        Raises:
            CocoaError: 4: there is none; 513: it is not ours.
        """
        point("file-unlink", os.fspath(path), "w")

        with Writing(path):
            remove_tree(os.fspath(path))


def _refuse_what_exists(path: "Path | str") -> None:
    if os.path.lexists(path):
        raise CocoaError(CocoaError.FILE_WRITE_FILE_EXISTS, os.fspath(path), errno.EEXIST)


FileManager.default = FileManager()
