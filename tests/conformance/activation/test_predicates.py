"""Predicate strings decide about real share sheets."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.conformance.activation.conftest import BUNDLE_ID

if TYPE_CHECKING:
    from simulator.testing.device import Device

# Every attachment of one item is of a kind; the form that Apple's guide recommends.
EVERY = """
    SUBQUERY (
        extensionItems, $extensionItem,
        SUBQUERY (
            $extensionItem.attachments, $attachment,
            ANY $attachment.registeredTypeIdentifiers UTI-CONFORMS-TO "{}"
        ).@count == $extensionItem.attachments.@count
    ).@count == 1
"""
PDF = ["com.adobe.pdf", "public.file-url"]
IMAGE = ["public.jpeg"]


@pytest.mark.contract("E38", "E39")
def test_a_predicate_string_is_evaluated_over_the_types_of_what_is_shared(
    offered: Callable[..., bool], device: "Device"
) -> None:
    assert offered(EVERY.format("com.adobe.pdf"), PDF)

    outcome = device.share(items=[(PDF, "a.pdf", b"%PDF")]).choose(BUNDLE_ID)

    assert (outcome.how, outcome.returned) == ("completed", ("com.adobe.pdf",))


@pytest.mark.contract("E40")
def test_it_is_false_when_an_attachment_is_of_another_kind(
    offered: Callable[..., bool], device: "Device"
) -> None:
    assert not offered(EVERY.format("com.adobe.pdf"), PDF, IMAGE)
    assert "is false" in device.share(items=[(PDF, "", b""), (IMAGE, "", b"")]).why(BUNDLE_ID)
