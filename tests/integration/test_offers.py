"""Share sheets of a real device: types that apps declare, choices, and stories of refusals."""

from pathlib import Path
from typing import Any

import pytest

from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device
from simulator.xpc.errors import Misuse

APP = "from simulator.sdk.uikit import Application\n\n\nclass App(Application):\n    pass\n"
SHARE = """
from simulator.sdk.extension import ShareExtension


class Share(ShareExtension):
    def begin_request(self, context):
        context.complete_request([str(len(context.attachments("public.text")))])
"""
EVERY_TEXT = (
    "SUBQUERY(extensionItems, $i, SUBQUERY($i.attachments, $a, ANY $a.registeredTypeIdentifiers "
    'UTI-CONFORMS-TO "public.text").@count == $i.attachments.@count).@count == 1'
)
ID = "com.example.Host.Share"


def host(folder: Path, rule: object, name: str = "Host", **info: object) -> Path:
    declared = {
        "NSExtensionPointIdentifier": "com.apple.share-services",
        "NSExtensionAttributes": {"NSExtensionActivationRule": rule},
    }
    share = Extension("Share", SHARE, info={"NSExtension": declared})

    return make_app(folder, name, source=APP, extensions=[share], info=info)


def test_a_type_that_an_app_declares_counts_from_its_installation_to_its_removal(
    device: Device, tmp_path: Path
) -> None:
    note = {
        "UTTypeIdentifier": "com.example.note",
        "UTTypeConformsTo": ["public.plain-text"],
        "UTTypeTagSpecification": {"public.filename-extension": ["note"]},
    }
    file = tmp_path / "milk.note"
    file.write_text("buy milk")
    device.install(host(tmp_path, EVERY_TEXT))

    assert device.share(files=[file]).offers == []

    device.install(
        make_app(tmp_path, "Author", source=APP, info={"UTExportedTypeDeclarations": [note]})
    )
    sheet = device.share(files=[file])

    assert sheet.offers == [ID]
    assert sheet.choose(ID).returned == ("1",)

    device.uninstall("com.example.Author")

    assert device.share(files=[file]).offers == []


def test_what_is_not_offered_says_why_in_the_error_the_log_and_the_sheet(
    device: Device, tmp_path: Path
) -> None:
    device.install(host(tmp_path, EVERY_TEXT))
    sheet = device.share("hello", url="https://example.com")
    reason = (
        "SUBQUERY($i.attachments, $a, …).@count == $i.attachments.@count is false: 1 == 2; "
        "$a 2 of 2 (public.url) does not count"
    )

    with pytest.raises(Misuse, match="is not offered: ") as told:
        sheet.choose(ID)

    (refusal,) = device.events.of(kind="share", operation="refuse")

    assert str(told.value) == f"{ID} is not offered: {reason}"
    assert (refusal.resource, refusal.reason) == (ID, f"not offered: {reason}")
    assert sheet.why(ID) == reason
    assert str(sheet.why_offered(ID)).startswith(f"not offered: {reason}\n  ✗ SUBQUERY")
    assert not device.why_offered(ID, "public.plain-text", "public.url")
    assert device.why_offered(ID, [["public.plain-text"], ["public.html"]])


def test_a_rule_is_read_anew_when_its_app_is_upgraded(device: Device, tmp_path: Path) -> None:
    device.install(host(tmp_path, "FALSEPREDICATE"))
    assert device.share("hello").offers == []

    device.install(host(tmp_path, EVERY_TEXT))
    assert device.share("hello").offers == [ID]

    answer: Any = device.ask("install", path=str(host(tmp_path, "a == $(X)")))
    (warning,) = answer["warnings"]
    head, *text = warning.split("\n")

    assert device.share("hello").offers == []
    assert head.startswith(f"{ID}: NSExtensionActivationRule is no predicate: line 1, column 6: ")
    assert text == ["a == $(X)", "     ^"]
    assert device.events.of(kind="install", operation="remark")[-1].reason == head


def test_the_users_choice_and_the_rules_outlive_a_restart(device: Device, tmp_path: Path) -> None:
    device.install(host(tmp_path, EVERY_TEXT))
    device.elect(ID, "ignore")
    device.reboot()

    assert device.share("hello").offers == []
    assert "switched off" in device.share("hello").why(ID)

    device.elect(ID, "use")

    assert device.share("hello").offers == [ID]


def test_a_predicate_without_end_holds_nobody_up(device: Device, tmp_path: Path) -> None:
    inner = "TRUEPREDICATE"

    for number in range(30):
        inner = f"SUBQUERY(extensionItems[0].attachments, $x{number}, {inner}).@count > 0"

    device.install(host(tmp_path, inner))
    sheet = device.share(items=[(["public.jpeg"], "", b"")] * 100)

    assert sheet.offers == []
    assert "it takes too many steps" in sheet.why(ID)


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ([[["x"] * 65]], "an item has 65 types"),
        ([[["x" * 257]]], "more than 256 characters"),
        ([[]], "there is nothing to share"),
        ([["x"]], "why_offered: items"),
        ([[["x"]] * 101], "101 items; 100 are the most"),
    ],
)
def test_items_of_the_wrong_shape_are_refused(device: Device, items: object, told: str) -> None:
    with pytest.raises(Misuse, match=told):
        device.ask("why_offered", extension=ID, items=items)
