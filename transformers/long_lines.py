"""Lines of a file that are too long: what they hold, and the white space that a formatter would put in."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator, Sequence

from splice.model import Edit
from splice.source import Source
from splice.transformers import fragment
from splice.transformers.breaks import CLOSING, OPENING, Layout, Unknown, width
from splice.transformers.fragment import Token

#: Comments that speak of the line on which they stand: it must not become another line.
_PRAGMAS = ("noqa", "type:", "pylint:", "nosec", "pragma", "codemod:", "fmt:", "yapf:", "pyright:", "mypy:", "isort:")
_NAMES = ("FSTRING", "TSTRING")
_STARTS = {getattr(tokenize, f"{name}_START", -1) for name in _NAMES} - {-1}
_ENDS = {getattr(tokenize, f"{name}_END", -1) for name in _NAMES} - {-1}


class Lines:
    """The tokens of a file by the lines on which they stand, read once. Raises Refused for what is not tokenizable."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self._source = source
        self._unit = _unit(source, tree)
        self._tokens = [token for token in _whole(fragment.tokens(source, 1)) if _counts(token)]
        self._places: dict[int, list[int]] = {}
        for index, token in enumerate(self._tokens):
            self._places.setdefault(source.line_at(token.start), []).append(index)

    def width(self, line: int) -> int:
        """How many columns a line takes."""
        return width(self._source.line_text(line).rstrip("\r\n"))

    def is_formatted(self, line: int) -> bool:
        """Whether formatters look at a line at all: `# fmt: off` and `# fmt: skip` keep them away."""
        if "# fmt: skip" in self._source.line_text(line):
            return False
        above = self._source.text[: self._source.line_start(line)]
        return above.rfind("# fmt: off") <= above.rfind("# fmt: on")

    def broken(self, line: int, limit: int) -> tuple[Edit, ...] | None:
        """White space that makes of a line, which is too long, what a formatter would; None where that is not known."""
        source = self._source
        places = [i for i in self._places.get(line, ()) if self._tokens[i].kind != tokenize.NEWLINE]
        tokens = [self._tokens[index] for index in places]
        start, end = source.line_start(line), source.line_start(line) + len(source.line_text(line).rstrip("\r\n"))
        if not tokens or tokens[-1].end > end or not _is_balanced(tokens):
            return None
        indent, after = source.text[start : tokens[0].start], source.text[tokens[-1].end : end]
        if indent.strip(" \t") or after.endswith("\\") or any(word in after for word in _PRAGMAS):
            return None
        layout = Layout(source, fragment.newline_at(source, start), self._unit, limit)
        before = self._tokens[places[0] - 1] if places[0] else None
        following = self._tokens[places[-1] + 1]
        try:
            if following.kind == tokenize.NEWLINE and (before is None or before.kind == tokenize.NEWLINE):
                layout.statement(tokens, indent, width(after))
            elif before is not None and _is_whole(before, tokens, following):
                layout.elements(tokens, indent, width(after))
            else:
                return None
        except Unknown:
            return None
        return layout.edits()


def _is_whole(before: Token, tokens: Sequence[Token], following: Token) -> bool:
    """Whether a line is all that is in its brackets, or one element of it."""
    if before.text in OPENING and following.text in CLOSING:
        return True
    return before.text in (*OPENING, ",") and tokens[-1].text == ","


def _is_balanced(tokens: Sequence[Token]) -> bool:
    depth = 0
    for token in tokens:
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth < 0:
            return False
    return depth == 0


def _counts(token: Token) -> bool:
    return not fragment.is_layout(token) and token.kind != tokenize.ENDMARKER


def _whole(tokens: Iterator[Token]) -> Iterator[Token]:
    """Tokens in which an f-string is one, as it was before Python 3.12."""
    depth, first = 0, 0
    for token in tokens:
        if token.kind in _STARTS:
            first = first if depth else token.start
            depth += 1
        elif token.kind in _ENDS:
            depth -= 1
            if not depth:
                yield Token(tokenize.STRING, "f-string", first, token.end, token.next_line)
        elif not depth:
            yield token


def _unit(source: Source, tree: ast.Module) -> str:
    """One step of indentation: that of the first block at the top of the file, else four blanks."""
    for node in tree.body:
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.stmt) and body[0].lineno > node.lineno:
            row = source.line_text(body[0].lineno)
            indent = row[: len(row) - len(row.lstrip(" \t"))]
            if indent.startswith("\t") or (indent and not indent.strip(" ")):
                return "\t" if indent.startswith("\t") else indent
    return "    "
