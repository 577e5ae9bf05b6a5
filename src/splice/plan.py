"""The plan stage: compares what a file should have with what is recognised in it, and names the difference.

Never strip and apply again: that would undo the formatter each time. What is there by form and in its place
stays, whatever it looks like; only the difference becomes steps. Nothing is edited here.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from splice import calls, guarding, remarks
from splice.model import Finding, Row, State
from splice.pieces import standing
from splice.placing import Found, in_place, inserted
from splice.recognise import Alias, Node, Recognised
from splice.spelling import Locals
from splice.symbols import Module
from splice.wants import Insert, Known, Remove, Replace, Want, row_extra


@dataclass(frozen=True, slots=True)
class FilePlan:
    """The steps of one file, the lock rows of what stays, and what each join point has (`states`)."""

    file: str
    steps: tuple[Insert | Replace | Remove, ...] = ()
    imports: tuple[tuple[str, str], ...] = ()  # (part, local name) to import
    dropped: tuple[Alias, ...] = ()
    kept: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    states: Mapping[tuple[str, str], Mapping[str, State]] = field(default_factory=dict)
    import_rows: tuple[Row, ...] = ()  # the lock's rows of this file's imports, before the plan
    parts: frozenset[str] = frozenset()  # what the file needs of the scaffold once the plan is carried out
    present: frozenset[str] = frozenset()  # what it needs as it is
    moved: tuple[Alias, ...] = ()  # imports of a scaffold that is not this file's any more, to be turned to its own

    @property
    def is_empty(self) -> bool:
        return not (self.steps or self.imports or self.dropped or self.moved)

    @property
    def leaving(self) -> frozenset[tuple[str, int]]:
        """The file and line of each import of another scaffold that is gone once the plan is carried out."""
        return frozenset((self.file, a.node.lineno) for a in (*self.moved, *self.dropped) if a.moved)


def plan_file(module: Module, seen: Recognised, wants: Sequence[Want], known: Known) -> FilePlan:
    """The steps that bring one file to what is wanted there. No wants: what `strip` does."""
    file, seen = module.file, _without_foreign(module, seen, wants, known)
    steps: list[Insert | Replace | Remove] = []
    kept: list[Row] = []
    findings: list[Finding] = []
    states: dict[tuple[str, str], dict[str, State]] = {}
    consumed: set[int] = set()
    names = Locals(module, seen)
    found: Found = {}
    for each in seen.nodes:
        found.setdefault((each.kind, each.part, each.place), []).append(each)
    for want in wants:
        state = states.setdefault((want.point.symbol, want.point.kind), {})
        here = [n for n in found.get((want.kind, want.part, want.place), ()) if id(n) not in consumed]
        if want.kind == "statement":
            here = [n for n in here if n.form == want.form]
        node = _pick(here, want, file, known)
        if node is None and here:  # a human's: kept, and counts
            _note(state, want.codemods, "present")
            consumed.update(id(n) for n in here)
            findings += remarks.humans(module, here[0], want, known)
            continue
        if node is None and calls.has_own(module, want):
            _note(state, want.codemods, "present")
            continue
        if not known.asks(file, want.point.symbol, want.codemods):
            if node is not None:
                consumed.add(id(node))
                kept += _standing(module, node, known, want.point.symbol)
            _note(state, want.codemods, "inserted" if node is not None else "missing")
            continue
        local = names.local(want.part)
        if node is not None and node.form == want.form and in_place(node, want):
            consumed.add(id(node))
            kept.append(_kept_row(module, node, want, known))
            _note(state, want.codemods, "inserted")
            continue
        if node is not None and known.frozen and node.form != want.form:
            _note(state, want.codemods, "inserted")  # it stays as it is: see below
            continue
        if node is not None and want.is_partial and known.owns(file, node) and _says_more(node, want):
            consumed.add(id(node))
            kept.append(known.row(module, node, want.point.symbol) or _row_of(module, node))
            _note(state, want.codemods, "inserted")
            continue
        if not local:
            _note(state, want.codemods, "skipped")
            findings.append(remarks.taken(file, want))
            continue
        _note(state, want.codemods, "missing")
        if node is None:
            steps.append(inserted(want, local, found, wants))
        elif in_place(node, want) and want.kind in ("decorator", "argument"):
            consumed.add(id(node))
            steps.append(Replace(node, want, local))
            findings.append(remarks.stale(file, node, want))
        else:
            consumed.add(id(node))
            steps += [
                Remove(node, known.row(module, node, want.point.symbol)),
                inserted(want, local, found, wants),
            ]
            findings.append(remarks.misplaced(file, node, want))
    wanted = {want.form for want in wants}
    twins = {guarding.twin(each) for each in seen.nodes if id(each) in consumed}
    for each in seen.nodes:
        if id(each) not in consumed and (known.owns(file, each) or each.form in wanted):
            row = known.row(module, each)
            if known.stays(file, row):
                kept.append(row or _row_of(module, each))
            elif not known.asks(file, each.symbol, (row.codemods if row is not None else ()) or (each.part,)):
                kept += _standing(module, each, known)
            elif guarding.stays(module, each, row, known, twins):
                findings.append(guarding.told(module, each))
                kept += [row] if row is not None and guarding.is_here(module, each, row) else []
            else:
                steps.append(Remove(each, row))
    written = [step for step in steps if not isinstance(step, Remove)]
    imports = names.missing((step.want.part, step.local) for step in written)
    removed = {id(step.node) for step in steps if not isinstance(step, Insert)}
    standing = [node.expression for node in seen.nodes if id(node) not in removed]
    used_names = {n.id for tree in standing for n in ast.walk(tree) if isinstance(n, ast.Name)}
    used_names |= {step.local for step in written}
    imports = tuple(sorted({*imports, *(pair for pair in seen.lost if pair[1] in used_names)}))
    unused = names.unused(
        (step.local for step in written), [step.node for step in steps if not isinstance(step, Insert)]
    )
    left = {step.node.part for step in steps if not isinstance(step, Insert)}
    dropped = tuple(
        alias
        for alias in unused
        if known.owns_alias(file, alias) and (alias.part in left or known.asks(file, alias.part, ("import",)))
    )
    moved = tuple(alias for alias in seen.aliases if alias.moved and alias not in dropped)
    before = _import_rows(module, seen, known)
    kept += _kept_imports(module, seen, (*dropped, *moved), before, known)
    gone = {id(s.node) for s in steps if isinstance(s, Remove)}
    used = {n.part for n in seen.nodes if id(n) not in gone} | {part for part, _ in imports}
    used |= {alias.part for alias in seen.aliases if alias not in dropped}
    parts = frozenset(used)
    return FilePlan(
        file, tuple(steps), imports, dropped, tuple(kept), tuple(findings), states, before, parts, seen.parts, moved
    )


def _note(states: dict[str, State], codemods: Sequence[str], value: State) -> None:
    """What a join point has of these codemods; of several insertions of one, the least that is there counts."""
    order: tuple[State, ...] = ("missing", "skipped", "inserted", "present")
    for name in codemods:
        states[name] = min(states.get(name, value), value, key=order.index)


def _says_more(node: Node, want: Want) -> bool:
    """Whether a class decorator that stands names members of which the want, in doubt, says nothing."""
    wanted = ast.parse(want.advice.text(want.point, want.part), mode="eval").body
    named = [
        {word.arg for word in call.keywords} if isinstance(call, ast.Call) else set()
        for call in (node.expression, wanted)
    ]
    return bool(named[0] - named[1])


def owned_rows(module: Module, seen: Recognised, known: Known) -> tuple[Row, ...]:
    """Rows of what is ours in a file as it is: for one that has none, since it was renamed or the lock is lost."""
    nodes = [node for node in seen.nodes if known.owns(module.file, node)]
    found = ((node, known.row(module, node) or _row_of(module, node)) for node in nodes)
    rows = [replace(row, file=module.file, symbol=node.symbol) for node, row in found]
    return (*rows, *_kept_imports(module, seen, (), _import_rows(module, seen, known), known))


def _without_foreign(module: Module, seen: Recognised, wants: Sequence[Want], known: Known) -> Recognised:
    """What is recognised, without imports of another scaffold that a human (too) uses: those are a human's."""
    if not any(alias.moved for alias in seen.aliases):
        return seen
    forms = {want.form for want in wants}
    ours = [n for n in seen.nodes if n.form in forms or known.owns(module.file, n)]
    inside = Counter(n.id for node in ours for n in ast.walk(node.expression) if isinstance(n, ast.Name))
    all_of_it = Counter(n.id for n in ast.walk(module.tree) if isinstance(n, ast.Name))
    foreign = {
        a.local
        for a in seen.aliases
        if a.moved and (inside[a.local] != all_of_it[a.local] or not known.owns_alias(module.file, a))
    }
    if not foreign:
        return seen
    return Recognised(
        tuple(a for a in seen.aliases if a.local not in foreign),
        {name: mark for name, mark in seen.names.items() if name not in foreign},
        tuple(n for n in seen.nodes if not foreign & {m.id for m in ast.walk(n.expression) if isinstance(m, ast.Name)}),
        seen.lost,
    )


def _import_rows(module: Module, seen: Recognised, known: Known) -> tuple[Row, ...]:
    """The lock's rows of this file's imports; for a file that was renamed, those of the file that it was."""
    names = {alias.form for alias in seen.aliases}
    if rows := _imports_of(module.file, module, known):
        return _covering(rows, names)
    best: tuple[Row, ...] = ()
    near = [row.file for node in seen.nodes if (row := known.row(module, node)) is not None]
    for place in dict.fromkeys((*near, *known.lock.by_file)) if names else ():
        rows = _imports_of(place, module, known)
        said = {name for row in rows for name in row.form.split(", ")}
        if said == names:
            return _covering(rows, names)
        if said < names and len(said) > sum(row.form.count(",") + 1 for row in best):
            best = rows
    return _covering(best, names)


def _imports_of(place: str, module: Module, known: Known) -> tuple[Row, ...]:
    return tuple(replace(row, file=module.file) for row in known.lock.of(place) if row.kind == "import")


def _covering(rows: Sequence[Row], names: Set[str]) -> tuple[Row, ...]:
    """Of rows that speak of the same names, those that say what is there: a merge, or a killed run, leaves others."""
    there = sorted((row for row in rows if set(row.form.split(", ")) <= names), key=lambda row: -len(row.form))
    chosen: list[Row] = []
    for row in there:
        if not any(set(row.form.split(", ")) & set(other.form.split(", ")) for other in chosen):
            chosen.append(row)
    covered = {name for row in chosen for name in row.form.split(", ")}
    return tuple(row for row in rows if row in chosen or not covered & set(row.form.split(", ")))


def _pick(here: Sequence[Node], want: Want, file: str, known: Known) -> Node | None:
    """The node that is this want's insertion: the exact one in its place, else an exact one, else a stale one."""
    exact = [n for n in here if n.form == want.form]
    placed = [n for n in exact if in_place(n, want)]
    stale = [n for n in here if known.owns(file, n)]
    return next(iter((*placed, *exact, *stale)), None)


def _kept_row(module: Module, node: Node, want: Want, known: Known) -> Row:
    row = known.row(module, node, want.point.symbol)
    text = row.text if row is not None else standing(module.source, node)
    return Row(
        file=module.file,
        symbol=want.point.symbol,
        kind=want.kind,
        codemods=want.codemods,
        version=want.version,
        operation=want.point.operation if want.kind == "decorator" else "",
        form=node.form,
        text=text,
        blank=row.blank if row is not None else 0,
        extra=row_extra(module, want),
    )


def _row_of(module: Module, node: Node) -> Row:
    """A row for a node that stays although nothing is known to want it."""
    text = standing(module.source, node)
    return Row(module.file, node.symbol, node.kind, operation=node.operation, form=node.form, text=text)


def _standing(module: Module, node: Node, known: Known, symbol: str = "") -> list[Row]:
    """The row of an insertion that stays as it is since nobody asks for a step there; none for a human's."""
    if not known.owns(module.file, node):
        return []
    row = known.row(module, node, symbol)
    return [replace(row, file=module.file) if row is not None else _row_of(module, node)]


def _kept_imports(
    module: Module, seen: Recognised, dropped: Sequence[Alias], before: Sequence[Row], known: Known
) -> list[Row]:
    """Rows of the import statements of ours that stay as they are."""
    stays = [a for a in seen.aliases if a not in dropped and known.owns_alias(module.file, a)]
    forms = {alias.form for alias in stays}
    rows = [row for row in before if forms & set(row.form.split(", "))]
    covered = {name for row in rows for name in row.form.split(", ")}
    source = module.source
    new: dict[int, list[Alias]] = {}
    for alias in stays:
        if alias.form not in covered:
            new.setdefault(id(alias.node), []).append(alias)
    for aliases in new.values():
        node = aliases[0].node
        text = source.text[source.line_start(node.lineno) : source.line_start((node.end_lineno or 0) + 1)]
        form = ", ".join(sorted(alias.form for alias in aliases))
        rows.append(Row(module.file, "", "import", form=form, text=(text,)))
    return rows
