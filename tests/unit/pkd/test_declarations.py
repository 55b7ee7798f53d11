"""The uniform types that bundles declare: both forms, what wins, and what is wrong with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.daemonkit.limits import TYPE_CHARACTERS_MAX, TYPES_DECLARED_MAX
from simulator.daemons.pkd.declarations import declared_types
from simulator.daemons.pkd.uti import SYSTEM, Declaration, Known, Tree

Keys = dict[str, object]


def exported(*entries: object) -> Keys:
    return {"UTExportedTypeDeclarations": list(entries)}


def tree(*keys: Keys) -> Tree:
    """Return the tree of a device on which bundles with these property lists are installed."""
    return Tree([each for declared in keys for each in declared_types(declared)[0]], SYSTEM)


NOTE = {
    "UTTypeIdentifier": "com.example.Note",
    "UTTypeConformsTo": ["public.content", "public.plain-text"],
    "UTTypeTagSpecification": {
        "public.filename-extension": ["note", ".memo"],
        "public.mime-type": ["text/x-note"],
    },
}
OLD = {
    "UTTypeIdentifier": "com.example.note",
    "UTTypeConformsTo": "public.plain-text",
    "UTTypeTagSpecification": {
        "public.filename-extension": "note",
        "public.mime-type": "text/x-note",
    },
}


@pytest.mark.parametrize("entry", [NOTE, OLD])
def test_a_list_may_be_written_as_its_only_member(entry: Keys) -> None:
    declared, wrong = declared_types(exported(entry))
    found = tree(exported(entry))

    assert wrong == []
    assert (declared[0].identifier, declared[0].media) == ("com.example.note", ("text/x-note",))
    assert found.ancestry("com.example.NOTE") >= {"public.text", "public.data", "public.item"}
    assert found.type_of_name("x.Note") == "com.example.note"


def test_a_single_dictionary_is_a_list_of_one() -> None:
    assert len(declared_types({"UTImportedTypeDeclarations": OLD})[0]) == 1


def test_an_export_wins_over_an_import_and_the_system_over_both() -> None:
    imported: Keys = {"UTImportedTypeDeclarations": [{**NOTE, "UTTypeConformsTo": "public.image"}]}
    found = tree(imported, exported(NOTE))

    assert "public.text" in found.ancestry("com.example.note")
    assert "public.image" not in found.ancestry("com.example.note")

    mine = {
        "UTTypeIdentifier": "public.jpeg",
        "UTTypeConformsTo": "public.text",
        "UTTypeTagSpecification": {"public.filename-extension": ["txt", "jpegnote"]},
    }
    found, wrong = tree(exported(mine)), declared_types(exported(mine))[1]

    assert "public.text" not in found.ancestry("public.jpeg")
    assert found.type_of_name("a.txt") == "public.plain-text"
    assert found.type_of_name("a.jpegnote") == "public.jpeg"
    assert "which is the system's" in wrong[0]


def test_among_equals_the_first_wins() -> None:
    first = {"UTTypeIdentifier": "com.example.x", "UTTypeConformsTo": "public.image"}
    second = {"UTTypeIdentifier": "com.example.x", "UTTypeConformsTo": "public.text"}

    assert "public.image" in tree(exported(first), exported(second)).ancestry("com.example.x")


def test_circles_end_where_they_began() -> None:
    entries = [
        {"UTTypeIdentifier": "com.example.a", "UTTypeConformsTo": "com.example.b"},
        {"UTTypeIdentifier": "com.example.b", "UTTypeConformsTo": ["com.example.c", "public.data"]},
        {"UTTypeIdentifier": "com.example.c", "UTTypeConformsTo": ["com.example.a"]},
        {"UTTypeIdentifier": "com.example.self", "UTTypeConformsTo": "com.example.self"},
    ]
    found = tree(exported(*entries))
    circle = {"com.example.a", "com.example.b", "com.example.c", "public.data", "public.item"}

    assert [found.ancestry(f"com.example.{name}") for name in "abc"] == [circle] * 3
    assert found.ancestry("com.example.self") == {"com.example.self"}


def test_a_long_chain_is_climbed() -> None:
    chain = [Declaration(f"t.{n}", (f"t.{n + 1}",)) for n in range(5000)]

    assert len(Tree(chain).ancestry("t.0")) == 5001


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"UTExportedTypeDeclarations": "x"}, "is a string; it should be a dictionary"),
        (exported(5), "UTExportedTypeDeclarations[0] is an integer"),
        (exported({}), "UTTypeIdentifier should be one name"),
        (exported({"UTTypeIdentifier": 5}), "has an integer; it should be a string"),
        (exported({"UTTypeIdentifier": "a b"}), "should be one name"),
        (exported({"UTTypeIdentifier": "$(ID).x"}), "the build variable ID was not expanded"),
        (exported({**OLD, "UTTypeConformsTo": [5]}), "UTTypeConformsTo has an integer"),
        (exported({**OLD, "UTTypeConformsTo": {"a": 1}}), "UTTypeConformsTo has a dictionary"),
        (exported({**OLD, "UTTypeTagSpecification": []}), "it should be a dictionary"),
        (exported({**OLD, "UTTypeConformsTo": "x" * (TYPE_CHARACTERS_MAX + 1)}), "are the most"),
        (exported(*[OLD] * (TYPES_DECLARED_MAX + 1)), "only the first 1000 count"),
    ],
)
def test_what_is_wrong_is_told_and_left_out(keys: Keys, sentence: str) -> None:
    declared, wrong = declared_types(keys)

    assert sentence in " ".join(wrong)
    assert len(declared) <= TYPES_DECLARED_MAX


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
_ENTRIES = st.dictionaries(
    st.sampled_from(["UTTypeIdentifier", "UTTypeConformsTo", "UTTypeTagSpecification"]),
    _VALUES | st.sampled_from(["a.a", "a.b", ["a.a", "a.b"], {"public.filename-extension": "x"}]),
)


@given(st.lists(_ENTRIES | _VALUES, max_size=4))
def test_whatever_is_declared_gives_a_tree(entries: list[object]) -> None:
    found = tree(exported(*entries))

    for uti in ("a.a", "a.b", "public.jpeg", ""):
        assert uti in found.ancestry(uti)
        assert Known(found)[uti] == found.ancestry(uti)

    assert "public.image" in found.ancestry("public.jpeg")


@pytest.mark.parametrize("uti", ["dyn.ah62d4rv4ge80c6dbrr", "DYN.x"])
def test_a_dynamic_type_is_data_and_nothing_else(uti: str) -> None:
    assert SYSTEM.ancestry(uti) == {uti.lower(), "public.data", "public.item"}


@pytest.mark.parametrize(
    ("name", "uti"),
    [
        ("a.docx", "org.openxmlformats.wordprocessingml.document"),
        ("a.epub", "org.idpf.epub-container"),
        ("a.m4a", "com.apple.m4a-audio"),
        ("a.webp", "org.webmproject.webp"),
        ("a.HEIC", "public.heic"),
        ("a.csv", "public.comma-separated-values-text"),
        ("a.tar.gz", "org.gnu.gnu-zip-archive"),
        ("folder.txt/a", "public.data"),
        ("a.swift", "public.swift-source"),
        ("a.ics", "com.apple.ical.ics"),
    ],
)
def test_widespread_suffixes_are_known(name: str, uti: str) -> None:
    assert SYSTEM.type_of_name(name) == uti


def test_the_longest_suffix_that_is_known_counts() -> None:
    declared = Declaration("com.example.tarball", ("public.data",), ("tar.gz",))

    assert Tree([declared], SYSTEM).type_of_name("a.b.tar.gz") == "com.example.tarball"


def test_every_type_of_the_system_leads_to_types_of_the_system() -> None:
    from simulator.daemons.pkd.system_types import SYSTEM_TYPES

    known = {identifier for identifier, *_ in SYSTEM_TYPES}

    assert len(known) == len(SYSTEM_TYPES)
    assert {parent for _, parents, *_ in SYSTEM_TYPES for parent in parents} <= known
    assert all(part == part.lower() for row in SYSTEM_TYPES for part in (row[0], *row[1], *row[2]))
