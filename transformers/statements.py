"""Insert a simple statement on its own line beside another, or take one of ours away, as an edit of the text.

Only statements that have their lines to themselves are touched: `a; b`, the `a` of `if x: a` and a block's only
statement are refused, because right text there would have to move what is not ours.
"""

from __future__ import annotations

import ast
import tokenize

import libcst as cst

from splice.model import Edit, Reason, Refused
from splice.source import Source
from splice.transformers import fragment
from splice.transformers.fragment import Placed

_COMPOUND = ("body", "cases", "handlers")
_BLOCKS = ("finalbody", "orelse", "handlers", "cases", "body")  # the last one of a statement first


def insert_after(source: Source, node: ast.stmt, text: str, line_length: int | None = None) -> Placed:
    """Put the simple statement `text` on a new line beneath `node`, with its indentation and newline style.

    Beneath the blocks of an `if`, `try`, `for`, `while`, `with` or `match`, with the comments that end them.
    Raises Refused when `node` shares its line, or is a function or a class.
    """
    if any(hasattr(node, name) for name in _COMPOUND):
        end, indent = _block_end(source, node)
    else:
        line = fragment.logical_line(source, node)
        end, indent = line.end, line.indent
    piece, newline = _beside(source, end, indent, text, line_length)
    last_line_is_open = end == len(source.text) and not source.text.endswith(("\n", "\r"))
    piece = newline + piece if last_line_is_open else piece + newline
    return Placed((Edit(end, end, piece),), piece)


def insert_before(source: Source, node: ast.stmt, text: str, line_length: int | None = None) -> Placed:
    """Put `text` on a new line directly above `node`, beneath the comments that precede it.

    Raises Refused when `node` shares its line or is a compound statement.
    """
    if any(hasattr(node, name) for name in _COMPOUND):
        raise Refused(Reason.HEADER, "only a simple statement can have another above it", node.lineno)
    line = fragment.logical_line(source, node)
    piece, newline = _beside(source, line.end, line.indent, text, line_length)
    return Placed((Edit(line.start, line.start, piece + newline),), piece + newline)


def _beside(source: Source, end: int, indent: str, text: str, line_length: int | None) -> tuple[str, str]:
    """`text` with an indentation, and the newline of the line that ends at `end`."""
    _single(text)
    newline = fragment.newline_at(source, end)
    shown = fragment.explode(text, indent, line_length + 1) if line_length else text
    return newline.join(indent + row for row in shown.split("\n")), newline


def _block_end(source: Source, node: ast.stmt) -> tuple[int, str]:
    """Where the line after a statement with blocks starts, comments that stand deeper than it left out; its margin."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        raise Refused(Reason.HEADER, "a definition has empty lines after it", node.lineno)
    indent = fragment.margin(source, source.offset(node.lineno, node.col_offset))[1]
    last: ast.AST = node
    while blocks := [block for name in _BLOCKS if isinstance(block := getattr(last, name, None), list) and block]:
        last = blocks[0][-1]
    assert isinstance(last, ast.stmt)
    end_of_node = source.span(last)[1]
    ends = (t.next_line for t in fragment.tokens(source, last.lineno) if t.kind == tokenize.NEWLINE)
    end = next(place for place in ends if place >= end_of_node)
    number = source.line_at(end)
    for later in range(number, len(source.starts) + 1):
        row = source.line_text(later)
        body = row.lstrip(" \t\f")
        if body.startswith("#") and len(row) - len(body) > len(indent):
            end = source.line_start(later + 1)
        elif body.strip():
            break
    return end, indent


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
