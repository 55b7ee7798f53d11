from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.daemons.pkd.activation import Verdict, read_rule
from simulator.daemons.pkd.shared import Shared

P = "NSExtensionActivationSupports"
V2 = {"NSExtensionActivationDictionaryVersion": 2}
STRICT = {"NSExtensionActivationUsesStrictMatching": True}

IMAGE = ["public.jpeg"]
MOVIE = ["com.apple.quicktime-movie"]
TEXT = ["public.plain-text"]
URL = ["public.url"]
TEXT_FILE = ["public.plain-text", "public.file-url"]
PDF = ["com.adobe.pdf", "public.file-url"]
OWN = ["com.example.own"]
Rule = dict[str, object]

TEXT_ONLY: Rule = {f"{P}Text": True}


def evaluate(rule: object, items: Sequence[Sequence[str]]) -> Verdict:
    return read_rule(rule).judge(Shared([items]))


def offered(rule: object, *items: list[str]) -> bool:
    return evaluate(rule, items).offered


@pytest.mark.contract("E28")
@pytest.mark.parametrize("version", [{}, {"NSExtensionActivationDictionaryVersion": 1}])
def test_a_rule_without_a_version_is_version_1(version: Rule) -> None:
    verdict = evaluate({**TEXT_ONLY, **version}, [TEXT, IMAGE])

    assert verdict == Verdict(
        offered=False,
        reason=(
            "version 1 wants every item taken, and no key of the rule takes "
            f"the item of type public.jpeg ({P}ImageWithMaxCount or {P}FileWithMaxCount would)"
        ),
    )


@pytest.mark.contract("E29")
def test_version_1_hides_a_text_extension_from_an_image_with_text() -> None:
    assert not offered(TEXT_ONLY, IMAGE, TEXT)


@pytest.mark.contract("E30")
def test_version_2_shows_a_text_extension_for_an_image_with_text() -> None:
    assert evaluate({**TEXT_ONLY, **V2}, [IMAGE, TEXT]) == Verdict(
        offered=True,
        reason=(
            "its activation rule takes 1 of 2 items, and one is enough "
            "(NSExtensionActivationDictionaryVersion is 2)"
        ),
    )


@pytest.mark.contract("E31")
@pytest.mark.parametrize("version", [{}, V2])
def test_more_items_than_the_maximum_hide_the_extension(version: Rule) -> None:
    rule = {f"{P}ImageWithMaxCount": 2, **version}

    assert offered(rule, IMAGE, IMAGE)
    assert evaluate(rule, [IMAGE, ["public.png"], IMAGE]) == Verdict(
        offered=False,
        reason=(
            "NSExtensionActivationSupportsImageWithMaxCount is 2, "
            "and there are 3 items conforming to public.image"
        ),
    )


@pytest.mark.contract("E32")
@pytest.mark.parametrize("image", [{}, {f"{P}ImageWithMaxCount": 0}])
def test_zero_and_absent_both_mean_unsupported_in_version_1(image: Rule) -> None:
    assert not offered({**TEXT_ONLY, **image}, TEXT, IMAGE)
    assert offered({f"{P}FileWithMaxCount": 1, **image}, IMAGE)


@pytest.mark.contract("E33")
def test_fuzzy_matching_lets_an_explicit_zero_veto_and_an_absent_key_not() -> None:
    veto = {**TEXT_ONLY, **V2, f"{P}ImageWithMaxCount": 0}

    assert offered({**TEXT_ONLY, **V2}, TEXT, IMAGE)
    assert offered({**veto, f"{P}FileWithMaxCount": 1}, TEXT, IMAGE)
    assert evaluate(veto, [TEXT, IMAGE]).reason == (
        "NSExtensionActivationSupportsImageWithMaxCount is 0, "
        "and no other key takes the item of type public.jpeg"
    )


@pytest.mark.contract("E34")
def test_strict_matching_in_version_2_wants_every_item_taken() -> None:
    rule = {**TEXT_ONLY, **V2, **STRICT}

    assert offered(rule, TEXT)
    assert evaluate(rule, [TEXT, IMAGE]).reason.startswith("strict matching wants every item")


@pytest.mark.contract("E35")
def test_text_has_no_upper_bound() -> None:
    assert offered(TEXT_ONLY, *[TEXT] * 500)


@pytest.mark.contract("E36")
def test_a_file_url_is_no_web_url() -> None:
    rule = {f"{P}WebURLWithMaxCount": 1}

    assert offered(rule, URL)
    assert not offered(rule, ["public.file-url"])
    assert not offered(rule, URL, URL)


@pytest.mark.contract("E37")
def test_a_count_of_texts_is_ignored() -> None:
    assert not offered({f"{P}TextWithMaxCount": 5}, TEXT)
    assert offered({**TEXT_ONLY, f"{P}TextWithMaxCount": 1}, TEXT, TEXT)


@pytest.mark.contract("E43")
@pytest.mark.parametrize("items", [[], [IMAGE], [OWN, URL]])
def test_truepredicate_always_offers_and_warns(items: list[list[str]]) -> None:
    verdict = evaluate(" TruePredicate\n", items)

    assert verdict.offered
    assert "for development only" in verdict.reason


def test_falsepredicate_never_offers() -> None:
    assert evaluate("FALSEPREDICATE", [IMAGE]) == Verdict(
        offered=False,
        reason="FALSEPREDICATE takes nothing",
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (None, "is missing"),
        ("", "an empty string"),
        ("SUBQUERY(extensionItems, , TRUEPREDICATE).@count == 1", "line 1, column 26: found ','"),
        (True, "neither a dictionary nor a predicate string"),
        ([], "neither a dictionary nor a predicate string"),
        ({}, "no key above 0"),
        ({f"{P}ImageWithMaxCount": "many"}, "'many', which is no count"),
        ({f"{P}ImageWithMaxCount": [1]}, "which is no count"),
        ({f"{P}ImageWithMaxCount": float("nan")}, "which is no count"),
    ],
)
def test_a_rule_that_says_nothing_hides_the_extension(rule: object, words: str) -> None:
    verdict = evaluate(rule, [IMAGE])

    assert not verdict.offered
    assert words in verdict.reason


def test_nothing_to_share_is_never_offered() -> None:
    assert evaluate(TEXT_ONLY, []).reason == "there is nothing to share"


@pytest.mark.parametrize("value", ["1", 1.0, True, "YES", 1])
def test_counts_may_be_written_as_strings_and_flags(value: object) -> None:
    rule = {f"{P}ImageWithMaxCount": value}

    assert offered(rule, IMAGE)
    assert not offered(rule, IMAGE, IMAGE)


@pytest.mark.parametrize("value", ["0", -1, False, "no"])
def test_flags_may_be_written_as_strings_too(value: object) -> None:
    assert not offered({f"{P}Text": value}, TEXT)


def test_a_count_of_attachments_takes_everything_up_to_its_number() -> None:
    rule: Rule = {f"{P}AttachmentsWithMaxCount": 2, f"{P}AttachmentsWithMinCount": 2}

    assert offered(rule, OWN, URL)
    assert evaluate(rule, [OWN]).reason == f"{P}AttachmentsWithMinCount is 2, and there is 1 item"
    assert evaluate(rule, [OWN] * 3).reason == (
        f"{P}AttachmentsWithMaxCount is 2, and there are 3 items"
    )


def test_a_least_number_alone_takes_nothing() -> None:
    assert not offered({f"{P}AttachmentsWithMinCount": 1}, IMAGE)


@pytest.mark.parametrize("item", [IMAGE, MOVIE, PDF, TEXT_FILE, ["public.file-url"]])
def test_files_of_all_kinds_are_files(item: list[str]) -> None:
    assert offered({f"{P}FileWithMaxCount": 1}, item)


@pytest.mark.parametrize("item", [TEXT, URL, OWN, []])
def test_text_and_urls_that_lie_in_no_file_are_no_files(item: list[str]) -> None:
    assert not offered({f"{P}FileWithMaxCount": 1}, item)


def test_what_a_more_specific_key_takes_is_not_counted_as_a_file() -> None:
    rule: Rule = {f"{P}FileWithMaxCount": 1, f"{P}ImageWithMaxCount": 3}

    assert offered(rule, IMAGE, IMAGE, PDF)
    assert not offered(rule, IMAGE, PDF, PDF)


@pytest.mark.parametrize("item", [["public.html"], ["com.apple.property-list"]])
def test_a_web_page_is_what_safari_makes_of_one(item: list[str]) -> None:
    rule = {f"{P}WebPageWithMaxCount": 1}

    assert offered(rule, item)
    assert not offered(rule, URL)


def test_movies_are_counted_by_their_own_key() -> None:
    rule = {f"{P}MovieWithMaxCount": 1}

    assert offered(rule, MOVIE)
    assert not offered(rule, ["public.mp3"])


_TYPES = st.sampled_from([IMAGE, MOVIE, TEXT, URL, PDF, TEXT_FILE, OWN, []])
_RULES = st.dictionaries(
    st.sampled_from(
        [
            f"{P}AttachmentsWithMaxCount",
            f"{P}AttachmentsWithMinCount",
            f"{P}FileWithMaxCount",
            f"{P}ImageWithMaxCount",
            f"{P}Text",
            f"{P}WebURLWithMaxCount",
        ],
    ),
    st.integers(-1, 3),
)


@given(_RULES, st.lists(_TYPES, max_size=5))
def test_what_version_1_offers_version_2_offers_too(rule: Rule, items: list[list[str]]) -> None:
    first, second = evaluate(rule, items), evaluate({**rule, **V2}, items)

    assert second.offered or not first.offered
    assert first.reason


@given(_RULES, st.lists(_TYPES, max_size=5), st.booleans())
def test_the_order_of_items_does_not_matter(
    rule: Rule,
    items: list[list[str]],
    second: bool,  # noqa: FBT001 - hypothesis passes it by position
) -> None:
    full = {**rule, **V2} if second else rule

    assert evaluate(full, items).offered == evaluate(full, items[::-1]).offered
