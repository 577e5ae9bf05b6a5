"""Insert a simple statement on its own line beside another, or take one of ours away, as an edit of the text.

Only statements that have their lines to themselves are touched: `a; b`, `if x: a` and a block's only
statement are refused, because right text there would have to move what is not ours.
"""

from __future__ import annotations

import ast

import libcst as cst

from splice.model import Edit, Reason, Refused
from splice.source import Source
from splice.transformers import fragment
from splice.transformers.fragment import Line, Placed

_COMPOUND = ("body", "cases", "handlers")


def insert_after(source: Source, node: ast.stmt, text: str, line_length: int | None = None) -> Placed:
    """Put the simple statement `text` on a new line beneath `node`, with its indentation and newline style.

    Raises Refused when `node` shares its line or is a compound statement.
    """
    line, piece, newline = _beside(source, node, text, line_length)
    last_line_is_open = line.end == len(source.text) and not source.text.endswith(("\n", "\r"))
    piece = newline + piece if last_line_is_open else piece + newline
    return Placed((Edit(line.end, line.end, piece),), piece)


def insert_before(source: Source, node: ast.stmt, text: str, line_length: int | None = None) -> Placed:
    """Put `text` on a new line directly above `node`, beneath the comments that precede it. Raises as above."""
    line, piece, newline = _beside(source, node, text, line_length)
    return Placed((Edit(line.start, line.start, piece + newline),), piece + newline)


def _beside(source: Source, node: ast.stmt, text: str, line_length: int | None) -> tuple[Line, str, str]:
    """The lines of `node`, `text` with their indentation, and their newline."""
    if any(hasattr(node, name) for name in _COMPOUND):
        raise Refused(Reason.HEADER, "only a simple statement can have another beside it", node.lineno)
    _single(text)
    line = fragment.logical_line(source, node)
    newline = fragment.newline_at(source, line.end)
    shown = fragment.explode(text, line.indent, line_length + 1) if line_length else text
    return line, newline.join(line.indent + row for row in shown.split("\n")), newline


def remove(source: Source, node: ast.stmt, piece: str | None = None, tree: ast.Module | None = None) -> Edit:
    """Take away a simple statement with its whole lines; comments inside them stay, as lines of their own.

    `piece` (the text as written) tells whether the newline before a last line came with it.
    Raises Refused when the statement shares its line or is all that its block holds.
    """
    line = fragment.logical_line(source, node)
    if _is_alone(node, tree or ast.parse(source.text)):
        raise Refused(Reason.HEADER, "it is the only statement of its block", node.lineno)
    newline = fragment.newline_at(source, line.end)
    kept = "".join(line.indent + comment + newline for comment in line.comments)
    if piece and not kept and line.end == len(source.text) and piece.startswith(("\n", "\r")):
        start = line.end - len(piece)
        if source.text[max(start, 0) :] == piece and piece.strip() == source.segment(node):
            return Edit(start, line.end, "")
    return Edit(line.start, line.end, kept)


def _single(text: str) -> None:
    """The text is ours, so anything but one simple statement is a mistake of ours."""
    statement = cst.parse_statement(text)
    assert isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1, text


def _is_alone(node: ast.stmt, tree: ast.Module) -> bool:
    place = (node.lineno, node.col_offset)
    for parent in ast.walk(tree):
        if isinstance(parent, ast.Module):
            continue
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and len(block) == 1 and (block[0].lineno, block[0].col_offset) == place:
                return isinstance(block[0], type(node))
    return False
