"""Which built-in programs a device has: one file of ``simulator/programs`` each.

Found by their files, so that a new program is one file more, and that whoever asks for their names
need not import what only guests may.
"""

import os

__all__ = ("PROGRAMS_FOLDER", "program_names")

PROGRAMS_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "programs")


def program_names() -> list[str]:
    """Return the names of the built-in programs, sorted."""
    return sorted(
        entry.removesuffix(".py")
        for entry in os.listdir(PROGRAMS_FOLDER)
        if entry.endswith(".py") and not entry.startswith("_")
    )
