"""What a command came to: outcomes, counts, findings, coverage, and the exit code that follows from them.

Exit codes are a property of the report, the highest that applies of 2 > 3 > 1:
0 clean; 1 `check` found drift or an error; 2 usage, configuration or internal error, nothing written (there is
no report then: `error_json`); 3 a file that may hold a join point could not be handled, the others were.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from splice import __version__
from splice.baseline import Baseline
from splice.model import Changed, Failed, Finding, Outcome, Skipped, SpliceError, State
from splice.pipeline import measured
from splice.report import access, gates, servers
from splice.report.coverage import Covered, Key, coverage
from splice.report.diagnostics import Diagnostic, diagnostics, fixed
from splice.report.drift import Drift, drift
from splice.report.remedies import remedy
from splice.series import worst_case

if TYPE_CHECKING:
    from splice.landing import Done, Refusals
    from splice.pipeline import Planned

_T = TypeVar("_T")
SCHEMA = 1
WRITING = frozenset({"run", "strip", "upgrade"})
TOOL = {"name": "splice", "version": __version__}


@dataclass(frozen=True)
class Report:
    """The result of one command. `done` is None for those that stop after the plan (`check`, `list`).

    `refused`: the insertions that cannot be placed, where that is known. `baseline`: what `check` need not tell.
    """

    command: str
    planned: Planned
    done: Done | None = None
    refused: Refusals = field(default_factory=dict)
    baseline: Baseline = field(default_factory=Baseline)

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of files: changed (for `check` and `diff`: what `run` would change), skipped, failed."""
        lost = self.planned.survey.discovery.failed
        if self.done is not None:
            return (*lost, *self.done.outcomes)
        return (*lost, *self.planned.survey.failures, *self.planned.skipped)

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """The files that were changed, or would be."""
        if self.done is None:
            return tuple(sorted({item.file for item in self.drift}))
        return tuple(sorted(o.change.file for o in self.outcomes if isinstance(o, Changed)))

    @cached_property
    def failed(self) -> tuple[Failed | Skipped, ...]:
        """Files that hold, or may hold, a join point and were not handled; also those where no scaffold can go."""
        whole = frozenset(self.planned.skipped)
        failed = {o for o in self.outcomes if isinstance(o, Failed) or (isinstance(o, Skipped) and o in whole)}
        changed = self.planned.request.changed
        failed = {o for o in failed if changed is None or o.file in changed}
        return tuple(sorted(failed, key=lambda o: (o.file, o.line, o.reason.value)))

    @cached_property
    def drift(self) -> tuple[Drift, ...]:
        """What `run` would change."""
        changed, found = self.planned.request.changed, drift(self.planned)
        return tuple(item for item in found if changed is None or item.file in changed)

    @cached_property
    def points(self) -> tuple[Covered, ...]:
        """The join points that PATHS selects, as they are when the command ends."""
        refused = self.done.refused if self.done is not None else self.refused
        now: dict[Key, Mapping[str, State]] = {}
        for file, symbol, kind, name in refused:
            key = (file, symbol, kind)
            now[key] = {**now.get(key, self.planned.states.get(key, {})), name: "skipped"}
        if self.done is not None and self.command in WRITING:
            written = frozenset(self.changed)
            now |= {key: states for key, states in self.done.states.items() if key[0] in written}
        rows = coverage(self.planned, now, refused)
        return tuple(row for row in rows if self.planned.request.selects(row.point.file))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """By place, each once. What this run has put right is none any more; what `check` lists as drift neither."""
        found = [*(self.done.findings if self.done is not None else self.planned.findings)]
        if not self.planned.request.strip and (note := servers.finding(self.planned.survey)):
            found.append(note)
        if self.command == "run" and (note := access.finding(self.planned.survey)):
            found.append(note)
        if not self.planned.request.strip:
            found += access.unclosed(self.planned, self.points)
        if self.command == "check" and self.planned.request.is_whole:
            found += gates.coverage(self.planned.request.config, self.points)
        left_out = dict(self.planned.survey.discovery.excluded)
        for path in self.planned.request.paths:
            if path in left_out:
                fix = "name it in `include` of the configuration"
                found.append(Finding("warning", "left-out", f"not looked at: {left_out[path]}", path, fix=fix))
        settled, changed = frozenset(self.changed), self.planned.request.changed
        kept = {f for f in found if not (f.fix == "codemod run" and f.file in settled)}
        if changed is not None:
            kept = {f for f in kept if f.file in changed or not f.file.endswith(".py")}
        return tuple(sorted(kept, key=lambda f: (f.file, f.line, f.code, f.message)))

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything that there is to tell, one item for each thing."""
        return diagnostics(self)

    @cached_property
    def told(self) -> tuple[Diagnostic, ...]:
        """What is told: what the baseline does not know, and what it need not know any more."""
        config = self.planned.request.config
        found = [item for item in self.diagnostics if not self.baseline.covers(item, config)]
        if self.baseline.present and self.planned.request.is_whole and self.command == "check":
            found += fixed(self.baseline.fixed(self.diagnostics))
        return tuple(found)

    @cached_property
    def known(self) -> int:
        """How many things the baseline knows."""
        return sum(self.baseline.covers(item, self.planned.request.config) for item in self.diagnostics)

    @property
    def series(self) -> int:
        """The worst case of what the metrics may cost."""
        return worst_case(measured(self.planned.survey, self.planned.states))

    def told_of(self, kind: type[_T]) -> tuple[_T, ...]:
        """What the engine said of one kind, as far as it is told, each once."""
        return tuple(dict.fromkeys(item.source for item in self.told if isinstance(item.source, kind)))

    @property
    def exit_code(self) -> int:
        """See the module's docstring. `list` and `diff` show, they do not judge: 0, or 3."""
        return {"clean": 0, "drift": 1, "error-finding": 1, "unhandled-file": 3}[self.exit_cause]

    @property
    def exit_cause(self) -> str:
        """clean, drift, error-finding or unhandled-file."""
        if self.failed:
            return "unhandled-file"
        if self.command == "check":
            if any(item.is_drift for item in self.told):
                return "drift"
            if any(item.level == "error" for item in self.told):
                return "error-finding"
        return "clean"

    def counts(self) -> dict[str, dict[str, int]]:
        """How many of what: join points per state, files per outcome, reasons, findings per level, files left out."""
        outcomes = Counter(row["outcome"] for row in self._files())
        reasons = [o.reason.value for o in self.failed]
        for row in self.points:
            told = {reason.value for reason, _ in row.reasons.values()}
            reasons += sorted(told) or ([row.reason.value] if row.reason is not None else [])
        return {
            "join_points": _counted(row.state for row in self.points),
            "files": dict(sorted(outcomes.items())),
            "reasons": _counted(reasons),
            "findings": _counted(finding.level for finding in self.findings),
            "excluded": dict(self.planned.survey.discovery.counts()),
        }

    @property
    def seconds(self) -> Mapping[str, float]:
        """Seconds per stage, in the order of the stages."""
        return self.done.seconds if self.done is not None else self.planned.survey.seconds

    def as_json(self) -> dict[str, Any]:
        """The versioned schema. The same for the same repository, but for `seconds`; no absolute path in it."""
        planned = self.planned
        policy = hashlib.sha256(planned.request.config.normalised().encode()).hexdigest()
        return {
            "schema": SCHEMA,
            "tool": TOOL,
            "command": self.command,
            "policy": policy,
            "series": self.series,
            "codegen": dict(sorted((planned.support.codegen or {}).items())),
            "semgrep": self.done.semgrep if self.done is not None else "",
            "counts": self.counts(),
            "drift": [
                {"file": d.file, "line": d.line, "what": d.what, "subject": d.subject, "detail": d.detail}
                for d in self.told_of(Drift)
            ],
            "findings": [
                {"level": f.level, "code": f.code, "message": f.message, "file": f.file, "line": f.line, "fix": f.fix}
                for f in (self.told_of(Finding) if self.command == "check" else self.findings)
            ],
            "baseline": {"known": self.known},
            "instrumentation": [
                one.as_json(planned.request.config.spans.mode) for one in planned.survey.instrumentation
            ],
            "files": self._files(),
            "join_points": [row.as_json() for row in self.points],
            "seconds": {stage: round(spent, 4) for stage, spent in self.seconds.items()},
            "exit_code": self.exit_code,
            "exit_cause": self.exit_cause,
        }

    def _files(self) -> list[dict[str, Any]]:
        rows: dict[str, dict[str, Any]] = {}
        for plan in self.planned.files:
            rows[plan.file] = _file(plan.file, "unchanged")
        for file in self.changed:
            rows[file] = _file(file, "changed")
        for item in self.failed:
            outcome = "failed" if isinstance(item, Failed) else "skipped"
            rows[item.file] = _file(item.file, outcome, item.reason.value, item.detail, item.line, remedy(item))
        return [rows[file] for file in sorted(rows)]


def list_json(points: Iterable[Covered]) -> dict[str, Any]:
    """What `list --format json` prints."""
    return {"schema": SCHEMA, "join_points": [row.as_json() for row in points]}


def error_json(command: str, cause: str, error: SpliceError) -> dict[str, Any]:
    """What stands in for a report when there is none: exit code 2."""
    said = {"message": error.message, "file": error.file, "line": error.line, "fix": error.fix}
    return {"schema": SCHEMA, "tool": TOOL, "command": command, "error": said, "exit_code": 2, "exit_cause": cause}


def _file(
    file: str, outcome: str, reason: str | None = None, detail: str = "", line: int = 0, fix: str = ""
) -> dict[str, Any]:
    return {"file": file, "outcome": outcome, "reason": reason, "detail": detail, "line": line, "fix": fix}


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
