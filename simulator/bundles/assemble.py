"""A source tree's app and extensions, copied into one installable ``.app``.

In a source tree ``apps/Notes.app`` and ``extensions/ShareToNotes.appex`` lie side by side, and the
app's ``SIMEmbeddedExtensions`` says which it embeds; Xcode's build phase "Embed Foundation
Extensions" does the same. What is validated is the copy, in a folder that nobody else writes to:
what was seen before the copy may have been changed during it.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from simulator.bundles.bundle import Bundle, read_bundle
from simulator.bundles.info import read_info
from simulator.bundles.tree import Budget, check_name, printable
from simulator.xpc.errors import BundleError, Misuse, WorldError

__all__ = ("FILE_MODE", "FOLDER_MODE", "assemble", "remove_tree")

FILE_MODE: Final = 0o644
FOLDER_MODE: Final = 0o755

_CHUNK = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_SOURCE_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NAME_IS_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_LEFT_OUT = frozenset({"__pycache__"})  # bytecode of another interpreter, in another place


def assemble(app: Path, destination: Path) -> Bundle:
    """Copy an app with the extensions that it embeds, and return the validated copy.

    An extension is sought in ``extensions/`` beside the app's folder, then beside the app. One that
    lies in the app's ``PlugIns`` already is taken from there, so that an assembled bundle can be
    assembled again. Links are not copied but refused; ``__pycache__`` is left out; modes become
    ``FILE_MODE`` and ``FOLDER_MODE``. The caller makes the copy durable.

    Args:
        app: The ``.app`` folder of a source tree, or a complete one.
        destination: An existing empty folder; the copy is ``destination/<App>.app``.

    Raises:
        BundleError: The app, an extension or the copy of them is wrong.
        Misuse: ``destination`` is no empty folder.
        WorldError: The copy cannot be written.

    After any error ``destination`` is empty again.
    """
    source = Path(os.path.abspath(app))
    label = printable(source.name) or "/"

    if not destination.is_dir() or os.listdir(destination):
        raise Misuse(f"{destination} should be an existing empty folder")

    if source.suffix != ".app" or not source.is_dir():
        read_bundle(source)  # which says what is wrong with it

    check_name(source.name)

    copy = destination / source.name
    budget = Budget(label)

    try:
        with _folder(source, file=label, flags=_FOLDER) as descriptor:
            _copy_into(destination, source.name, descriptor, file=label, budget=budget)

        _embed(copy, source.parent, label=label, budget=budget)

        return read_bundle(copy)
    except BaseException:
        remove_tree(copy)

        raise


def _embed(copy: Path, beside: Path, *, label: str, budget: Budget) -> None:
    places = (beside.parent / "extensions", beside)

    for number, name in enumerate(read_info(copy, name=label).embedded_extensions):
        if os.path.lexists(copy / "PlugIns" / name):
            continue

        source = next((place / name for place in places if (place / name).is_dir()), None)

        if source is None:
            problem = (
                f"there is no folder {name}, neither in 'extensions' beside the app's folder nor "
                "beside the app; put it there, or take it out of the list"
            )

            raise BundleError(f"{label}/Info.plist", f"SIMEmbeddedExtensions[{number}]", problem)

        plugins = copy / "PlugIns"
        file = f"{label}/PlugIns/{name}"

        with _writing(f"{label}/PlugIns"):
            plugins.mkdir(exist_ok=True)
            plugins.chmod(FOLDER_MODE)

        with _folder(source, file=file, flags=_FOLDER | os.O_NOFOLLOW) as descriptor:
            _copy_into(plugins, name, descriptor, file=file, budget=budget)


@contextlib.contextmanager
def _writing(file: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WorldError(f"cannot write {file} into the device: {error.strerror}") from error


@contextlib.contextmanager
def _folder(
    path: Path | str,
    *,
    file: str,
    flags: int,
    beneath: int | None = None,
) -> Iterator[int]:
    """Hold a folder of the source open; a link in its place is refused."""
    try:
        descriptor = os.open(path, flags, dir_fd=beneath)
    except OSError as error:
        raise BundleError(file, "", _unreadable(error)) from error

    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _unreadable(error: OSError) -> str:
    return f"it cannot be read as a file or folder of its own: {error.strerror}"


def _copy_into(target: Path, name: str, source: int, *, file: str, budget: Budget) -> None:
    """Copy an open folder to ``target/name``, where ``target`` is ours."""
    with _writing(file):
        above = os.open(target, _FOLDER | os.O_NOFOLLOW)

    try:
        _copy_folder(source, above, name, file=file, budget=budget)
    finally:
        os.close(above)


def _copy_folder(source: int, above: int, name: str, *, file: str, budget: Budget) -> None:
    with _writing(file):
        os.mkdir(name, dir_fd=above)
        target = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=above)

    try:
        with _writing(file):
            os.fchmod(target, FOLDER_MODE)

        try:
            entries = [
                (entry, os.stat(entry, dir_fd=source, follow_symlinks=False).st_mode)
                for entry in sorted(os.listdir(source))
                if entry not in _LEFT_OUT
            ]
        except OSError as error:
            raise BundleError(file, "", _unreadable(error)) from error

        for entry, mode in entries:
            path = f"{file}/{entry}"
            budget.take_entry(path, mode)

            if stat.S_ISLNK(mode):
                problem = "it is a symbolic link; put the file or folder itself in its place"

                raise BundleError(path, "", problem)

            if stat.S_ISDIR(mode):
                flags = _FOLDER | os.O_NOFOLLOW

                with _folder(entry, file=path, flags=flags, beneath=source) as descriptor:
                    _copy_folder(descriptor, target, entry, file=path, budget=budget)
            else:
                _copy_file(source, target, entry, file=path, budget=budget)
    finally:
        os.close(target)


def _copy_file(source: int, target: int, name: str, *, file: str, budget: Budget) -> None:
    try:
        descriptor = os.open(name, _SOURCE_FILE, dir_fd=source)
    except OSError as error:
        raise BundleError(file, "", _unreadable(error)) from error

    with open(descriptor, "rb", buffering=0) as reader:
        # Looked at again: between the listing and here the file may have been swapped.
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BundleError(file, "", "it is no regular file any more; it was changed meanwhile")

        with _writing(file):
            written = os.open(name, _NEW_FILE, 0o600, dir_fd=target)

        with _writing(file), open(written, "wb") as writer:
            while chunk := _read(reader.fileno(), file=file):
                budget.take_bytes(len(chunk))
                writer.write(chunk)

            os.fchmod(written, FILE_MODE)


def _read(descriptor: int, *, file: str) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError as error:
        raise BundleError(file, "", _unreadable(error)) from error


def remove_tree(path: Path) -> None:
    """Remove a folder with all that is in it, following no link; nothing happens if it is missing.

    It works on folders that a guest made: nested so deep that a recursion or the descriptors would
    end, and folders that their owner may not read. Each folder inside another is first moved up to
    the top, so that two descriptors are enough and being interrupted does no harm.

    Raises:
        OSError: ``path`` is a link or a file, or the kernel refuses.
    """
    with contextlib.suppress(FileNotFoundError):
        root = _open_writable(path)

        try:
            moved = 0

            while names := os.listdir(root):
                for name in names:
                    moved = _remove_entry(root, name, moved)
        finally:
            os.close(root)

        os.rmdir(path)


def _open_writable(path: Path | str, beneath: int | None = None) -> int:
    """Open a folder, giving its owner all rights first.

    chmod by name would follow a link that was put there meanwhile; /proc/self/fd names the inode.
    """
    flags = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    held = os.open(path, flags, dir_fd=beneath)

    try:
        os.chmod(f"/proc/self/fd/{held}", 0o700)

        return os.open(f"/proc/self/fd/{held}", _FOLDER)
    finally:
        os.close(held)


def _remove_entry(root: int, name: str, moved: int) -> int:
    """Remove one entry of ``root``; folders in it move up into ``root``, under new names."""
    if not _is_folder(name, root):
        os.unlink(name, dir_fd=root)

        return moved

    folder = _open_writable(name, root)

    try:
        for entry in os.listdir(folder):
            if _is_folder(entry, folder):
                moved = _move_up(folder, entry, root, moved)
            else:
                os.unlink(entry, dir_fd=folder)
    finally:
        os.close(folder)

    os.rmdir(name, dir_fd=root)

    return moved


def _is_folder(name: str, beneath: int) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=beneath, follow_symlinks=False).st_mode)


def _move_up(folder: int, entry: str, root: int, moved: int) -> int:
    # A folder can be moved elsewhere only by who may write to it: its ".." changes.
    os.close(_open_writable(entry, folder))

    # Tried rather than looked up: to list the root for each folder would be quadratic. An empty
    # folder of the same name is replaced, which removes it too.
    while True:
        name = f".moved-{moved}"
        moved += 1

        try:
            os.rename(entry, name, src_dir_fd=folder, dst_dir_fd=root)
        except OSError as error:
            if error.errno not in _NAME_IS_TAKEN:
                raise
        else:
            return moved
