"""What stands beside the service's own files: scaffolds, declared dependencies, the lock, .gitattributes.

Scaffolds are the union of the parts that any file of the project uses, a human's uses too; they are planned
for the whole project whatever PATHS says, so that a run over one folder never takes a part from another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from splice import lock as locks
from splice import scaffold
from splice.aspects import targets
from splice.codemod import Codemod
from splice.layout import Site
from splice.manifests.declare import declare
from splice.manifests.shipping import unshipped
from splice.manifests.undo import standing, undeclare
from splice.model import Change, Finding, JoinPoint, Reason, Refused, Row
from splice.registry import frameworks
from splice.survey import Survey

OPENTELEMETRY = "opentelemetry-api>=1.30"


@dataclass(frozen=True, slots=True)
class Support:
    """Changes in the order in which `run` writes them (`strip` writes them after the files), rows, findings."""

    scaffolds: tuple[Change, ...] = ()
    manifests: tuple[Change, ...] = ()
    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    codegen: Mapping[str, str] | None = None  # scaffold path -> codegen id
    #: scaffold path -> the text with what was there and what comes, for one that loses parts
    bridges: Mapping[str, bytes] = field(default_factory=dict)


def support(survey: Survey, parts: Mapping[Site, frozenset[str]], upgrade: bool, keep: bool) -> Support:
    """Plan scaffolds and dependencies for what files use. `keep` false: `strip`, nothing may stay that nobody uses."""
    changes: list[Change] = []
    rows: list[Row] = []
    findings: list[Finding] = []
    codegen: dict[str, str] = {}
    bridges: dict[str, bytes] = {}
    needed: dict[str, list[str]] = {}
    before = {row.file: row for row in survey.lock.rows if row.kind == "scaffold"}
    known = {site.path: site for site in (*_sites_of(survey, before), *parts)}  # the files that use one name it best
    for _, site in sorted(known.items()):
        used = parts.get(site, frozenset())
        raw = survey.files.get(site.path) if site.path in survey.files.names else None
        header = scaffold.read(raw.decode("utf-8", "replace")) if raw is not None else None
        if not used:
            if raw is not None and scaffold.is_genuine(raw.decode("utf-8", "replace")):
                changes.append(Change(site.path, raw, None))
            elif header is not None:
                findings.append(_edited(site, "it is not used any more, and stays"))
            continue
        spec = _spec(survey, site, used, header, upgrade)
        rendered = scaffold.render(spec)
        codegen[site.path] = rendered.codegen_id
        extra = (("codegen_id", rendered.codegen_id),)
        rows.append(Row(site.path, "", "scaffold", tuple(n for n, _ in spec.codemods), spec.version, extra=extra))
        needed[site.path] = _requirements(survey, used)
        findings += unshipped(survey.discovery.files, survey.files.read, site)
        if spec.version < scaffold.TEMPLATE_VERSION:
            text = f"a newer scaffold (version {scaffold.TEMPLATE_VERSION}) is available"
            findings.append(Finding("note", "newer-version", text, site.path, fix="codemod upgrade"))
        if raw is not None and scaffold.same(raw.decode("utf-8", "replace"), rendered.text):
            continue
        if keep and survey.broken and header is not None and set(spec.parts) <= set(header.parts):
            rows[-1] = before.get(site.path, rows[-1])  # what it knows may come from the file that cannot be read
            codegen[site.path] = header.codegen_id
            continue
        if raw is not None and header is not None and not scaffold.is_genuine(raw.decode("utf-8", "replace")):
            findings.append(_edited(site, "it is not overwritten"))
            rows[-1] = before.get(site.path, rows[-1])
            codegen[site.path] = header.codegen_id
            continue
        changes.append(Change(site.path, raw, rendered.text.encode()))
        own = scaffold.own(raw.decode("utf-8", "replace")) if raw is not None else {}
        if header is not None and raw is not None and ({*header.parts, *own} - {*spec.parts, *dict(spec.own)}):
            larger = _spec(survey, site, used | set(header.parts), header, upgrade)
            both = scaffold.render(replace(larger, own=tuple(sorted({**own, **dict(spec.own)}.items())))).text
            bridges[site.path] = raw if scaffold.same(raw.decode("utf-8", "replace"), both) else both.encode()
    declared = _dependencies(survey, needed, keep)
    return Support(
        tuple(changes),
        declared.manifests,
        (*rows, *declared.rows),
        (*findings, *declared.findings),
        codegen,
        bridges,
    )


def _edited(site: Site, what: str) -> Finding:
    text = f"{Reason.SCAFFOLD_EDITED.value}: somebody changed this generated file; {what}"
    return Finding(
        "error", Reason.SCAFFOLD_EDITED.value, text, site.path, 1, "git restore, or delete it and `codemod run`"
    )


def _sites_of(survey: Survey, rows: Mapping[str, Row]) -> Iterable[Site]:
    """Scaffolds that the lock knows and that are still there."""
    for path in rows:
        if path in survey.files.names and path.endswith(".py"):
            yield Site(path, survey.layout.module_of(path))


def _spec(
    survey: Survey, site: Site, used: frozenset[str], header: scaffold.Header | None, upgrade: bool
) -> scaffold.Spec:
    config = survey.config
    enabled = {name: survey.codemods[name] for name in sorted(config.codemods)}
    own = tuple(sorted((name, target) for name, target in targets(config).items() if name in used))
    parts = scaffold.composed(used, dict(own))
    version = scaffold.TEMPLATE_VERSION
    if header is not None and not upgrade:
        version = header.template_version
    names = sorted({p.framework for p in survey.matched.points if p.kind == "app"} & set(scaffold.INSTRUMENTORS))
    return scaffold.Spec(
        parts=parts,
        codemods=tuple((name, codemod.version) for name, codemod in enabled.items()),
        config=config.normalised(),
        signals=tuple(sorted({codemod.signal for codemod in enabled.values() if codemod.signal})),
        mode=config.spans.mode,
        metric_name=config.metrics.name,
        record_messages=config.spans.record_messages,
        mapped=_mapped(survey, site) if "observed" in parts else (),
        handlers=_handlers(survey, site) if "observed" in parts else (),
        traced=_traced(survey, site) if "observed" in parts else (),
        instruments=tuple(names) if "instrument" in parts else (),
        own=own,
        settings=_settings(survey, enabled),
        version=version,
    )


def _settings(survey: Survey, enabled: Mapping[str, Codemod]) -> tuple[tuple[str, str], ...]:
    """What the policies of the enabled codemods fill in. Where a part is not in use its settings say nothing."""
    found: dict[str, str] = {}
    for codemod in enabled.values():
        if codemod.settings is not None:
            found |= codemod.settings(survey.circumstances)
    return tuple(sorted(found.items()))


def _handlers(survey: Survey, site: Site) -> tuple[tuple[str, str], ...]:
    """Handlers with this scaffold whose operation is a dotted name: nothing else tells them from plain functions."""
    points = (p for p in _points_of(survey, site) if p.kind in ("handler", "websocket") and not p.skip)
    found = {(name, p.kind) for p in points for name in p.operations}
    return tuple(sorted((name, kind) for name, kind in found if " " not in name))


def _traced(survey: Survey, site: Site) -> tuple[tuple[str, str], ...]:
    """Operations of this scaffold's files that another decorator traces: here they are only measured."""
    found: dict[str, str] = {}
    for point in _points_of(survey, site) if survey.observers else ():
        observer = survey.observers.get((point.file, point.symbol, point.kind))
        if observer is not None and "metrics" not in observer.signals:
            found |= dict.fromkeys(point.operations, observer.name)
    return tuple(sorted(found.items()))


def _points_of(survey: Survey, site: Site) -> Sequence[JoinPoint]:
    """The join points in the files that use a scaffold."""
    known = survey.by_scaffold
    if not known and survey.matched.points:  # a hundred scaffolds ask
        for point in survey.matched.points:
            known.setdefault(_path_of(survey, point.file), []).append(point)
    return known.get(site.path, ())


def _mapped(survey: Survey, site: Site) -> tuple[tuple[str, int], ...]:
    """Exceptions that registered handlers answer: of this service and of libraries, not of the service next door."""

    def is_seen(name: str) -> bool:
        file = survey.layout.file_of(name.rpartition(".")[0])
        return file is None or _path_of(survey, file) in (site.path, "")

    return tuple((name, status) for name, status in survey.matched.mapped if is_seen(name))


def _path_of(survey: Survey, file: str) -> str:
    """The scaffold of a file, which may import it by another name than its neighbour; "" where there can be none."""
    try:
        return survey.layout.site(file).path
    except Refused:
        return ""


def _requirements(survey: Survey, used: frozenset[str]) -> list[str]:
    found = [OPENTELEMETRY] if any(scaffold.is_telemetry(part) for part in scaffold.composed(used)) else []
    if "instrument" in used:
        names = sorted({p.framework for p in survey.matched.points if p.kind == "app"})
        found += [frameworks()[n].instrumentor for n in names if n in frameworks() and frameworks()[n].instrumentor]
    for codemod in survey.codemods.values():
        if codemod.requires is not None:
            found += codemod.requires(survey.config, used)
    return list(dict.fromkeys(found))


def _dependencies(survey: Survey, needed: Mapping[str, Sequence[str]], keep: bool) -> Support:
    """Declare what the scaffolds need; take back what none needs any more."""
    rows = [row for row in survey.lock.rows if row.kind == "dependency"]
    changes: dict[str, Change] = {}
    findings: list[Finding] = []
    wanted = {_name(requirement) for requirements in needed.values() for requirement in requirements}
    if keep and survey.broken:
        wanted |= {row.symbol for row in rows}
    stale = [row for row in rows if row.symbol not in wanted]
    ours = {OPENTELEMETRY, *(framework.instrumentor for framework in frameworks().values())}
    ours |= {requirement for codemod in survey.codemods.values() for requirement in codemod.requirements}
    for row in [row for row in stale if row.form not in ours]:  # an older tool's, or forged: it may be the service's
        stale.remove(row)
        text = f"{row.form} is nothing that this codemod declares: it stays, whatever the lock says"
        findings.append(Finding("note", "dependency-kept", text, row.file))
    if stale:
        made, told = undeclare(stale, survey.files.read)
        changes |= {change.file: change for change in made}
        findings += told
    kept = list(standing([row for row in rows if row.symbol in wanted], survey.files.read))
    if survey.config.manifests and keep:

        def current(file: str) -> bytes:
            change = changes.get(file)
            return survey.files.read(file) if change is None else change.after or b""

        for path, requirements in needed.items():
            made, told, added = declare(survey.discovery.files, current, list(requirements), path)
            for change in made:
                earlier = changes.get(change.file)
                changes[change.file] = Change(change.file, earlier.before, change.after) if earlier else change
            findings += told
            kept += added
    return Support((), tuple(changes[f] for f in sorted(changes)), tuple(kept), tuple(dict.fromkeys(findings)))


def _name(requirement: str) -> str:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    return canonicalize_name(Requirement(requirement).name)


def _says_the_same(there: Iterable[Row], wanted: Iterable[Row]) -> bool:
    """Whether a lock needs no change: order and duplicates do not count, nor what a merge of two branches leaves, a
    second row of one scaffold with the generation of the other branch."""
    surplus, lacking = set(there) - set(wanted), set(wanted) - set(there)
    scaffolds = {row.file for row in wanted if row.kind == "scaffold"}
    return not lacking and all(row.kind == "scaffold" and row.file in scaffolds for row in surplus)


def lock_changes(survey: Survey, rows: Iterable[Row], lasting: bool = False) -> tuple[Change, ...]:
    """The lock as it should be, and .gitattributes so that it merges; no rows: both go, unless `lasting`."""
    found = list(rows)
    old, attributes = survey.files.get(locks.FILE), survey.files.get(".gitattributes")
    new = locks.write(found) if found or lasting else None
    same = old == new or (old is not None and new is not None and _says_the_same(survey.lock.rows, found))
    changes = [] if same else [Change(locks.FILE, old, new)]
    if found and survey.discovery.git:
        wanted: bytes | None = locks.gitattributes(attributes)
    elif not found and old is not None:
        wanted = locks.strip_gitattributes(attributes)
    else:
        wanted = attributes
    if wanted != attributes:
        changes.insert(0, Change(".gitattributes", attributes, wanted))
    return tuple(changes)
