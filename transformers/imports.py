"""Add one import of ours where the project's sorter wants it, or take names of ours out again.

Nothing of the service's own imports is extended, merged or moved: what we add is a statement of our own,
and what we remove is our names' text only.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from splice.model import Edit, Reason, Refused
from splice.source import Source
from splice.transformers import fragment
from splice.transformers.fragment import Placed
from splice.transformers.import_names import goes, without_names
from splice.transformers.import_runs import Row, Run, find_run, module_of
from splice.transformers.import_style import MOST_BLANK, ImportStyle, read_style

__all__ = ["ImportStyle", "Placed", "add", "read_style", "remove", "remove_all", "statement"]

_BEGINS = re.compile(r"(?:import|from)\b")
_OURS = re.compile(r"#\s*noqa: E402")  # the one comment that we write
_BLANK = MOST_BLANK + 1  # empty lines that can have come with an import, whatever a lock says
_E402 = re.compile(r"#\s*noqa:[^#]*\bE402\b", re.IGNORECASE)


def add(
    source: Source, tree: ast.Module, module: str, names: Sequence[str], style: ImportStyle, first_use_line: int
) -> Placed:
    """Add `from module import names`, in its place among the first run of imports after the last barrier.

    `first_use_line` is the first line that needs a name while the module is imported. Raises Refused with
    IMPORT_AFTER_USE when the place lies behind it, SKIP_FILE when sorters must leave the file alone.
    """
    run = find_run(source, tree)
    if run.rows:
        at, before, after, neighbour = _among(run, module, tuple(names), style)
    else:
        at, before, after = _alone(source, run, style)
        neighbour = None
    if at > source.line_start(first_use_line):
        raise Refused(Reason.IMPORT_AFTER_USE, f"imports end after line {first_use_line}", source.line_at(at))
    newline = fragment.newline_at(source, at)
    note = "  # noqa: E402" if neighbour and _E402.search(neighbour.text) else ""
    lines = statement(module, names, style, note)
    text = newline.join(lines) + newline
    if at == len(source.text) and source.text and not source.text.endswith(("\n", "\r")):
        text = newline + newline * before + newline.join(lines)  # the last line has no newline, so ours has none
        return Placed((Edit(at, at, text),), text)
    placed = Placed((Edit(at, at, newline * before + text + newline * after),), text, before + after)
    if not _comes_off(source, placed, at + len(newline * before)):
        return Placed((Edit(at, at, text),), text)
    return placed


def _comes_off(source: Source, placed: Placed, start: int) -> bool:
    """Whether blank lines that come with a statement would be known as ours again: beside a comment they may not."""
    after = Source.decode(source.apply(placed.edits))
    first, last = _with_blanks(after, start, start + len(placed.text), placed.blank)
    return after.text[:first] + after.text[last:] == source.text


def statement(module: str, names: Sequence[str], style: ImportStyle, note: str = "") -> list[str]:
    """The lines of `from module import names`, in the order and wrapping that the style asks for.

    `note` is a trailing comment; on a wrapped import all tools leave it alone behind the bracket only.
    """
    ordered = style.sorted_names(names)
    if style.force_single_line:
        return [f"from {module} import {name}{note}" for name in ordered]
    line = f"from {module} import {', '.join(ordered)}{note}"
    if len(line) <= style.line_length:
        return [line]
    return [f"from {module} import ({note}", *(f"    {name}," for name in ordered), ")"]


def _among(run: Run, module: str, names: tuple[str, ...], style: ImportStyle) -> tuple[int, int, int, Row]:
    """Offset, blank lines before and after, and the neighbour, for a line among other imports."""
    rows = run.rows
    ranks = [style.rank(_module(row)) for row in rows]
    rank = style.rank(module)
    top = module.lstrip(".").partition(".")[0] if not module.startswith(".") else "."
    group = [index for index, other in enumerate(ranks) if other == rank]
    if ranks != sorted(ranks) or (not group and any(_top(row) == top for row in rows)):
        siblings = [index for index, row in enumerate(rows) if _top(row) == top] or group
        last = rows[siblings[-1] if siblings else -1]
        return last.end, 0 if siblings else 1, 0, last
    if not group:
        earlier = [row for row, other in zip(rows, ranks, strict=True) if other < rank]
        if not earlier:
            return rows[0].start, 0, int(style.section(_module(rows[0])) not in style.no_lines_before), rows[0]
        joined = style.section(module) in style.no_lines_before
        return earlier[-1].end, 0 if joined else 1, 0, earlier[-1]
    keys = [_key(rows[index], style) for index in group]
    if keys != sorted(keys):
        siblings = [index for index in group if _top(rows[index]) == top] or group
        return rows[siblings[-1]].end, 0, 0, rows[siblings[-1]]
    place = bisect_right(keys, style.key(module, style.sorted_names(names), True))
    if place:
        before = rows[group[place - 1]]
        if style.lines_between_types and isinstance(before.nodes[0], ast.Import):
            if place < len(group):  # the blank line between plain and from-imports stands already
                return rows[group[place]].above, 0, 0, before
            return before.end, style.lines_between_types, 0, before
        return before.end, 0, 0, before
    following = rows[group[0]]
    types = style.lines_between_types if style.from_first and isinstance(following.nodes[0], ast.Import) else 0
    if group[0] == 0 or following.above == following.start:
        # Comments that open the first run are the file's, not the import's.
        return following.start, 0, types, following
    return following.above, 0, max(types, int(style.blank_before_comments)), following


def _alone(source: Source, run: Run, style: ImportStyle) -> tuple[int, int, int]:
    """Offset and blank lines before and after, where no run of imports can be joined."""
    at = run.head
    before = int(bool(source.text[:at].strip()) and not _is_comment_above(source, at, run))
    if run.below is None:
        return at, before, 0
    decorated = isinstance(run.below.nodes[0], (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    wanted = style.lines_after_imports or (2 if decorated else 1)  # what sorters and formatters want after imports
    line, found = source.line_at(at), 0
    while line + found <= len(source.starts) and not source.line_text(line + found).strip():
        found += 1
    return at, before, max(wanted - found, 0)


def _is_comment_above(source: Source, at: int, run: Run) -> bool:
    """Whether the file's opening comments stand directly above, and its first statement directly below."""
    line = source.line_at(at)
    opens = run.below is not None and run.below.start == at
    return opens and line > 1 and source.line_text(line - 1).lstrip().startswith("#")


def _module(row: Row) -> str:
    node = row.imports
    assert node is not None
    return module_of(node)


def _top(row: Row) -> str:
    module = _module(row)
    return "." if module.startswith(".") else module.partition(".")[0]


def _key(row: Row, style: ImportStyle) -> tuple[object, ...]:
    node = row.imports
    assert node is not None
    names = tuple(item.name for item in node.names)
    return style.key(module_of(node), names, isinstance(node, ast.ImportFrom))


def remove(
    source: Source, node: ast.ImportFrom, names: Sequence[str], piece: str | None = None, blank: int = 0
) -> Edit:
    """Take names (`a` for every import of `a`, or `a as b`) out of an import; the whole statement when none remain.

    Comments stay, but for one of ours that `piece` (the text as written) holds. `blank` empty lines that came with the
    statement go with it, where it stands between empty lines. Raises Refused.
    """
    gone = frozenset(names)
    if all(goes(item, gone) for item in node.names):
        return remove_all(source, [node], piece, blank)
    return without_names(source, node, gone)


def remove_all(source: Source, nodes: Sequence[ast.stmt], piece: str | None = None, blank: int = 0) -> Edit:
    """Take away statements that follow each other (`force_single_line` gives several) and their blank lines."""
    lines = [fragment.logical_line(source, node) for node in nodes]
    for first, second in pairwise(lines):
        if source.text[first.end : second.start].strip(" \t\f"):
            raise Refused(Reason.HEADER, "the imports to remove do not follow each other", nodes[0].lineno)
    start, end = lines[0].start, lines[-1].end
    newline = fragment.newline_at(source, end)
    comments = [c for line in lines for c in line.comments if not (_OURS.fullmatch(c) and c in (piece or ""))]
    kept = "".join(lines[0].indent + comment + newline for comment in comments)
    blank = min(blank, _BLANK)
    led = piece is not None and piece[:1] in ("\n", "\r") and piece.lstrip("\r\n") == source.text[start:]
    if piece and led and not kept and len(piece) - (end - start) <= len(newline) * (_BLANK + 1):
        start = max(end - len(piece), 0)  # written behind a last line that had no newline
        return Edit(start if source.text[start:] == piece else lines[0].start, end, "")
    if kept or not blank:
        return Edit(start, end, kept)
    return Edit(*_with_blanks(source, start, end, blank), "")


def _with_blanks(source: Source, start: int, end: int, blank: int) -> tuple[int, int]:
    """The span of a statement and of the blank lines that came with it, unless others have taken them over."""
    above = _empty_lines(source, start, -1)
    below = _empty_lines(source, end, 1)
    row = source.line_at(start)
    after = source.line_text(source.line_at(end)) if end < len(source.text) else ""
    if (not above and _ends_import(source, row - 1)) or _BEGINS.match(after):
        return start, end  # it has neighbours now: the blank line is theirs
    taken = above[:blank]
    start = taken[-1][0] if taken else start
    rest = below[: blank - len(taken)]
    return start, rest[-1][1] if rest else end


def _ends_import(source: Source, line: int) -> bool:
    """Whether a line is the last of a top-level import, perhaps of several lines."""
    while line > 1 and source.line_text(line).startswith((" ", "\t", ")")):
        line -= 1
    return line > 0 and bool(_BEGINS.match(source.line_text(line)))


def _empty_lines(source: Source, offset: int, step: int) -> list[tuple[int, int]]:
    """Spans of the whole empty lines next to an offset, nearest first."""
    line = source.line_at(offset) + min(step, 0)
    found = []
    while 1 <= line <= len(source.starts) and source.line_text(line) and not source.line_text(line).strip("\r\n"):
        found.append((source.line_start(line), source.line_start(line + 1)))
        line += step
    return found
