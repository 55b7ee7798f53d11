"""The process of a booted device: what a forked child does before and after its host runs."""

import asyncio
import gc
import os
import signal
import sys
import traceback
from pathlib import Path

from simulator.daemonkit.hotloop import HotLoop
from simulator.device.control import ControlServer
from simulator.device.following import Following
from simulator.device.host import DeviceHost
from simulator.device.record import DeviceRecord
from simulator.device.spawning import Spawning
from simulator.device.verbs import Verbs
from simulator.sandbox import kernel
from simulator.xpc.errors import WorldError, from_os_error
from simulator.xpc.title import Title

__all__ = ("be_launchd_sim",)


def be_launchd_sim(
    *, record: DeviceRecord, folder: Path, socket: Path, level: str, ready: int, parent: int
) -> None:
    """Be the host of a device until it is told to end; never returns.

    Args:
        record: The device.
        folder: Its folder.
        socket: Where its control socket goes.
        level: The sandbox level.
        ready: A pipe; ``ok`` is written when the device is booted, else the reason.
        parent: The service's pid; when it dies, so does this.
    """
    status = 1

    try:
        kernel.set_parent_death_signal(signal.SIGKILL)

        if os.getppid() != parent:  # it died before the line above
            os._exit(0)

        Title().set(f"launchd_sim {record.udid}")
        os.setsid()
        _redirect(folder)
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)  # the log allocates at every post, and is no garbage

        with asyncio.Runner(loop_factory=HotLoop) as runner:
            status = runner.run(_run(record, folder, socket, level, ready))
    except BaseException:  # noqa: BLE001  nothing may run the service's code in this process
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _redirect(folder: Path) -> None:
    """Let what this process says go into the device's own log."""
    try:
        (folder / "logs").mkdir(exist_ok=True)
        log = os.open(
            folder / "logs" / "launchd_sim.log",
            os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC,
            0o644,
        )
    except OSError:  # a full disk; what is wrong is told when something needs it
        log = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)

    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


async def _run(record: DeviceRecord, folder: Path, socket: Path, level: str, ready: int) -> int:
    loop = asyncio.get_running_loop()
    asked: asyncio.Future[str] = loop.create_future()

    def ask() -> None:
        if not asked.done():
            asked.set_result("shutdown")

    loop.add_signal_handler(signal.SIGTERM, ask)
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    # The service handles SIGCHLD for itself; here subprocess waits for the zygote.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    try:
        host = DeviceHost(record, folder, level)
        await host.start()
        server = ControlServer(socket, Verbs(host), Spawning(host), Following(host))
        await server.start()
    except Exception as problem:
        told = from_os_error(problem) if isinstance(problem, OSError) else problem
        text = str(told) if isinstance(told, WorldError) else f"{type(told).__name__}: {told}"
        os.write(ready, text.encode()[:4000])
        raise

    os.write(ready, b"ok")
    os.close(ready)
    await asyncio.wait({asked, host.lost}, return_when=asyncio.FIRST_COMPLETED)
    reason = host.lost.result() if host.lost.done() else asked.result()
    await host.stop(reason)
    await server.stop()

    return 0
