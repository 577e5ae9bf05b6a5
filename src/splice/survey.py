"""The first three stages together: discover, parse, match. What a repository holds, before any plan.

Every command starts here; nothing is changed and nothing of the repository is executed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from time import perf_counter

from splice import lock as locks
from splice import scaffold, unfamiliar
from splice.aspects import check as check_aspects
from splice.aspects import known as known_codemods
from splice.codemod import Circumstances, Codemod
from splice.config import Config
from splice.discover import Discovery, discover
from splice.effective import Deferred, effective
from splice.frameworks import AccessMap
from splice.headers import generated
from splice.instrumented.code import WORDS
from splice.instrumented.find import instrumentation, left_alone
from splice.instrumented.observers import Observer, observers
from splice.instrumented.tools import Instrumentation
from splice.layout import Layout
from splice.lock import Lock
from splice.match import Matched, match, may_name
from splice.model import Failed, Finding, JoinPoint, Row
from splice.outbound.reach import reach
from splice.parse import Files, imports, loader, mentions
from splice.policies.documented import documented
from splice.policies.findings import findings as policy_findings
from splice.policies.objects import check_policies
from splice.registry import frameworks
from splice.resolve import Project
from splice.seeds import Seeds, Sought, sow
from splice.suppressed import suppressed_by
from splice.tomlfile import show
from splice.unseen import unseen

#: Why files are left out that may yet make what others use.
_MAKERS = ("excluded by the configuration", "generated", "migration", "vendored")

Progress = Callable[[str, int, int], None]  # called with (stage, done, all); what it raises ends the run


def quiet(_stage: str, _done: int, _all: int) -> None:
    return None


@dataclass(frozen=True)
class Survey:
    """What a repository holds: files, modules, join points, the lock, what could not be read, who instruments it.

    `config` is the one that was given, with what its OpenAPI document says of these operations.
    """

    root: Path
    config: Config
    discovery: Discovery
    files: Files
    layout: Layout
    project: Project
    matched: Matched
    lock: Lock
    seeds: tuple[str, ...]
    failures: tuple[Failed, ...]
    findings: tuple[Finding, ...]
    suppressed: Mapping[tuple[str, str, str], str]  # (file, symbol, codemod) -> reason as written
    editable: Callable[[str], bool]  # whether a file may be transformed
    instrumentation: tuple[Instrumentation, ...] = ()  # who instruments the service already
    observers: Mapping[tuple[str, str, str], Observer] = field(default_factory=dict)  # decorators of its own
    access: AccessMap = field(default_factory=dict)  # who may call each operation, by what the service itself does
    broken: bool = False  # a file that may mount what others register could not be read
    seconds: dict[str, float] = field(compare=False, default_factory=dict)
    by_scaffold: dict[str, list[JoinPoint]] = field(compare=False, repr=False, default_factory=dict)  # made on demand

    @property
    def codemods(self) -> Mapping[str, Codemod]:
        """Every codemod that may be named here, by name: the configuration may add its own."""
        return known_codemods(self.config)

    @functools.cached_property
    def circumstances(self) -> Circumstances:
        """What an advice may depend on beside its join point."""
        calls = self.matched.calls.facts
        return Circumstances(self.config, self.access, self.matched.points, calls, self.suppressed)

    def rows(self, file: str) -> tuple[Row, ...]:
        return self.lock.by_file.get(file, ())


def _editable(discovery: Discovery, files: Files) -> Callable[[str], bool]:
    """Whether a file may be transformed: by its name, and not generated going by its header."""
    candidates = frozenset(discovery.candidates)

    @functools.cache
    def editable(file: str) -> bool:
        if file not in candidates:
            return False
        why = generated(files.read(file))
        return why == "" or (why == "generated" and file in discovery.kept)

    return editable


def survey(
    root: Path,
    config: Config,
    today: date,
    strip: bool = False,
    unsaved: Mapping[str, bytes] | None = None,
    progress: Progress = quiet,
) -> Survey:
    """Reads the repository below `root`; of files in `unsaved` what stands there, not what the disk holds.

    Raises SpliceError for a lock or configuration that cannot be used.
    """
    clock, seconds = perf_counter(), {}
    versions = {name: codemod.version for name, codemod in known_codemods(config).items()}
    discovery = discover(root, config)
    progress("parse", 0, 0)
    files = Files(root, discovery.files, unsaved)
    files.raw[locks.FILE] = files.unsaved[locks.FILE] if locks.FILE in files.unsaved else locks.load(root)
    lock = _credible(locks.read(files.get(locks.FILE), versions), files)
    layout = Layout.build(
        discovery.files,
        files.read,
        scaffold=config.scaffold,
        import_root=config.import_root or None,
        is_ours=lambda raw: scaffold.read(raw.decode("utf-8", "replace")) is not None,
    )
    editable = _editable(discovery, files)
    found = _seeds(root, config, discovery, files, layout, lock, editable)
    seeds, failures = found.files, found.failures
    packages = {package for one in frameworks().values() for package in one.packages}
    imported = {package: package in found.imported for package in packages}
    in_use = found.in_use(frameworks())  # nothing of the others is here, and what searches for them is not even loaded
    seconds["discover"], clock = perf_counter() - clock, perf_counter()
    failed: dict[str, Failed] = {}
    tests = {file for file, _ in discovery.excluded}
    named = mentions(files, [file for file in discovery.files if file not in tests])
    project = Project(layout, loader(files, layout, failed), seeds, imports(files, imported), named)
    seconds["parse"], clock = perf_counter() - clock, perf_counter()
    progress("match", 0, 0)
    broken = any(file in failed for file in seeds)
    asked = any("call" in known_codemods(config)[name].pointcut.kinds for name in config.codemods)
    more = reach(discovery.candidates, files.read, layout.module_of) if asked else ()
    outbound = [file for file in more if editable(file)] if asked else None
    matched = match(project, config, in_use, editable, broken, outbound, root, files.unsaved)
    progress("match", 0, 0)
    config, differences = documented(config, matched.points)
    layout.share(file for framework in in_use.values() for file in framework.starters(project) if editable(file))
    suppressed, findings = suppressed_by(root, project, matched.points, config, today)
    others, there, observing = _others(discovery, files, lock, project, matched, config, editable, found)
    if not strip:  # what goes asks nobody
        check_policies(project, config)
        check_aspects(config)
    matched = replace(matched, points=left_alone(matched.points, there))
    access = Deferred(lambda: effective(project, matched.points, config, in_use))
    served = functools.cache(lambda: {operation for *_, operation in access})
    findings += [*others, *differences, *policy_findings(config, matched.points, today, served)]
    findings += [] if strip else unseen(config, discovery, files, editable)
    failures += [failed[file] for file in dict.fromkeys((*seeds, *(outbound or ()))) if file in failed]
    for key, pattern in discovery.unused:
        problem = config.error(key, f"{key}: {show(pattern)} matches no file", item=pattern)
        findings.append(Finding("warning", "pattern-unused", problem.message, problem.file, problem.line, "remove it"))
    seconds["match"] = perf_counter() - clock
    return Survey(
        root,
        config,
        discovery,
        files,
        layout,
        project,
        matched,
        lock,
        tuple(seeds),
        tuple(failures),
        tuple(findings),
        suppressed,
        editable,
        there,
        observing,
        access,
        broken=broken,
        seconds=seconds,
    )


def _credible(lock: Lock, files: Files) -> Lock:
    """The lock without rows that call a module of the service a scaffold: it would be overwritten, or removed."""

    def is_module(file: str) -> bool:
        return file in files.names and scaffold.read(files.read(file).decode("utf-8", "replace")) is None

    forged = {file for file in {row.file for row in lock.rows if row.kind == "scaffold"} if is_module(file)}
    rows = tuple(row for row in lock.rows if row.kind != "scaffold" or row.file not in forged)
    return Lock(rows, lock.present) if forged else lock


def _seeds(
    root: Path,
    config: Config,
    discovery: Discovery,
    files: Files,
    layout: Layout,
    lock: Lock,
    editable: Callable[[str], bool],
) -> Seeds:
    """The files to parse first: those with a word of a framework or of the scaffold, and those that are named."""
    known = frameworks()
    sought = Sought(known, (config.scaffold.rpartition(".")[2].encode(),), WORDS, unfamiliar.words(known))
    others = [file for file, why in discovery.excluded if why in _MAKERS and file in files.names]
    found = sow(root, discovery.candidates, sought, files.raw, others, discovery.kept)
    named = [
        file
        for pattern in config.functions
        for file in discovery.candidates
        if may_name(pattern, layout.module_of(file))
    ]
    named += list(lock.by_file)
    found.files = list(dict.fromkeys((*found.files, *(file for file in dict.fromkeys(named) if editable(file)))))
    return found


def _others(
    discovery: Discovery,
    files: Files,
    lock: Lock,
    project: Project,
    matched: Matched,
    config: Config,
    editable: Callable[[str], bool],
    seeds: Seeds,
) -> tuple[list[Finding], tuple[Instrumentation, ...], Mapping[tuple[str, str, str], Observer]]:
    """Frameworks that are not understood, who instruments the service already, and which handlers.

    After the match: what is read here must not change what a join point is.
    """
    strangers = [file for file in seeds.strangers if editable(file)]
    notes = unfamiliar.not_understood(project, strangers, files.read, frameworks())
    declared = {(row.file, row.symbol) for row in lock.rows if row.kind == "dependency"}
    there = instrumentation(
        project,
        matched.points,
        discovery.files,
        files.read,
        seeds.tools,
        editable,
        lambda f, name: (f, name) in declared,
    )
    return [*notes], there, observers(project, config, matched.points)
