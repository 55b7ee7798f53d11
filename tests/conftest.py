"""Lets the tests run where the project is not installed, and the plugin's with pytester."""

import os
from importlib.metadata import entry_points
from pathlib import Path

_IS_INSTALLED = any(point.name == "simulator" for point in entry_points(group="pytest11"))

pytest_plugins = ["pytester", *([] if _IS_INSTALLED else ["simulator.testing.plugin"])]

if not _IS_INSTALLED:  # the service is another process, and must find the packages too
    _paths = [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, _paths))
