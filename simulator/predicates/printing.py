"""A predicate as text again: one line, one spelling, brackets only where they mean something.

What is printed parses to an equal tree.
"""

from typing import Final

from simulator.predicates.syntax import (
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

__all__ = ("printed", "shortened")

_RESERVED: Final = frozenset(
    (
        "AND", "OR", "NOT", "ANY", "SOME", "ALL", "NONE", "TRUEPREDICATE", "FALSEPREDICATE",
        "SUBQUERY", "TERNARY", "SELF", "YES", "TRUE", "NO", "FALSE", "NULL", "NIL", "FIRST",
        "LAST", "SIZE", "BETWEEN", "IN", "CONTAINS", "BEGINSWITH", "ENDSWITH", "LIKE", "MATCHES",
    )
)  # fmt: skip
_ESCAPED: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printed(node: Condition | Expression) -> str:
    """Return a predicate, or a part of one, as text."""
    match node:
        case Truth(value):
            return "TRUEPREDICATE" if value else "FALSEPREDICATE"
        case Not(part):
            return f"NOT {_part(part, AllOf | AnyOf)}"
        case AllOf(parts):
            return " AND ".join(_part(part, AllOf | AnyOf) for part in parts)
        case AnyOf(parts):
            return " OR ".join(_part(part, AnyOf) for part in parts)
        case Comparison():
            return _comparison(node, printed(node.left))
        case _:
            return _expression(node)


def shortened(node: Condition | Expression) -> str:
    """Return the same with ``…`` for the condition of each SUBQUERY: what stands at this level."""
    match node:
        case Comparison():
            right = _short_value(node.right)
            return _comparison(node, _short_value(node.left), right)
        case _:
            return printed(node)


def _short_value(node: Expression) -> str:
    match node:
        case Subquery(collection, variable):
            return f"SUBQUERY({_short_value(collection)}, ${variable}, …)"
        case Path(Subquery() as base, steps):
            return f"{_short_value(base)}{_steps(steps)}"
        case _:
            return printed(node)


def _comparison(node: Comparison, left: str, right: str = "") -> str:
    options = f"[{node.options}]" if node.options else ""
    words = (node.qualifier, left, f"{node.operator}{options}", right or printed(node.right))

    return " ".join(word for word in words if word)


def _part(node: Condition, kinds: object) -> str:
    text = printed(node)

    return f"({text})" if isinstance(node, kinds) else text  # type: ignore[arg-type]  # a union


def _expression(node: Expression) -> str:
    match node:
        case Constant(value):
            return _constant(value)
        case This():
            return "SELF"
        case Variable(name):
            return f"${name}"
        case Path(base, steps):
            return _path(base, steps)
        case Subquery(collection, variable, condition):
            return f"SUBQUERY({printed(collection)}, ${variable}, {printed(condition)})"
        case Aggregate(members):
            return f"{{{', '.join(map(printed, members))}}}"
        case Call(name, arguments):
            return f"{name}({', '.join(map(printed, arguments))})"
        case Ternary(condition, yes, no):
            return f"TERNARY({printed(condition)}, {printed(yes)}, {printed(no)})"
        case Arithmetic(left, sign, right):
            return f"{_operand(left)} {sign} {_operand(right)}"


def _operand(node: Expression) -> str:
    text = printed(node)
    is_plain = not isinstance(node, Arithmetic) and text[0] != "-"

    return text if is_plain else f"({text})"


def _constant(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "YES" if value else "NO"
        case str():
            return f'"{"".join(_character(each) for each in value)}"'
        case _:
            return repr(value).replace("inf", "1e999")


def _character(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]

    if character.isprintable() or ord(character) > 0xFFFF:
        return character

    return f"\\u{ord(character):04x}"


def _path(base: Expression, steps: tuple[Key | Index, ...]) -> str:
    match base, steps:
        case This(), (Key(name), *rest):
            hidden = "#" if name.upper() in _RESERVED else ""
            return f"{hidden}{name}{_steps(tuple(rest))}"
        case ((Constant() | Arithmetic()), _):
            return f"({printed(base)}){_steps(steps)}"
        case _:
            return f"{printed(base)}{_steps(steps)}"


def _steps(steps: tuple[Key | Index, ...]) -> str:
    return "".join(_step(step) for step in steps)


def _step(step: Key | Index) -> str:
    if isinstance(step, Key):
        return f".{step.name}"

    return f"[{step.value if isinstance(step.value, str) else printed(step.value)}]"
