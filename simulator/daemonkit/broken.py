"""Files of the host's own that turn out to be broken: kept aside, and told in a sentence."""

import os

from shared_container.atomic import keep_aside_at

__all__ = ("keep_broken",)


def keep_broken(path: str, problem: object, *, stay: bool = False) -> str:
    """Keep a broken file beside itself, as ``<name>.corrupt``; return what the log is to say.

    Args:
        path: The file, in a folder that no guest can write.
        problem: What is wrong with it.
        stay: Leave it under its own name, too, for who replaces it in one step.
    """
    folder, name = os.path.split(path)

    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

        try:
            kept = keep_aside_at(descriptor, name, stay=stay)
        finally:
            os.close(descriptor)
    except OSError as refusal:
        end = f"it could not be kept aside: {refusal}"
    else:
        end = f"kept as {kept}" if kept else "so many were kept before that it was not"

    return f"{path} cannot be used: {problem}; {end}"
