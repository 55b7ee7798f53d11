"""What a program prints arrives whole, and who does not take it makes it wait."""

import asyncio
import os
import threading

from simulator.daemonkit.console import Console
from simulator.daemonkit.limits import CONSOLE_BYTES_MAX

PIPE_BYTES = 1 << 16


def pipe() -> tuple[int, int]:
    return os.pipe2(os.O_CLOEXEC)


def write_whole(descriptor: int, data: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


async def everything(console: Console) -> dict[int, bytes]:
    found = {1: b"", 2: b""}

    while printed := await console.taken():
        for stream, data in printed:
            found[stream] += data

    return found


def test_much_output_arrives_whole_and_is_never_held_whole() -> None:
    data = os.urandom(CONSOLE_BYTES_MAX * 8)

    async def take() -> tuple[int, bytes]:
        console = Console()
        read, write = pipe()
        console.attach(1, read)
        writer = threading.Thread(target=write_whole, args=(write, data))
        writer.start()
        most, found = 0, b""

        while printed := await console.taken():
            parts = b"".join(part for _, part in printed)
            most = max(most, len(parts))
            found += parts

        writer.join()

        return most, found

    most, found = asyncio.run(take())

    assert found == data
    assert most <= CONSOLE_BYTES_MAX + PIPE_BYTES


def test_both_streams_are_told_apart_in_their_order() -> None:
    async def take() -> list[tuple[int, bytes]]:
        console = Console()
        out, err = pipe(), pipe()
        console.attach(1, out[0])
        console.attach(2, err[0])
        os.write(out[1], b"a")
        first = await console.taken()
        os.write(err[1], b"b")
        second = await console.taken()
        os.close(out[1])
        os.close(err[1])

        return [*first, *second, *await console.taken()]

    assert asyncio.run(take()) == [(1, b"a"), (2, b"b")]


def test_what_a_dead_program_left_is_read() -> None:
    async def take() -> dict[int, bytes]:
        console = Console()
        out, err = pipe(), pipe()
        console.attach(1, out[0])
        console.attach(2, err[0])
        os.write(out[1], b"last")
        os.write(err[1], b"words")
        console.finish()  # the writers' ends are still open: somebody else may hold them
        os.close(out[1])
        os.close(err[1])

        return await everything(console)

    assert asyncio.run(take()) == {1: b"last", 2: b"words"}
