"""The text of an insertion within a line: what a lock row says that we wrote, held against what stands in the file.

Several calls of one function may have insertions of one form, each written in a way of its own: which row speaks of
which is told by the text around it, as long as no formatter has been there.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Mapping

from splice.forms import form
from splice.model import Row
from splice.recognise import Node
from splice.source import Source
from splice.symbols import Module


def closeness(source: Source, node: Node, row: Row) -> int:
    """How many characters of a row's text stand at a node as we wrote them; where it was written anew, 1 if the row
    may be of such a node: of an argument, or of an element that others stand beside."""
    if node.kind != "argument" or len(row.text) != 1:
        return 0
    (start, end), piece = source.span(node.expression), row.text[0]
    before = piece.find(source.text[start:end])
    if 0 <= before <= start and source.text[start - before :][: len(piece)] == piece:
        return len(piece)
    word = _keyword(node)
    return int(word is not None and _is_alone(word, node) == piece.lstrip(", \t\r\n").startswith(f"{word.arg}="))


def host(module: Module, node: Node) -> str:
    """What the lock calls the call of an element; "" for other insertions."""
    word = _keyword(node)
    if node.host is None or word is None or word.value is node.expression:
        return ""
    return hosts(module, word.arg or "").get((node.host.end_lineno or 0, node.host.end_col_offset or 0), "")


@functools.lru_cache(maxsize=16)
def hosts(module: Module, keyword: str) -> Mapping[tuple[int, int], str]:
    """By where it ends, a name for each call of a module: a short hash of what it says but for that argument, and which
    of several that say the same. A formatter may lay out a list that came with our element as it does one that was
    there: then only the call tells which row of the lock is its. (Modules are compared by identity.)"""
    found: dict[tuple[int, int], str] = {}
    counts: dict[str, int] = {}
    for call in sorted((s.node for s in module.calls), key=lambda c: (c.end_lineno or 0, c.end_col_offset or 0)):
        rest = ast.Call(call.func, call.args, [word for word in call.keywords if word.arg != keyword])
        name = hashlib.sha256(form(rest).encode()).hexdigest()[:8]
        count = counts[name] = counts.get(name, 0) + 1
        found[call.end_lineno or 0, call.end_col_offset or 0] = name if count == 1 else f"{name}#{count}"
    return found


def standing(source: Source, node: Node) -> tuple[str, ...]:
    """The pieces of an insertion as it stands, for a row that the lock has lost."""
    expression = node.expression
    if node.kind == "wrap":
        return f"{source.segment(expression)}(", ")"
    if node.kind == "argument":
        word = _keyword(node)
        return (source.segment(word if word is not None and _is_alone(word, node) else expression),)
    return (source.text[source.line_start(expression.lineno) : source.line_start((expression.end_lineno or 0) + 1)],)


def _keyword(node: Node) -> ast.keyword | None:
    """The argument that an insertion is, or is an element of."""
    found = (w for w in node.host.keywords if node.expression in [w.value, *_elements(w)]) if node.host else ()
    return next(iter(found), None)


def _is_alone(word: ast.keyword, node: Node) -> bool:
    return word.value is node.expression or len(_elements(word)) == 1


def _elements(word: ast.keyword) -> list[ast.expr]:
    return word.value.elts if isinstance(word.value, ast.List) else []
