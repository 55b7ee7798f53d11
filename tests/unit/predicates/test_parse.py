"""What is a predicate, and what an error says of what is none."""

import pytest

from simulator.predicates.errors import PredicateError
from simulator.predicates.parse import Bounds, parse
from simulator.predicates.printing import printed
from tests.unit.predicates.conftest import read


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("truepredicate", "TRUEPREDICATE"),
        (" FalsePredicate\n", "FALSEPREDICATE"),
        ("(TRUEPREDICATE)", "TRUEPREDICATE"),
        ("a=1", "a == 1"),
        ("a=<1 && b=>2||c<>3", "a <= 1 AND b >= 2 OR c != 3"),
        ("a == 1 or b == 2 and c == 3", "a == 1 OR b == 2 AND c == 3"),
        ("(a == 1 or b == 2) and c == 3", "(a == 1 OR b == 2) AND c == 3"),
        ("(a == 1 and b == 2) and c == 3", "a == 1 AND b == 2 AND c == 3"),
        ("!a == 1 and not b == 2", "NOT a == 1 AND NOT b == 2"),
        ("NOT(a == 1 AND b == 2)", "NOT (a == 1 AND b == 2)"),
        ("not not a == 1", "NOT NOT a == 1"),
        ("some a.b == 1", "ANY a.b == 1"),
        ("none a.b == 1", "NONE a.b == 1"),
        ("all a.b in {1, 2}", "ALL a.b IN {1, 2}"),
        ("a ==[dc] 'x'", 'a ==[cd] "x"'),
        ("a beginswith[c] 'x'", 'a BEGINSWITH[c] "x"'),
        ("a matches '[a-z]+\\\\.x'", 'a MATCHES "[a-z]+\\\\.x"'),
        ("a LIKE[ cn ] 'x'", 'a LIKE[c] "x"'),
        ("a between {1, 1e3}", "a BETWEEN {1, 1000.0}"),
        ('a uti-conforms-to "public.image"', 'a UTI-CONFORMS-TO "public.image"'),
        ("'a' IN SELF", '"a" IN SELF'),
        ("SELF.a.b == $v.c", "a.b == $v.c"),
        ("a.@count == 0x10", "a.@count == 16"),
        ("a[0].b[FIRST] == a[size]", "a[0].b[FIRST] == a[SIZE]"),
        ("#size == a.size", "#size == a.size"),
        ("a.first.in.not == nil", "a.first.in.not == NULL"),
        ("a == yes or a == FALSE", "a == YES OR a == NO"),
        ("1 + 2 * 3 ** 4 - -x > .5", "(1 + (2 * (3 ** 4))) - (0 - x) > 0.5"),
        ("COUNT(a) == {}[SIZE]", "count(a) == {}[SIZE]"),
        ("TERNARY(a == 1, 2, 3) == 2", "TERNARY(a == 1, 2, 3) == 2"),
        ("SUBQUERY (\n a ,\t$x, a=1 )\n. @count>0", "SUBQUERY(a, $x, a == 1).@count > 0"),
        (r"a == '\n\"\'\\\u00e9\x41\q'", r'''a == "\n\"'\\éAq"'''),
        ("nothing == 1", "nothing == 1"),  # no word of the language, though it begins with one
        ("andy == orlando", "andy == orlando"),
    ],
)
def test_spellings_mean_the_same(text: str, canonical: str) -> None:
    tree = read(text)

    assert printed(tree) == canonical
    assert read(canonical) == tree


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ("", 1, 1, "it is empty"),
        (" \n ", 1, 1, "it is empty"),
        ("a", 1, 2, "found the end, expected a comparison"),
        ("a ==", 1, 5, "found the end, expected a value"),
        ("a == 1 AND", 1, 11, "found the end, expected a condition"),
        ("a == 1 b == 2", 1, 8, "found 'b', expected AND, OR or the end"),
        ("(a == 1", 1, 8, "found the end, expected AND, OR or ')'"),
        ("a == 1)", 1, 7, "found ')', expected AND, OR or the end"),
        ("a == 'x", 1, 6, "the string is not closed"),
        ("a == “x”", 1, 6, "typographic quotes are none"),
        ("a == %@", 1, 6, "a format's argument, which nobody gives here"),
        ("a NOT IN b", 1, 3, "NOT stands before the whole comparison"),
        ("$(RULE)", 1, 1, "the build variable was not expanded"),
        ("a == 1 AND\n  b == ${X}", 2, 8, "found '${X}'"),
        ("SUBQUERY(a, , b == 1).@count > 0", 1, 13, "Xcode takes $name for a build variable"),
        ("SUBQUERY(.a, $b, TRUEPREDICATE).@count > 0", 1, 10, "Xcode takes $name"),
        ("ANY .registeredTypeIdentifiers == 'x'", 1, 5, "expected a value"),
        ("SUBQUERY(a, b, TRUEPREDICATE).@count > 0", 1, 13, "expected a variable such as $item"),
        ("a IN {1, 2", 1, 11, "expected ',' or '}'"),
        ("FUNCTION(a, 'b') == 1", 1, 1, "FUNCTION() is no function that is simulated"),
        ("count(a, b) == 1", 1, 1, "count() takes one argument, and has 2"),
        ("count() == 1", 1, 1, "count() takes one argument, and has 0"),
        ("a == 1 &", 1, 8, "found '&'"),
        ("a == 1\x00", 1, 7, "expected AND, OR or the end"),
    ],
)
def test_an_error_says_where_and_what_was_expected(
    text: str, line: int, column: int, problem: str
) -> None:
    with pytest.raises(PredicateError) as told:
        read(text)

    error = told.value

    assert (error.line, error.column) == (line, column)
    assert problem in error.problem
    assert str(error).startswith(f"line {line}, column {column}: ")
    assert error.lines[1].index("^") <= len(error.lines[0])


def test_the_caret_stands_below_the_place_also_of_a_long_line() -> None:
    text = f"a == 1\nAND {'b == 2 AND ' * 30}c === 3 AND {'b == 2 AND ' * 30}TRUEPREDICATE\n"

    with pytest.raises(PredicateError) as told:
        read(text)

    source, caret = told.value.lines

    assert told.value.line == 2
    assert len(source) <= 72
    assert source[caret.index("^") - 4 :].startswith("c === 3")


DEPTH = 1000


@pytest.mark.parametrize(
    "text",
    [
        "(" * DEPTH + "a == 1" + ")" * DEPTH,
        "NOT " * DEPTH + "a == 1",
        "{" * DEPTH + "}" * DEPTH + " == 1",
        "a" + "[a" * DEPTH + "]" * DEPTH + " == 1",
        "-" * DEPTH + "a == 1",
        "1 + " * DEPTH + "1 == 1",
        "SUBQUERY(" * DEPTH + "a" + ", $x, a == 1)" * DEPTH + " == 1",
        "TERNARY(a == " * DEPTH + "1" + ", 1, 1)" * DEPTH + " == 1",
    ],
)
def test_a_thousand_levels_are_refused(text: str) -> None:
    with pytest.raises(PredicateError, match=r"more than 100 levels within each other \(LEVELS\)"):
        read(text)


@pytest.mark.parametrize("opening", ["(", "{", "NOT ", "a[", "SUBQUERY(", "count(", "'", "-"])
def test_what_never_ends_is_refused(opening: str) -> None:
    with pytest.raises(PredicateError):
        read(opening * (6000 // len(opening)))


def test_too_long_a_text_is_refused_before_it_is_read() -> None:
    with pytest.raises(PredicateError, match=r"it has 100001 characters.*\(CHARACTERS\)"):
        read("x" * 100_001)


def test_the_bounds_are_the_last_that_is_allowed() -> None:
    bounds = Bounds(10, 3, "CHARACTERS", "LEVELS")

    assert printed(parse("(a == 10) ", bounds)) == "a == 10"

    for text in ("(a == 100) ", "((a == 1))"):
        with pytest.raises(PredicateError):
            parse(text, bounds)


def test_a_long_predicate_of_many_conditions_is_read() -> None:
    text = " OR ".join(f'ANY a.types UTI-CONFORMS-TO "public.t{n}"' for n in range(500))

    assert printed(read(text)) == text
