"""Calls that our insertions make too long for their line: exploded by inserted white space, and joined again.

How a line is broken follows from all that we insert in it. So whatever changes there changes the line as it would be
without breaks, and then it is broken anew: codemods that come one by one leave what they leave when they come together.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from splice import calls, pieces
from splice.edits import shifted
from splice.model import Edit, Refused, Row
from splice.parse import module_of
from splice.plan import FilePlan
from splice.recognise import Node, Recognised
from splice.source import Source
from splice.symbols import Module
from splice.transformers.breaks import width
from splice.transformers.long_lines import Lines
from splice.wants import Insert, Known, Want


@dataclass(frozen=True, slots=True)
class Joined:
    """A file in which lines that change have no breaks of ours any more, and what is wanted and known of it."""

    module: Module
    edits: tuple[Edit, ...]
    wants: tuple[Want, ...]
    known: Known


@dataclass(frozen=True, slots=True)
class Exploded:
    """What breaks lines, the rows that say so, and the lines that a formatter will wrap in a way of its own."""

    edits: tuple[Edit, ...]
    rows: tuple[Row, ...]
    left: tuple[int, ...] = ()


def joined(module: Module, plan: FilePlan, seen: Recognised, wants: Sequence[Want], known: Known) -> Joined | None:
    """The file without the breaks of those lines in which a plan changes something; None where there are none."""
    changing = list(_changing(module, plan))
    edits: list[Edit] = []
    rows: dict[Row, Row] = {}
    symbols = _symbols(wants)
    for node in seen.nodes if changing else ():
        ours = node.host is not None and known.owns(module.file, node)
        row = known.row(module, node, symbols.get((node.kind, node.part, node.place), "")) if ours else None
        made = pieces.breaks(module.source, node, row) if row is not None else ()
        if row is None or not made:
            continue
        first, last = (module.source.line_at(offset) for offset in (made[0].start, made[-1].end))
        if any(start <= last and first <= end for start, end in changing):
            edits += made
            rows[row] = replace(row, file=module.file, text=pieces.inline(row))
    if not edits:
        return None
    flat = _same(module, edits)
    if flat is None:
        return None
    kept = [row for row in known.lock.of(module.file) if row not in rows]
    there = (module.source, flat.source, edits)
    now = tuple(_anchored(want, *there) for want in moved(wants, *there))
    return Joined(flat, tuple(edits), now, known.with_rows(module.file, [*kept, *rows.values()]))


def exploded(
    module: Module,
    seen: Recognised,
    rows: Sequence[Row],
    wants: Sequence[Want],
    changed: Sequence[int],
    known: Known,
    limit: int | None,
) -> Exploded:
    """Break the lines on which something of ours has changed (`changed`: offsets) and that are too long now.

    `wants` and `known` are those of the file as it is here, `rows` the lock's rows of it. A line that would be too
    long without us stays as it is: no formatter looks after it. Without a limit, all do.
    """
    source, result = module.source, list(rows)
    numbers = sorted({source.line_at(offset) for offset in changed})
    too_long = [line for line in numbers if limit and width(source.line_text(line).rstrip("\r\n")) > limit]
    lines = _lines(module) if too_long else None
    if lines is None or limit is None:
        return Exploded((), tuple(rows))
    symbols = _symbols(wants)
    edits: list[Edit] = []
    left: list[int] = []
    for line in too_long:
        ours = list(_on(line, module, seen, known, symbols))
        own = lines.width(line) - sum(width(piece.strip("\r\n")) for _, row in ours for piece in pieces.inline(row))
        if not ours or own > limit or not lines.is_formatted(line):
            continue
        made, (node, row) = lines.broken(line, limit), ours[0]
        if made is None or row not in result:
            left.append(line)
            continue
        result[result.index(row)] = replace(row, text=pieces.broken(row, node, source, made))
        edits += made
    if not edits or _same(module, edits) is None:
        return Exploded((), tuple(rows), tuple(left) if not edits else tuple(too_long))
    after = Source.decode(source.apply(tuple(edits)))
    now = (after.line_at(shifted(source.line_start(line), edits)) for line in left)
    return Exploded(tuple(edits), tuple(result), tuple(now))


def moved(wants: Sequence[Want], source: Source, after: Source, edits: Sequence[Edit]) -> list[Want]:
    """Wants of a text as wants of what these edits make of it: calls end elsewhere."""
    return [
        replace(want, call=after.position(shifted(source.offset(*want.call), edits))) if want.call else want
        for want in wants
    ]


def _anchored(want: Want, source: Source, after: Source, edits: Sequence[Edit]) -> Want:
    """A want with its anchor on the lines where its statement stands now."""
    anchor = want.point.anchor
    if anchor is None:
        return want
    line, end = (after.line_at(shifted(source.line_start(n), edits)) for n in (anchor.line, anchor.end_line))
    return replace(want, point=replace(want.point, anchor=replace(anchor, line=line, end_line=end)))


def _changing(module: Module, plan: FilePlan) -> Iterator[tuple[int, int]]:
    """The first and last line of each call in which a plan changes something."""
    for step in plan.steps:
        if isinstance(step, Insert):
            site = calls.site_of(module, step.want.call) if step.want.call is not None else None
            host = site.node if site is not None else None
        else:
            host = step.node.host
        if host is not None:
            yield host.lineno, host.end_lineno or host.lineno


def _symbols(wants: Sequence[Want]) -> Mapping[tuple[str, str, str], str]:
    """The join point of each insertion within a call, by kind, part and place."""
    return {(want.kind, want.part, want.place): want.point.symbol for want in wants if want.call is not None}


def _on(
    line: int, module: Module, seen: Recognised, known: Known, symbols: Mapping[tuple[str, str, str], str]
) -> Iterator[tuple[Node, Row]]:
    """What is ours within a line, in order, with the rows that speak of it."""
    nodes = [n for n in seen.nodes if n.host is not None and n.expression.lineno == line]
    for node in sorted(nodes, key=lambda node: node.expression.col_offset):
        row = known.row(module, node, symbols.get((node.kind, node.part, node.place), ""))
        if row is not None and row.file == module.file:
            yield node, row


def _lines(module: Module) -> Lines | None:
    try:
        return Lines(module.source, module.tree)
    except Refused:
        return None


def _same(module: Module, edits: Sequence[Edit]) -> Module | None:
    """The file after edits that change no meaning; None where they would."""
    try:
        after = module_of(module.file, module.name, module.source.apply(tuple(edits)))
    except Refused:
        return None
    return after if ast.dump(after.tree) == ast.dump(module.tree) else None
