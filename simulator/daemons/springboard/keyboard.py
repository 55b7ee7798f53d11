"""The keyboard: an extension that types into the field with the focus.

The system starts it when it becomes the input mode, never its app; it sees the text around the
cursor through its proxy and nothing else of the app.

What is typed is told to the app, whose text counts. An app that shows its view before it has
heard of the last keys shows an older text: those keys are then typed once more into what it shows.
"""

from shared_container.codec import encode
from simulator.bundles.points import KEYBOARD
from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.requests import Requests
from simulator.daemonkit.rooms import Kit, Launcher, Registry
from simulator.daemonkit.router import Heard
from simulator.daemons.springboard.state import Edit, Field
from simulator.xpc.errors import Misbehaved, Misuse
from simulator.xpc.frames import Kind

__all__ = ("Keyboard",)

_CONTEXT_CHARACTERS = 300  # what a proxy tells of the text before the cursor; undocumented


class Keyboard:
    """The input mode of one device, and the field it types into.

    Args:
        kit: The device's.
        requests: Those of springboard.
        launcher: Starts the extension.
        registry: Knows bundles.
    """

    def __init__(
        self, kit: Kit, requests: Requests, launcher: Launcher, registry: Registry
    ) -> None:
        self._kit = kit
        self._requests = requests
        self._launcher = launcher
        self._registry = registry
        self.guest: Guest | None = None
        self.owner: Guest | None = None
        self.field: Field | None = None
        self._edits: list[Edit] = []  # what the owner may not have heard of yet
        kit.router.verb("springboard.insert_text", self._insert)
        kit.router.verb("springboard.delete_backward", self._delete)
        kit.router.on_exit(self._gone)

    def focus(self, owner: Guest, field: Field | None) -> None:
        """Give the focus to a field of an app, or to none."""
        if owner is not self.owner:
            self._edits = []

        self.owner = owner
        self.field = field

        for edit in self._edits:
            if field is not None and edit.field == field.name:
                field.apply(edit)

    def was_heard(self, owner: Guest, handled: int) -> None:
        """Take note that an app has handled its frames up to ``handled``."""
        if owner is self.owner:
            self._edits = [edit for edit in self._edits if not 0 < edit.seq <= handled]

    async def use(self, bundle_id: str, cause: int) -> Guest:
        """Make a keyboard extension the input mode; start its process where it does not run.

        Raises:
            Misuse: There is no field with the focus, or it is no installed keyboard.
        """
        self._expect_field()
        bundle = self._registry.find(bundle_id)

        if bundle is None or bundle.extension_point != KEYBOARD:
            known = [
                extension.bundle_id
                for app in self._registry.apps()
                for extension in app.extensions
                if extension.extension_point == KEYBOARD
            ]
            raise Misuse(
                f"{bundle_id} is no installed keyboard; keyboards: {', '.join(known) or 'none'}"
            )

        if self.guest is not None and self.guest.bundle_id == bundle_id and self.guest.alive:
            return self.guest

        if self.guest is not None:
            self._requests.end(self.guest, "another keyboard is the input mode")

        event = self._kit.log.append("keyboard", "use", bundle_id, actor="springboard", cause=cause)
        self.guest = await self._launcher.launch(bundle, cause=event)
        self._requests.send(self.guest, {"id": 0, "context": self._context()}, event)

        return self.guest

    def tap(self, key: str, cause: int) -> None:
        """Tap a key of the keyboard extension."""
        assert self.guest is not None
        self._send(self.guest, {"key": key, "context": self._context()}, cause)

    def type(self, text: str, cause: int) -> None:
        """Type with the system's own keyboard.

        Raises:
            Misuse: There is no field with the focus, or the text is none.
        """
        field = self._expect_field()

        try:
            edit = field.insert(text)
        except Misbehaved as problem:
            raise Misuse(f"this cannot be typed: {problem}") from problem

        self._tell(edit, cause)

    def _expect_field(self) -> Field:
        if self.field is None or self.owner is None or not self.owner.alive:
            raise Misuse("no text field has the focus: the front app's view has no fields")

        return self.field

    def _insert(self, heard: Heard, text: object) -> None:
        field = self._of(heard)

        if not isinstance(text, str):
            raise Misbehaved("it inserts what is no text")

        edit = field.insert(text)
        event = self._kit.log.append(
            "keyboard",
            "insert",
            field.name,
            actor=heard.guest.name,
            cause=heard.cause,
            access="w",
            text=text,
        )
        self._tell(edit, event)

    def _delete(self, heard: Heard, _: object) -> None:
        field = self._of(heard)
        edit = field.delete_backward()
        event = self._kit.log.append(
            "keyboard", "delete", field.name, actor=heard.guest.name, cause=heard.cause, access="w"
        )
        self._tell(edit, event)

    def _of(self, heard: Heard) -> Field:
        if heard.guest is not self.guest:
            raise Misbehaved("it types, and is not the input mode")

        try:
            return self._expect_field()
        except Misuse:
            return Field("", "")  # the app went away under its fingers: nothing happens

    def _tell(self, edit: Edit, cause: int) -> None:
        """Tell the app what was typed into its field."""
        if self.owner is not None and self.field is not None and self.owner.alive:
            self._edits.append(edit)
            self._send(self.owner, edit.as_dict(), cause, edit)

    def _send(
        self, guest: Guest, content: dict[str, object], cause: int, edit: Edit | None = None
    ) -> None:
        connection = guest.connection
        assert connection is not None

        def send() -> None:
            connection.send(Kind.INPUT, encode(content), cause=cause)

            if edit is not None:
                edit.seq = connection.sent

        self._kit.door.admit(Passage("out", "frame", guest.name, "INPUT"), send)

    def _context(self) -> str:
        return self.field.text[-_CONTEXT_CHARACTERS:] if self.field is not None else ""

    def _gone(self, guest: Guest) -> None:
        if guest is self.guest:
            self.guest = None  # the system falls back to its own keyboard

        if guest is self.owner:
            self.owner = self.field = None
