"""The grammar of the format language, for Lark's LALR(1) parser.

That parser keeps its place on a list, so that nesting costs memory and not the interpreter's stack,
and it reads every text in linear time. Words of the language have no case. Which words are meant
depends on the place: behind a dot ``size`` is a key, in brackets an index.
"""

from typing import Final

__all__ = ("GRAMMAR", "TOLD")

GRAMMAR: Final = r"""
start: predicate

?predicate: conjunction
    | conjunction (_OR conjunction)+ -> any_of

?conjunction: negation
    | negation (_AND negation)+ -> all_of

?negation: primary
    | NOT negation -> negated

?primary: TRUEPREDICATE -> true
    | FALSEPREDICATE -> false
    | "(" predicate ")" -> in_brackets
    | QUALIFIER expression operator expression -> qualified
    | expression operator expression -> comparison

operator: (COMPARISON | WORD_OPERATOR | TYPE_OPERATOR) OPTIONS?

?expression: product
    | expression SIGN product -> arithmetic

?product: power
    | product (STAR | SLASH) power -> arithmetic

?power: prefixed
    | power POWER prefixed -> arithmetic

?prefixed: value
    | SIGN prefixed -> signed

?value: constant
    | path

?constant: STRING -> string
    | (NUMBER | PREFIXED_NUMBER) -> number
    | YES -> yes
    | NO -> no
    | NULL -> null

path: first step*

?first: SELF -> this
    | VARIABLE -> variable
    | HASH? NAME -> key
    | AT -> key
    | SUBQUERY "(" expression "," VARIABLE "," predicate ")" -> subquery
    | TERNARY "(" predicate "," expression "," expression ")" -> ternary
    | NAME "(" [expression ("," expression)*] ")" -> call
    | OPEN [expression ("," expression)*] "}" -> aggregate
    | "(" expression ")" -> in_brackets

?step: "." HASH? NAME -> step
    | "." AT -> step
    | "[" (FIRST | LAST | SIZE) "]" -> place
    | "[" expression "]" -> index

COMPARISON: "==" | "=<" | "=>" | "=" | "!=" | "<>" | "<=" | ">=" | "<" | ">"
TYPE_OPERATOR.3: /UTI-CONFORMS-TO|UTI-EQUALS/i
WORD_OPERATOR.3: /(?:BETWEEN|IN|CONTAINS|BEGINSWITH|ENDSWITH|LIKE|MATCHES)(?!\w)/i
OPTIONS: /\[\s*[cdnl]+\s*\]/i
QUALIFIER.3: /(?:ANY|SOME|ALL|NONE)(?!\w)/i
TRUEPREDICATE.3: /TRUEPREDICATE(?!\w)/i
FALSEPREDICATE.3: /FALSEPREDICATE(?!\w)/i
SUBQUERY.3: /SUBQUERY(?!\w)/i
TERNARY.3: /TERNARY(?!\w)/i
SELF.3: /SELF(?!\w)/i
YES.3: /(?:YES|TRUE)(?!\w)/i
NO.3: /(?:NO|FALSE)(?!\w)/i
NULL.3: /(?:NULL|NIL)(?!\w)/i
FIRST.3: /FIRST(?!\w)/i
LAST.3: /LAST(?!\w)/i
SIZE.3: /SIZE(?!\w)/i
NOT.3: /NOT(?!\w)|!(?!=)/i
_AND.3: /AND(?!\w)|&&/i
_OR.3: /OR(?!\w)|\|\|/i
AT: /@[A-Za-z]\w*/
HASH: "#"
NAME: /[^\W\d]\w*/
VARIABLE: /\$[^\W\d]\w*/
PREFIXED_NUMBER.2: /0x[0-9a-f]{1,16}|0o[0-7]{1,21}|0b[01]{1,63}/i
NUMBER: /(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:e[+-]?[0-9]{1,3})?/i
STRING: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/s
OPEN: "{"
POWER.2: "**"
STAR: "*"
SLASH: "/"
SIGN: "+" | "-"
%ignore /\s+/
"""

TOLD: Final = {
    "COMPARISON": "a comparison",
    "WORD_OPERATOR": "a comparison",
    "_AND": "AND",
    "_OR": "OR",
    "$END": "the end",
    "VARIABLE": "a variable such as $item",
    "NAME": "a key",
    "AT": "an operator such as @count",
    "COMMA": "','",
    "LPAR": "'('",
    "RPAR": "')'",
    "RBRACE": "'}'",
    "RSQB": "']'",
}
"""What an error calls a terminal of the grammar; those without a word are told by their place."""
