"""Custom keyboards: UIKit's ``UIInputViewController``.

A keyboard extension is one subclass of :class:`InputViewController`. The system starts it when the
person chooses it for the field with the focus; it types through its proxy.
"""

import os

from shared_container.codec import decode
from simulator.sdk._process import current
from simulator.xpc.frames import Frame, Kind

TYPE_CHECKING = False

if TYPE_CHECKING:
    from simulator.sdk._process import Process

__all__ = ("InputViewController", "TextDocumentProxy")


class TextDocumentProxy:
    """The field that has the focus, as far as a keyboard may know it.

    Attributes:
        document_context_before_input: The text before the cursor, as of the last key.
    """

    __slots__ = ("document_context_before_input",)

    def __init__(self) -> None:
        self.document_context_before_input = ""

    def insert_text(self, text: str) -> None:
        """Type a text."""
        current().tell("springboard.insert_text", text)

    def delete_backward(self) -> None:
        """Delete the character before the cursor."""
        current().tell("springboard.delete_backward")


class InputViewController:
    """The principal class of a ``com.apple.keyboard-service`` extension.

    Attributes:
        text_document_proxy: Where to type.
    """

    text_document_proxy: TextDocumentProxy

    def view_did_load(self) -> None:
        """Run once, when the keyboard comes up."""

    def key_tapped(self, key: str) -> None:
        """Run for each key of this keyboard that is tapped; types it unless overridden."""
        self.text_document_proxy.insert_text(key)

    def launched_by(self, process: "Process") -> None:
        """Begin; the launch calls it once, keyboards never do."""
        self.text_document_proxy = TextDocumentProxy()
        process.handlers[Kind.REQUEST] = self._came_up
        process.handlers[Kind.INPUT] = self._tapped

    def _came_up(self, frame: Frame, files: list[int]) -> None:
        self._take(frame, files)
        self.view_did_load()

    def _tapped(self, frame: Frame, files: list[int]) -> None:
        content = self._take(frame, files)
        self.key_tapped(str(content["key"]))

    def _take(self, frame: Frame, files: list[int]) -> dict[str, object]:
        for descriptor in files:
            os.close(descriptor)

        content = decode(frame.payload)
        assert isinstance(content, dict)
        self.text_document_proxy.document_context_before_input = str(content["context"])

        return content
