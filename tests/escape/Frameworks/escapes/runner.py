"""Does steps as it is told, and says what became of them: in a guest and in a plain process alike.

An order and an answer are lines of JSON. As a program it is the plain process: orders come on
standard input, answers go to standard output.
"""

import errno
import json
import os
import sys
import traceback
from contextlib import suppress
from typing import Any

import escapes.all_rows  # noqa: F401  fills ROWS
from escapes.rows import ROWS, Scene, Unavailable

__all__ = ("Runner", "main")


class Runner:
    """One process of the suite."""

    def __init__(self) -> None:
        self._scene: Scene | None = None

    def obey(self, order: dict[str, Any]) -> str:
        """Do what an order says and return the answer: its number and what came of it."""
        if "scene" in order:
            self._scene = Scene(order["scene"])

            if self._scene.outside["kind"] == "plain" and "looker" not in order:
                os.chdir(self._scene.home)  # where a guest is

            return json.dumps([order["n"], "value", os.getpid(), False])

        scene = self._scene

        if scene is None:
            return json.dumps([order["n"], "broken", "it was told no scene", False])

        if order["step"] in {"forget", "end"}:
            _forget(scene)
            return json.dumps([order["n"], "value", None, False])

        scene.said = order["said"]
        _, function = ROWS[order["row"]].steps[order["step"]]

        try:
            answer = ["value", function(scene)]
        except OSError as problem:
            number = problem.errno or 0
            answer = ["errno", [errno.errorcode.get(number, str(number)), str(problem)]]
        except Unavailable as problem:
            answer = ["unavailable", str(problem)]
        except BaseException as problem:  # noqa: BLE001  whatever it is, the test must hear of it
            where = traceback.extract_tb(problem.__traceback__)[-1]
            text = f"{type(problem).__name__}: {problem} ({where.name}:{where.lineno})"
            answer = ["broken", text]

        return json.dumps([order["n"], *answer, bool(scene.kept)])


def _forget(scene: Scene) -> None:
    for value in scene.kept.values():
        if isinstance(value, int):
            with suppress(OSError):
                os.close(value)
        elif hasattr(value, "close"):
            with suppress(OSError, BufferError):
                value.close()

    scene.kept.clear()


def main() -> None:
    """Be a plain process: nothing confines it. The argument becomes descriptor 4."""
    os.dup2(int(sys.argv[1]), 4)
    runner = Runner()

    for line in sys.stdin:
        sys.stdout.write(runner.obey(json.loads(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
