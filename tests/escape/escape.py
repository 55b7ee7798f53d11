"""``make escape``: every row at every level, to the terminal, a file and the documentation."""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))

from escape_suite import LEVELS, control, guests, missing
from escape_table import failures, markdown, print_table, results, write

from simulator.control.service import Service
from simulator.device.settings import must_enforce

__all__ = ("main", "own_service")


@contextmanager
def own_service() -> Iterator[Service]:
    """A service of a device set of one's own, which dies with this process."""
    folder = Path(tempfile.mkdtemp(prefix="simulator-escape-"))
    os.environ["ESCAPE_CANARY"] = os.urandom(4).hex()  # the host's; no guest should find it
    read, write_end = os.pipe()

    try:
        service = Service(folder, lifeline=read)

        yield service

        service.stop()
    finally:
        del os.environ["ESCAPE_CANARY"]
        os.close(write_end)
        os.close(read)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Run it and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="where the list of results goes")
    parser.add_argument("--docs", type=Path, help="where the table goes")
    arguments = parser.parse_args()
    lacking = {level: why for level in LEVELS if (why := missing(level))}

    for level, why in lacking.items():
        sys.stderr.write(f"{level} is left out: this kernel has it not ({why})\n")

    plain = control()

    with own_service() as service:
        runs = {level: guests(service, level) for level in LEVELS if level not in lacking}

    print_table(plain, runs)

    if arguments.out:
        write(arguments.out, json.dumps(results(plain, runs), indent=1) + "\n")

    if arguments.docs and not lacking:
        write(arguments.docs, markdown(plain, runs))

    wrong = failures(plain, runs)

    for line in wrong:
        sys.stderr.write(f"{line}\n")

    return 1 if wrong or (lacking and must_enforce()) else 0


if __name__ == "__main__":
    sys.exit(main())
