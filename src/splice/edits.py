"""Edits after edits, told as edits of the text that the first of them were made to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from splice.model import Edit

_Piece = tuple[int, int, str]  # start and end in the old text; or new text, which stands at `start`


def composed(text: str, *rounds: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits of a text that come to the same as several rounds of them, each made to what the one before gave."""
    pieces: list[_Piece] = [(0, len(text), "")]
    for edits in rounds:
        pieces = list(_edited(pieces, edits))
    found, at, new = [], 0, ""
    for start, end, inserted in [*pieces, (len(text), len(text), "")]:
        if inserted:
            new += inserted
        elif start < end or start == len(text):
            if new or at < start:
                found.append(Edit(at, start, new))
            at, new = end, ""
    return tuple(edit for edit in found if text[edit.start : edit.end] != edit.text)


def shifted(offset: int, edits: Sequence[Edit]) -> int:
    """Where an offset lies once these edits are made; what is inserted right there comes after it."""
    return offset + sum(len(edit.text) - (edit.end - edit.start) for edit in edits if edit.start < offset)


def _edited(pieces: Sequence[_Piece], edits: Sequence[Edit]) -> Iterator[_Piece]:
    """The pieces of a text after edits of it."""
    rest, at = list(reversed(pieces)), 0  # `at`: where the last of the rest begins
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        while at < edit.start:
            piece, at = _taken(rest, edit.start - at), at
            yield piece
            at += _length(piece)
        if edit.text:
            yield (0, 0, edit.text)
        while at < edit.end:
            at += _length(_taken(rest, edit.end - at))
    yield from reversed(rest)


def _taken(rest: list[_Piece], most: int) -> _Piece:
    """The next piece, or as much of it as is wanted."""
    start, end, new = rest.pop()
    length = _length((start, end, new))
    if length <= most:
        return start, end, new
    if new:
        rest.append((start, end, new[most:]))
        return start, end, new[:most]
    rest.append((start + most, end, ""))
    return start, start + most, ""


def _length(piece: _Piece) -> int:
    return len(piece[2]) or piece[1] - piece[0]
