"""The report as Markdown: the summary of a job, and the body of the pull request that a bot would open.

Whatever a repository says stands in code spans, which nothing inside can leave: no link, mention, image or HTML of a
route or a file name comes to life.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from splice.report.coverage import operations
from splice.report.diagnostics import Diagnostic
from splice.report.drift import Drift
from splice.report.report import Report
from splice.report.terminal import clean, joined, number
from splice.report.unified import unified

MOST = 50  # items of a list; more are counted
LONGEST = 50_000  # characters of a diff: GitHub takes 65,536 for a whole body
_TICKS = re.compile("`+")


def code(text: str) -> str:
    """Text as a code span."""
    text = clean(text) or " "
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def summary(report: Report) -> str:
    """What a reviewer wants to know of `check`: coverage, series, what is new, what is skipped and why."""
    told = [item for item in report.told if item.level != "note"]
    errors = sum(item.level == "error" for item in told)
    title = f"{number(errors, 'problem')} to solve" if errors else "nothing to do"
    lines = [f"### codemod check: {title}", "", *_coverage(report), *_series(report)]
    lines += _items("What `codemod run` would change", (item for item in told if item.is_drift))
    lines += _items("What a human has to change", (item for item in told if not item.is_drift))
    if report.known:
        lines += [f"{number(report.known, 'finding')} known to the baseline.", ""]
    return joined([*lines, *_skipped(report)])


def body(report: Report) -> str:
    """What a pull request says that carries what `run` would write, with the trailer that names its generation."""
    assert report.done is not None
    drift = Counter(item.what for item in report.drift if item.line)
    what = ", ".join(f"{count} {word}" for word, count in sorted(drift.items())) or "nothing"
    lines = ["### codemod run", "", f"Insertions by what they were before: {what}.", ""]
    lines += [*_coverage(report), *_series(report), *_changes(report), *_skipped(report), *_diff(report)]
    trailers = sorted(set((report.planned.support.codegen or {}).values()))
    return joined([*lines, *(f"Codegen-Id: {one}" for one in trailers)])


def _coverage(report: Report) -> Iterator[str]:
    """Of each codemod, what is covered and what a run would cover; operations, not functions."""
    rows = report.points
    names = [name for name in report.planned.request.config.codemods if any(name in row.states for row in rows)]
    if not names:
        return
    yield "| codemod | covered now | after `codemod run` | skipped |"
    yield "| --- | --- | --- | --- |"
    for name in names:
        known = [row for row in rows if name in row.before]
        every = operations(known)
        now = operations(row for row in known if row.before[name] in ("inserted", "present"))
        skipped = operations(row for row in known if row.states.get(name) == "skipped")
        yield f"| {code(name)} | {_share(now, every)} | {_share(every - skipped, every)} | {skipped} |"
    yield ""


def _series(report: Report) -> Iterator[str]:
    """The worst case of what the metrics may cost."""
    if "metrics" in report.planned.request.config.codemods:
        found = report.series
        limit = report.planned.request.config.metrics.max_series
        yield f"Time series in the worst case: {found:,}" + (f" of {limit:,} allowed." if limit else ".")
        yield ""


def _items(title: str, items: Iterable[Diagnostic]) -> Iterator[str]:
    found = list(items)
    if not found:
        return
    yield f"**{title}** ({len(found)})"
    yield ""
    for item in found[:MOST]:
        place = f"{item.file}:{item.line}" if item.line else item.file
        fix = f" (fix: {code(item.fix)})" if item.fix and not item.is_drift else ""
        yield f"- {code(place)} {code(item.message)} [{item.kind}]{fix}"
    yield from _more(len(found))


def _changes(report: Report) -> Iterator[str]:
    found: Sequence[Drift] = [item for item in report.drift if item.line]
    for item in found[:MOST]:
        yield f"- {code(f'{item.file}:{item.line}')} {code(item.subject)} {item.what}: {code(item.detail)}"
    yield from _more(len(found))


def _skipped(report: Report) -> Iterator[str]:
    """What is left alone, by reason."""
    told: Counter[tuple[str, str]] = Counter()
    for row in report.points:
        for name, (reason, _) in row.reasons.items():
            told[name, reason.value] += len(row.point.operations)
    if told:
        yield "**Left alone**"
        yield ""
        for (name, why), count in sorted(told.items()):
            yield f"- {code(name)}: {count} {why}"
        yield ""


def _diff(report: Report) -> Iterator[str]:
    """The change itself, folded; fenced so that no line of it ends the fence."""
    assert report.done is not None
    raw = unified(report.done.changes).decode("utf-8", "replace")
    text = "\n".join("\t".join(clean(cell) for cell in line.split("\t")) for line in raw.split("\n"))
    if not text.strip() or len(text) > LONGEST:
        return
    fence = "`" * max(3, 1 + max((len(run) for run in _TICKS.findall(text)), default=0))
    yield "<details><summary>The change</summary>"
    yield ""
    yield f"{fence}diff"
    yield text.rstrip("\n")
    yield fence
    yield "</details>"
    yield ""


def _more(count: int) -> Iterator[str]:
    if count > MOST:
        yield f"- and {count - MOST} more"
    if count:
        yield ""


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f" ({int(1000 * part / whole) / 10:g} %)" if whole else "")
