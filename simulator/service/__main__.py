"""The program of the service: ``python -m simulator.service SET READY LIFELINE padding``.

READY is a pipe on which ``ok`` or the reason is written; LIFELINE a descriptor whose end ends the
service, or -1; the padding leaves room for a title.
"""

import os
import sys
from pathlib import Path

from simulator.service.loop import ServiceLoop
from simulator.xpc.errors import SimulatorError


def main() -> int:
    """Serve a device set until idle, told to stop, or the lifeline ends."""
    device_set = Path(sys.argv[1])
    ready, lifeline = int(sys.argv[2]), int(sys.argv[3])
    os.set_inheritable(ready, False)

    try:
        loop = ServiceLoop(device_set, lifeline)
    except SimulatorError as problem:
        os.write(ready, str(problem).encode())
        return 1

    if not loop.owner:  # another service was faster; it listens already, or will
        loop.wait_for_the_other()
        os.write(ready, b"ok")
        return 0

    os.write(ready, b"ok")
    os.close(ready)
    loop.run()

    return 0


if __name__ == "__main__":
    sys.exit(main())
