"""Where code that is too long for its line breaks, as black and ruff break it, by inserted white space alone.

A blank that stands after a comma becomes the last column of the next line's indentation, so that nothing of what was
there goes. Only shapes are broken of which it is known what formatters make; `Unknown` is raised for all others.
"""

from __future__ import annotations

import keyword
import tokenize
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from splice.model import Edit
from splice.source import Source
from splice.transformers.fragment import Token

OPENING, CLOSING = ("(", "[", "{"), (")", "]", "}")
_WORDS = frozenset({"and", "or", "in", "is", "if", "else", "for", "lambda", "yield"})
_SIGNS = frozenset(
    {"+", "-", "*", "/", "//", "%", "@", "&", "|", "^", "<<", ">>", "==", "!=", "<", ">", "<=", ">=", "**", ";"}
)
_ASSIGNING = frozenset({"=", "+=", "-=", "*=", "/=", "//=", "%=", "@=", "&=", "|=", "^=", "<<=", ">>=", "**="})
_BEGINNINGS = frozenset({"return", "yield", "not", "await", "with", "async", "if", "elif", "while", "for"})
_HEADERS = frozenset({"with", "if", "elif", "while", "for"})

Tokens = Sequence[Token]


class Unknown(Exception):
    """What a formatter makes of this shape is not known here, or it takes more than white space."""


def width(text: str) -> int:
    """How many columns a text takes, as formatters count them: a wide character takes two, a combining one none."""
    if text.isascii():
        return len(text.expandtabs(4))
    wide = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text.expandtabs(4))
    return wide - sum(unicodedata.combining(one) != 0 for one in text)


class Layout:
    """White space for one line, gathered while its brackets open from the last one to the first."""

    def __init__(self, source: Source, newline: str, unit: str, limit: int) -> None:
        self._source, self._newline, self._unit, self._limit = source, newline, unit, limit
        self._texts: dict[int, str] = {}

    def edits(self) -> tuple[Edit, ...]:
        """What is to be inserted, in order."""
        return tuple(Edit(at, at, text) for at, text in sorted(self._texts.items()))

    def statement(self, tokens: Tokens, indent: str, after: int = 0) -> None:
        """Break a statement, a decorator or the header of a block, with `after` columns of comment. Raises Unknown."""
        _check(tokens)
        self._in_brackets(tokens, indent, after)

    def elements(self, tokens: Tokens, indent: str, after: int = 0, displayed: bool = False) -> None:
        """Break what is in brackets, one or more elements, if it does not fit; those of a display that is opened stand
        on lines of their own always. Raises Unknown.
        """
        parts = _split(tokens)
        if self._fits(tokens, indent, after) and not (displayed and len(parts) > 1):
            return
        if len(parts) > 1:
            self._one_per_line(parts, indent, after)
            return
        alone = tokens[:-1] if tokens[-1].text == "," else tokens
        if _is_divided(alone):
            raise Unknown
        self._in_brackets(tokens, indent, after)

    def _one_per_line(self, parts: Sequence[Tokens], indent: str, after: int) -> None:
        if any(token.text == "lambda" for part in parts for token in _outer(part)):
            raise Unknown  # its commas separate parameters
        for above, part in pairwise(parts):
            self._break(above[-1].end, part[0].start, indent)
        last = parts[-1]
        if bare := last[-1].text != ",":
            if last[-1].end not in self._texts and after:
                raise Unknown  # the line ends with a comment, before which the comma would have to be found again
            if any(part[0].text in ("*", "**") for part in parts):
                raise Unknown  # whether a comma may come after these, black decides by the Python that it aims at
            self._texts[last[-1].end] = "," + self._texts.get(last[-1].end, "")
        for part in parts[:-1]:
            self.elements(part, indent)
        self.elements(last, indent, after + bare)

    def _in_brackets(self, tokens: Tokens, indent: str, after: int) -> None:
        """Break behind the last opening bracket that holds something, and before the closing one."""
        for first, last in reversed(_pairs(tokens)):
            head, body, tail = tokens[: first + 1], tokens[first + 1 : last], tokens[last:]
            if not body or not self._fits(head, indent, 0):
                continue
            if body[-1].text == "," or not self._fits(tail, indent, after) or (after and _holds_more(tail)):
                raise Unknown
            self._break(head[-1].end, body[0].start, indent + self._unit)
            self._break(body[-1].end, tail[0].start, indent)
            self.elements(body, indent + self._unit, displayed=_is_display(tokens[first - 1] if first else None))
            return
        raise Unknown

    def _fits(self, tokens: Tokens, indent: str, after: int) -> bool:
        text = self._source.text[tokens[0].start : tokens[-1].end]
        return width(indent) + width(text) + after <= self._limit

    def _break(self, at: int, until: int, indent: str) -> None:
        """A new line at an offset; what stands between there and the next token becomes part of its indentation."""
        gap = self._source.text[at:until]
        if gap.strip(" ") or not indent.endswith(gap):
            raise Unknown
        self._texts[at] = self._texts.get(at, "") + self._newline + indent[: len(indent) - len(gap)]


def _check(tokens: Tokens) -> None:
    """That a logical line has the shape of an assignment, a call, a decorator or a header. Raises Unknown."""
    first = tokens[0].text
    if keyword.iskeyword(first) and first not in _BEGINNINGS:
        raise Unknown
    outer = _outer(tokens)
    if first in _HEADERS or (first == "async" and tokens[1].text in _HEADERS):
        if tokens[-1].text != ":" or sum(token.text == ":" for token in outer) != 1:
            raise Unknown
        within = next((i for i, t in enumerate(tokens) if t.text == "in"), 0) if "for" in (first, tokens[1].text) else 0
        value = tokens[max(within + 1, 2 if first == "async" else 1) : -1]
    else:
        equals = [i for i, t in enumerate(tokens) if t.text in _ASSIGNING and any(t is one for one in outer)]
        if len(equals) > 1 or (equals and any(t.text in OPENING for t in tokens[: equals[0]])):
            raise Unknown
        value = tokens[equals[0] + 1 :] if equals else tokens[1:] if first in ("@", "return", "yield") else tokens
    if not value or len(_split(value)) > 1 or _is_divided(value):
        raise Unknown


def _is_divided(tokens: Tokens) -> bool:
    """Whether formatters might break at something else than brackets: operators, a chain of calls, adjacent texts."""
    dots, before = 0, None
    for token in _outer(tokens):
        value = before is not None and (before.text in CLOSING or before.text not in (*_SIGNS, *_ASSIGNING, *_WORDS))
        if token.text in _WORDS or (token.text in _SIGNS and value and before is not None and before.text != "await"):
            return True
        if token.kind == tokenize.STRING and before is not None and before.kind == tokenize.STRING:
            return True
        dots += token.text == "." and before is not None and before.text in CLOSING
        before = token
    return dots > 1


def _holds_more(tail: Tokens) -> bool:
    """Whether brackets with something in them follow: a comment after these makes black open them too."""
    return any(last > first + 1 for first, last in _pairs(tail[1:]))


def _is_display(before: Token | None) -> bool:
    """Whether a bracket begins a list, a dict, a set or a tuple: nothing stands before it that could be called."""
    if before is None or before.text in CLOSING or before.kind == tokenize.STRING:
        return before is None
    return before.kind != tokenize.NAME or keyword.iskeyword(before.text)


def _outer(tokens: Tokens) -> list[Token]:
    """The tokens that stand in no bracket of these, brackets included."""
    found, depth = [], 0
    for token in tokens:
        depth -= token.text in CLOSING
        if depth == 0:
            found.append(token)
        depth += token.text in OPENING
    return found


def _split(tokens: Tokens) -> list[Tokens]:
    """Elements, each with the comma after it."""
    commas = {id(token) for token in _outer(tokens) if token.text == ","}
    parts: list[list[Token]] = [[]]
    for token in tokens:
        parts[-1].append(token)
        if id(token) in commas:
            parts.append([])
    return [part for part in parts if part]


def _pairs(tokens: Tokens) -> list[tuple[int, int]]:
    """The outermost pairs of brackets, by index."""
    return list(_found_pairs(tokens))


def _found_pairs(tokens: Tokens) -> Iterator[tuple[int, int]]:
    depth = first = 0
    for index, token in enumerate(tokens):
        if token.text in OPENING:
            first = index if depth == 0 else first
            depth += 1
        elif token.text in CLOSING:
            depth -= 1
            if depth == 0:
                yield first, index
