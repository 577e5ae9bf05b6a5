"""What every transformer needs: tokens at file offsets, whole lines, and libcst on a small piece of text.

`ast` says which node; tokens say where its line really starts and ends (parentheses, backslashes and
`-> lambda: 0:` make `lineno` lie); libcst then renders the piece, and the two must agree.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from splice.model import Edit, Reason, Refused
from splice.source import Source

MAX_CHARACTERS = 100_000
MAX_BRACKETS = 100  # libcst is recursive Rust: some thousand levels end the process, without an exception
MAX_DEPTH = 300
MAX_RUN = 1_000  # tokens without a comma: adjacent strings and `or` are flat for ast, nested for libcst

NEWLINE = re.compile(r"\r\n|\r")
_BEFORE_FORM_FEED = re.compile(r"(?m)^[ \t\f]*\f")
_LAYOUT = frozenset({tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT, tokenize.ENCODING})


@dataclass(frozen=True, slots=True)
class Placed:
    """An insertion and what the lock keeps of it: the exact text, and the blank lines that came with it."""

    edits: tuple[Edit, ...]
    text: str
    blank: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """A token with character offsets in the file."""

    kind: int
    text: str
    start: int
    end: int
    next_line: int  # offset of the line after the one on which the token ends


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line of one simple statement or decorator, and the whole physical lines it takes."""

    start: int  # offset of its indentation, after a form feed
    first: int  # offset of its first token
    end: int  # offset of the next line
    indent: str
    comments: tuple[str, ...]  # every comment in it, in order
    tokens: tuple[Token, ...]  # without layout and newline


def tokens(source: Source, line: int) -> Iterator[Token]:
    """Tokens from the start of a line on. Raises Refused where Python's tokenizer gives up."""

    def rows() -> Iterator[str]:
        for number in range(line, len(source.starts) + 1):
            row = source.line_text(number)
            body = row.rstrip("\r\n")
            yield body + "\n" if body != row else body

    reader = rows()
    try:
        for token in tokenize.generate_tokens(lambda: next(reader, "")):
            (row, column), (end_row, end_column) = token.start, token.end
            yield Token(
                token.type,
                token.string,
                source.line_start(line + row - 1) + column,
                source.line_start(line + end_row - 1) + end_column,
                source.line_start(line + end_row),
            )
    except (tokenize.TokenError, SyntaxError) as error:
        reason = Reason.TOO_DEEP if "too many nested" in str(error) else Reason.HEADER
        raise Refused(reason, f"not tokenizable: {error}", line) from None


def is_layout(token: Token) -> bool:
    """Whether a token is no part of the code: indentation, comments, lines without code."""
    return token.kind in _LAYOUT


def margin(source: Source, offset: int) -> tuple[int, str]:
    """Start and text of the indentation before the first token of a line; a form feed begins it anew.

    Raises Refused when something else stands before the offset, or a backslash joins the line to the one above.
    """
    line = source.line_at(offset)
    before = source.text[source.line_start(line) : offset]
    if before.strip(" \t\f"):
        raise Refused(Reason.HEADER, "shares its line with other code", line)
    if line > 1:
        above = source.line_text(line - 1).rstrip("\r\n")
        if above.endswith("\\") and not above.lstrip().startswith("#"):
            raise Refused(Reason.HEADER, "a backslash joins it to the line above", line)
    start = source.line_start(line) + before.rfind("\f") + 1
    return start, source.text[start:offset]


def first_line(source: Source, node: ast.stmt) -> int:
    """The line on which a statement begins: of its first `@`, which parentheses may keep above the expression."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    if not decorators:
        return node.lineno
    for line in range(decorators[0].lineno, 0, -1):
        if source.line_text(line).lstrip(" \t\f").startswith("@"):
            return line
    raise Refused(Reason.HEADER, "no `@` before the first decorator", node.lineno)


def logical_line(source: Source, node: ast.stmt) -> Line:
    """The lines of a simple statement. Raises Refused when it shares them with anything else."""
    first = source.offset(node.lineno, node.col_offset)
    start, indent = margin(source, first)
    comments, body, layout = [], [], True
    for token in tokens(source, node.lineno):
        if token.kind == tokenize.COMMENT:
            comments.append(token.text)
        layout = layout and is_layout(token)
        if token.kind == tokenize.NEWLINE:
            break
        if not is_layout(token):
            body.append(token)
    end_of_node = source.span(node)[1]
    rest = [token.text for token in body if token.start >= end_of_node]
    if not body or body[0].start != first or [text for text in rest if text != ";"] or len(rest) > 1:
        raise Refused(Reason.HEADER, "shares its line with other code", node.lineno)
    return Line(start, first, token.next_line, indent, tuple(comments), tuple(body))


def newline_at(source: Source, offset: int) -> str:
    """The newline of the line that ends at or holds the offset; the file's own where that line has none."""
    line = source.line_at(offset)
    for number in (line - 1, line):
        if number >= 1 and (row := source.line_text(number)) != (body := row.rstrip("\r\n")):
            return row[len(body) :]
    return source.newline


def normal(text: str) -> str:
    """Text as libcst gives it back exactly: one newline style, and no form feeds in indentation."""
    return _BEFORE_FORM_FEED.sub("", NEWLINE.sub("\n", text))


def bounded(text: str, nodes: list[ast.expr], line: int) -> None:
    """Raise Refused for a piece that could end the process inside libcst."""
    if len(text) > MAX_CHARACTERS:
        raise Refused(Reason.TOO_DEEP, f"{len(text)} characters in one header", line)
    level, run = 0, 0
    for token in tokenize.generate_tokens(io.StringIO(normal(text).lstrip()).readline):
        level += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
        run = 0 if token.string == "," or token.type == tokenize.NEWLINE else run + 1
        if (token.type == tokenize.OP and level > MAX_BRACKETS) or run > MAX_RUN:
            raise Refused(Reason.TOO_DEEP, "too many brackets or operators in one expression", line)
    stack: list[tuple[ast.AST, int]] = [(node, 1) for node in nodes]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise Refused(Reason.TOO_DEEP, f"more than {MAX_DEPTH} expressions inside each other", line)
        stack += [(child, depth + 1) for child in ast.iter_child_nodes(node)]


def explode(text: str, indent: str, line_length: int) -> str:
    """A call that is too long for its line, wrapped as black and ruff wrap it; anything else as it is.

    The lines are relative to `indent`, which counts for the length only.
    """
    width = len(indent.expandtabs(4))
    if width + len(text) + 1 <= line_length:
        return text
    call = ast.parse(text, mode="eval").body
    if not isinstance(call, ast.Call) or not (parts := [*call.args, *(word.value for word in call.keywords)]):
        return text
    source = Source.decode(text.encode())
    starts = [source.span(part)[0] for part in call.args]
    starts += [source.offset(word.lineno, word.col_offset) for word in call.keywords]
    ends = [source.span(part)[1] for part in parts]
    inner = "\t" if "\t" in indent else "    "
    head, body = text[: min(starts)].rstrip(), text[min(starts) : max(ends)]
    if len(parts) > 1 and width + 4 + len(body) > line_length:
        body = f"\n{inner}".join(text[a:b] + "," for a, b in zip(starts, ends, strict=True))
    return f"{head}\n{inner}{body}\n)"
