"""Add an argument to a call, add an element to a list that an argument has, or take one of ours away again.

Where each argument has a line of its own, so has ours; else it stays on the line of its neighbour. What libcst reads
after the edit must be the call as it was and that one argument.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from splice.model import Edit, Reason, Refused
from splice.source import Source
from splice.transformers import fragment
from splice.transformers.fragment import Placed

_LINE_END = re.compile(r"\r\n|\n|\r")
_LAYOUT = (tokenize.NL, tokenize.COMMENT, tokenize.NEWLINE, tokenize.ENDMARKER)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int


def insert(source: Source, call: ast.Call, keyword: str, text: str, element: bool = False) -> Placed:
    """Give a call the argument `keyword=text`, or, as an `element`, make `text` the first of the list that it has.

    Raises Refused where the call may have that argument already (`**options`), or has it as something else.
    """
    word = next((word for word in call.keywords if word.arg == keyword), None)
    if word is not None:
        if not element or not isinstance(word.value, ast.List):
            raise _refused(call, f"{keyword} is no list here")
        placed = _first(source, word.value, text)
    elif any(each.arg is None for each in call.keywords):
        raise _refused(call, f"`**` may hold {keyword} already")
    else:
        placed = _last(source, call, f"{keyword}=[{text}]" if element else f"{keyword}={text}")
    _agree(source, call, placed.edits[0], keyword)
    return placed


def remove(source: Source, call: ast.Call, value: ast.expr, piece: str | None = None) -> Edit:
    """Take away the argument, or the element of a list, that is `value`, with its comma; comments stay.

    `piece`: the text as it was written. It tells whether a list that would be left empty came with the element.
    """
    word = next(w for w in call.keywords if value in [w.value, *getattr(w.value, "elts", ())])
    if word.value is not value:
        assert isinstance(word.value, ast.List)
        came_along = piece is None or piece.lstrip(", \t\r\n").startswith(f"{word.arg}=")
        if len(word.value.elts) > 1 or not came_along:
            return _cut(source, _tokens(source, word.value), source.span(value))
    tokens = _inside(_tokens(source, call))
    start, (first, end) = source.offset(word.lineno, word.col_offset), source.span(word.value)
    around = sum(token.text == "(" and start < token.start < first for token in tokens)
    closing = [token.end for token in tokens if token.text == ")" and token.start >= end]
    return _cut(source, tokens, (start, closing[around - 1] if around else end))


def replace(source: Source, value: ast.expr, text: str) -> Edit:
    """Exchange a value or an element for `text`."""
    start, end = source.span(value)
    return Edit(start, end, text)


def _refused(node: ast.expr, detail: str) -> Refused:
    return Refused(Reason.ARGUMENT, detail, node.lineno)


def _tokens(source: Source, node: ast.expr) -> list[_Token]:
    """The tokens of an expression with offsets in the file, comments left out. Raises Refused."""
    start, end = source.span(node)
    text = source.text[start:end]
    rows = [start - 1, *(start + match.end() for match in _LINE_END.finditer(text))]
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(f"({fragment.normal(text)})").readline):
            if token.type not in _LAYOUT:
                places = (rows[row - 1] + column for row, column in (token.start, token.end))
                found.append(_Token(token.string, *places))
    except (tokenize.TokenError, SyntaxError):
        raise _refused(node, "its tokens are not what they seem") from None
    return found[1:-1]  # without the parentheses that make one line of it


def _inside(tokens: Sequence[_Token]) -> list[_Token]:
    """A call's own parentheses and what is in them."""
    depth = 0
    for index in range(len(tokens) - 1, -1, -1):
        depth += (tokens[index].text in ")]}") - (tokens[index].text in "([{")
        if depth == 0:
            return list(tokens[index:])
    raise AssertionError("a call ends with its parentheses")


def _last(source: Source, call: ast.Call, text: str) -> Placed:
    """The last argument of a call."""
    opening, *inside, closing = _inside(_tokens(source, call))
    if any(isinstance(a, ast.GeneratorExp) and source.span(a) == (opening.start, closing.end) for a in call.args):
        raise _refused(call, "its argument has no parentheses of its own")
    if not inside:
        return _placed(closing.start, text)
    last = inside[-1]
    if last.text != ",":
        return _placed(last.end, f", {text}")
    indent = _indent(source, _starts(inside)[-1])
    below = source.line_at(last.end) + 1
    if indent is not None and source.line_at(closing.start) >= below:
        return _placed(source.line_start(below), f"{indent}{text},{fragment.newline_at(source, last.end)}")
    return _placed(last.end, f" {text},")


def _first(source: Source, value: ast.List, text: str) -> Placed:
    """The first element of a list."""
    opening, *inside, _ = _tokens(source, value)
    if not inside:
        return _placed(opening.end, text)
    indent = _indent(source, inside[0])
    below = source.line_at(opening.start) + 1
    if indent is not None and source.line_at(inside[0].start) >= below:
        return _placed(source.line_start(below), f"{indent}{text},{fragment.newline_at(source, opening.end)}")
    return _placed(inside[0].start, f"{text}, ")


def _starts(inside: Sequence[_Token]) -> list[_Token]:
    """The first token of each argument."""
    starts, depth, fresh = [], 0, True
    for token in inside:
        if fresh and token.text != ",":
            starts.append(token)
        fresh = depth == 0 and token.text == ","
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
    return starts


def _indent(source: Source, token: _Token) -> str | None:
    """What stands before a token on its line, if that is nothing but white space."""
    before = source.text[source.line_start(source.line_at(token.start)) : token.start]
    return None if before.strip(" \t") else before


def _placed(at: int, text: str) -> Placed:
    return Placed((Edit(at, at, text),), text)


def _cut(source: Source, tokens: Sequence[_Token], span: tuple[int, int]) -> Edit:
    """One argument or element out of the brackets that `tokens` begin and end with."""
    start, end = span
    while True:  # parentheses around a value are a formatter's
        before = next(token for token in reversed(tokens) if token.end <= start)
        after = next(token for token in tokens if token.start >= end)
        if before.text != "(" or after.text != ")" or before is tokens[0]:
            break
        start, end = before.start, after.end
    if after.text == ",":
        row = source.line_start(source.line_at(start))
        line_end = source.line_start(source.line_at(after.end) + 1)
        if not source.text[row:start].strip(" \t") and not source.text[after.end : line_end].strip():
            return Edit(row, line_end, "")
        if before.text == ",":
            return Edit(start if _comment(source, before.end, start) else before.end, after.end, "")
        following = tokens[tokens.index(after) + 1]
        same = source.line_at(following.start) == source.line_at(after.end)
        return Edit(start, following.start if same else after.end, "")
    if before.text == "," and not _comment(source, before.end, start):
        return Edit(before.start, end, "")
    return Edit(start, end, "")


def _comment(source: Source, start: int, end: int) -> bool:
    return "#" in source.text[start:end]


def _agree(source: Source, call: ast.Call, edit: Edit, keyword: str) -> None:
    """That libcst reads the call as it was and one argument, or element, more. Raises Refused."""
    start, end = source.span(call)
    before = source.text[start:end]
    after = source.text[start : edit.start] + edit.text + source.text[edit.end : end]
    fragment.bounded(before, [call], call.lineno)
    try:
        old, new = _shape(before), _shape(after)
    except (cst.ParserSyntaxError, RecursionError, AssertionError) as error:
        raise _refused(call, f"libcst: {type(error).__name__}") from None
    if len(new) > len(old):
        same = any(new[:at] + new[at + 1 :] == old and new[at][0] == keyword for at in range(len(new)))
    else:
        same = [(name, *parts[1:]) if name == keyword else (name, *parts) for name, *parts in new] == old
    if not same:
        raise _refused(call, "libcst reads this call differently")


def _shape(text: str) -> list[tuple[str, ...]]:
    """What is called, then each argument: its name or stars, and its value or the elements of its list."""
    node = cst.parse_expression(f"({fragment.normal(text)})")
    assert isinstance(node, cst.Call)
    code = cst.Module([]).code_for_node
    shape: list[tuple[str, ...]] = [("", code(node.func))]
    for each in node.args:
        name = each.keyword.value if each.keyword is not None else each.star
        parts = [e.value for e in each.value.elements] if isinstance(each.value, cst.List) else [each.value]
        shape.append((name, *map(code, parts)))
    return shape
