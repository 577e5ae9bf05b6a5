"""From a plan to the disk: transform, prove, check the rules, write.

A file whose change cannot be proven is refused and the others go on. A rule that a change breaks, or semgrep
trouble, stops everything: then nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from splice import semgrep
from splice import write as writer
from splice.model import Change, Changed, Failed, Finding, Outcome, Refused, Row, SpliceError
from splice.pipeline import Planned, Progress, quiet
from splice.plan import FilePlan, Known
from splice.registry import codemods
from splice.styles import style_of
from splice.support import lock_changes
from splice.transform import Context, prove_fixed
from splice.validate import Proof, prove


@dataclass(frozen=True)
class Done:
    """What carrying out a plan came to. `changes` were proven; `outcomes` say what was written."""

    planned: Planned
    changes: tuple[Change, ...]
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...]
    semgrep: str = ""  # its version, "" when there is none
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Made:
    """The proven changes of the service's files, their lock rows, and what was refused."""

    changes: dict[str, Change] = field(default_factory=dict)
    proofs: dict[str, Proof] = field(default_factory=dict)
    rows: dict[str, Sequence[Row]] = field(default_factory=dict)
    refused: list[Failed] = field(default_factory=list)


def carry_out(planned: Planned, *, write: bool, progress: Progress = quiet) -> Done:
    """Transform and validate the planned changes, and write them if asked.

    Raises SpliceError, with nothing written, when a rule does not hold or semgrep could not do its work.
    """
    clock, seconds = perf_counter(), dict(planned.survey.seconds)
    made = _transform(planned, progress)
    seconds["transform"], clock = perf_counter() - clock, perf_counter()
    changes = _ordered(planned, made)
    findings, version = _check_rules(planned, made, changes, progress)
    seconds["validate"], clock = perf_counter() - clock, perf_counter()
    outcomes: list[Outcome] = [*planned.survey.failures, *planned.skipped, *made.refused]
    if write and changes:
        strip = planned.request.strip
        essential = set(made.changes) if strip else {c.file for c in planned.support.scaffolds}
        progress("write", 0, len(changes))
        outcomes += writer.write(planned.request.root, changes, essential=essential)
    else:
        outcomes += [Changed(change) for change in changes]
    seconds["write"] = perf_counter() - clock
    return Done(planned, changes, tuple(outcomes), (*planned.findings, *findings), version, seconds)


def _transform(planned: Planned, progress: Progress) -> _Made:
    """Every file with steps, transformed and proven; one that is refused keeps its rows and its bytes."""
    made = _Made()
    busy = [plan for plan in planned.files if not plan.is_empty]
    for plan in planned.files:
        made.rows[plan.file] = plan.kept
    for index, plan in enumerate(busy):
        progress("transform", index + 1, len(busy))
        try:
            _one(planned, plan, made)
        except Refused as refused:
            made.refused.append(Failed(plan.file, refused.reason, refused.detail, refused.line))
            made.rows[plan.file] = planned.survey.rows(plan.file)
    return made


def _one(planned: Planned, plan: FilePlan, made: _Made) -> None:
    file, survey = plan.file, planned.survey
    module = planned.module(file)
    context = Context(survey.layout.import_name(file, module.tree), style_of(survey, file), planned.recogniser(file))
    others = tuple(row for row in survey.lock.rows if row.file != file)

    def known_after(rows: tuple[Row, ...]) -> Known:
        return planned.known.with_rows((*others, *rows))

    wants = planned.wants.get(file, ())
    result = prove_fixed(module, plan, context, wants, planned.known, known_after)
    slots = {w.point.line: w.point.slot for w in wants if w.kind == "decorator" and w.point.kind != "function"}
    proof = prove(
        result.change, stripped_before=result.stripped_before, stripped_after=result.stripped_after, slots=slots
    )
    made.changes[file], made.proofs[file], made.rows[file] = result.change, proof, result.rows


def _ordered(planned: Planned, made: _Made) -> tuple[Change, ...]:
    """Scaffold, manifests, files, lock; on removal files first, so that a kill leaves no import of nothing."""
    survey = planned.survey
    own = [made.changes[file] for file in sorted(made.changes)]
    seen = {plan.file for plan in planned.files}
    gone = [row for row in survey.lock.rows if row.file not in seen and row.file in survey.files.names]
    asleep = [row for row in gone if row.kind in ("decorator", "statement", "import") and planned.sleeps(row.file)]
    rows = [*(row for file in sorted(made.rows) for row in made.rows[file]), *planned.support.rows, *asleep]
    lock = lock_changes(survey, rows)
    arriving = [c for c in planned.support.scaffolds if c.after is not None]
    leaving = [c for c in planned.support.scaffolds if c.after is None]
    manifests = planned.support.manifests
    if planned.request.strip:
        return (*own, *arriving, *leaving, *manifests, *lock)
    return (*arriving, *manifests, *own, *leaving, *lock)


def _check_rules(
    planned: Planned, made: _Made, changes: Sequence[Change], progress: Progress
) -> tuple[list[Finding], str]:
    """Run the semgrep rules of the enabled codemods over every Python file as it will be."""
    targets = {c.file: c.after for c in changes if c.after is not None and c.file.endswith(".py")}
    rules = {codemod.rule for name, codemod in codemods().items() if name in planned.request.config.codemods}
    configs = semgrep.rule_files(rules - {""})
    if not targets or not configs or planned.request.strip:
        return [], ""
    executable = semgrep.find()
    if executable is None:
        text = "semgrep was not found: the changes are proven, but no rule has been checked"
        return [Finding("warning", "no-semgrep", text, fix="pip install 'splice[semgrep]'")], ""
    progress("validate", 0, len(targets))
    scan = semgrep.scan(targets, configs, executable=executable)
    missing = sorted(set(targets) - set(scan.scanned))
    if missing:
        raise SpliceError(f"semgrep did not scan {missing[0]!a}; nothing is written", file=missing[0])
    observed = {
        file: [proof.defs[w.point.line] for w in planned.wants.get(file, ()) if w.point.line in proof.defs]
        for file, proof in made.proofs.items()
    }
    inserted = {file: proof.inserted for file, proof in made.proofs.items()}
    findings = semgrep.judge(scan, inserted, observed)
    broken = [f for f in findings if f.level == "error"]
    if broken:
        first = broken[0]
        raise SpliceError(f"{first.message}; nothing is written", file=first.file, line=first.line)
    return [f for f in findings if f.level != "note"], scan.version
