"""A report as text for people: the summary of a run, the lines of `check`, the coverage table of `list`.

Every function returns the whole text, escaped and painted; nothing here decides anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from splice import baseline
from splice.model import Failed, Finding, Reason, Safety, Skipped
from splice.report import servers
from splice.report.coverage import Covered, operations
from splice.report.drift import Drift
from splice.report.remedies import remedy
from splice.report.report import Report
from splice.report.terminal import Screen, aligned, clean, joined, number

ALWAYS = frozenset(
    {"framework-not-understood", "no-server-instrumentation", "unguarded"}
)  # notes that a run shows although notes are only counted
_DONE = {"handler": "observed", "websocket": "observed", "function": "observed", "app": "instrumented"}
_NOUNS = {"urlconf": "URL configuration", "call": "outbound call"}
_MARKS = {"inserted": "\u2713", "present": "\u2713 yours", "missing": "\u2717", "skipped": "\u2013"}
_WORDS = {"inserted": "yes", "present": "yes, yours", "missing": "no", "skipped": "-"}
_STATE_STYLE = {"inserted": "green", "present": "green", "missing": "red", "skipped": "dim"}
_LEVEL_STYLE = {"error": "red", "warning": "yellow", "note": "cyan"}


def summary(report: Report, screen: Screen, verbose: int, quiet: bool) -> str:
    """What `run`, `upgrade` and `strip` did, and what they left and why."""
    lines: list[str] = []
    if not quiet:
        lines += _stripped(report) if report.command == "strip" else _inserted(report, screen)
        lines += _written(report, verbose)
        lines += [] if report.command == "strip" else map(clean, servers.lines(report.planned.survey))
    lines += _failures(report.failed, screen)
    lines += _findings(report.findings, screen, verbose, quiet)
    if verbose and not quiet:
        lines += _seconds(report)
    return joined(lines)


def check(report: Report, screen: Screen, verbose: int, quiet: bool) -> str:
    """One line for each thing that `run` would change, then what a human has to change."""
    drift = report.told_of(Drift)
    lines = [_drift(item, screen) for item in drift]
    lines += _failures(report.failed, screen)
    lines += _findings([f for f in report.told_of(Finding) if f.code not in ALWAYS], screen, verbose, quiet)
    if quiet:
        return joined(lines)
    if report.known:
        lines.append(f"{number(report.known, 'finding')} known to {baseline.FILE}")
    if drift:
        what = ", ".join(f"{n} {what}" for what, n in sorted(Counter(item.what for item in drift).items()))
        lines.append(f"{what} in {number(len({item.file for item in drift}), 'file')}")
        lines.append("fix: " + screen.paint("codemod run", "bold"))
    elif not report.failed:
        lines.append(_state_of(report) + (": nothing new" if report.known else ": nothing to do"))
    if verbose:
        lines += _seconds(report)
    return joined(lines)


def table(report: Report, screen: Screen) -> str:
    """The coverage table, counts, and everything that cannot be covered with its reason."""
    names = report.planned.request.config.codemods
    marks = _MARKS if screen.unicode else _WORDS
    rows = [["OPERATION", *names, "PLACE", "REMARK"]]
    styles: list[list[str]] = [["bold"] * len(rows[0])]
    for row in report.points:
        states = [row.states.get(name, "") for name in names]
        place = f"{row.point.file}:{row.point.line}"
        for operation in row.point.operations:
            rows.append([operation, *(marks.get(s, "") for s in states), place, row.remark])
            styles.append(["", *(_STATE_STYLE.get(s, "") for s in states), "dim", "yellow"])
    lines = aligned(rows, styles, screen) if len(rows) > 1 else ["no handler was found"]
    lines += ["", _state_of(report)]
    skipped = [row for row in report.points if row.skipped]
    dotted = [row for row in report.points if row.remark and not row.skipped]
    for title, found in (("skipped:", skipped), ("named after the function, not after a route:", dotted)):
        if found:
            lines += ["", title, *("  " + _why(row) for row in found)]
    if there := servers.lines(report.planned.survey):
        lines += ["", *map(clean, there)]
    if report.failed:
        lines += ["", *_failures(report.failed, screen)]
    if any(row.state == "missing" for row in report.points):
        lines += ["", "`codemod run` inserts what is missing"]
    return joined(lines)


def _why(row: Covered) -> str:
    place = f"{clean(row.point.file)}:{row.point.line}: {clean(row.point.symbol)}"
    told: dict[tuple[str, str], list[str]] = {}
    for name, (reason, detail) in row.reasons.items():
        told.setdefault((reason.value, detail), []).append(name)
    if not told:
        told[row.remark, row.detail if row.reason is not None else ", ".join(row.point.routes)] = []
    parts = []
    for (remark, detail), names in told.items():
        which = f"{', '.join(names)}: " if names and len(names) < len(row.states) else ""
        parts.append(which + remark + (f" ({clean(detail)})" if detail else ""))
    return f"{place}: {'; '.join(parts)}"


def _inserted(report: Report, screen: Screen) -> list[str]:
    """`14 handlers observed (12 new, 2 were there), 1 skipped: 1 lambda`, a line for each kind of join point."""
    lines = []
    for name, kind, rows in _groups(report):
        there = [row for row in rows if row.state in ("inserted", "present")]
        new, done = operations(row for row in there if row.is_new), operations(there)
        parts = [f"{n} {what}" for n, what in ((new, "new"), (done - new, "were there")) if n]
        verb = report.planned.survey.codemods[name].done if name else _DONE[kind]
        line = f"{number(done, _NOUNS.get(kind, kind))} {verb}" + (f" ({', '.join(parts)})" if parts else "")
        for state, word in (("skipped", "skipped"), ("missing", "not done")):
            left = [row for row in rows if row.state == state]
            if left:
                line += f", {operations(left)} {word}" + _reasons(row.reason for row in left)
        lines.append(screen.paint(line, "bold"))
    return lines or ["no handler was found"]


def _groups(report: Report) -> Iterator[tuple[str, str, list[Covered]]]:
    """Rows by kind: for what is observed, and apart from that for each codemod that changes what a service does."""
    codemods = report.planned.survey.codemods
    names = report.planned.request.config.codemods
    safe = [name for name in names if codemods[name].safety is Safety.SAFE]
    for name, group in (("", safe), *((name, [name]) for name in names if name not in safe)):
        found = [row for each in report.points if (row := each.only(group)) is not None]
        for kind in (*_DONE, *_NOUNS):
            if rows := [row for row in found if row.point.kind == kind]:
                yield name, kind, rows


def _stripped(report: Report) -> list[str]:
    gone = [item for item in report.drift if item.line and item.file in report.changed]
    return [f"{number(len(gone), 'insertion')} taken out of {number(len({g.file for g in gone}), 'file')}"]


def _written(report: Report, verbose: int) -> list[str]:
    """Files, scaffolds with their codegen id, and declared dependencies."""
    assert report.done is not None
    files = [clean(file) for file in report.changed]
    lines = []
    if files:
        written = {change.file: change for change in report.done.changes}
        new = [clean(f) for f in report.changed if f in written and written[f].before is None]
        gone = [clean(f) for f in report.changed if f in written and written[f].after is None]
        line = f"{number(len(files), 'file')} written"
        line += f", {len(new)} new: {', '.join(new)}" if new else ""
        line += f", {len(gone)} removed: {', '.join(gone)}" if gone else ""
        lines.append(line)
    else:
        lines.append("no file had to change")
    if verbose:
        lines += [f"  {file}" for file in files]
    for path, codegen in sorted((report.planned.support.codegen or {}).items()):
        lines.append(f"scaffold {clean(path)}, codegen id {codegen}")
    old = set(report.planned.survey.lock.rows)
    for row in report.planned.support.rows:
        if row.kind == "dependency" and row not in old and row.file in report.changed:
            lines.append(f"declared {clean(row.form)} in {clean(row.file)}")
    return lines


def _failures(failed: Sequence[Failed | Skipped], screen: Screen) -> list[str]:
    lines = []
    for index, item in enumerate(failed):
        place = clean(f"{item.file}:{item.line}" if item.line else item.file)
        detail = f": {clean(item.detail)}" if item.detail else ""
        lines.append(f"{place}: {screen.paint('not handled', 'red')}: {item.reason.value}{detail}")
        fix = remedy(item)
        if fix and (
            index + 1 == len(failed) or remedy(failed[index + 1]) != fix
        ):  # once for those that follow each other
            lines.append(f"  fix: {fix}")
    return lines


def _findings(findings: Iterable[Finding], screen: Screen, verbose: int, quiet: bool) -> list[str]:
    """Errors and warnings with their fix. Notes are counted, and shown with -v."""
    lines, hidden = [], 0
    for finding in findings:
        if finding.level == "note" and not verbose and (quiet or finding.code not in ALWAYS):
            hidden += 1
            continue
        place = f"{clean(finding.file)}:{finding.line}: " if finding.line else f"{clean(finding.file)}: "
        level = screen.paint(finding.level, _LEVEL_STYLE[finding.level])
        lines.append(f"{place if finding.file else ''}{level}: {clean(finding.message)} [{finding.code}]")
        if finding.fix:
            lines.append(f"  fix: {clean(finding.fix)}")
    if hidden and not quiet:
        lines.append(f"{number(hidden, 'note')} (-v shows {'it' if hidden == 1 else 'them'})")
    return lines


def _drift(item: Drift, screen: Screen) -> str:
    head, _, tail = clean(item.text).partition(f": {clean(item.subject)} {item.what}")
    return f"{head}: {clean(item.subject)} {screen.paint(item.what, 'red')}{tail}"


def _seconds(report: Report) -> list[str]:
    seconds = report.done.seconds if report.done is not None else report.planned.survey.seconds
    spent = ", ".join(f"{stage} {value:.2f}" for stage, value in seconds.items())
    return [f"{sum(seconds.values()):.2f} s: {spent}"]


def _state_of(report: Report) -> str:
    """`17 handlers: 14 covered, 2 missing, 1 skipped`, kinds in a row."""
    parts = []
    for name, kind, rows in _groups(report):
        states: Counter[str] = Counter()
        for row in rows:
            states["covered" if row.state in ("inserted", "present") else row.state] += len(row.point.operations)
        counted = [f"{states[state]} {state}" for state in ("covered", "missing", "skipped") if states[state]]
        what = f"{name}: " if name else ""
        parts.append(f"{what}{number(states.total(), _NOUNS.get(kind, kind))}: {', '.join(counted)}")
    return "; ".join(parts) or "no handler was found"


def _reasons(reasons: Iterable[Reason | None]) -> str:
    counted = sorted(Counter(reason.value for reason in reasons if reason is not None).items())
    return ": " + ", ".join(f"{n} {name}" for name, n in counted) if counted else ""
