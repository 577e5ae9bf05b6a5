"""Insert, remove or exchange one decorator of a function or class, as an edit of the source text.

libcst sees only the decorators and the header, with `...` as the body; the edit itself comes from tokens.
What libcst renders must equal the old text with exactly that edit, or nothing is done.
"""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Callable
from dataclasses import dataclass

import libcst as cst

from splice.model import Edit, Reason, Refused
from splice.source import Source
from splice.transformers import fragment
from splice.transformers.fragment import Line, Placed

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Change = Callable[[list[cst.Decorator], cst.FunctionDef | cst.ClassDef], cst.FunctionDef | cst.ClassDef]


@dataclass(frozen=True, slots=True)
class _Header:
    start: int  # offset of the first line's indentation
    end: int  # offset after the colon
    indent: str
    decorators: tuple[Line, ...]


def header(source: Source, node: Definition) -> tuple[int, int]:
    """Offsets from the indentation of the first `@` (or of `def`) to just after the header's colon.

    Raises Refused where the tokens do not confirm what `ast` says.
    """
    found = _scan(source, node)
    return found.start, found.end


def insert(source: Source, node: Definition, slot: int, text: str, line_length: int | None = None) -> Placed:
    """Make `text` (an expression without `@`) the decorator with index `slot`, on its own line.

    It goes directly beneath the decorator before it; slot 0 goes above all, beneath comments that precede
    them. With `line_length`, a call that is too long is wrapped as black would. Raises Refused.
    """
    found = _scan(source, node)
    assert 0 <= slot <= len(found.decorators)
    at = found.decorators[slot - 1].end if slot else found.start
    indent = found.decorators[slot - 1].indent if slot else found.indent
    newline = fragment.newline_at(source, at)
    shown = fragment.explode(text, indent, line_length) if line_length else text
    piece = newline.join(indent + line for line in f"@{shown}".split("\n")) + newline
    edit = Edit(at, at, piece)

    def change(
        decorators: list[cst.Decorator], definition: cst.FunctionDef | cst.ClassDef
    ) -> cst.FunctionDef | cst.ClassDef:
        new = cst.Decorator(cst.parse_expression(shown))
        return definition.with_changes(decorators=[*decorators[:slot], new, *decorators[slot:]])

    _agree(source, node, found, edit, change)
    return Placed((edit,), piece)


def remove(source: Source, node: Definition, index: int, piece: str | None = None) -> Edit:
    """Take away decorator `index` with its whole lines; comments inside them stay, as lines of their own.

    `piece` is the text as it was written, which spares the proof: we write no comments. It says nothing about
    what goes, which is never more than the decorator's own lines. Raises Refused.
    """
    found = _scan(source, node)
    line = found.decorators[index]
    newline = fragment.newline_at(source, line.end)
    if source.text[line.start : line.end] == piece and not line.comments:
        return Edit(line.start, line.end, "")
    kept = "".join(line.indent + comment + newline for comment in line.comments)
    edit = Edit(line.start, line.end, kept)

    def change(
        decorators: list[cst.Decorator], definition: cst.FunctionDef | cst.ClassDef
    ) -> cst.FunctionDef | cst.ClassDef:
        gone = decorators[index]
        above = [*gone.leading_lines, *(cst.EmptyLine(comment=cst.Comment(text)) for text in line.comments)]
        rest = decorators[:index] + decorators[index + 1 :]
        if index < len(rest):
            after = rest[index]
            rest[index] = after.with_changes(leading_lines=[*above, *after.leading_lines])
            return definition.with_changes(decorators=rest)
        below = [*above, *definition.lines_after_decorators]
        # Without decorators, libcst renders the lines before a header as leading lines.
        where = "lines_after_decorators" if rest else "leading_lines"
        return definition.with_changes(decorators=rest, **{"lines_after_decorators": [], where: below})

    _agree(source, node, found, edit, change)
    return edit


def replace(source: Source, node: Definition, index: int, text: str, line_length: int | None = None) -> Edit:
    """Exchange the expression of decorator `index` for `text`; parentheses and comments around it stay.

    With `line_length`, a call that is too long is wrapped as black would.
    """
    found = _scan(source, node)
    start, end = source.span(node.decorator_list[index])
    line = found.decorators[index]
    if line_length and line.tokens[1].start == start:
        text = fragment.explode(text, line.indent, line_length)
    newline = fragment.newline_at(source, line.end)
    edit = Edit(start, end, text.replace("\n", newline + line.indent))

    def change(
        decorators: list[cst.Decorator], definition: cst.FunctionDef | cst.ClassDef
    ) -> cst.FunctionDef | cst.ClassDef:
        old = decorators[index]
        new = cst.parse_expression(text).with_changes(lpar=old.decorator.lpar, rpar=old.decorator.rpar)
        changed = old.with_changes(decorator=new)
        return definition.with_changes(decorators=[*decorators[:index], changed, *decorators[index + 1 :]])

    _agree(source, node, found, edit, change)
    return edit


def _scan(source: Source, node: Definition) -> _Header:
    """Find the decorators and the header's colon by tokens. Raises Refused."""
    line = fragment.first_line(source, node)
    keyword = source.offset(node.lineno, node.col_offset)
    returns = None if isinstance(node, ast.ClassDef) else node.returns
    after = source.span(returns)[1] if returns else keyword
    lines: list[Line] = []
    current: list[fragment.Token] = []
    comments: list[str] = []
    level = 0
    for token in fragment.tokens(source, line):
        if fragment.is_layout(token):
            if current and token.kind == tokenize.COMMENT:
                comments.append(token.text)
        elif token.kind == tokenize.NEWLINE:
            if current[0].text != "@":
                break
            start, indent = fragment.margin(source, current[0].start)
            lines.append(Line(start, current[0].start, token.next_line, indent, tuple(comments), tuple(current)))
            current, comments, level = [], [], 0
        else:
            current.append(token)
            if token.kind == tokenize.OP:
                level += (token.text in "([{") - (token.text in ")]}")
            if current[0].text != "@":
                if current[0].start != keyword:
                    break
                if token.text == ":" and level == 0 and token.start >= after:
                    return _confirmed(source, node, lines, token.end)
    raise Refused(Reason.HEADER, "its decorators and header are not where they seem", node.lineno)


def _confirmed(source: Source, node: Definition, lines: list[Line], end: int) -> _Header:
    spans = [source.span(expression) for expression in node.decorator_list]
    fits = len(spans) == len(lines) and all(
        line.first < a and b <= line.end and all(token.text in "@(" for token in line.tokens if token.start < a)
        for line, (a, b) in zip(lines, spans, strict=True)
    )
    if not fits:
        raise Refused(Reason.HEADER, "its decorators are not where they seem", node.lineno)
    start, indent = fragment.margin(source, source.offset(node.lineno, node.col_offset))
    return _Header(lines[0].start if lines else start, end, lines[0].indent if lines else indent, tuple(lines))


def _agree(source: Source, node: Definition, found: _Header, edit: Edit, change: _Change) -> None:
    """Render the change with libcst and raise Refused unless it equals the edit."""
    before = source.text[found.start : found.end]
    after = source.text[found.start : edit.start] + edit.text + source.text[edit.end : found.end]
    expressions = list(node.decorator_list)
    expressions += (
        [*node.bases, *(word.value for word in node.keywords)]
        if isinstance(node, ast.ClassDef)
        else [
            child
            for part in (node.args, node.returns)
            if part
            for child in ast.walk(part)
            if isinstance(child, ast.expr)
        ]
    )
    fragment.bounded(before, expressions, node.lineno)
    opening = "if 1:\n" if found.indent else ""
    try:
        module = cst.parse_module(f"{opening}{fragment.normal(before)} ...\n")
        outer = module.body[0]
        body = outer.body.body[0] if isinstance(outer, cst.If) else outer
        assert isinstance(body, (cst.FunctionDef, cst.ClassDef))
        same = module.code == f"{opening}{fragment.normal(before)} ...\n"
        new: cst.CSTNode = change(list(body.decorators), body)
        if isinstance(outer, cst.If):
            new = outer.with_changes(body=outer.body.with_changes(body=[new]))
        rendered = module.with_changes(body=[new]).code
    except (cst.ParserSyntaxError, RecursionError) as error:
        reason = Reason.TOO_DEEP if isinstance(error, RecursionError) else Reason.HEADER
        raise Refused(reason, f"libcst: {type(error).__name__}", node.lineno) from None
    if not same or rendered != f"{opening}{fragment.normal(after)} ...\n":
        raise Refused(Reason.HEADER, "libcst renders this header differently", node.lineno)
