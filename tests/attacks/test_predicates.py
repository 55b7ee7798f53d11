"""Activation rules that a stranger wrote: none keeps others from being offered, or waiting."""

from pathlib import Path

import pytest

from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device

ONES = ",".join("1" * 5000)


def app(folder: Path, name: str, rule: str) -> Path:
    declared = {
        "NSExtensionPointIdentifier": "com.apple.share-services",
        "NSExtensionAttributes": {"NSExtensionActivationRule": rule},
    }
    share = Extension("Share", "class Share: pass\n", info={"NSExtension": declared})

    return make_app(folder, name, source="", extensions=[share])


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("ceiling(1e300) * ceiling(1e300) > 1", "is no number"),
        ("ceiling(1e308) + ceiling(1e308) > 1", "is no number"),
        (f"ANY {{{ONES}}} IN {{2,{ONES.replace('1', '3')}}}", "too many steps"),
        (
            f"""ANY {{{",".join(['"a"'] * 2000)}}} CONTAINS[cd] "{"ǆ" * 20_000}" """,
            "too many steps",
        ),
        (
            f"""SUBQUERY({{{ONES}}}, $x, lowercase("{"É" * 15_000}") == $x).@count > 0""",
            "too many steps",
        ),
        (f"SUBQUERY({{{ONES}}}, $x, sum({{{ONES}}}) == $x).@count > 0", "too many steps"),
    ],
)
def test_a_rule_of_a_stranger_breaks_no_share_sheet(
    rule: str, reason: str, device: Device, tmp_path: Path
) -> None:
    device.install(app(tmp_path, "Honest", "extensionItems.@count == 1"))
    device.install(app(tmp_path, "Hostile", rule))
    sheet = device.share("hello")

    assert sheet.offers == ["com.example.Honest.Share"]

    with pytest.raises(Exception, match=reason):
        sheet.choose("com.example.Hostile.Share")
