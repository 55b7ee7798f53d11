"""What comparisons, key paths and functions give."""

import pytest

from simulator.predicates.errors import EvaluationError
from tests.unit.predicates.conftest import holds, shared

THINGS = {
    "n": 3,
    "zero": 0,
    "half": 0.5,
    "yes": True,
    "s": "Résumé",
    "empty": "",
    "l": ["a", "b", "b"],
    "numbers": [3, 1, 2],
    "nothing": [],
    "nulls": [None, "a"],
    "people": [{"name": "Ann", "age": 30}, {"name": "Bo"}, {"name": "Cy", "age": 20}],
    "groups": [{"tags": ["x", "y"]}, {"tags": ["y"]}, {}],
    "inner": {"key": {"deep": 7}},
}

TRUE = """
n == 3; n == 3.0; 3 == n; n != 4; n < 4; n <= 3; n > 2; n >= 3; yes == 1; yes == YES; zero == NO
s == "Résumé"; s != "resume"; s ==[cd] "resume"; s ==[c] "RÉSUMÉ"; s ==[d] "Resume"
NOT s ==[c] "RESUME"; s <[cd] "resumf"; s BEGINSWITH "Ré"; s BEGINSWITH[cd] "re"
s ENDSWITH "mé"; s CONTAINS "sum"; "sum" IN s; s CONTAINS[cd] "SUME"; NOT s CONTAINS "SUM"
s LIKE "R*"; s LIKE "R?sum?"; s LIKE[cd] "re*e"; NOT s LIKE "R?"; s LIKE "*"; "a*b" LIKE "a\\\\*b"
NOT "axb" LIKE "a\\\\*b"; "a.b" LIKE "a.b"; NOT "axb" LIKE "a.b"; "" LIKE "*"; NOT "" LIKE "?"
s MATCHES "R.*"; NOT s MATCHES "R"; s MATCHES[c] "r.*"; "a1" MATCHES "[a-z][0-9]"
n BETWEEN {1, 3}; NOT n BETWEEN {4, 9}; s BETWEEN {"A", "Z"}; half BETWEEN {0, 1}
"a" IN l; l CONTAINS "b"; NOT "c" IN l; n IN {1, 2, 3}; NOT n IN {}; "A" IN[c] l
7 IN inner.key; ANY l == "b"; ALL l != "c"; NONE l == "c"; SOME l == "a"; NOT ALL l == "b"
NOT ANY nothing == 1; ALL nothing == 1; NONE nothing == 1; NOT ANY missing == 1; ALL missing == 1
ANY l IN {"x", "b"}; ANY l LIKE "b*"; ANY l BEGINSWITH[c] "B"; ANY nulls == NULL
missing == NULL; missing == nil; NOT missing == 1; missing != 1; n != NULL; NOT missing < 1
NOT missing > 1; missing <= NULL; missing >= NULL; NOT n <= NULL; NOT missing BEGINSWITH "a"
NOT missing CONTAINS "a"; NOT missing IN l; NOT missing MATCHES ".*"; NOT missing LIKE "*"
NOT missing BETWEEN {1, 2}; NOT missing UTI-CONFORMS-TO "public.data"; NOT missing UTI-EQUALS "a"
NOT empty CONTAINS ""; NOT s CONTAINS ""; NOT s BEGINSWITH ""; NOT s ENDSWITH ""; empty == ""
l.@count == 3; nothing.@count == 0; people.@count == 3; missing.@count = nil
people.name == {"Ann", "Bo", "Cy"}; people.age == {30, NULL, 20}; ANY people.name == "Bo"
people.@sum.age == 50; people.@avg.age == 25; people.@min.age == 20; people.@max.age == 30
people.@unionOfObjects.age == {30, 20}; l.@distinctUnionOfObjects.self == {"a", "b"}
groups.tags == {{"x", "y"}, {"y"}, NULL}; groups.@unionOfArrays.tags == {"x", "y", "y"}
count(groups.@distinctUnionOfArrays.tags) == 2; groups.tags.@count == 3; nothing.@sum.age == 0
nothing.@max.age == NULL; inner.key.deep == 7; inner.missing.deep == NULL; inner["key"].deep == 7
l[0] == "a"; l[FIRST] == "a"; l[LAST] == "b"; l[SIZE] == 3; nothing[FIRST] == NULL; l[n - 2] == "b"
missing[0] == NULL; missing[SIZE] == NULL; l[0].length == 1; s.uppercaseString == "RÉSUMÉ"
n.self == 3; count(l) == 3; count(inner) == 1; sum(numbers) == 6; min(numbers) == 1
max(numbers) == 3; average(numbers) == 2; max(nothing) == NULL; average(nothing) == NULL
abs(-3) == 3; ceiling(half) == 1; floor(half) == 0; trunc(-0.5) == 0; length(s) == 6
lowercase(s) == "résumé"; uppercase(s) == "RÉSUMÉ"; count(missing) == NULL
n + 1 == 4; n - 1 == 2; n * 2 == 6; n / 2 == 1.5; n ** 2 == 9; -n == -3; +n == 3
1 + 2 * 3 == 7; (1 + 2) * 3 == 9; 2 * 3 ** 2 == 18; missing + 1 == NULL; 0x1F == 31; 1e3 == 1000
9223372036854775807 + 1 > 9223372036854775806; TERNARY(n == 3, "a", "b") == "a"
SUBQUERY(people, $p, $p.age > 25).@count == 1; SUBQUERY(people, $p, $p.age > 25)[0].name == "Ann"
SUBQUERY(people, $p, $p.age > 25).name == {"Ann"}; SUBQUERY(missing, $p, TRUEPREDICATE).@count == 0
SUBQUERY(people, $p, SUBQUERY(people, $q, $q.age < $p.age).@count == 1).@count == 1
SUBQUERY(people, $p, SUBQUERY(numbers, $p, $p == 3).@count == 1).@count == 3
SUBQUERY(numbers, $x, SUBQUERY(numbers, $y, $y > $x).@count == 0) == {3}
n == 3 AND (n == 4 OR n == 3) AND NOT n == 4; n == 4 OR n == 3 AND n == 3; SELF.n == n
n == 3 OR s BEGINSWITH 1; NOT (n == 4 AND s BEGINSWITH 1)
"public.jpeg" UTI-CONFORMS-TO "public.image"; "Public.JPEG" UTI-CONFORMS-TO "PUBLIC.data"
NOT "public.data" UTI-CONFORMS-TO "public.jpeg"; "public.JPEG" UTI-EQUALS "public.jpeg"
NOT "public.jpeg" UTI-EQUALS "public.image"; "com.example.x" UTI-CONFORMS-TO "com.example.x"
"dyn.abc" UTI-CONFORMS-TO "public.data"; NOT "com.example.x" UTI-CONFORMS-TO "public.data"
"""


@pytest.mark.parametrize("text", TRUE.strip().replace("\n", "; ").split("; "))
def test_it_is_true(text: str) -> None:
    assert holds(text, THINGS)
    assert not holds(f"NOT ({text})", THINGS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("s < 1", "< cannot put a string and a number in an order"),
        ("l > 1", "> cannot put an array and a number in an order"),
        ("1 BEGINSWITH 1", "BEGINSWITH takes strings, and a number is none"),
        ("n LIKE 'x'", "LIKE takes strings"),
        ("l MATCHES 'x'", "MATCHES takes strings, and an array is none"),
        ("1 IN 2", "IN and CONTAINS look into an array or a string, not a number"),
        ("1 IN 'x'", "IN takes strings"),
        ("n BETWEEN 1", "BETWEEN takes two bounds"),
        ("n BETWEEN {1, 2, 3}", "BETWEEN takes two bounds"),
        ("ANY n == 1", "the left side of ANY must be an array"),
        ("ALL s == 'x'", "the left side of ALL must be an array"),
        ("SUBQUERY(n, $x, TRUEPREDICATE).@count == 0", "SUBQUERY looks through an array"),
        ("$x == 1", "$x is the variable of no SUBQUERY around it"),
        ("SUBQUERY(l, $x, $y == 1).@count == 0", "$y is the variable of no SUBQUERY"),
        ("s.host == 'x'", "a string has no key host"),
        ("n.host == 'x'", "a number has no key host"),
        ("n.@count == 1", "@count is for arrays, and a number is none"),
        ("l.@sum.self == 1", "@sum takes numbers, and a string is none"),
        ("people.@max.name > 1", "cannot put a string and a number in an order"),
        ("l.@stddev.self == 1", "@stddev is no collection operator"),
        ("l[9] == 1", "an array of 3 has no member 9"),
        ("n[0] == 1", "a number has no members"),
        ("s[SIZE] == 1", "a string has no members"),
        ("n / zero == 1", "is no number"),
        ("n + s == 1", "+ takes numbers, and a string is none"),
        ("9e99 ** 9e99 == 1", "is no number"),
        ("(-8) ** 0.5 == 1", "is no number"),
        ("sum(l) == 1", "sum() takes numbers"),
        ("length(n) == 1", "length() takes a string"),
        ("count(n) == 1", "count() takes an array"),
        ("floor(1e999) == 1", "floor() cannot take that number"),
        ("n UTI-CONFORMS-TO 'x'", "UTI-CONFORMS-TO takes strings"),
        ("ANY numbers UTI-CONFORMS-TO 'x'", "UTI-CONFORMS-TO takes strings"),
        ("s MATCHES '('", "MATCHES cannot use '('"),
        ("s MATCHES '(?=x)'", "MATCHES cannot use"),
        ("s MATCHES '(a{1000}){1000}'", "MATCHES cannot use"),
    ],
)
def test_what_cannot_be_done_is_an_error(text: str, words: str) -> None:
    with pytest.raises(EvaluationError) as told:
        holds(text, THINGS)

    assert words in str(told.value)


def test_no_pattern_takes_long() -> None:
    """With an engine that goes back and forth each of these would take for ever."""
    text = "a" * 999

    assert not holds(f"'{text}!' MATCHES '(a+)+'")
    assert not holds(f"'{text}!' MATCHES '(a|a)*'")
    assert not holds(f"'{text}' LIKE '{'*a' * 400}b'")


def test_a_pattern_and_its_text_have_bounds() -> None:
    for text in (f"'a' MATCHES '{'a' * 1001}'", f"'{'a' * 1001}' LIKE 'a'"):
        with pytest.raises(EvaluationError, match="characters of a pattern"):
            holds(text)


def test_loops_within_loops_are_given_up() -> None:
    inner = "TRUEPREDICATE"

    for number in range(20):
        inner = f"SUBQUERY(l, $x{number}, {inner}).@count > 0"

    with pytest.raises(EvaluationError, match="too many steps"):
        holds(inner, {"l": [0] * 100})


def test_what_people_write_takes_few_steps() -> None:
    types = [f"com.example.t{number}" for number in range(20)]
    clauses = " OR ".join(f'ANY $a.registeredTypeIdentifiers UTI-CONFORMS-TO "{t}"' for t in types)
    text = (
        f"SUBQUERY(extensionItems, $i, SUBQUERY($i.attachments, $a, {clauses}).@count"
        " == $i.attachments.@count).@count == 1"
    )

    assert not holds(text, shared([["public.jpeg", "public.file-url"]] * 100))
