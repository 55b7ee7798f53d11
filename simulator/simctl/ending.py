"""Ends of processes: whether what a person did ended an app, and what it said last."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Final, cast

from simulator.control.client import Client
from simulator.simctl.session import Row
from simulator.xpc.errors import CommandError, WorldError

__all__ = ("expect_alive", "has_failed", "last_position", "shown_app", "since")

_POSITION_MAX: Final = 1 << 62  # behind every event
_WAIT_S: Final = 3.0  # as long as openurl does
_LINES: Final = 8
_ASKED: Final = "ended by the system: "
_DROPPED: Final = f"{_ASKED}it misbehaved"
_NO_SUCH_PROCESS: Final = 3


def last_position(client: Client) -> object:
    """Return the position behind the last event."""
    return cast("Row", client.ask("events", since=_POSITION_MAX))["position"]


def shown_app(client: Client) -> str:
    """Return the bundle id of the front app, or an empty string."""
    return str(cast("Row", client.ask("screen"))["bundle_id"])


def since(client: Client, position: object) -> Iterator[Row]:
    """Yield the events behind a position, without waiting for more."""
    while True:
        answer = cast("Row", client.ask("events", since=position))
        events = cast("list[Row]", answer["events"])
        yield from events
        position = answer["position"]

        if not events:
            return


def has_failed(end: Row) -> bool:
    """Say whether an ``exit`` event is a failure: a crash, a signal, a status that is not 0.

    That somebody asked for the end is none, however the process took it.
    """
    detail = cast("Row", end["detail"])
    reason = str(detail["reason"])

    return detail["status"] != 0 and (not reason.startswith(_ASKED) or reason.startswith(_DROPPED))


def expect_alive(
    client: Client, bundle_ids: Collection[str], position: object, sentence: str
) -> None:
    """Wait for the device to come to rest, and complain if one of these has failed on the way.

    Args:
        client: The device's.
        bundle_ids: Whose end is told.
        position: Behind which event.
        sentence: What did not go well.

    Raises:
        CommandError: One of them crashed; status 3, with its last lines.
    """
    with suppress(WorldError):  # it is busy, which is its own affair
        client.ask("settle", timeout_s=_WAIT_S)

    said: dict[object, list[str]] = {}

    for event in since(client, position):
        if event["kind"] == "output":
            said.setdefault(event["actor"], []).append(str(event["resource"]))
        elif event["kind"] == "exit" and event["resource"] in bundle_ids and has_failed(event):
            raise CommandError(
                "NSPOSIXErrorDomain",
                _NO_SUCH_PROCESS,
                sentence,
                f"{event['resource']} {cast('Row', event['detail'])['reason']}",
                *(f"\t{line}" for line in said.get(event["actor"], [])[-_LINES:]),
            )
