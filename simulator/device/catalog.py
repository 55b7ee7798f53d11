"""Device types and runtimes: names that a device can be created with, no more.

A type here changes nothing about a device but what it is called; limits that differ by model come
with the part on life and death.
"""

from typing import Final, NamedTuple

from simulator.xpc.errors import CommandError

__all__ = ("DEVICE_TYPES", "RUNTIMES", "DeviceType", "Runtime", "device_type", "runtime")


class DeviceType(NamedTuple):
    """A model."""

    name: str
    identifier: str
    family: str


class Runtime(NamedTuple):
    """An iOS version, by whose rules the device goes."""

    name: str
    version: str
    build: str
    identifier: str


def _type(name: str) -> DeviceType:
    slug = name.replace(" ", "-").replace("(", "").replace(")", "")
    family = "iPad" if name.startswith("iPad") else "iPhone"

    return DeviceType(name, f"com.apple.CoreSimulator.SimDeviceType.{slug}", family)


DEVICE_TYPES: Final = tuple(
    _type(name)
    for name in (
        "iPhone 17", "iPhone 17 Pro", "iPhone 17 Pro Max", "iPhone 16", "iPhone 16 Pro",
        "iPhone SE (3rd generation)", "iPad Pro 11-inch (M4)", "iPad mini (A17 Pro)",
    )
)  # fmt: skip

RUNTIMES: Final = (
    Runtime("iOS 26.0", "26.0", "23A343", "com.apple.CoreSimulator.SimRuntime.iOS-26-0"),
)


def device_type(wanted: str) -> DeviceType:
    """Return the type of that name or identifier.

    Raises:
        CommandError: There is none.
    """
    for known in DEVICE_TYPES:
        if wanted in {known.name, known.identifier}:
            return known

    raise CommandError("", 404, f"Invalid device type: {wanted}")


def runtime(wanted: str = "") -> Runtime:
    """Return the runtime of that name, version or identifier; the newest when none is named.

    Raises:
        CommandError: There is none.
    """
    if not wanted:
        return RUNTIMES[-1]

    for known in RUNTIMES:
        if wanted in {known.name, known.version, known.identifier}:
            return known

    raise CommandError("", 403, f"Invalid runtime: {wanted}")
