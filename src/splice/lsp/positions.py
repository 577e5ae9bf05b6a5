"""Offsets in a text as positions of the protocol: lines from 0, columns in the units that the editor counts in.

Lines end where the protocol and `Source` say, not where `str.splitlines` does: a form feed ends none.
"""

from __future__ import annotations

from collections.abc import Callable

from lsprotocol import types

from splice.model import Edit
from splice.source import Source

Units = Callable[[str], int]  # how many code units a piece of text has: UTF-16's unless the editor asks for others


def position(source: Source, offset: int, units: Units) -> types.Position:
    """The position of a character offset."""
    line = source.line_at(offset)
    return types.Position(line - 1, units(source.text[source.line_start(line) : offset]))


def range_of(source: Source, start: int, end: int, units: Units) -> types.Range:
    """The range from one character offset to another."""
    return types.Range(position(source, start, units), position(source, end, units))


def offset_of(source: Source, at: types.Position, units: Units) -> int:
    """The character offset of a position; one beyond the end of a line is that end."""
    start = source.line_start(min(at.line + 1, len(source.starts)))
    row = source.line_text(source.line_at(start)).rstrip("\r\n")
    taken = 0
    for index, character in enumerate(row):
        if taken >= at.character:
            return start + index
        taken += units(character)
    return start + len(row)


def text_edit(source: Source, edit: Edit, units: Units) -> types.TextEdit:
    """An edit of the engine in the words of the protocol."""
    return types.TextEdit(range_of(source, edit.start, edit.end, units), edit.text)


def covers(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges touch."""
    return not (_key(one.end) < _key(other.start) or _key(other.end) < _key(one.start))


def _key(at: types.Position) -> tuple[int, int]:
    return at.line, at.character
