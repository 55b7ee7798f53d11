"""A built-in program of a device, run by a test to its end."""

from dataclasses import dataclass
from pathlib import Path

from simulator.control.client import Client
from simulator.xpc.errors import DeviceGone

__all__ = ("Ran", "run")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a program said.

    Attributes:
        status: Its exit status, or minus the signal that ended it.
        output: What it printed on standard output; bytes that are no UTF-8 are escaped.
        errors: The same of standard error.
        data: Standard output as bytes.
    """

    status: int
    output: str
    errors: str
    data: bytes


def run(socket: Path, program: str, arguments: list[str], given: bytes) -> Ran:
    """Run a program.

    Args:
        socket: The device's.
        program: Its name.
        arguments: What stands behind it.
        given: Its standard input.

    Raises:
        CommandError: There is no such program.
        DeviceGone: The device has gone meanwhile.
    """
    printed = {1: bytearray(), 2: bytearray()}
    at = 0

    with Client(socket, "the device") as client:
        client.ask("spawn", program=program, arguments=arguments, environment={}, stopped=False)

        while True:
            match client.hear("spawn"):
                case ["printed", int(stream), bytes(data)]:
                    printed[stream] += data
                case ["wants", int(size)]:
                    client.say("input", data=given[at : at + size])
                    at += size
                case ["ended", int(status), str()]:
                    return _ran(status, bytes(printed[1]), bytes(printed[2]))
                case _:
                    raise DeviceGone("the device spoke nonsense during 'spawn'")


def _ran(status: int, output: bytes, errors: bytes) -> Ran:
    text, complaints = (data.decode("utf-8", "backslashreplace") for data in (output, errors))

    return Ran(status, text, complaints, output)
