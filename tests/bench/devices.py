"""Devices and guests, as the bench holds them."""

import plistlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import simulator
from simulator.control.client import Client
from simulator.control.service import Service
from simulator.xpc.errors import DeviceGone


def samples() -> Path:
    """Return the folder that holds ``apps`` and ``extensions``: the wheel's, or the checkout's."""
    package = Path(simulator.__file__).parent
    carried = package / "_samples"

    return carried if carried.is_dir() else package.parent


def create(service: Service) -> str:
    """Return the udid of a new device."""
    return str(service.ask("create", name="bench", type="iPhone 17"))


def boot(service: Service, udid: str, level: str = "") -> Client:
    """Boot a device and return a client of it."""
    service.ask("boot", udid=udid, level=level)

    return Client(Path(str(service.find(udid)["socket"])), "bench")


def remove(service: Service, udid: str, device: Client) -> None:
    """Shut a device down and delete it."""
    device.close()
    service.ask("shutdown", udid=udid)
    service.ask("delete", udid=udid)


@contextmanager
def booted(service: Service, level: str = "") -> Iterator[Client]:
    """Lend a booted device, at the strongest sandbox level if none is said."""
    udid = create(service)
    device = boot(service, udid, level)

    try:
        yield device
    finally:
        remove(service, udid, device)


def make_app(
    folder: Path,
    name: str,
    source: str,
    schemes: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
) -> Path:
    """Make an app of one program, ``com.example.<name>``; return its folder."""
    app = folder / f"{name}.app"
    app.mkdir(parents=True)
    info: dict[str, object] = {
        "CFBundleIdentifier": f"com.example.{name}",
        "CFBundleExecutable": name,
        "CFBundleURLTypes": [
            {"CFBundleURLName": name, "CFBundleURLSchemes": [scheme]} for scheme in schemes
        ],
    }
    (app / "Info.plist").write_bytes(plistlib.dumps(info))
    (app / f"{name}.py").write_text(source)

    if groups:
        rights = {
            "com.apple.developer.team-identifier": "EXAMPLE123",
            "com.apple.security.application-groups": list(groups),
        }
        (app / f"{name}.entitlements").write_bytes(plistlib.dumps(rights))

    return app


def stop(service: Service) -> None:
    """Stop a service and return when it is gone: it never answers after that."""
    service.ask("stop")

    with suppress(DeviceGone):
        service.ask("list")

    service.close()
