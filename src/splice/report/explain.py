"""Why a line is there, or would be, or is not: from a place in a file, or from an exported span's operation.

The answer is lines of text, not yet escaped; the first line names the place that was meant.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from splice import lock as locks
from splice import scaffold
from splice.model import SpliceError
from splice.pipeline import Planned
from splice.recognise import Node
from splice.report.coverage import Covered
from splice.report.report import Report
from splice.report.wording import (
    File,
    header_of,
    import_lines,
    lock_lines,
    node_lines,
    open_file,
    point_lines,
    scaffold_lines,
    written,
)

_NEAREST = 3


def explain_place(report: Report, file: str, line: int) -> list[str]:
    """What is, or would be, inserted at a line, and why; or why nothing is.

    Raises SpliceError when there is nothing to explain there.
    """
    planned = report.planned
    raw = planned.survey.files.get(file) if file in planned.survey.files.names else None
    header = scaffold.read(raw.decode("utf-8", "replace")) if raw is not None else None
    if raw is not None and header is not None:
        return scaffold_lines(planned, file, line, raw.decode("utf-8", "replace"), header)
    if file == locks.FILE and raw is not None:
        return lock_lines(raw, line)
    if file not in planned.survey.discovery.candidates or planned.survey.project.file(file) is None:
        raise SpliceError(_why_not_read(planned, file), file=file, line=line)
    found = open_file(report, file)
    count = len(found.module.source.starts)
    if line < 1 or line > count:
        raise SpliceError(f"the file has {count} lines", file=file, line=line)
    for alias in found.seen.aliases:
        if alias.node.lineno <= line <= (alias.node.end_lineno or alias.node.lineno):
            return import_lines(planned, found, alias)
    for node in found.seen.nodes:
        start, end = node.expression.lineno, node.expression.end_lineno or node.expression.lineno
        if start <= line <= end:
            return node_lines(planned, found, node)
    row = _at(found, line)
    if row is None:
        raise SpliceError(
            "nothing is inserted here, and nothing would be", file=file, line=line, fix=_near(found, line)
        )
    return point_lines(planned, found, row)


def explain_operation(report: Report, operation: str, codegen_id: str = "") -> list[str]:
    """Where the insertion with this operation stands: `orders/views.py:12: @observed("GET /orders")`, all of them.

    Raises SpliceError for an id that no scaffold has, and for an operation that the project does not have.
    """
    planned = report.planned
    sites = _generation(planned, codegen_id) if codegen_id else None
    everywhere = [(file, node) for file in sorted(planned.sites) for node in _nodes(planned, file, operation)]
    places = [(file, node) for file, node in everywhere if sites is None or planned.sites[file].path in sites]
    if everywhere and not places:
        where = ", ".join(sorted({planned.sites[file].path for file, _ in everywhere}))
        raise SpliceError(f"generation {codegen_id} does not hold {operation!a}: its insertion belongs to {where}")
    if places:
        found = [(open_file(report, file), node) for file, node in places]
        lines = [f"{file.module.file}:{node.expression.lineno}: {written(file, node)}" for file, node in found]
        return _together(lines, [node_lines(planned, file, node)[1:] for file, node in found])
    rows = [row for row in report.points if operation in row.point.operations]
    if not rows:
        known = sorted({name for row in report.points for name in row.point.operations})
        raise SpliceError(f"no operation is called {operation!a}", fix=_did_you_mean(operation, known))
    blocks = [point_lines(planned, open_file(report, row.point.file), row) for row in rows]
    return _together([block[0] for block in blocks], [block[1:] for block in blocks])


def _together(heads: Sequence[str], blocks: Sequence[Sequence[str]]) -> list[str]:
    """All places first, then what is known of each, apart where there are several."""
    if len(blocks) == 1:
        return [*heads, *blocks[0]]
    return [*heads, *(line for head, block in zip(heads, blocks, strict=True) for line in ("", head, *block))]


def _nodes(planned: Planned, file: str, operation: str) -> list[Node]:
    nodes = planned.recogniser(file)(planned.module(file)).nodes
    return sorted((node for node in nodes if operation in node.operations), key=lambda node: node.expression.lineno)


def _at(found: File, line: int) -> Covered | None:
    """The join point whose header holds a line; else the innermost whose body does."""
    best: tuple[int, Covered] | None = None
    for row in found.rows:
        definition = found.module.definitions.get(row.point.symbol)
        if row.point.kind == "app" or definition is None:
            end = row.point.anchor.end_line if row.point.anchor else row.point.line
            start = row.point.line
        else:
            node = definition.node
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            end = node.end_lineno or node.lineno
        if start <= line <= end and (best is None or end - start < best[0]):
            best = (end - start, row)
    return best[1] if best else None


def _why_not_read(planned: Planned, file: str) -> str:
    survey = planned.survey
    for failure in (*survey.failures, *survey.discovery.failed):
        if failure.file == file:
            return f"{failure.reason.value}: {failure.detail}"
    for excluded, why in survey.discovery.excluded:
        if excluded == file:
            return f"left out: {why}"
    if file not in survey.files.names:
        return "there is no such file, or git ignores it"
    if not file.endswith(".py"):
        return "not a Python file"
    return "no join point is in this file"


def _near(found: File, line: int) -> str:
    rows = sorted(found.rows, key=lambda row: (abs(row.point.line - line), row.point.line))[:_NEAREST]
    if not rows:
        return "no join point is in this file"
    return "nearest: " + ", ".join(f"{r.point.file}:{r.point.line} ({r.point.symbol})" for r in rows)


def _did_you_mean(operation: str, known: Sequence[str]) -> str:
    meant = difflib.get_close_matches(operation[:200], known, n=_NEAREST, cutoff=0.4)
    return "did you mean " + ", ".join(meant) + "?" if meant else "`codemod list` shows every operation"


def _generation(planned: Planned, codegen_id: str) -> frozenset[str]:
    """The scaffolds with this id, by the lock and by their own headers."""
    known: dict[str, set[str]] = {}
    for row in planned.survey.lock.rows:
        for key, value in row.extra:
            if row.kind == "scaffold" and key == "codegen_id":
                known.setdefault(value, set()).add(row.file)
    paths = {site.path for site in planned.sites.values()} | {
        r.file for r in planned.survey.lock.rows if r.kind == "scaffold"
    }
    for path in sorted(paths):
        if (header := header_of(planned, path)) is not None:
            known.setdefault(header.codegen_id, set()).add(path)
    if codegen_id not in known:
        ids = ", ".join(f"{name} ({', '.join(sorted(where))})" for name, where in sorted(known.items()))
        raise SpliceError(
            f"no scaffold has the codegen id {codegen_id!a}", fix=f"known: {ids}" if ids else "`codemod run` makes one"
        )
    return frozenset(known[codegen_id])
