"""What can be wrong with a predicate: with its text, or with what it is asked to do."""

__all__ = ("EvaluationError", "PredicateError")

_WIDTH = 72  # of the line that is shown


class PredicateError(ValueError):
    """A text is no predicate.

    Attributes:
        line: Where, from 1.
        column: Where in the line, in characters from 1.
        problem: What was found there and what was expected.
        source: A piece of that line.
        caret: Where in that piece, from 0.
    """

    def __init__(self, text: str, at: int, problem: str) -> None:
        at = min(at, len(text))
        begin = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        whole = text[begin : end if end >= 0 else len(text)]
        self.line = text.count("\n", 0, at) + 1
        self.column = at - begin + 1
        self.problem = problem
        left = max(0, min(at - begin - _WIDTH // 2, len(whole) - _WIDTH))
        self.source = "".join(
            character if character.isprintable() else " "
            for character in whole[left : left + _WIDTH]
        )
        self.caret = at - begin - left
        super().__init__(f"line {self.line}, column {self.column}: {problem}")

    @property
    def lines(self) -> list[str]:
        """The piece of text and, below it, a caret at the place."""
        return [self.source, " " * self.caret + "^"]


class EvaluationError(ValueError):
    """A predicate asks for what cannot be done with the values there are.

    On a phone that is an exception, which leaves the extension out.
    """
