"""The text of an insertion within a line: what a lock row says that we wrote, held against what stands in the file.

A row's text is its pieces in order. Where a line had to be broken, white space (and perhaps a comma) stands before and
behind the insertion itself, and is found again by counting lines from there.

Several calls of one function may have insertions of one form, each written in a way of its own: which row speaks of
which is told by the text around it, as long as no formatter has been there.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections.abc import Mapping, Sequence

from splice.forms import form
from splice.model import Edit, Row
from splice.recognise import Node
from splice.source import Source
from splice.symbols import Module

_BREAK = re.compile(r"(,?)(\r\n|\n|\r)([ \t]*)|,")  # a comma alone ends a line that was there


def closeness(source: Source, node: Node, row: Row) -> int:
    """How many characters of a row's text stand at a node as we wrote them; where it was written anew, 1 if the row
    may be of such a node: of an argument, or of an element that others stand beside."""
    if node.host is not None and breaks(source, node, row):
        return sum(map(len, row.text))
    if node.kind != "argument" or len(inline(row)) != 1:
        return 0
    (start, end), piece = source.span(node.expression), inline(row)[0]
    before = piece.find(source.text[start:end])
    if 0 <= before <= start and source.text[start - before :][: len(piece)] == piece:
        return len(piece)
    word = _keyword(node)
    return int(word is not None and _is_alone(word, node) == piece.lstrip(", \t\r\n").startswith(f"{word.arg}="))


def inline(row: Row) -> tuple[str, ...]:
    """The pieces of a row that are the insertion itself, as it would stand in a line that is not broken."""
    return tuple(piece for piece in row.text if not _BREAK.fullmatch(piece))


def broken(row: Row, node: Node, source: Source, edits: Sequence[Edit]) -> tuple[str, ...]:
    """The pieces of a row once its line is broken by these edits."""
    at = source.span(node.expression)[0]
    before = [edit.text for edit in edits if edit.start <= at]
    return (*before, *inline(row), *(edit.text for edit in edits if edit.start > at))


def breaks(source: Source, node: Node, row: Row) -> tuple[Edit, ...]:
    """What takes the white space of a row away again; nothing where not all of it stands as it was written."""
    marks = [_BREAK.fullmatch(piece) for piece in row.text]
    first = next((index for index, mark in enumerate(marks) if mark is None), 0)
    at = source.span(node.expression)[0]
    line = source.line_at(at)
    found: list[Edit | None] = []
    # The last piece before the insertion made the line on which it stands, the first one behind it ends that line.
    for number, mark in enumerate(reversed(marks[:first])):
        found.append(_standing_break(source, line - number - 1, mark))
    for number, mark in enumerate(mark for mark in marks[first:] if mark is not None):
        found.append(_standing_break(source, line + number, mark))
    standing = [edit for edit in found if edit is not None]
    return tuple(sorted(standing, key=lambda edit: edit.start)) if len(standing) == len(found) else ()


def _standing_break(source: Source, line: int, mark: re.Match[str] | None) -> Edit | None:
    """What removes a break at the end of a line, None where another one stands there."""
    if mark is None or not 0 < line < len(source.starts):
        return None
    end = source.line_start(line + 1)
    if mark[0] == ",":
        end -= len(source.line_text(line)) - len(source.line_text(line).rstrip("\r\n"))
        start, until = end - 1, end
    else:
        start, until = end - len(mark[1] + mark[2]), end + len(mark[3])
    return Edit(start, until, "") if source.text[start:until] == mark[0] else None


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
