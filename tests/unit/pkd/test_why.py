"""An explanation: the clause that decided first, and every other with what it saw."""

from pathlib import Path

import pytest

from simulator.daemons.pkd.activation import explain, read_rule
from simulator.daemons.pkd.asking import explanation
from simulator.daemons.pkd.elections import Elections
from simulator.daemons.pkd.shared import Shared
from simulator.daemons.pkd.uti import SYSTEM
from simulator.daemons.pkd.words import items_of_types
from simulator.xpc.errors import Misuse

P = "NSExtensionActivationSupports"
SHARE = "com.apple.share-services"


def lines(rule: object, *words: str, point: str = SHARE, is_ignored: bool = False) -> list[str]:
    """Return what a terminal shows."""
    shared = Shared(items_of_types(words))
    found = explanation(
        "com.example.x", point, read_rule(rule), shared, tree=SYSTEM, is_ignored=is_ignored
    ).as_dict()["lines"]
    assert isinstance(found, list)

    return [" ".join(str(line).split()) for line in found]


def test_each_key_of_a_dictionary_is_told_with_its_count() -> None:
    rule = {
        f"{P}ImageWithMaxCount": 2,
        f"{P}FileWithMaxCount": 1,
        f"{P}MovieWithMaxCount": 0,
        f"{P}AttachmentsWithMaxCount": 4,
        f"{P}AttachmentsWithMinCount": 2,
        f"{P}TextWithMaxCount": 7,
    }

    assert lines(rule, "public.jpeg:3", "com.adobe.pdf") == [
        f"not offered: {P}ImageWithMaxCount is 2, and there are 3 items conforming to public.image",
        f"✗ {P}ImageWithMaxCount 3 items conforming to public.image, 2 at most",
        f"✓ {P}AttachmentsWithMinCount 4 items, 2 at least",
        f"✓ {P}AttachmentsWithMaxCount 4 items, 4 at most",
        f"✓ {P}MovieWithMaxCount 0 items conforming to public.movie, 0: not supported",
        f"✓ {P}FileWithMaxCount 1 item that is a file (3 more are taken by other keys), 1 at most",
        "✓ version 1: every item must be taken 4 of 4 are",
        f"· {P}TextWithMaxCount unknown: ignored",
    ]


def test_what_no_key_takes_comes_first() -> None:
    rule = {f"{P}Text": True, f"{P}ImageWithMaxCount": 1}
    reason = (
        "no key of the rule takes the item of type public.url "
        "(NSExtensionActivationSupportsWebURLWithMaxCount would)"
    )

    assert lines(rule, "public.url")[:2] == [
        f"not offered: {reason}",
        f"✗ version 1: every item must be taken 0 of 1 are; {reason}",
    ]


def test_what_no_key_at_all_takes_has_no_advice() -> None:
    first, *_ = lines({f"{P}Text": True}, "com.example.unheard-of")

    assert first == "not offered: no key of the rule takes the item of type com.example.unheard-of"


def test_every_condition_of_a_predicate_is_told_with_its_values() -> None:
    rule = (
        "extensionItems.@count == 1 AND SUBQUERY(extensionItems, $i, SUBQUERY($i.attachments, $a, "
        'ANY $a.registeredTypeIdentifiers UTI-CONFORMS-TO "public.image").@count > 1).@count == 1'
    )

    inner = "SUBQUERY($i.attachments, $a, …).@count > 1"

    assert lines(rule, "public.jpeg", "public.url:2") == [
        f"not offered: {inner} is false: 1 > 1; $a 2–3 of 3 (public.url) does not count",
        "✗ all of",
        "✓ extensionItems.@count == 1 1 == 1",
        "✗ SUBQUERY(extensionItems, $i, …).@count == 1 0 == 1",
        "✗ $i 1 of 1 an array of 3",
        "✗ SUBQUERY($i.attachments, $a, …).@count > 1 1 > 1",
        "✓ $a 1 of 3 public.jpeg",
        '✓ ANY $a.registeredTypeIdentifiers UTI-CONFORMS-TO "public.image" public.jpeg',
        "✗ $a 2–3 of 3 public.url",
        '✗ ANY $a.registeredTypeIdentifiers UTI-CONFORMS-TO "public.image" public.url',
    ]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("extensionItems.@count > 1", "extensionItems.@count > 1 is false: 1 > 1"),
        ("NOT extensionItems.@count == 1", "the opposite of: extensionItems.@count == 1 is true"),
        ("extensionItems.@count == 2 OR 1 == 2", "none of its 2 conditions is true"),
        ("FALSEPREDICATE", "FALSEPREDICATE takes nothing"),
        ("extensionItems < 1", "cannot put an array and a number in an order"),
        ("$x == 1", "$x is the variable of no SUBQUERY around it"),
        ("a = = b", "line 1, column 5: found '='"),
        (5, "neither a dictionary nor a predicate string"),
        (None, "is missing"),
    ],
)
def test_the_condition_that_decided_is_named(rule: object, reason: str) -> None:
    assert reason in lines(rule, "public.jpeg")[0]


def test_what_is_offered_is_explained_too() -> None:
    assert lines("extensionItems.@count == 1 AND 1 == 1", "public.jpeg")[0] == (
        "offered: all of its 2 conditions are true"
    )
    assert lines("TRUEPREDICATE", "public.jpeg")[0].startswith("offered: TRUEPREDICATE")


def test_a_text_that_is_no_predicate_is_shown_with_a_caret() -> None:
    _, source, caret = lines("SUBQUERY(a, , b == 1)", "public.jpeg")

    assert source == "· SUBQUERY(a, , b == 1)"
    assert caret == "· ^"


def test_a_point_without_rules_is_never_offered_items() -> None:
    (line,) = lines("TRUEPREDICATE", "public.jpeg", point="com.apple.widgetkit-extension")

    assert "com.apple.widgetkit-extension, is never offered items" in line


def test_what_the_user_ignores_is_not_offered_whatever_its_rule_says() -> None:
    found = lines("TRUEPREDICATE", "public.jpeg", is_ignored=True)

    assert found[0].startswith("not offered: the user has it switched off")
    assert "note: its rule alone would say: offered" in found


def test_a_type_that_nobody_declares_is_noted() -> None:
    noted = lines({f"{P}Text": True}, "com.example.x", "dyn.abc")[-2:]

    assert noted[0].startswith("note: com.example.x is a type that nobody declares")
    assert noted[1].endswith("it conforms to public.data, as a dynamic one")


def test_long_explanations_are_cut() -> None:
    parts = " OR ".join(f"extensionItems.@count == {number}" for number in range(2, 500))
    found = lines(parts, "public.jpeg")

    assert len(found) < 210
    assert "clauses more" in found[-1]


def test_hundreds_of_unlike_members_are_not_all_explained() -> None:
    inner = "SUBQUERY($i.attachments, $a, $a == 1).@count == 1"
    rule = f"SUBQUERY(extensionItems, $i, {inner}).@count == 1"
    _, _, told = explain(read_rule(rule), Shared(items_of_types([f"t.{n}" for n in range(100)])))

    assert len(told[0].parts[0].parts[0].parts) == 21


@pytest.mark.parametrize(
    ("words", "items"),
    [
        (["a.b"], [[["a.b"]]]),
        (["a.b:2", "c"], [[["a.b"], ["a.b"], ["c"]]]),
        (["a+b:2"], [[["a", "b"], ["a", "b"]]]),
        (["a@2", "b", "c:2@2"], [[["b"]], [["a"], ["c"], ["c"]]]),
    ],
)
def test_items_are_written_as_words(words: list[str], items: list[object]) -> None:
    assert items_of_types(words) == items


@pytest.mark.parametrize("word", ["", ":2", "a:", "a:0", "a:101", "a++b", "a@0", "a:x", "a@1:2"])
def test_what_is_no_item_is_refused(word: str) -> None:
    with pytest.raises(Misuse):
        items_of_types([word])


def test_elections_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "Library" / "elections.plist"
    elections = Elections(str(file))
    elections.elect("com.example.a", "ignore")
    elections.elect("com.example.b", "use")
    elections.elect("com.example.b", "default")

    again = Elections(str(file))

    assert [again.of(f"com.example.{name}") for name in "abc"] == ["ignore", "default", "default"]

    with pytest.raises(Misuse, match="no election"):
        again.elect("com.example.a", "perhaps")
