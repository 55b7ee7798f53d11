"""A device on which an extension's activation rule decides about a real share sheet."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device

PROGRAM = """
from simulator.sdk.extension import ShareExtension


class Share(ShareExtension):
    def begin_request(self, context):
        context.complete_request(
            [each.registered_type_identifiers[0] for each in context.attachments()]
        )
"""
APP = "from simulator.sdk.uikit import Application\n\n\nclass App(Application):\n    pass\n"
BUNDLE_ID = "com.example.Host.Share"

Item = list[str]
Offered = Callable[..., bool]


@pytest.fixture
def install(device: Device, tmp_path: Path) -> Callable[[object], str]:
    """``install(rule)`` installs an app whose share extension has that rule; returns its id."""

    def make(rule: object, **info: object) -> str:
        declared = {
            "NSExtensionPointIdentifier": "com.apple.share-services",
            "NSExtensionPrincipalClass": "Share",
            "NSExtensionAttributes": {"NSExtensionActivationRule": rule},
        }
        share = Extension("Share", PROGRAM, info={"NSExtension": declared})
        device.install(make_app(tmp_path, "Host", source=APP, extensions=[share], info=info))

        return BUNDLE_ID

    return make


@pytest.fixture
def offered(device: Device, install: Callable[[object], str]) -> Offered:
    """``offered(rule, [types], …)`` says whether the share sheet offers it for these items."""

    def ask(rule: object, *items: Sequence[str], **info: object) -> bool:
        bundle_id = install(rule, **info)
        sheet = device.share(items=[(list(types), "", b"data") for types in items])

        return bundle_id in sheet.offers

    return ask
