"""The program of the service: ``python -m simulator.service SET READY LIFELINE padding``.

READY is a pipe on which ``ok`` or the reason is written; LIFELINE a descriptor whose end ends the
service, or -1; the padding leaves room for a title.
"""

import os
import sys
from pathlib import Path

from simulator.sandbox.profile import LEVELS
from simulator.sandbox.witness import begin
from simulator.xpc.errors import SimulatorError, from_os_error


def _log_into(path: Path) -> None:
    """Let what goes wrong later be read somewhere: whoever started this is gone by then."""
    try:
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    except OSError:  # a full disk keeps nobody from looking at the devices
        log = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)

    os.dup2(log, 2)
    os.close(log)


def main() -> int:
    """Serve a device set until idle, told to stop, or the lifeline ends."""
    device_set = Path(sys.argv[1])
    ready, lifeline = int(sys.argv[2]), int(sys.argv[3])
    os.set_inheritable(ready, False)
    # In a process of its own, while this one imports what takes 200 ms.
    begun = begin(LEVELS[0])

    from simulator.service.loop import ServiceLoop

    try:
        loop = ServiceLoop(device_set, lifeline, begun)
    except (SimulatorError, OSError) as problem:
        told = from_os_error(problem) if isinstance(problem, OSError) else problem
        os.write(ready, str(told).encode())
        return 1

    os.write(ready, b"ok")
    os.close(ready)

    if loop.owner:  # else another service was faster, and listens already
        _log_into(device_set / "CoreSimulatorService.log")
        loop.run()

    return 0


if __name__ == "__main__":
    sys.exit(main())
