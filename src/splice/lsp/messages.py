"""What the engine tells, as diagnostics of the protocol; while a file is no Python, where its lines are now."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types

from splice.lsp.places import span_of
from splice.lsp.positions import Units, range_of
from splice.model import Refused, SpliceError
from splice.report.diagnostics import Diagnostic
from splice.report.drift import Drift
from splice.report.report import Report
from splice.report.terminal import clean
from splice.source import Source

_LEVELS = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Told:
    """One diagnostic and where it is shown."""

    item: Diagnostic
    shown: types.Diagnostic


def told_of(report: Report, file: str, units: Units, now: bytes) -> tuple[Told, ...]:
    """What there is to tell of one file, at its places in the text `now`, which may not be the one looked at."""
    items = [item for item in report.diagnostics if item.file == file]
    if not items:
        return ()
    try:
        source = Source.decode(report.planned.survey.files.read(file))
    except Refused:
        source = Source.decode(b"")
    told = []
    for item in items:
        start, end = span_of(report.planned, item, source)
        place = range_of(source, start, end, units)
        told.append(Told(item, _shown(report, item, shifted(place, source, now))))
    return tuple(told)


def _shown(report: Report, item: Diagnostic, place: types.Range) -> types.Diagnostic:
    """What `run` puts right is a warning: the service works. What the baseline knows is a hint."""
    severity = types.DiagnosticSeverity.Warning if item.is_drift else _LEVELS[item.level]
    if report.baseline.covers(item, report.planned.request.config):
        severity = types.DiagnosticSeverity.Hint
    unneeded = isinstance(item.source, Drift) and item.source.what == "not wanted"
    more = f" (fix: {item.fix})" if item.fix and not item.is_drift else ""
    return types.Diagnostic(
        range=place,
        message=clean(item.message + more),
        severity=severity,
        code=item.kind,
        source="codemod",
        tags=[types.DiagnosticTag.Unnecessary] if unneeded else None,
        data=item.fingerprint,
    )


def moved(place: types.Range, before: Source, after: Source) -> types.Range:
    """A range in another version of a text: lines below what changed move with it, those inside stay within it."""
    old, new = before.lines(), after.lines()
    head = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    shift = len(new) - len(old)

    def later(at: types.Position) -> types.Position:
        if at.line < head:
            return at
        if at.line >= len(old) - tail:
            return types.Position(at.line + shift, at.character)
        return types.Position(min(at.line, max(head, len(new) - tail - 1)), at.character)

    return types.Range(later(place.start), later(place.end))


def shifted(place: types.Range, before: Source, now: bytes) -> types.Range:
    """A range of the text that was looked at, in the text as it is now."""
    if now == before.raw:
        return place
    try:
        return moved(place, before, Source.decode(now))
    except Refused:
        return place


def of_error(error: SpliceError) -> types.Diagnostic:
    """A configuration that cannot be used."""
    line = max(error.line - 1, 0)
    place = types.Range(types.Position(line, 0), types.Position(line + 1, 0))
    text = clean(error.message) + (f" (fix: {clean(error.fix)})" if error.fix else "")
    return types.Diagnostic(place, text, types.DiagnosticSeverity.Error, "configuration", source="codemod")
