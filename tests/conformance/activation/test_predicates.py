"""Predicate strings decide about real share sheets."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conformance.activation.conftest import Phone

PDF = ["com.adobe.pdf", "public.file-url"]
IMAGE, TEXT, URL = ["public.jpeg"], ["public.plain-text"], ["public.url"]


@pytest.mark.contract("E38", "E39")
def test_a_predicate_is_evaluated_over_the_types_of_what_is_shared(phone: "Phone") -> None:
    assert "AllPDF" in phone.offered(PDF)

    sheet = phone.device.share(items=[(PDF, "a.pdf", b"%PDF")])
    outcome = sheet.choose("com.example.Host.AllPDF")

    assert (outcome.how, outcome.returned) == ("completed", ("com.adobe.pdf",))


@pytest.mark.contract("E40")
def test_it_is_false_when_an_attachment_is_of_another_kind(phone: "Phone") -> None:
    assert "AllPDF" not in phone.offered(PDF, IMAGE)

    why = phone.device.why_offered("com.example.Host.AllPDF", "com.adobe.pdf", "public.jpeg")

    assert not why
    assert why.reason.endswith("is false: 1 == 2; $attachment 2 of 2 (public.jpeg) does not count")


@pytest.mark.contract("E41")
def test_conformance_is_transitive_and_reflexive(phone: "Phone") -> None:
    chain = {"AllImages", "AllData", "AllItems"}

    assert chain <= phone.offered(IMAGE)
    assert chain <= phone.offered(["public.image"])
    assert chain & phone.offered(["public.data"]) == {"AllData", "AllItems"}
    assert chain & phone.offered(["public.item"]) == {"AllItems"}


@pytest.mark.contract("E42")
def test_a_file_url_is_a_url(phone: "Phone") -> None:
    assert "AllURLs" in phone.offered(["public.file-url"])
    assert "AllURLs" not in phone.offered(["public.plain-text"])


@pytest.mark.contract("E43")
def test_truepredicate_always_offers_and_warns(phone: "Phone") -> None:
    warned = [each for each in phone.warnings if each.startswith("com.example.Host.True:")]

    for items in ([IMAGE], [["com.example.unknown"]], [TEXT, URL, PDF]):
        found = phone.offered(*items)

        assert "True" in found
        assert "False" not in found

    assert len(warned) == 1
    assert "development only" in warned[0]


@pytest.mark.contract("E44")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Unexpanded", "line 1, column 1: found '$(ACTIVATION_RULE)'"),
        ("Eaten", "line 3, column 29: found ','"),
        ("Empty", "is an empty string"),
    ],
)
def test_a_rule_with_variables_that_were_not_expanded_never_offers(
    phone: "Phone", name: str, told: str
) -> None:
    (warning,) = [each for each in phone.warnings if each.startswith(f"com.example.Host.{name}:")]
    why = phone.device.why_offered(f"com.example.Host.{name}", "public.jpeg")

    assert name not in phone.offered(IMAGE) | phone.offered(TEXT) | phone.offered(URL)
    assert told in warning
    assert told in why.reason
    assert not why


@pytest.mark.contract("E45")
def test_a_url_and_a_text_are_two_for_who_wants_exactly_one(phone: "Phone") -> None:
    found = phone.offered(URL, TEXT)

    assert "ExactlyOne" not in found
    assert "AtLeastOne" in found
    assert {"ExactlyOne", "AtLeastOne"} <= phone.offered(URL)
