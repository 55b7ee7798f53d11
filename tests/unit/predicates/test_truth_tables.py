"""Predicates as people write them, and by hand what they say of what is shared."""

from typing import NamedTuple

import pytest

from tests.unit.predicates.conftest import holds, shared

PDF = ["com.adobe.pdf", "public.file-url"]
JPEG, HEIC, MOVIE = ["public.jpeg"], ["public.heic"], ["com.apple.quicktime-movie"]
TEXT, URL, FILE = ["public.plain-text"], ["public.url"], ["public.file-url"]
VCARD, PLIST, OWN = ["public.vcard"], ["com.apple.property-list"], ["com.example.own"]

Item = list[list[str]]


class Table(NamedTuple):
    """A predicate, the extension items of which it is true, and those of which it is false."""

    name: str
    predicate: str
    true: list[list[Item]]
    false: list[list[Item]]


def an_attachment(condition: str, count: str = "> 0", outer: str = "> 0") -> str:
    """Return a predicate that counts the attachments of which a condition is true."""
    return (
        f"SUBQUERY(extensionItems, $item, SUBQUERY($item.attachments, $a, {condition})"
        f".@count {count}).@count {outer}"
    )


def is_a(*utis: str) -> str:
    """Return the condition that an attachment is of one of these types."""
    return " || ".join(f"ANY $a.registeredTypeIdentifiers UTI-CONFORMS-TO '{uti}'" for uti in utis)


ALL = "== $item.attachments.@count"

TABLES = [
    Table(
        "every attachment of the only item is an image",
        an_attachment(is_a("public.image"), ALL, "== 1"),
        [[[JPEG]], [[JPEG, HEIC]], [[]]],
        [[[JPEG, TEXT]], [[JPEG], [HEIC]], [[PDF]], []],
    ),
    Table(
        "one attachment at least is a URL, also a file's",
        an_attachment(is_a("public.url"), ">= 1", ">= 1"),
        [[[URL]], [[FILE]], [[PDF, JPEG]], [[JPEG], [URL]]],
        [[[JPEG]], [[TEXT]], [], [[]]],
    ),
    Table(
        "a web URL: a URL that is no file's",
        an_attachment(f"({is_a('public.url')}) AND NOT ({is_a('public.file-url')})"),
        [[[URL]], [[FILE, URL]], [[["public.url-name", "public.url"]]]],
        [[[FILE]], [[PDF]], [[TEXT]]],
    ),
    Table(
        "exactly one URL or text in all",
        an_attachment(is_a("public.url", "public.plain-text"), "== 1", "== 1"),
        [[[URL]], [[TEXT, JPEG]], [[URL], [JPEG]]],
        [[[URL, TEXT]], [[JPEG]], [[URL], [TEXT]]],
    ),
    Table(
        "ten attachments at most, all of them files, and one item",
        "extensionItems.@count == 1 AND SUBQUERY(extensionItems, $item, "
        "$item.attachments.@count <= 10 AND $item.attachments.@count > 0 AND "
        f"SUBQUERY($item.attachments, $a, {is_a('public.data')}).@count {ALL}).@count == 1",
        [[[JPEG] * 10], [[PDF, TEXT, URL]]],
        [[[JPEG] * 11], [[]], [[JPEG, OWN]], [[JPEG], [JPEG]]],
    ),
    Table(
        "images or movies, and never both",
        f"({an_attachment(is_a('public.image'), ALL, '== 1')}) OR "
        f"({an_attachment(is_a('public.movie'), ALL, '== 1')})",
        [[[JPEG, HEIC]], [[MOVIE]]],
        [[[JPEG, MOVIE]], [[TEXT]]],
    ),
    Table(
        "the very type, and none of its kinds",
        an_attachment("ANY $a.registeredTypeIdentifiers UTI-EQUALS 'public.image'"),
        [[[["public.image"]]], [[["PUBLIC.Image"]]], [[["public.jpeg", "public.image"]]]],
        [[[JPEG]], [[["public.data"]]]],
    ),
    Table(
        "no attachment has a type that is not text",
        an_attachment("ALL $a.registeredTypeIdentifiers UTI-CONFORMS-TO 'public.text'", ALL),
        [[[TEXT]], [[["public.html", "public.plain-text"]]], [[[]]], [[]]],
        [[[["public.html", "public.url"]]], [[TEXT, JPEG]]],
    ),
    Table(
        "nothing private among them",
        an_attachment("NONE $a.registeredTypeIdentifiers BEGINSWITH[c] 'COM.EXAMPLE.'", ALL),
        [[[JPEG, TEXT]], [[[]]]],
        [[[OWN]], [[JPEG, ["public.data", "com.example.x"]]]],
    ),
    Table(
        "named outright, by a list or by a pattern",
        an_attachment(
            "ANY $a.registeredTypeIdentifiers IN {'public.vcard', 'com.apple.mapkit.map-item'} OR "
            "ANY $a.registeredTypeIdentifiers MATCHES 'com\\\\.example\\\\.[a-z]+'"
        ),
        [[[VCARD]], [[OWN]], [[["com.apple.mapkit.map-item"]]]],
        [[[["com.example.Own"]]], [[["comXexample.own"]]], [[JPEG]]],
    ),
    Table(
        "more attachments than items",
        "count(extensionItems.@unionOfArrays.attachments) > extensionItems.@count",
        [[[JPEG, JPEG]], [[JPEG], [JPEG, JPEG]]],
        [[[JPEG]], [[JPEG], [JPEG]], [], [[]]],
    ),
    Table(
        "a page that Safari's script has looked at, alone",
        f"extensionItems.@count = 1 && {an_attachment(is_a('com.apple.property-list'), ALL)}",
        [[[PLIST]], [[["com.apple.xml-property-list"]]]],
        [[[PLIST, URL]], [[URL]], [[PLIST], [PLIST]]],
    ),
    Table(
        "a key of attachments that there is not is nil, and nothing is like nil",
        an_attachment("$a.URL.host ENDSWITH '.example.com' OR $a.suggestedName == NULL"),
        [[[URL]], [[JPEG, TEXT]]],
        [[], [[]]],
    ),
]

CASES = [
    pytest.param(table.predicate, items, wanted, id=f"{table.name}-{wanted}-{number}")
    for table in TABLES
    for wanted, rows in ((True, table.true), (False, table.false))
    for number, items in enumerate(rows)
]


@pytest.mark.parametrize(("predicate", "items", "wanted"), CASES)
def test_a_predicate_says_of_what_is_shared(
    predicate: str,
    items: list[Item],
    wanted: bool,  # noqa: FBT001
) -> None:
    assert holds(predicate, shared(*items)) is wanted


def test_there_are_enough_of_them() -> None:
    assert sum(bool(table.true and table.false) for table in TABLES) >= 12
