"""The text of an insertion within a line: what a lock row says that we wrote, held against what stands in the file.

Several calls of one function may have insertions of one form, each written in a way of its own: which row speaks of
which is told by the text around it, as long as no formatter has been there.
"""

from __future__ import annotations

import ast

from splice.model import Row
from splice.recognise import Node
from splice.source import Source


def closeness(source: Source, node: Node, row: Row) -> int:
    """How many characters of a row's text stand at a node as we wrote them; 0 where it was written anew."""
    if node.kind != "argument" or len(row.text) != 1:
        return 0
    (start, end), piece = source.span(node.expression), row.text[0]
    before = piece.find(source.text[start:end])
    if before < 0 or source.text[start - before :][: len(piece)] != piece or before > start:
        return 0
    return len(piece)


def standing(source: Source, node: Node) -> tuple[str, ...]:
    """The pieces of an insertion as it stands, for a row that the lock has lost."""
    expression = node.expression
    if node.kind == "wrap":
        return f"{source.segment(expression)}(", ")"
    if node.kind == "argument":
        word = next(word for word in node.host.keywords if _holds(word.value, expression)) if node.host else None
        alone = word is not None and (word.value is expression or len(getattr(word.value, "elts", ())) == 1)
        return (source.segment(word if word is not None and alone else expression),)
    return (source.text[source.line_start(expression.lineno) : source.line_start((expression.end_lineno or 0) + 1)],)


def _holds(value: ast.expr, expression: ast.expr) -> bool:
    return value is expression or (isinstance(value, ast.List) and any(each is expression for each in value.elts))
