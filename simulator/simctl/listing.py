"""``simctl list``: Apple's text and Apple's JSON, made from the service's rows. Pure.

Shapes: ``xcrun simctl list`` and ``list -j`` of Xcode 26, as node-simctl and others parse them.
Keys whose values would have to be invented (``bundlePath``, ``modelIdentifier``) are left out.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from simulator.simctl.picture import harmless_json

__all__ = ("SECTIONS", "Catalog", "as_json", "as_text", "to_json_line", "to_json_text")

SECTIONS = ("devicetypes", "runtimes", "devices", "pairs")
_EXTRA_WORDS = ("available",)  # everything here is available

_Row = Mapping[str, object]


class Catalog(NamedTuple):
    """What a device set offers and holds.

    Attributes:
        types: Name, identifier and family of each device type.
        runtimes: Name, version, build and identifier of each runtime.
        devices: The service's rows.
    """

    types: Sequence[Sequence[str]]
    runtimes: Sequence[Sequence[str]]
    devices: Sequence[_Row]

    def matching(self, term: str) -> "Catalog":
        """Return what a search term is part of, without regard to case; all for ``available``."""
        wanted = "" if term.lower() in _EXTRA_WORDS else term.lower()

        return Catalog(
            [kind for kind in self.types if wanted in " ".join(kind[:2]).lower()],
            [runtime for runtime in self.runtimes if wanted in " ".join(runtime).lower()],
            [
                row
                for row in self.devices
                if wanted in f"{row['name']} {row['udid']} {row['state']}".lower()
            ],
        )


def as_text(everything: Catalog, found: Catalog, sections: Sequence[str]) -> list[str]:
    """Return the lines of the text form.

    Args:
        everything: All there is; every runtime has its heading, empty or not.
        found: What of it is listed.
        sections: Which parts, of ``SECTIONS``.
    """
    lines = []

    if "devicetypes" in sections:
        lines += ["== Device Types ==", *(f"{kind[0]} ({kind[1]})" for kind in found.types)]

    if "runtimes" in sections:
        lines.append("== Runtimes ==")
        lines += [
            f"{name} ({version} - {build}) - {identifier}"
            for name, version, build, identifier in found.runtimes
        ]

    if "devices" in sections:
        lines.append("== Devices ==")

        for runtime in everything.runtimes:
            lines.append(f"-- {runtime[0]} --")
            lines += [
                f"    {row['name']} ({row['udid']}) ({row['state']})"
                for row in found.devices
                if row["runtime"] == runtime[3]
            ]

    if "pairs" in sections:
        lines.append("== Device Pairs ==")

    return lines


def as_json(everything: Catalog, found: Catalog, sections: Sequence[str]) -> dict[str, object]:
    """Return the object of the JSON form; the arguments are those of :func:`as_text`."""
    types = [_type(kind) for kind in found.types]
    every_type = [_type(kind) for kind in everything.types]
    runtimes = [
        {
            "buildversion": build,
            "identifier": identifier,
            "isAvailable": True,
            "name": name,
            "supportedDeviceTypes": every_type,
            "version": version,
        }
        for name, version, build, identifier in found.runtimes
    ]
    devices = {
        runtime[3]: [_device(row) for row in found.devices if row["runtime"] == runtime[3]]
        for runtime in everything.runtimes
    }
    whole: dict[str, object] = {
        "devicetypes": types,
        "runtimes": runtimes,
        "devices": devices,
        "pairs": {},
    }

    return {name: whole[name] for name in SECTIONS if name in sections}


def _type(kind: Sequence[str]) -> dict[str, object]:
    return {"identifier": kind[1], "name": kind[0], "productFamily": kind[2]}


def _device(row: _Row) -> dict[str, object]:
    booted_at = row["booted_at"]
    found: dict[str, object] = {}

    if isinstance(booted_at, datetime):
        found["lastBootedAt"] = booted_at.strftime("%Y-%m-%dT%H:%M:%SZ")

    return {
        **found,
        "dataPath": f"{row['path']}/data",
        "logPath": f"{row['path']}/logs",
        "udid": row["udid"],
        "isAvailable": True,
        "deviceTypeIdentifier": row["type"],
        "state": row["state"],
        "name": row["name"],
    }


def to_json_text(value: object, *, escape_slashes: bool = True) -> str:
    """Return JSON as Apple's tool writes it: ``"key" : value``, slashes escaped if asked."""
    text = harmless_json(
        json.dumps(value, indent=2, separators=(",", " : "), ensure_ascii=False, default=_plain)
    )

    return text.replace("/", "\\/") if escape_slashes else text


def to_json_line(value: object) -> str:
    """Return JSON on one line."""
    return harmless_json(json.dumps(value, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)
