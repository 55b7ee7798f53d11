import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.daemons.pkd.uti import SYSTEM, uti_for_file_name


def conforms_to(uti: str, parent: str) -> bool:
    return parent.lower() in SYSTEM.ancestry(uti)


@pytest.mark.contract("E41")
@pytest.mark.parametrize("parent", ["public.jpeg", "public.image", "public.data", "public.item"])
def test_conformance_is_transitive_and_reflexive(parent: str) -> None:
    assert conforms_to("public.jpeg", parent)


@pytest.mark.contract("E42")
def test_a_file_url_is_a_url() -> None:
    assert conforms_to("public.file-url", "public.url")
    assert not conforms_to("public.url", "public.file-url")


@pytest.mark.parametrize("parent", ["public.data", "public.item", "public.composite-content"])
def test_a_type_may_have_many_parents(parent: str) -> None:
    assert conforms_to("com.adobe.pdf", parent)


@pytest.mark.parametrize(
    ("uti", "parent"),
    [
        ("public.image", "public.jpeg"),
        ("public.json", "public.plain-text"),
        ("public.audio", "public.movie"),
        ("public.folder", "public.data"),
        ("com.example.own", "public.item"),
    ],
)
def test_what_is_no_kind_of_another_does_not_conform(uti: str, parent: str) -> None:
    assert not conforms_to(uti, parent)


def test_identifiers_have_no_case() -> None:
    assert conforms_to("Public.JPEG", "public.Image")


@given(st.text())
def test_any_text_conforms_to_itself(uti: str) -> None:
    assert conforms_to(uti, uti)


@pytest.mark.parametrize(
    ("name", "uti"),
    [
        ("a.jpg", "public.jpeg"),
        ("b.JPEG", "public.jpeg"),
        ("c.tar.zip", "com.pkware.zip-archive"),
        ("d.md", "net.daringfireball.markdown"),
        ("e.heic", "public.heic"),
        ("f.mov", "com.apple.quicktime-movie"),
        ("g.unknown", "public.data"),
        ("no suffix", "public.data"),
        (".txt", "public.data"),
        ("", "public.data"),
    ],
)
def test_a_files_suffix_gives_its_type(name: str, uti: str) -> None:
    assert uti_for_file_name(name) == uti
