"""Whatever tree there is prints and parses back; whatever text there is has an answer."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.predicates.compiling import compile_program
from simulator.predicates.errors import EvaluationError, PredicateError
from simulator.predicates.explaining import explain
from simulator.predicates.printing import printed, shortened
from simulator.predicates.syntax import (
    BINARY_OPERATORS,
    Aggregate,
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Comparison,
    Condition,
    Constant,
    Expression,
    Index,
    Key,
    Not,
    Path,
    Subquery,
    Ternary,
    This,
    Truth,
    Variable,
)
from tests.unit.predicates.conftest import ANCESTRY, STEPS, read, shared
from tests.unit.predicates.reference import Impossible, truth

UTIS = ["public.jpeg", "public.image", "public.plain-text", "public.url", "public.file-url", "x.y"]
NAMES = st.sampled_from(["extensionItems", "attachments", "a", "size", "not", "Any", "_x1", "é"])
KEYS = st.builds(Key, NAMES | st.sampled_from(["@count", "registeredTypeIdentifiers"]))
NUMBERS = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6, allow_subnormal=False)
CONSTANTS = st.builds(
    Constant, st.text(max_size=8) | NUMBERS | st.booleans() | st.none() | st.sampled_from(UTIS)
)
VARIABLES = st.builds(Variable, st.sampled_from(["item", "x", "_1"]))


def _path(base: Expression, steps: list[Key | Index]) -> Expression:
    """Return a path as the parser makes it: never a path of a path, never without steps."""
    return (
        Path(base.base, (*base.steps, *steps)) if isinstance(base, Path) else Path(base, (*steps,))
    )


def _expressions(conditions: st.SearchStrategy[Condition]) -> st.SearchStrategy[Expression]:
    leaves: st.SearchStrategy[Expression] = CONSTANTS | VARIABLES | st.builds(This)

    def more(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        places = st.builds(Index, st.sampled_from(["FIRST", "LAST", "SIZE"]) | inner)
        signs = st.sampled_from(["+", "-", "*", "/", "**"])

        return st.one_of(
            st.builds(_path, inner, st.lists(KEYS | places, min_size=1, max_size=3)),
            st.builds(Subquery, inner, st.sampled_from(["item", "x"]), conditions),
            st.builds(lambda parts: Aggregate((*parts,)), st.lists(inner, max_size=3)),
            st.builds(Call, st.sampled_from(["count", "length"]), st.tuples(inner)),
            st.builds(Ternary, conditions, inner, inner),
            st.builds(Arithmetic, inner, signs, inner),
        )

    return st.recursive(leaves, more, max_leaves=4)


def _joined(kind: type[AllOf] | type[AnyOf], parts: list[Condition]) -> Condition:
    """Return conditions joined as the parser joins them: those of the same kind are one."""
    flat: list[Condition] = []

    for part in parts:
        flat += part.parts if type(part) is kind else [part]

    return kind((*flat,))


def _conditions(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    values = _expressions(inner)
    several = st.lists(inner, min_size=2, max_size=3)
    qualifiers = st.sampled_from(["", "ANY", "ALL", "NONE"])
    operators = st.sampled_from(BINARY_OPERATORS)
    options = st.sampled_from(["", "c", "d", "cd"])

    return st.one_of(
        st.builds(Comparison, qualifiers, values, operators, options, values),
        st.builds(Not, inner),
        st.builds(lambda parts: _joined(AllOf, parts), several),
        st.builds(lambda parts: _joined(AnyOf, parts), several),
    )


CONDITIONS = st.recursive(st.builds(Truth, st.booleans()), _conditions, max_leaves=5)


@given(CONDITIONS)
@settings(max_examples=50, deadline=None)
def test_a_tree_prints_and_parses_back(tree: Condition) -> None:
    text = printed(tree)

    assert read(text) == tree
    assert printed(read(text)) == text
    assert "\n" not in shortened(tree)


def _items(size: int) -> st.SearchStrategy[list[list[list[str]]]]:
    types = st.lists(st.sampled_from(UTIS), max_size=size)

    return st.lists(st.lists(types, max_size=size), max_size=size)


@given(CONDITIONS, _items(2))
@settings(max_examples=50, deadline=None)
def test_whatever_is_evaluated_has_an_answer(tree: Condition, items: list[list[list[str]]]) -> None:
    value = shared(*items)
    told = explain(tree, value, ANCESTRY, STEPS)

    try:
        holds: bool | None = compile_program(tree).holds(value, ANCESTRY, STEPS)
    except EvaluationError:
        holds = None

    assert told.holds is holds


WORDS = st.sampled_from(
    [
        *[
            "(",
            ")",
            ",",
            ".",
            "{",
            "}",
            "[",
            "]",
            "==",
            "!=",
            "<",
            "!",
            "&&",
            "||",
            "#",
            "-",
            "+",
            "**",
            "/",
            "1",
            "2.5",
            "'x'",
            "\\",
            "\x00",
            "“",
            "%@",
            "$(X)",
            "$item",
        ],
        *[
            "SUBQUERY",
            "TERNARY",
            "count",
            "AND",
            "OR",
            "NOT",
            "ANY",
            "ALL",
            "IN",
            "LIKE",
            "BETWEEN",
            "TRUEPREDICATE",
            "SELF",
        ],
        *[
            "extensionItems",
            "attachments",
            "@count",
            '"public.url"',
            "UTI-CONFORMS-TO",
            "NULL",
            "FIRST",
            "[cd]",
        ],
    ]
)


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(string.printable, max_size=60),
        st.lists(WORDS, max_size=25).map(" ".join),
        st.lists(WORDS, max_size=25).map("".join),
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_read_is_a_tree_or_an_error_that_says_where(text: str) -> None:
    try:
        tree = read(text)
    except PredicateError as problem:
        found = problem
    else:
        assert read(printed(tree)) == tree
        return

    lines = text.split("\n")

    assert 1 <= found.line <= len(lines)
    assert 1 <= found.column <= len(lines[found.line - 1]) + 1
    assert len(found.lines) == 2


# -- beside a plain interpreter --------------------------------------------------------------

_TYPES = st.builds(Path, VARIABLES, st.just((Key("registeredTypeIdentifiers"),)))
_UTI = st.builds(Constant, st.sampled_from(UTIS))
_ITEMS = st.just(Path(This(), (Key("extensionItems"),)))
_INNER = st.builds(Path, VARIABLES, st.just((Key("attachments"),)))
_COLLECTIONS = _ITEMS | _INNER | _TYPES
_COUNTS = st.integers(0, 3).map(Constant)
_WHATEVER = st.one_of(
    _COLLECTIONS,
    _UTI,
    _COUNTS,
    VARIABLES,
    st.just(Constant(None)),
    st.lists(_UTI | _COUNTS, max_size=2).map(lambda parts: Aggregate((*parts,))),
)
_PLAIN = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "IN", "UTI-CONFORMS-TO", "UTI-EQUALS"])


def _rules(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    members = st.builds(Subquery, _COLLECTIONS, st.sampled_from(["item", "x"]), inner)
    counts = st.builds(lambda base: Path(base, (Key("@count"),)), members | _COLLECTIONS)
    qualifiers = st.sampled_from(["ANY", "ALL", "NONE"])
    none = st.just("")

    return st.one_of(
        st.builds(Comparison, none, counts, _PLAIN, none, _COUNTS | counts),
        st.builds(Comparison, qualifiers, _TYPES, _PLAIN, none, _UTI),
        st.builds(Comparison, qualifiers, _WHATEVER, _PLAIN, none, _WHATEVER),
        st.builds(Comparison, none, _WHATEVER, _PLAIN, none, _WHATEVER),
        st.builds(Not, inner),
        st.builds(lambda parts: _joined(AllOf, parts), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda parts: _joined(AnyOf, parts), st.lists(inner, min_size=2, max_size=3)),
    )


@given(
    st.recursive(st.builds(Truth, st.booleans()), _rules, max_leaves=8),
    _items(3),
)
@settings(max_examples=150, deadline=None)
def test_the_closures_decide_as_a_plain_interpreter(
    tree: Condition, items: list[list[list[str]]]
) -> None:
    value = shared(*items)

    try:
        wanted = truth(tree, {"": value})
    except Impossible:
        with pytest.raises(EvaluationError):
            compile_program(tree).holds(value, ANCESTRY, STEPS)
    else:
        assert compile_program(tree).holds(value, ANCESTRY, STEPS) is wanted
