"""Places in a TOML text: headers, keys, values, the elements of arrays, and comments.

A tokenizer and no parser: whether a document means what it should is asked of the standard parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from splice.metadata import toml

Insertions = list[tuple[int, str]]  # place in the text, and what goes there
_TOKEN = re.compile(
    r'(?P<string>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<comment>\#[^\r\n]*)|(?P<newline>\r?\n)|(?P<space>[ \t]+)"
    r"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<mark>[=,.])|(?P<bare>[^\s\[\]{}=,.\"'\#]+)",
    re.DOTALL,
)
LINE_END = re.compile(r"[ \t]*(#[^\r\n]*)?(\r?\n|$)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A table header (no value) or `key = value`, with its full key path."""

    keys: tuple[str, ...]
    start: int
    end: int  # of the header or the value, without comment and newline
    value: int = -1  # where the value starts


@dataclass(frozen=True, slots=True)
class Item:
    """One element of an array, and the place of its comma."""

    start: int
    end: int
    comma: int | None


class Unsupported(ValueError):
    """The text has a shape that cannot be edited safely."""


def entries(text: str) -> list[Entry]:
    """The headers and keys of a document in order. Raises Unsupported for text that is no TOML."""
    if not toml(text.encode()):
        raise Unsupported("the text is not TOML")
    found: list[Entry] = []
    table: tuple[str, ...] = ()
    tokens = list(_tokens(text, 0, len(text)))
    at = 0
    while at < len(tokens):
        kind, start, end = tokens[at]
        if kind in {"space", "newline", "comment"}:
            at += 1
            continue
        header = kind == "open"
        keys: list[str] = []
        while at < len(tokens) and tokens[at][0] != "newline" and text[tokens[at][1] : tokens[at][2]] != "=":
            kind, one, two = tokens[at]
            if kind == "comment":
                break
            if kind in {"bare", "string"}:
                keys.append(_key(text[one:two]))
            if kind == "close":
                end = two
            at += 1
        if header:
            table = tuple(keys)
            found.append(Entry(table, start, end))
            continue
        at, depth, value, end = at + 1, 0, -1, -1
        while at < len(tokens):
            kind, one, two = tokens[at]
            if not depth and kind in {"newline", "comment"}:
                break
            depth += (kind == "open") - (kind == "close")
            if kind not in {"space", "newline", "comment"}:
                value, end = one if value < 0 else value, two
            at += 1
        if value < 0:
            raise Unsupported("a key without a value")
        found.append(Entry((*table, *keys), start, end, value))
    return found


def _tokens(text: str, at: int, stop: int) -> Iterator[tuple[str, int, int]]:
    while at < stop:
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unsupported("the text is not TOML")
        yield match.lastgroup or "", at, match.end()
        at = match.end()


def _key(text: str) -> str:
    return str(toml(f"k = {text}".encode()).get("k", text)) if text[0] in "\"'" else text


def indent_of(text: str, at: int) -> str | None:
    """The white space before a place, if there is nothing else on its line."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line if not line.strip() else None


def array_items(text: str, entry: Entry) -> list[Item]:
    """The elements of the array that is an entry's value."""
    items: list[Item] = []
    depth, start, end = 0, -1, -1
    for kind, one, two in _tokens(text, entry.value, entry.end):
        comma = depth == 1 and text[one:two] == ","
        closing = depth == 1 and kind == "close"
        if (comma or closing) and start >= 0:
            items.append(Item(start, end, one if comma else None))
            start = -1
        elif depth and not closing and kind not in {"space", "newline", "comment"}:
            start, end = one if start < 0 else start, two
        depth += (kind == "open") - (kind == "close")
    return items


def comments(text: str) -> list[str]:
    """The comments of a document in order. Raises Unsupported for text that is no TOML."""
    return [text[start:end] for kind, start, end in _tokens(text, 0, len(text)) if kind == "comment"]


def line_after(text: str, at: int, newline: str) -> tuple[int, str]:
    """The place after the line that ends a value, and the newline it lacks where the text ends there."""
    match = LINE_END.match(text, at)
    if match is None:
        raise Unsupported("something follows the value on its line")
    return match.end(), "" if match[2] else newline
