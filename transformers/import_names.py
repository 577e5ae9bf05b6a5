"""Take some names out of a `from` import that keeps others: only their text and commas go.

Comments, parentheses, line breaks and the order of the rest stay as a formatter or a human left them.
"""

from __future__ import annotations

import ast
import re
import tokenize
from dataclasses import dataclass

from splice.model import Edit, Reason, Refused
from splice.source import Source
from splice.transformers import fragment


@dataclass(frozen=True, slots=True)
class _Name:
    start: int
    end: int
    comma: int  # offset after its comma, or `end`
    goes: bool


def goes(item: ast.alias, gone: frozenset[str]) -> bool:
    """Whether a name is meant: `a` means every import of `a`, `a as b` that one only."""
    return item.name in gone or f"{item.name} as {item.asname}" in gone


def without_names(source: Source, node: ast.ImportFrom, gone: frozenset[str]) -> Edit:
    """The edit that cuts `gone` (see `goes`) out of an import. At least one name must remain.

    Raises Refused when what is left would not be exactly the other names with all comments.
    """
    names = _names(source, node, gone)
    parenthesised = source.text[: source.span(node)[1]].endswith(")")
    cuts = [_cut(source.text, names, index, parenthesised) for index, name in enumerate(names) if name.goes]
    start, end = cuts[0][0], max(b for _, b in cuts)
    text, at = "", start
    for a, b in cuts:
        text += source.text[at:a]
        at = max(at, b)
    edit = Edit(start, end, text)
    _check(source, node, gone, edit)
    return edit


def _names(source: Source, node: ast.ImportFrom, gone: frozenset[str]) -> list[_Name]:
    end = source.span(node)[1]
    commas = []
    for token in fragment.tokens(source, node.lineno):
        if token.start >= end:
            break
        if token.kind == tokenize.OP and token.text == ",":
            commas.append(token.end)
    names = []
    for index, item in enumerate(node.names):
        a, b = source.span(item)
        names.append(_Name(a, b, commas[index] if index < len(commas) else b, goes(item, gone)))
    return names


def _cut(text: str, names: list[_Name], index: int, parenthesised: bool) -> tuple[int, int]:
    name = names[index]
    row_start = max(text.rfind("\n", 0, name.start), text.rfind("\r", 0, name.start)) + 1
    behind = re.compile(r"[ \t\f]*(#[^\r\n]*)?(\r\n|\r|\n|$)").match(text, name.comma)
    if parenthesised and not text[row_start : name.start].strip() and behind:
        return (name.start, behind.start(1)) if behind[1] else (row_start, behind.end())
    kept = [other.end for other in names[:index] if not other.goes]
    if all(other.goes for other in names[index:]) and kept:
        between = text[kept[-1] : name.start]
        if not parenthesised or ("#" not in between and "\n" not in between and "\r" not in between):
            return kept[-1], name.end
    following = names[index + 1].start if index + 1 < len(names) else name.comma
    if not parenthesised or not text[name.comma : following].strip(" \t"):
        return name.start, following
    return name.start, name.comma


def _check(source: Source, node: ast.ImportFrom, gone: frozenset[str], edit: Edit) -> None:
    start, end = source.span(node)
    after = source.text[start : edit.start] + edit.text + source.text[edit.end : end]
    want = [(item.name, item.asname) for item in node.names if not goes(item, gone)]
    try:
        (left,) = ast.parse(after).body
    except (SyntaxError, ValueError):
        left = None
    have = [(item.name, item.asname) for item in left.names] if isinstance(left, ast.ImportFrom) else []
    if have != want or after.count("#") != source.text[start:end].count("#"):
        raise Refused(Reason.PROOF_FAILED, "the import without our names is not what it was", node.lineno)
