"""The verbs of files in containers: what idb's ``file`` commands do."""

import asyncio
import os
from collections.abc import Callable
from typing import Final, TypeVar

from simulator.daemonkit.hostile import NoPlainFile
from simulator.daemonkit.limits import FILE_WAIT_S
from simulator.device.container_copying import Copied, pulled, pushed
from simulator.device.container_files import (
    listed,
    made,
    moved,
    read_piece,
    refusal,
    removed,
)
from simulator.device.file_waiting import has_changed
from simulator.device.hints import did_you_mean
from simulator.device.host import DeviceHost
from simulator.device.person import verb
from simulator.xpc.errors import Misuse

__all__ = ("FileVerbs",)

Result = TypeVar("Result")

_KINDS: Final = ("group", "app", "extension")


class FileVerbs:
    """What can be done with files; mixed into the verbs of a device.

    A container is a kind (``group``, ``app``, ``extension``) and an id; paths are relative to it.
    """

    _host: DeviceHost

    async def _do(self, path: str, deed: Callable[[], Result]) -> Result:
        """Do something that blocks; a refusal is told in Apple's frame."""
        if "\0" in path:
            raise Misuse("a path has no NUL in it")

        try:
            return await asyncio.get_running_loop().run_in_executor(self._host.file_threads, deed)
        except (OSError, NoPlainFile) as problem:
            raise refusal(problem, path or ".") from problem

    def _root(self, kind: str, identifier: str) -> str:
        if kind not in _KINDS:
            raise Misuse(f"a container is one of {', '.join(_KINDS)}, not {kind!r}")

        manager = self._host.containermanagerd

        if kind == "group":
            folder = manager.group_container(identifier)

            if folder is None:
                known = ", ".join(manager.groups()) or "none"
                hint = did_you_mean(identifier, manager.groups())
                raise Misuse(
                    f"no installed app is in the group {identifier!r} (groups: {known}){hint}"
                )

            return folder

        bundle = self._host.lsd.find(identifier)

        if bundle is None or bundle.is_extension != (kind == "extension"):
            other = (
                did_you_mean(identifier, self._ids(is_extension=kind == "extension"))
                if bundle is None
                else f"; it is an {_KINDS[1 + bundle.is_extension]}"
            )
            raise Misuse(f"{identifier} is no installed {kind}{other}")

        return manager.data_container(bundle)

    def _ids(self, *, is_extension: bool) -> list[str]:
        bundles = [each for app in self._host.lsd.apps() for each in (app, *app.extensions)]

        return [each.bundle_id for each in bundles if each.is_extension == is_extension]

    def _write_down(self, operation: str, root: str, path: str) -> None:
        resource = os.path.join(root, path.strip("/"))
        self._host.log.append("file", operation, resource, actor="simctl", access="w")

    @verb
    async def file_ls(
        self, kind: str, identifier: str, path: str = "", after: str = ""
    ) -> list[object]:
        """Return what lies in a folder behind the name ``after``, or what a file is."""
        root = self._root(kind, identifier)
        entries = await self._do(path, lambda: listed(root, path, after))

        return [list(entry) for entry in entries]

    @verb
    async def file_read(
        self, kind: str, identifier: str, path: str, offset: int = 0
    ) -> dict[str, object]:
        """Return a piece of a file; a negative offset counts from its end."""
        root = self._root(kind, identifier)
        piece = await self._do(path, lambda: read_piece(root, path, offset))

        return {**piece._asdict(), "identity": list(piece.identity)}

    @verb
    async def file_wait(
        self,
        kind: str,
        identifier: str,
        path: str,
        size: int,
        file_identity: list[int],
        timeout_s: float = 30.0,
    ) -> bool:
        """Wait until a file has another size or is another file; False when the time is over."""
        root = self._root(kind, identifier)
        threads = self._host.file_threads

        try:
            return await has_changed(
                root, path, (size, *file_identity), threads, min(timeout_s, FILE_WAIT_S)
            )
        except OSError as problem:
            raise refusal(problem, path) from problem

    @verb
    async def file_pull(
        self,
        kind: str,
        identifier: str,
        path: str,
        target: str,
        recursive: bool = False,  # noqa: FBT001, FBT002  a request's argument
    ) -> dict[str, object]:
        """Copy a file, or a folder, to an absolute path outside."""
        root = self._root(kind, identifier)
        _check_outside(target)

        return _told(await self._do(path, lambda: pulled(root, path, target, recursive=recursive)))

    @verb
    async def file_push(
        self,
        kind: str,
        identifier: str,
        path: str,
        source: str,
        recursive: bool = False,  # noqa: FBT001, FBT002  as above
        exactly: bool = False,  # noqa: FBT001, FBT002  as above
    ) -> dict[str, object]:
        """Copy a file, or a folder, from an absolute path outside into a container.

        Into a folder that exists it goes under its own name, unless ``exactly`` is given.
        """
        root = self._root(kind, identifier)
        _check_outside(source)
        copied = await self._do(
            path, lambda: pushed(root, path, source, recursive=recursive, exactly=exactly)
        )
        self._write_down("push", root, path)

        return _told(copied)

    @verb
    async def file_rm(
        self,
        kind: str,
        identifier: str,
        path: str,
        recursive: bool = False,  # noqa: FBT001, FBT002  as above
    ) -> None:
        """Remove a file, a link, or with ``recursive`` a folder."""
        root = self._root(kind, identifier)
        bin_folder = self._host.containermanagerd.bin_folder
        await self._do(path, lambda: removed(root, path, bin_folder, recursive=recursive))
        self._write_down("rm", root, path)

    @verb
    async def file_mv(self, kind: str, identifier: str, path: str, target: str) -> None:
        """Give an item of a container another name or place in it."""
        root = self._root(kind, identifier)
        await self._do(path, lambda: moved(root, path, target))
        self._write_down("mv", root, path)

    @verb
    async def file_mkdir(self, kind: str, identifier: str, path: str) -> None:
        """Make a folder, and what is missing above it."""
        root = self._root(kind, identifier)
        await self._do(path, lambda: made(root, path))
        self._write_down("mkdir", root, path)


def _check_outside(path: str) -> None:
    if not os.path.isabs(path) or "\0" in path:
        raise Misuse(f"{path!r} should be an absolute path")


def _told(copied: Copied) -> dict[str, object]:
    return {
        "files": copied.files,
        "size": copied.size,
        "skipped": [list(each) for each in copied.skipped],
        "skips": copied.skips,
    }
