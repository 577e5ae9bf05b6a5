"""What an editor shows beside the code: why an insertion is there, what an operation is called and costs."""

from __future__ import annotations

from dataclasses import dataclass

from splice.lsp.places import Span, name_span, node_span
from splice.report.report import Report
from splice.report.terminal import clean
from splice.report.wording import import_lines, node_lines, open_file
from splice.series import worst_case
from splice.symbols import Module

_NAMED = ("handler", "websocket", "function")


@dataclass(frozen=True, slots=True)
class Why:
    """Lines about an insertion, and where it stands."""

    lines: list[str]
    span: Span


def module_of(report: Report, file: str) -> Module | None:
    """A file as it was looked at; None when it is not Python that was read."""
    return report.planned.survey.project.file(file) if file in report.planned.survey.files.names else None


def why(report: Report, file: str, offset: int) -> Why | None:
    """The lines of `codemod explain` for the insertion, or the import of one, at a character offset."""
    planned = report.planned
    if file not in planned.sites or module_of(report, file) is None:
        return None
    found = open_file(report, file)
    for alias in found.seen.aliases:
        start, end = found.module.source.span(alias.node)
        if start <= offset <= end:
            return Why(import_lines(planned, found, alias), (start, end))
    for node in found.seen.nodes:
        start, end = node_span(found.module, node)
        if start <= offset <= end:
            return Why(node_lines(planned, found, node), (start, end))
    return None


@dataclass(frozen=True, slots=True)
class Lens:
    """A line above an operation."""

    span: Span
    line: int
    title: str


def lenses(report: Report, file: str) -> list[Lens]:
    """The name of each operation of a file, and how many time series its metrics come to in the worst case."""
    planned, found = report.planned, []
    module = module_of(report, file)
    if module is None:
        return []
    meters = {name for name, codemod in planned.survey.codemods.items() if codemod.signal == "metrics"}
    for row in report.points:
        definition = module.definitions.get(row.point.symbol)
        if row.point.file != file or row.point.kind not in _NAMED or definition is None:
            continue
        measured = [state for name, state in row.states.items() if name in meters and state != "skipped"]
        series = f"up to {worst_case(row.point.operations)} series" if measured else "not measured"
        missing = [name for name, state in row.states.items() if state == "missing"]
        parts = [", ".join(row.point.operations), series, *([f"without {', '.join(missing)}"] if missing else [])]
        found.append(Lens(name_span(module, definition.node), row.point.line, clean(" \N{MIDDLE DOT} ".join(parts))))
    return found
