"""Dictionary rules decide about real share sheets."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conformance.activation.conftest import Phone

IMAGE, TEXT, URL = ["public.jpeg"], ["public.plain-text"], ["public.url"]


@pytest.mark.contract("E28")
def test_a_rule_without_a_version_decides_as_version_1(phone: "Phone") -> None:
    for items in ([TEXT], [TEXT, IMAGE], [IMAGE]):
        found = phone.offered(*items)

        assert ("Text" in found) is ("TextV1" in found)

    assert "Text" not in phone.offered(TEXT, IMAGE)
    assert "TextV2" in phone.offered(TEXT, IMAGE)


@pytest.mark.contract("E29", "E30")
def test_an_image_with_text_hides_a_text_extension_in_version_1_and_not_in_version_2(
    phone: "Phone",
) -> None:
    found = phone.offered(IMAGE, TEXT)

    assert "TextV1" not in found
    assert "TextV2" in found


@pytest.mark.contract("E31")
def test_more_images_than_the_maximum_hide_the_extension(phone: "Phone") -> None:
    both = {"TwoImages", "TwoImagesV2"}

    assert both <= phone.offered(IMAGE, ["public.png"])
    assert both.isdisjoint(phone.offered(IMAGE, ["public.heic"], IMAGE))


@pytest.mark.contract("E32")
def test_zero_and_absence_are_the_same_in_version_1(phone: "Phone") -> None:
    for items in ([TEXT], [IMAGE], [TEXT, IMAGE]):
        found = phone.offered(*items)

        assert ("Text" in found) is ("TextV1NoImage" in found) is (items == [TEXT])


@pytest.mark.contract("E33")
def test_an_explicit_zero_vetoes_in_fuzzy_matching_and_absence_does_not(phone: "Phone") -> None:
    found = phone.offered(TEXT, IMAGE)

    assert "TextV2" in found
    assert "TextV2NoImage" not in found
    assert "FileV2NoImage" in found  # the image is a file, which the rule takes
    assert "TextV2Nothing" not in found  # 0 attachments: everything that no other key takes
    assert "TextV2Nothing" in phone.offered(TEXT)


@pytest.mark.contract("E34")
def test_strict_matching_in_version_2_is_as_strict_as_version_1(phone: "Phone") -> None:
    for items in ([TEXT], [TEXT, IMAGE], [TEXT, URL], [IMAGE]):
        found = phone.offered(*items)

        assert ("TextV2Strict" in found) is ("TextV1" in found)


@pytest.mark.contract("E35")
def test_any_number_of_texts_is_taken(phone: "Phone") -> None:
    assert {"Text", "TextV2"} <= phone.offered(*[TEXT] * 100)


@pytest.mark.contract(
    "E36",
    status="approximated",
    reason="by type alone, as a rule sees it: a public.url of another scheme than http counts, too",
)
def test_a_file_url_is_no_web_url(phone: "Phone") -> None:
    assert "WebURL" in phone.offered(URL)
    assert "WebURL" not in phone.offered(["public.file-url"])
    assert "WebURL" not in phone.offered(["com.adobe.pdf", "public.file-url"])
    assert "WebURL" not in phone.offered(URL, URL)


@pytest.mark.contract("E37")
def test_a_maximum_of_texts_is_ignored(phone: "Phone") -> None:
    assert "TextCount" not in phone.offered(TEXT)
    assert "TextAndCount" in phone.offered(TEXT, TEXT)

    told = phone.device.why_offered("com.example.Host.TextAndCount", "public.plain-text:2")
    (ignored,) = [each for each in told.clauses if "TextWithMaxCount" in str(each["clause"])]

    assert told.offered
    assert (ignored["holds"], ignored["values"]) == (None, "unknown: ignored")
