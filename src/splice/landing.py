"""From a plan to the disk: transform, prove, check the rules, write.

A file whose change cannot be proven is refused and the others go on. A rule that a change breaks, or semgrep
trouble, stops everything: then nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from splice import semgrep
from splice.commit import commit, ordered
from splice.leaks import leak
from splice.model import Change, Changed, Failed, Finding, Outcome, Reason, Refused, Row, Skipped, SpliceError, State
from splice.pipeline import Planned, support_of
from splice.plan import FilePlan, owned_rows, plan_file
from splice.styles import Styles
from splice.survey import Progress, quiet
from splice.transform import Unplaced, prove_fixed
from splice.transform_imports import Context
from splice.validate import Proof, prove
from splice.wants import Insert, Known

# What the file's own author asked for or wrote; anything else means that Splice could not do its work there.
_DECLINED = frozenset({Reason.SKIP_FILE, Reason.IMPORT_AFTER_USE, Reason.NAME_TAKEN})

Key = tuple[str, str, str]  # file, symbol and kind of a join point
Refusals = Mapping[tuple[str, str, str, str], Refused]  # the same, and a codemod of which something is not placed there


@dataclass(frozen=True)
class Done:
    """What carrying out a plan came to. `changes` were proven; `outcomes` say what was written, or would be.

    `states`: what each join point has now (or would have), with those that could not be placed as "skipped";
    `refused`: why they could not.
    """

    planned: Planned
    changes: tuple[Change, ...]
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...]
    states: Mapping[Key, Mapping[str, State]]
    refused: Refusals
    semgrep: str = ""  # its version, "" when there is none
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Made:
    """The proven changes of the service's files, their lock rows, and what was refused."""

    changes: dict[str, Change] = field(default_factory=dict)
    proofs: dict[str, Proof] = field(default_factory=dict)
    rows: dict[str, Sequence[Row]] = field(default_factory=dict)
    states: dict[Key, Mapping[str, State]] = field(default_factory=dict)
    refused: dict[tuple[str, str, str, str], Refused] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    parts: dict[str, frozenset[str]] = field(default_factory=dict)  # of files of which something was refused
    plans: dict[str, FilePlan] = field(default_factory=dict)  # theirs, without what was refused
    proving: float = 0.0  # seconds of the proofs
    left: dict[str, tuple[int, ...]] = field(default_factory=dict)  # lines that a formatter will wrap in its own way


def carry_out(planned: Planned, *, write: bool, progress: Progress = quiet, rules: bool = True) -> Done:
    """Transform and validate the planned changes, and write them if asked.

    `rules=False` leaves semgrep out, for a caller that only wants the changes proven; no command offers it.

    Raises SpliceError, with nothing written, when a rule does not hold or semgrep could not do its work.
    """
    clock, seconds = perf_counter(), dict(planned.survey.seconds)
    made = _transform(planned, progress)
    planned = _with_what_was_made(planned, made)
    proving = made.proving
    seconds["transform"], clock = perf_counter() - clock - proving, perf_counter()
    findings, version, unchecked = _check_rules(planned, made, progress) if rules else ([], "", {})
    while unchecked:
        for file, message in unchecked.items():
            _refuse(planned, made, file, Refused(Reason.RULE_FAILED, message))
        planned = _with_what_was_made(planned, made)
        findings, version, unchecked = _check_rules(planned, made, progress)
    checking, clock = perf_counter() - clock, perf_counter()
    body = ordered(planned, made.changes)
    _check_leaks(body)
    seconds["validate"], clock = perf_counter() - clock + proving, perf_counter()
    seconds["semgrep"] = checking
    outcomes: list[Outcome] = [*planned.survey.failures, *planned.skipped, *made.outcomes]
    lock = planned.lock_after(made.rows)
    if write:
        progress("write", 0, len(body))
        written, lock = commit(planned, made.changes, made.rows)
        outcomes += written
    else:
        outcomes += [Changed(change) for change in (*body, *lock)]
    seconds["write"] = perf_counter() - clock
    return Done(
        planned,
        (*body, *lock),
        tuple(outcomes),
        (*planned.findings, *findings, *_reformats(made)),
        {**planned.states, **made.states},
        made.refused,
        version,
        seconds,
    )


def tried(planned: Planned, progress: Progress = quiet) -> tuple[Planned, Refusals]:
    """The plan without insertions that are refused, and why they are: `check` must not ask for them for ever."""
    clock, seconds = perf_counter(), planned.survey.seconds
    made = _transform(planned, progress)
    seconds["transform"], seconds["validate"] = perf_counter() - clock - made.proving, made.proving
    files = tuple(made.plans.get(plan.file, plan) for plan in planned.files)
    return replace(_with_what_was_made(planned, made), files=files), made.refused


def _with_what_was_made(planned: Planned, made: _Made) -> Planned:
    """The plan with the scaffolds that are needed now: what was refused needs none."""
    if not made.parts:
        return planned
    parts = {plan.file: made.parts.get(plan.file, plan.parts) for plan in planned.files}
    carried = [plan for plan in planned.files if plan.file not in made.parts or plan.file in made.changes]
    leaving = frozenset(place for plan in carried for place in plan.leaving)
    beside = support_of(planned.request, planned.survey, parts, planned.sites, leaving)
    return replace(planned, support=beside, stuck=True)


def _transform(planned: Planned, progress: Progress) -> _Made:
    """Every file with steps, transformed and proven; one that is refused keeps its rows and its bytes."""
    made, styles = _Made(), Styles(planned.survey)
    busy = [plan for plan in planned.files if not plan.is_empty]
    for plan in planned.files:
        made.rows[plan.file] = plan.kept
    for index, plan in enumerate(busy):
        progress("transform", index + 1, len(busy))
        try:
            _one(planned, plan, styles, made)
        except Refused as refused:
            _refuse(planned, made, plan.file, refused)
    return made


def _refuse(planned: Planned, made: _Made, file: str, refused: Refused) -> None:
    """This file stays as it is."""
    plan = next(plan for plan in planned.files if plan.file == file)
    kind = Skipped if refused.reason in _DECLINED else Failed
    made.outcomes.append(kind(file, refused.reason, refused.detail, refused.line))
    made.changes.pop(file, None)
    made.proofs.pop(file, None)
    made.left.pop(file, None)
    made.rows[file] = planned.survey.rows(file) or _standing(planned, file)
    made.parts[file] = plan.present
    steps = tuple(step for step in plan.steps if not isinstance(step, Insert))
    made.plans[file] = replace(plan, steps=steps, imports=(), dropped=plan.dropped if steps else ())
    for symbol, point_kind in plan.states:
        key = (file, symbol, point_kind)
        made.states[key] = _skipped(planned, key)
        made.refused.update(((*key, name), refused) for name in planned.states.get(key, ()))


def _standing(planned: Planned, file: str) -> Sequence[Row]:
    module = planned.module(file)
    return owned_rows(module, planned.recogniser(file)(module), planned.known)


def _one(planned: Planned, plan: FilePlan, styles: Styles, made: _Made) -> None:
    """One file. An insertion that cannot be placed is left out, with its reason, and the rest is done."""
    file, survey = plan.file, planned.survey
    module, recogniser = planned.module(file), planned.recogniser(file)
    name = survey.layout.import_name(file, module.tree)
    context = Context(name, styles.of(file), recogniser, planned.importer(file))

    def known_after(rows: tuple[Row, ...]) -> Known:
        return planned.known.with_rows(file, rows)

    wants = planned.wants.get(file, ())
    while True:
        try:
            result = prove_fixed(module, plan, context, wants, planned.known, known_after)
            break
        except Unplaced as unplaced:
            point, refused = unplaced.want.point, unplaced.refused
            key = (file, point.symbol, point.kind)
            made.refused.update(((*key, name), refused) for name in unplaced.want.codemods)
            off: dict[str, State] = dict.fromkeys(unplaced.want.codemods, "skipped")
            made.states[key] = {**(made.states.get(key) or planned.states.get(key, {})), **off}
            made.outcomes.append(Skipped(file, refused.reason, refused.detail, refused.line or point.line))
            wants = tuple(want for want in wants if want is not unplaced.want)
            plan = plan_file(module, recogniser(module), wants, planned.known)
            made.parts[file], made.plans[file] = plan.parts, plan
            if plan.is_empty:
                made.rows[file] = plan.kept
                return
    slots = {w.point.line: w.point.slot for w in wants if w.is_placed}
    stripped = {"stripped_before": result.stripped_before, "stripped_after": result.stripped_after}
    clock = perf_counter()
    proof = prove(result.change, slots=slots, **stripped)
    made.proving += perf_counter() - clock
    made.changes[file], made.proofs[file], made.rows[file] = result.change, proof, result.rows
    made.left[file] = result.left
    for (symbol, kind), state in plan.states.items():
        place = (file, symbol, kind)
        now: dict[str, State] = {n: "inserted" if s == "missing" else s for n, s in state.items()}
        now |= {name: "skipped" for name in state if (*place, name) in made.refused}
        made.states[place] = {**planned.states.get(place, {}), **made.states.get(place, {}), **now}


def _reformats(made: _Made) -> list[Finding]:
    """What is too long now and cannot be wrapped by white space alone; lines are those of the files as they will be."""
    text = "a formatter will re-wrap this call: what was inserted makes its line too long"
    return [Finding("note", "reformat", text, file, line) for file in sorted(made.left) for line in made.left[file]]


def _skipped(planned: Planned, key: Key) -> Mapping[str, State]:
    """The states of a join point where nothing could be inserted; what another decorator does it does all the same."""
    observer = planned.survey.observers.get(key)
    there = observer.signals if observer is not None else ()
    return {
        n: s if planned.survey.codemods[n].signal in there else "skipped"
        for n, s in planned.states.get(key, {}).items()
    }


def _check_leaks(changes: Sequence[Change]) -> None:
    """Nothing is shown or written that would spread a secret: what the configuration says stands in the scaffold."""
    for change in changes:
        before, after = ((raw or b"").decode("utf-8", "replace") for raw in (change.before, change.after))
        if secret := leak("\n".join(edit.text for edit in change.edits) or after, before):
            text = f"what would be inserted holds what looks like {secret}; nothing is written"
            fix = "take it out of the configuration or the name that it comes from"
            raise SpliceError(text, file=change.file, fix=fix)


def _check_rules(planned: Planned, made: _Made, progress: Progress) -> tuple[list[Finding], str, dict[str, str]]:
    """Run the semgrep rules of the enabled codemods over every Python file as it will be.

    Findings, the version of semgrep, and files of the service that it could not check, with its complaint.
    """
    changes = ordered(planned, made.changes)
    targets = {c.file: c.after for c in changes if c.after is not None and c.file.endswith(".py")}
    rules = {
        codemod.rule for name, codemod in planned.survey.codemods.items() if name in planned.request.config.codemods
    }
    configs = semgrep.rule_files(rules - {""})
    if not targets or not configs or planned.request.strip:
        return [], "", {}
    executable = semgrep.find()
    if executable is None:
        text = "semgrep was not found: the changes are proven, but no rule has been checked"
        return [Finding("warning", "no-semgrep", text, fix="pip install 'splice[semgrep]'")], "", {}
    progress("validate", 0, len(targets))
    scan = semgrep.scan(targets, configs, executable=executable)
    unchecked = {error.file: f"semgrep: {error.message}" for error in scan.errors if error.file in made.changes}
    if unchecked:
        return [], scan.version, unchecked
    observing = {name for name, codemod in planned.survey.codemods.items() if codemod.signal}
    observed = {
        file: [
            proof.defs[w.point.line]
            for w in planned.wants.get(file, ())
            if w.point.line in proof.defs and not observing.isdisjoint(w.codemods)
        ]
        for file, proof in made.proofs.items()
    }
    inserted = {file: proof.inserted for file, proof in made.proofs.items()}
    findings = semgrep.judge(scan, inserted, observed)
    broken = [f for f in findings if f.level == "error"]
    if broken:
        first = broken[0]
        raise SpliceError(f"{first.message}; nothing is written", file=first.file, line=first.line)
    return [f for f in findings if f.level != "note"], scan.version, {}
