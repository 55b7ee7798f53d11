"""Which container a command is about, and the words around that."""

from typing import Annotated, NamedTuple

import typer

from simulator.control.client import Client
from simulator.simctl.arguments import BOOTED, Usage
from simulator.simctl.session import Session

__all__ = (
    "AppOption",
    "Container",
    "ExtensionOption",
    "GroupOption",
    "container_of",
    "opened",
)

GroupOption = Annotated[str, typer.Option(metavar="ID", help="In the container of this App Group.")]
AppOption = Annotated[
    str,
    typer.Option("--app", "--application", metavar="ID", help="In the data container of this app."),
]
ExtensionOption = Annotated[
    str, typer.Option(metavar="ID", help="In the data container of this extension.")
]


class Container(NamedTuple):
    """Which container: kind and id, and the beginning of every path in it."""

    kind: str
    identifier: str
    prefix: str

    def ask(self, client: Client, verb: str, path: str, **arguments: object) -> object:
        """Ask a device to do something with a path of this container."""
        return client.ask(
            verb, kind=self.kind, identifier=self.identifier, path=self.at(path), **arguments
        )

    def at(self, path: str) -> str:
        """Return a path as the device knows it."""
        return f"{self.prefix}/{path}" if self.prefix else path


def container_of(group: str, application: str, extension: str) -> Container:
    """Return which container the options mean.

    Raises:
        Usage: None is given, or several.
    """
    given = [
        (kind, value)
        for kind, value in (("group", group), ("app", application), ("extension", extension))
        if value
    ]

    if len(given) != 1:
        which = "only one of" if given else "one of"
        raise Usage(f"Say which container: {which} --group, --app, --extension")

    kind, value = given[0]
    identifier, _, prefix = value.partition("/")  # --group group.x/path, as idb has it

    return Container(kind, identifier, prefix.strip("/"))


def _split(session: Session, words: list[str], least: int, most: int) -> tuple[str, list[str]]:
    """Split words into the device, if the first is one, and the rest."""
    if len(words) > most or (len(words) > least and session.is_device(words[0])):
        if not session.is_device(words[0]):
            raise Usage(f"Unexpected argument: {words[most]}")

        device, words = words[0], words[1:]
    else:
        device = BOOTED

    if len(words) < least:
        raise Usage("Missing argument: <path>")

    if len(words) > most:
        raise Usage(f"Unexpected argument: {words[most]}")

    return device, words


def opened(context: typer.Context, least: int, most: int) -> tuple[Client, list[str]]:
    """Return a connection to the device that is meant, and the other words.

    Raises:
        Usage: There are fewer words than ``least``, or more than ``most``.
        CommandError: There is no such device, or it is not booted.
    """
    session: Session = context.obj
    device, words = _split(session, list(context.args), least, most)

    return session.client(device), words
