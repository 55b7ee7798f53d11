"""URLs as a guest takes them apart: whatever comes, none is an exception."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.sdk._url import URL


@given(st.text(max_size=80))
@example("https://[::1/")
@example("https://[v1.x]:99999/?&&=;=%zz#")
@example("A:" + "?a=1" * 50)
def test_any_text_is_taken_apart_and_comes_back(text: str) -> None:
    url = URL(text)

    assert str(url) == text
    assert url.scheme == url.scheme.lower()
    assert all(isinstance(value, str) for value in url.query.values())
    assert url == URL(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("notes:new?text=hi#x", ("notes", "", "new", {"text": "hi"}, "x")),
        ("HTTPS://a.b/c?x=1&x=2&y", ("https", "a.b", "/c", {"x": "1", "y": ""}, "")),
        ("https://[bad", ("https", "", "//[bad", {}, "")),
    ],
)
def test_its_parts_are_those_of_rfc_3986(text: str, parts: tuple[object, ...]) -> None:
    url = URL(text)

    assert (url.scheme, url.host, url.path, url.query, url.fragment) == parts
