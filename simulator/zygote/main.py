"""The program of the zygote process.

Arguments: the folder that holds ``simulator``, the host's pid, the descriptor of the socket to the
host, the descriptor of the page, and padding: the kernel shows as a process's title the bytes where
its arguments lie, and a title needs room.
"""

import os
import sys


def main() -> None:
    """Import everything once, then serve the host."""
    root, host, channel, page = sys.argv[1], *map(int, sys.argv[2:5])
    sys.dont_write_bytecode = True  # a bundle is read-only to its guest
    sys.path.insert(0, root)

    from simulator.sandbox import kernel

    kernel.set_parent_death_signal(9)

    if os.getppid() != host:  # it died before the line above
        os._exit(0)

    from simulator.sdk import _random

    _random.install()
    from simulator.zygote import forks

    sys.path.remove(root)  # the packages find their own modules by their path
    forks.serve(channel, page)


if __name__ == "__main__":
    main()
