"""A phone with many share extensions, one for each rule, and real share sheets."""

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device

if TYPE_CHECKING:
    from simulator.control.service import Service

PROGRAM = """
from simulator.sdk.extension import ShareExtension


class Share(ShareExtension):
    def begin_request(self, context):
        context.complete_request(
            [each.registered_type_identifiers[0] for each in context.attachments()]
        )
"""
APP = "from simulator.sdk.uikit import Application\n\n\nclass App(Application):\n    pass\n"
P = "NSExtensionActivationSupports"
V2 = {"NSExtensionActivationDictionaryVersion": 2}
STRICT = {"NSExtensionActivationUsesStrictMatching": True}


def every(uti: str) -> str:
    """Return the predicate of Apple's guide: one item, all of whose attachments are of a type."""
    return f"""
        SUBQUERY (
            extensionItems, $extensionItem,
            SUBQUERY (
                $extensionItem.attachments, $attachment,
                ANY $attachment.registeredTypeIdentifiers UTI-CONFORMS-TO "{uti}"
            ).@count == $extensionItem.attachments.@count
        ).@count == 1
    """


def either(first: str, second: str, count: str) -> str:
    """Return a predicate that counts the attachments that are of one of two types."""
    return (
        "SUBQUERY(extensionItems, $item, SUBQUERY($item.attachments, $each, "
        f'ANY $each.registeredTypeIdentifiers UTI-CONFORMS-TO "{first}" OR '
        f'ANY $each.registeredTypeIdentifiers UTI-CONFORMS-TO "{second}").@count {count}'
        ").@count == 1"
    )


RULES: dict[str, object] = {
    "Text": {f"{P}Text": True},
    "TextV1": {f"{P}Text": True, "NSExtensionActivationDictionaryVersion": 1},
    "TextV2": {f"{P}Text": True, **V2},
    "TextV2Strict": {f"{P}Text": True, **V2, **STRICT},
    "TextV2NoImage": {f"{P}Text": True, f"{P}ImageWithMaxCount": 0, **V2},
    "TextV1NoImage": {f"{P}Text": True, f"{P}ImageWithMaxCount": 0},
    "FileV2NoImage": {f"{P}FileWithMaxCount": 2, f"{P}ImageWithMaxCount": 0, **V2},
    "TextV2Nothing": {f"{P}Text": True, f"{P}AttachmentsWithMaxCount": 0, **V2},
    "TwoImages": {f"{P}ImageWithMaxCount": 2},
    "TwoImagesV2": {f"{P}ImageWithMaxCount": 2, **V2},
    "WebURL": {f"{P}WebURLWithMaxCount": 1},
    "TextCount": {f"{P}TextWithMaxCount": 5},
    "TextAndCount": {f"{P}Text": True, f"{P}TextWithMaxCount": 1},
    "AllPDF": every("com.adobe.pdf"),
    "AllImages": every("public.image"),
    "AllData": every("public.data"),
    "AllItems": every("public.item"),
    "AllURLs": every("public.url"),
    "True": "TRUEPREDICATE",
    "False": "FALSEPREDICATE",
    "Unexpanded": "$(ACTIVATION_RULE)",
    "Eaten": every("public.image").replace("$extensionItem", "").replace("$attachment", ""),
    "Empty": "",
    "ExactlyOne": either("public.url", "public.plain-text", "== 1"),
    "AtLeastOne": either("public.url", "public.plain-text", ">= 1"),
}


class Phone:
    """The phone, and what was said at the installation."""

    def __init__(self, device: Device, answer: dict[str, Any]) -> None:
        self.device = device
        self.warnings: list[str] = answer["warnings"]

    def offered(self, *items: Sequence[str]) -> set[str]:
        """Return the names of the extensions that a share sheet offers for items of such types."""
        sheet = self.device.share(items=[(list(types), "", b"data") for types in items])

        return {bundle_id.rpartition(".")[2] for bundle_id in sheet.offers}


@pytest.fixture(scope="module")
def phone(device_set: "Service", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """One for the module: nothing of what is asked changes it."""
    folder = tmp_path_factory.mktemp("rules")
    extensions = [
        Extension(
            name,
            PROGRAM,
            info={
                "NSExtension": {
                    "NSExtensionPointIdentifier": "com.apple.share-services",
                    "NSExtensionAttributes": {"NSExtensionActivationRule": rule},
                }
            },
        )
        for name, rule in RULES.items()
    ]
    app = make_app(folder, "Host", source=APP, extensions=extensions)
    device = Device(device_set, folder, os.urandom(32))

    try:
        device.boot()
        answer: Any = device.ask("install", path=str(app))
        yield Phone(device, answer)
    finally:
        device.delete()
