"""Every module of rows, in the order of the table."""

from importlib import import_module

__all__ = ("SECTIONS",)

SECTIONS = (
    "files",
    "metadata",
    "locks",
    "ipc",
    "net",
    "memory",
    "signals",
    "priorities",
    "kernel_doors",
    "sides",
    "names",
    "rest",
)

for _name in SECTIONS:
    import_module(f"escapes.{_name}")
