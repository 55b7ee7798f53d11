"""Old-style property lists, read."""

import pytest

from shared_container.openstep import parse_openstep


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("()", []),
        ("(1, two, 3.5)", ["1", "two", "3.5"]),
        ("(1, 2,)", ["1", "2"]),
        ('("a b", "say \\"hi\\"", \'single\')', ["a b", 'say "hi"', "single"]),
        ('"tab\\there \\101 \\U00e4"', "tab\there A ä"),
        ("{}", {}),
        ('{a = 1; "b c" = (x); }', {"a": "1", "b c": ["x"]}),
        ("{a;}", {"a": "a"}),
        ("<00 ff10>", b"\x00\xff\x10"),
        ("( /* one */ 1, // two\n 2 )", ["1", "2"]),
        ("com.example/a-b:c$d", "com.example/a-b:c$d"),
    ],
)  # fmt: skip
def test_a_property_list_is_read(text: str, expected: object) -> None:
    assert parse_openstep(text) == expected


@pytest.mark.parametrize(
    "text", ["", "(", "(1 2)", "{a = 1}", "{a 1;}", "<0>", "<xy>", '"open', "1 2", "[1]", "(" * 99]
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        parse_openstep(text)
