"""Errors travel, and nonsense in their place is an error too."""

import pytest

from shared_container.codec import decode, encode
from simulator.xpc import errors
from simulator.xpc.errors import BundleError, CommandError, SimulatorBug, StepFailed


@pytest.mark.parametrize(
    "error",
    [
        BundleError("Notes.app/Info.plist", "CFBundleIdentifier", "it is missing"),
        CommandError("NSPOSIXErrorDomain", 3, "one", "two"),
        StepFailed("landlock", 1),
        errors.Misuse("a sentence"),
        errors.SandboxDenied("file-read-data", "/etc/passwd", "iOS never allows it"),
    ],
)
def test_an_error_arrives_as_it_was_raised(error: errors.SimulatorError) -> None:
    arrived = errors.from_wire(decode(encode(errors.to_wire(error))))

    assert type(arrived) is type(error)
    assert str(arrived) == str(error)


@pytest.mark.parametrize("parts", [None, [], [1], ["BundleError"], ["NoSuchError", "x"], {}])
def test_nonsense_arrives_as_a_bug_of_ours(parts: object) -> None:
    assert isinstance(errors.from_wire(parts), SimulatorBug)


def test_a_command_error_is_framed_in_apples_words() -> None:
    error = CommandError("NSPOSIXErrorDomain", 3, "found nothing to terminate")

    assert str(error).splitlines() == [
        "An error was encountered processing the command (domain=NSPOSIXErrorDomain, code=3):",
        "found nothing to terminate",
    ]


def test_a_command_error_without_a_domain_is_its_lines_alone() -> None:
    assert str(CommandError("", 404, "Invalid device: x")) == "Invalid device: x"
