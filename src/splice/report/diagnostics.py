"""What a gate or an editor tells, one item for each thing: drift, findings and files that were not handled.

All formats but the text for a terminal are made of these. An item is the same one tomorrow if its `fingerprint` is:
that is made of names, never of lines, so that code may move.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from splice import baseline
from splice.baseline import Entry
from splice.model import Failed, Finding, Skipped
from splice.report.catalogue import CHANGES
from splice.report.drift import Drift
from splice.report.remedies import remedy

if TYPE_CHECKING:
    from splice.pipeline import Planned
    from splice.report.report import Report

Level = Literal["error", "warning", "note"]
_NUMBERS = re.compile(r"(?<=:)[0-9]+\b")  # `file:12`


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is told. `kind` is a name of the catalogue; `line` 0 is the file as a whole.

    `symbol` is where in the file, in words: a qualified name, a requirement, or the message itself where nothing
    better is known. `nth` tells items of one place apart; `source` is what the engine said.
    """

    kind: str
    level: Level
    message: str
    file: str
    line: int
    symbol: str
    fix: str = ""
    codemod: str = ""
    nth: int = 0
    source: Drift | Finding | Failed | Skipped | None = field(default=None, compare=False, repr=False)

    @property
    def is_drift(self) -> bool:
        """Whether `codemod run` puts it right."""
        return isinstance(self.source, Drift)

    @property
    def fingerprint(self) -> str:
        """The same wherever the code stands: 16 hex digits of sha256 over kind, file, symbol and `nth`."""
        words = "\0".join((self.kind, self.file, self.symbol, str(self.nth)))
        return hashlib.sha256(words.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def diagnostics(report: Report) -> tuple[Diagnostic, ...]:
    """Everything that a report tells, by file and line; insertions that several codemods want are one for each.

    Of drift only for `check` and `baseline`: other commands have put it right, or show it in their own way.
    """
    found = [*_failed(report)]
    if report.command in ("check", "baseline"):
        found += [item for drift in report.drift for item in _drift(drift)]
    found += [_finding(report.planned, finding) for finding in report.findings]
    found.sort(key=lambda item: (item.file, item.line, item.kind, item.message))
    seen: Counter[tuple[str, str, str]] = Counter()
    numbered = []
    for item in found:
        key = item.kind, item.file, item.symbol
        numbered.append(replace(item, nth=seen[key]))
        seen[key] += 1
    return tuple(numbered)


def fixed(entries: Collection[Entry]) -> list[Diagnostic]:
    """An error when a baseline holds what is not to be seen any more: it must not cover what comes later."""
    if not entries:
        return []
    first = min(entries)
    more = f", and {len(entries) - 1} more" if len(entries) > 1 else ""
    text = f"{baseline.FILE} holds what is fixed: {first.kind} in {first.file}, {first.symbol}{more}"
    finding = Finding("error", "baseline-fixed", text, baseline.FILE, fix="codemod baseline --update")
    return [Diagnostic(finding.code, "error", text, finding.file, 0, "", finding.fix, source=finding)]


def _drift(drift: Drift) -> Iterator[Diagnostic]:
    word, _ = CHANGES[drift.what]
    tail = f": {drift.detail}" if drift.detail else ""
    for codemod in drift.codemods:
        text = f"{codemod} {drift.what}{tail}"
        yield Diagnostic(
            f"{codemod}-{word}", "error", text, drift.file, drift.line, drift.symbol, "codemod run", codemod, 0, drift
        )
    if not drift.codemods:
        text, kind = f"{drift.subject} {drift.what}{tail}", f"{_object(drift)}-{word}"
        yield Diagnostic(kind, "error", text, drift.file, drift.line, drift.symbol, "codemod run", source=drift)


def _object(drift: Drift) -> str:
    """What it is that no codemod asks for by itself."""
    if drift.subject in ("scaffold", "dependency", "dependencies"):
        return drift.subject
    if drift.subject.startswith("import of "):
        return "import"
    return "insertion" if drift.symbol else "lock"


def _failed(report: Report) -> Iterator[Diagnostic]:
    for item in report.failed:
        text = f"not handled: {item.reason.value}" + (f": {item.detail}" if item.detail else "")
        yield Diagnostic(
            item.reason.value, "error", text, item.file, item.line, item.reason.value, remedy(item), source=item
        )


def _finding(planned: Planned, finding: Finding) -> Diagnostic:
    symbol = _symbol_at(planned, finding.file, finding.line) or _NUMBERS.sub("", finding.message)
    return Diagnostic(
        finding.code, finding.level, finding.message, finding.file, finding.line, symbol, finding.fix, source=finding
    )


def _symbol_at(planned: Planned, file: str, line: int) -> str:
    """The innermost definition around a line, its decorators included; "" at the level of the module."""
    module = planned.survey.project.file(file) if file.endswith(".py") and line else None
    if module is None:
        return ""
    best, size = "", 0
    for symbol, definition in module.definitions.items():
        first, last = _span(definition.node)
        if first <= line <= last and (not best or last - first < size):
            best, size = symbol, last - first
    return best


def _span(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> tuple[int, int]:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)]), node.end_lineno or node.lineno
