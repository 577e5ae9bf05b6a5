"""The engine: one straight line of stages, used by every command.

`plan` reads and decides; `carry_out` transforms, validates and writes. A command is a choice of how far to go.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from time import perf_counter

from splice.config import Config
from splice.decide import Decisions, decisions, guards_of, in_doubt, settled, states_of, wants_of
from splice.held import held
from splice.layout import Site
from splice.model import Change, Finding, Refused, Row, Skipped, State
from splice.plan import FilePlan, plan_file
from splice.recognise import Recognised, recognise
from splice.series import gate
from splice.support import Support, lock_changes, support
from splice.survey import Progress, Survey, quiet, survey
from splice.symbols import Module
from splice.wants import Known, Want


@dataclass(frozen=True, slots=True)
class Request:
    """What a command asks for. `paths` are relative to the root, empty for everything."""

    root: Path
    config: Config
    today: date
    paths: tuple[str, ...] = ()
    strip: bool = False
    upgrade: frozenset[str] = frozenset()  # codemods to move to their newest version
    changed: frozenset[str] | None = None  # the files that differ from a commit, where only these count
    #: Where only some insertions are asked for: (file, symbol, codemod). Everything else stays as it is.
    only: frozenset[tuple[str, str, str]] | None = None
    unsaved: Mapping[str, bytes] = field(default_factory=dict)  # file -> what an editor holds of it

    def selects(self, file: str) -> bool:
        """Whether a file counts: PATHS name it, one of its folders, or a glob that it fits, and it has changed."""
        chosen = self.only is None or any(file == named for named, _, _ in self.only)
        return chosen and is_selected(file, self.paths) and (self.changed is None or file in self.changed)

    @property
    def is_whole(self) -> bool:
        """Whether every file counts."""
        return not self.paths and self.changed is None and self.only is None


@dataclass(frozen=True)
class Planned:
    """A repository and the plan for it."""

    request: Request
    survey: Survey
    files: tuple[FilePlan, ...]
    wants: Mapping[str, tuple[Want, ...]]
    sites: Mapping[str, Site]
    support: Support
    known: Known
    skipped: tuple[Skipped, ...]
    findings: tuple[Finding, ...]
    states: Mapping[tuple[str, str, str], Mapping[str, State]]  # (file, symbol, kind) -> codemod -> state
    decided: Decisions = field(default_factory=dict)
    stuck: bool = False  # some insertions were tried and cannot be placed

    def sleeps(self, file: str) -> bool:
        """Whether the lock's rows of a file stay although it was not planned: it is excluded, or does not parse."""
        failed = {failure.file for failure in self.survey.failures}
        return file in failed or not self.survey.editable(file)

    def lock_after(self, rows: Mapping[str, Sequence[Row]], failed: Collection[str] = ()) -> tuple[Change, ...]:
        """What the lock becomes when files have these rows; those in `failed` keep what the lock says of them."""
        seen, survey = {plan.file for plan in self.files}, self.survey
        after = [row for file, found in rows.items() if file not in failed for row in found]
        after += [row for row in self.support.rows if row.file not in failed]
        after += [row for row in survey.lock.rows if row.file in failed]
        unseen = [row for row in survey.lock.rows if row.file not in seen and row.file in survey.files.names]
        inserted = ("decorator", "statement", "argument", "wrap", "import")
        after += [row for row in unseen if row.kind in inserted and self.sleeps(row.file)]
        return lock_changes(survey, after, self._is_lasting)

    @property
    def _is_lasting(self) -> bool:
        """Whether a lock without rows stays: it says that a run has tried, for those who ask what is missing."""
        return self.stuck and not self.request.strip

    def lock_ahead(self, rows: Mapping[str, Sequence[Row]]) -> tuple[Change, ...]:
        """What the lock becomes before anything else is written: what it says, and what it will say.

        On the way out nothing comes, and it stays until the end.
        """
        if self.request.strip:
            return ()
        after = [row for found in rows.values() for row in found]
        changes = lock_changes(self.survey, [*self.survey.lock.rows, *after, *self.support.rows], self._is_lasting)
        return tuple(reversed(changes))  # the lock, then its merge rule

    def module(self, file: str) -> Module:
        module = self.survey.project.file(file)
        assert module is not None
        return module

    def recogniser(self, file: str) -> Callable[[Module], Recognised]:
        """How nodes of the scaffold are found in (any text of) this file."""
        site = self.sites[file]
        others = scaffolds_of(self.survey, site)
        rows = self.survey.rows(file)
        return lambda module: recognise(module, site.module, self.survey.layout, others, rows)

    def importer(self, file: str) -> Callable[[ast.ImportFrom], bool]:
        """Whether an import statement of this file imports from its scaffold."""
        site, layout = self.sites[file], self.survey.layout
        return lambda node: layout.resolve(file, node.module, node.level) == site.module


def plan(request: Request, progress: Progress = quiet) -> Planned:
    """Survey the repository and plan every file. Raises SpliceError; writes nothing."""
    found = survey(request.root, request.config, request.today, request.strip, request.unsaved, progress)
    return plan_of(found, request, progress)


def plan_of(found: Survey, request: Request, progress: Progress = quiet) -> Planned:
    """The plan for a repository that is surveyed already. Raises SpliceError."""
    request = replace(request, config=found.config)
    clock = perf_counter()
    decided = decisions(found, request.upgrade)
    wants = {} if request.strip else wants_of(found, decided)
    operations = frozenset(operation for p in found.matched.points for operation in p.operations)
    known = Known(found.lock, found.codemods, operations, found.broken and not request.strip, request.strip)
    if not request.strip:
        standing, guards = in_doubt(decided), guards_of(found)
        parts = frozenset(part for name in guards for part in found.codemods[name].parts)
        known = replace(
            known, standing=standing, guarding=parts, settled=settled(found, decided, guards), only=request.only
        )
    plans: list[FilePlan] = []
    sites: dict[str, Site] = {}
    skipped: list[Skipped] = []
    stem = request.config.scaffold.rpartition(".")[2]
    modules = [m for m in found.project.modules() if found.editable(m.file)]
    for index, module in enumerate(modules):
        progress("plan", index + 1, len(modules))
        file = module.file
        mine = wants.get(file, ())
        if not mine and stem not in module.source.text and not found.rows(file):
            continue
        try:
            site = sites[file] = found.layout.site(file)
        except Refused as refused:
            if mine:
                skipped.append(Skipped(file, refused.reason, refused.detail, refused.line))
            continue
        seen = recognise(module, site.module, found.layout, scaffolds_of(found, site), found.rows(file))
        if not request.selects(file):
            kept = tuple(found.rows(file))
            plans.append(FilePlan(file, kept=kept, parts=seen.parts, states=_states_of(module, seen, mine, known)))
            continue
        plans.append(plan_file(module, seen, mine, known))
    leaving = frozenset(place for plan in plans for place in plan.leaving)
    beside = support_of(request, found, {plan.file: plan.parts for plan in plans}, sites, leaving)
    states = states_of(found, plans, skipped, decided)
    notices = [] if request.strip else [*_newer(found, wants), *gate(request.config, measured(found, states))]
    notices += [] if request.strip else _told(found)
    findings = [*found.findings, *(f for p in plans for f in p.findings), *beside.findings, *notices]
    found.seconds["plan"] = perf_counter() - clock
    return Planned(
        request, found, tuple(plans), wants, sites, beside, known, tuple(skipped), tuple(findings), states, decided
    )


def measured(found: Survey, states: Mapping[tuple[str, str, str], Mapping[str, State]]) -> list[str]:
    """The operations that are measured, or will be."""
    meters = [name for name in found.config.codemods if found.codemods[name].signal == "metrics"]
    keys = {
        key for key, state in states.items() for name in meters if state.get(name) in ("inserted", "present", "missing")
    }
    keys -= {key for key, observer in found.observers.items() if "metrics" in observer.signals}  # not in our histogram
    return [o for p in found.matched.points if (p.file, p.symbol, p.kind) in keys for o in p.operations]


def support_of(
    request: Request,
    found: Survey,
    parts: Mapping[str, frozenset[str]],
    sites: Mapping[str, Site],
    leaving: Collection[tuple[str, int]],
) -> Support:
    """What stands beside the files, when each file needs these parts of its scaffold and these imports go."""
    at: dict[str, Site] = {}  # by path: files may import one scaffold under several names
    together: dict[Site, frozenset[str]] = {}
    for file, used in sorted(parts.items()):
        if used:
            site = at.setdefault(sites[file].path, sites[file])
            together[site] = together.get(site, frozenset()) | used
        elif not found.lock.present:  # nothing else says where a scaffold is that nobody uses any more
            together.setdefault(at.setdefault(sites[file].path, sites[file]), frozenset())
    kept: list[Finding] = []
    for path, why in sorted(held(found, sites, leaving).items()):
        site = at.setdefault(path, Site(path, found.layout.module_of(path)))
        if not together.get(site):
            text = f"{path} stays: {why.file}:{why.line} imports it, and no plan changes that import"
            fix = "let codemod edit that file again, or remove the import"
            kept.append(Finding("warning", "scaffold-held", text, why.file, why.line, fix))
        together[site] = together.get(site, frozenset()) | why.parts
    whole = bool(request.upgrade) and request.upgrade >= set(request.config.codemods)
    beside = support(found, together, whole, not request.strip)
    return replace(beside, findings=(*beside.findings, *kept))


def scaffolds_of(found: Survey, site: Site) -> frozenset[str]:
    """The modules of the project's other scaffolds."""
    paths = found.lock.scaffolds - {site.path}
    return frozenset(found.layout.module_of(path) for path in paths if path.endswith(".py"))


def _newer(found: Survey, wants: Mapping[str, Sequence[Want]]) -> list[Finding]:
    """One notice per codemod of which older insertions stand: `run` keeps them, `upgrade` moves them."""
    old = {
        name
        for mine in wants.values()
        for want in mine
        for name in want.codemods
        if want.version < found.codemods[name].version
    }
    fix = "codemod upgrade"
    return [Finding("note", "newer-version", f"{name}: a newer version is available", fix=fix) for name in sorted(old)]


def _told(found: Survey) -> list[Finding]:
    """What the enabled codemods have to say beside their insertions."""
    codemods = [found.codemods[name] for name in sorted(found.config.codemods)]
    points = found.matched.points
    return [f for codemod in codemods if codemod.findings for f in codemod.findings(points, found.circumstances)]


def is_selected(file: str, paths: Sequence[str]) -> bool:
    """Whether PATHS names a file, one of its folders, or a glob that it fits; no PATHS name everything."""
    return not paths or any(
        path in ("", ".") or file == path or file.startswith(path.rstrip("/") + "/") or fnmatchcase(file, path)
        for path in paths
    )


def _states_of(
    module: Module, seen: Recognised, mine: Sequence[Want], known: Known
) -> Mapping[tuple[str, str], Mapping[str, State]]:
    return plan_file(module, seen, mine, known).states
