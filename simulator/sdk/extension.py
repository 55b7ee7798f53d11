"""App extensions: what their processes are asked to do.

A share extension is one subclass of :class:`ShareExtension` in ``<Name>.py`` of its ``.appex``.
The system starts it when the user picks it from a share sheet, in a process and a container
of its own; the containing app need not run.
"""

import os

from shared_container.codec import decode
from simulator.sdk._bootstrap import read_whole
from simulator.sdk._process import current
from simulator.sdk.foundation import FileManager
from simulator.xpc.errors import Misuse
from simulator.xpc.frames import Frame, Kind

TYPE_CHECKING = False

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.sdk._process import Process

__all__ = ("ExtensionContext", "ItemProvider", "ShareExtension")


class ItemProvider:
    """One attachment: ``NSItemProvider``.

    Attributes:
        registered_type_identifiers: The types it can be had as, most faithful first.
        suggested_name: A file name, or an empty string.
    """

    __slots__ = ("_conforms", "_data", "registered_type_identifiers", "suggested_name")

    def __init__(self, description: dict[str, object], data: bytes) -> None:
        self.registered_type_identifiers: list[str] = list(description["types"])  # type: ignore[call-overload]
        self.suggested_name = str(description["name"])
        self._conforms = set(description["conforms"])  # type: ignore[call-overload]
        self._data = data

    def has_item_conforming_to(self, type_identifier: str) -> bool:
        """Say whether a registered type conforms to ``type_identifier``."""
        return type_identifier in self._conforms

    def load(self) -> str | bytes:
        """Return the item: text and URLs as str, everything else as bytes."""
        if self.has_item_conforming_to("public.text") or self.has_item_conforming_to("public.url"):
            return self._data.decode("utf-8", "replace")

        return self._data

    def load_data(self) -> bytes:
        """Return the item's bytes."""
        return self._data

    def load_file(self) -> "Path":
        """Return a copy of the item as a file in this process's temporary folder."""
        folder = FileManager.default.temporary_directory
        path = folder / (os.path.basename(self.suggested_name) or "item")
        path.write_bytes(self._data)

        return path


class ExtensionContext:
    """What the host app hands over, and the way back: ``NSExtensionContext``."""

    __slots__ = ("_items", "_request")

    def __init__(self, request: int, items: list[ItemProvider]) -> None:
        self._request: int | None = request
        self._items = items

    def attachments(self, conforming_to: str = "") -> list[ItemProvider]:
        """Return the attachments, all or those that conform to a type."""
        if not conforming_to:
            return list(self._items)

        return [item for item in self._items if item.has_item_conforming_to(conforming_to)]

    def complete_request(self, returning: list[str] | tuple[str, ...] = ()) -> None:
        """End the request well; exactly once. The system may end the process right after.

        Raises:
            Misuse: The request was completed or cancelled before.
        """
        self._end("complete", list(returning))

    def cancel_request(self, error: str) -> None:
        """End the request with an error; exactly once."""
        self._end("cancel", error)

    def _end(self, how: str, content: object) -> None:
        if self._request is None:
            raise Misuse("a request is completed or cancelled exactly once")

        current().tell(f"springboard.{how}_request", [self._request, content])
        self._request = None


class ShareExtension:
    """The principal class of a ``com.apple.share-services`` extension."""

    def begin_request(self, context: ExtensionContext) -> None:
        """Do what was asked, and complete or cancel the request."""
        context.cancel_request(f"{type(self).__name__} does not override begin_request")

    def launched_by(self, process: "Process") -> None:
        """Begin; the launch calls it once, extensions never do."""
        process.handlers[Kind.REQUEST] = self._begin

    def _begin(self, frame: Frame, files: list[int]) -> None:
        request = decode(frame.payload)
        assert isinstance(request, dict)
        items = []

        for description in request["items"]:
            if "file" in description:
                data = read_whole(files[description["file"]])
            else:
                data = description["data"]

            items.append(ItemProvider(description, data))

        for descriptor in files:
            os.close(descriptor)

        self.begin_request(ExtensionContext(request["id"], items))
