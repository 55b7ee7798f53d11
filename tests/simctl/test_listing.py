"""The shapes of ``list``, as the tools that parse Apple's expect them."""

import json
import re
from datetime import UTC, datetime

from shared_container.description import description
from simulator.simctl.listing import SECTIONS, Catalog, as_json, as_text, to_json_text

RUNTIME = "com.apple.CoreSimulator.SimRuntime.iOS-26-0"
LINE = re.compile(r"([^\s].+) \((\w+-.+\w+)\) \((\w+\s?\w+)\)")  # node-simctl's


def device(name: str, state: str, udid: str = "231991C2-5F6E-4A2B-8BC3-0C729DFD2B2A") -> object:
    return {
        "name": name,
        "udid": udid,
        "state": state,
        "type": "com.apple.CoreSimulator.SimDeviceType.iPhone-17",
        "runtime": RUNTIME,
        "path": f"/set/{udid}",
        "booted_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC) if state == "Booted" else None,
    }


def catalog() -> Catalog:
    rows = [device("iPhone 17", "Booted"), device("Mine (old)", "Shutting Down")]

    return Catalog(
        [["iPhone 17", "com.apple.CoreSimulator.SimDeviceType.iPhone-17", "iPhone"]],
        [["iOS 26.0", "26.0", "23A343", RUNTIME]],
        [row for row in rows if isinstance(row, dict)],
    )


def test_text_has_apples_headings_and_lines() -> None:
    everything = catalog()

    assert as_text(everything, everything, SECTIONS) == [
        "== Device Types ==",
        "iPhone 17 (com.apple.CoreSimulator.SimDeviceType.iPhone-17)",
        "== Runtimes ==",
        f"iOS 26.0 (26.0 - 23A343) - {RUNTIME}",
        "== Devices ==",
        "-- iOS 26.0 --",
        "    iPhone 17 (231991C2-5F6E-4A2B-8BC3-0C729DFD2B2A) (Booted)",
        "    Mine (old) (231991C2-5F6E-4A2B-8BC3-0C729DFD2B2A) (Shutting Down)",
        "== Device Pairs ==",
    ]


def test_node_simctl_reads_every_device_line() -> None:
    everything = catalog()
    lines = as_text(everything, everything, ("devices",))[2:]
    found = [match.groups() for match in map(LINE.search, lines) if match]

    assert [(name, state) for name, _, state in found] == [
        ("iPhone 17", "Booted"),
        ("Mine (old)", "Shutting Down"),
    ]


def test_a_term_filters_and_the_runtime_keeps_its_heading() -> None:
    everything = catalog()

    assert len(everything.matching("BOOTED").devices) == 1
    assert len(everything.matching("available").devices) == 2
    assert as_text(everything, everything.matching("nothing"), ("devices",)) == [
        "== Devices ==",
        "-- iOS 26.0 --",
    ]


def test_json_has_apples_keys_and_spacing() -> None:
    everything = catalog()
    text = to_json_text(as_json(everything, everything, SECTIONS))
    value = json.loads(text)
    booted, other = value["devices"][RUNTIME]

    assert list(value) == ["devicetypes", "runtimes", "devices", "pairs"]
    assert booted == {
        "lastBootedAt": "2026-01-02T03:04:05Z",
        "dataPath": "/set/231991C2-5F6E-4A2B-8BC3-0C729DFD2B2A/data",
        "logPath": "/set/231991C2-5F6E-4A2B-8BC3-0C729DFD2B2A/logs",
        "udid": "231991C2-5F6E-4A2B-8BC3-0C729DFD2B2A",
        "isAvailable": True,
        "deviceTypeIdentifier": "com.apple.CoreSimulator.SimDeviceType.iPhone-17",
        "state": "Booted",
        "name": "iPhone 17",
    }
    assert "lastBootedAt" not in other
    assert '"state" : "Booted"' in text
    assert "\\/set\\/" in text
    assert "\\/" not in to_json_text(value, escape_slashes=False)


def test_openstep_quotes_what_is_no_plain_word() -> None:
    text = description({"com.x": {"A": 'say "hi"', "B": [], "C": "é", "D": True, "E": ["a", ""]}})

    assert text == (
        "{\n"
        '    "com.x" =     {\n'
        '        A = "say \\"hi\\"";\n'
        "        B =         (\n        );\n"
        '        C = "\\U00e9";\n'
        "        D = 1;\n"
        '        E =         (\n            a,\n            ""\n        );\n'
        "    };\n"
        "}"
    )
