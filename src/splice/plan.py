"""The plan stage: compares what a file should have with what is recognised in it, and names the difference.

Never strip and apply again: that would undo the formatter each time. What is there by form and in its place
stays, whatever it looks like; only the difference becomes steps. Nothing is edited here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from splice.codemod import AddDecorator, Advice, Codemod
from splice.forms import form
from splice.lock import Lock
from splice.model import Finding, JoinPoint, Reason, Row, State
from splice.recognise import MARK, Alias, Node, Recognised
from splice.symbols import Module


@dataclass(frozen=True, slots=True)
class Want:
    """One insertion that a join point should have; several codemods may share it."""

    point: JoinPoint
    advice: Advice
    codemods: tuple[str, ...]
    version: int

    @property
    def kind(self) -> str:
        return "decorator" if isinstance(self.advice, AddDecorator) else "statement"

    @property
    def part(self) -> str:
        return self.advice.part

    @property
    def form(self) -> str:
        return form_of(self.advice.text(self.point, self.part), self.part)

    @property
    def scope(self) -> str:
        """The symbol that a recognised node of this want would carry."""
        if self.kind == "decorator":
            return self.point.symbol
        assert self.point.anchor is not None
        return self.point.symbol.removesuffix(self.point.anchor.target).removesuffix(".")


def form_of(text: str, part: str) -> str:
    """The canonical form of an insertion's text."""
    return form(ast.parse(text, mode="eval").body, {part: MARK + part})


@dataclass(frozen=True, slots=True)
class Insert:
    want: Want
    local: str


@dataclass(frozen=True, slots=True)
class Replace:
    node: Node
    want: Want
    local: str


@dataclass(frozen=True, slots=True)
class Remove:
    node: Node
    row: Row | None


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

    @property
    def is_empty(self) -> bool:
        return not (self.steps or self.imports or self.dropped)


@dataclass(frozen=True)
class Known:
    """What the whole project knows, for deciding who owns a node."""

    lock: Lock
    codemods: Mapping[str, Codemod]
    operations: frozenset[str]

    def with_rows(self, rows: Iterable[Row]) -> Known:
        """The same knowledge with another lock."""
        return Known(Lock(tuple(rows), True), self.codemods, self.operations)

    def row(self, file: str, node: Node) -> Row | None:
        return self.lock.lookup(file, node.symbol, node.kind, node.form)

    def owns(self, file: str, node: Node) -> bool:
        """Whether a recognised node is ours. The lock is a hint: a codemod must be able to have produced it."""
        if not self._producible(node):
            return False
        if self.lock.present:
            return self.row(file, node) is not None
        return node.kind == "statement" or node.operation in self.operations

    def _producible(self, node: Node) -> bool:
        for codemod in self.codemods.values():
            for advice in (codemod.advice, *codemod.previous.values()):
                if advice.part == node.part and form_of(_filled(advice, node), node.part) == node.form:
                    return True
        return False

    def owns_alias(self, file: str, alias: Alias) -> bool:
        """Whether an imported name is ours: in a row of this file, else of the project, else by its template."""
        parts = {c.advice.part for c in self.codemods.values()}
        if alias.part not in parts:
            return False
        if not self.lock.present:
            return alias.local in spellings(alias.part)
        rows = [r for r in self.lock.by_file.get(file, ()) if r.kind == "import"]
        rows = rows or [r for r in self.lock.rows if r.kind == "import"]
        return any(alias.form in row.form.split(", ") for row in rows)


def _filled(advice: Advice, node: Node) -> str:
    """The text that an advice would have given with what stands in this node."""
    from splice.forms import literal

    target = (
        ast.unparse(node.expression.args[0]) if isinstance(node.expression, ast.Call) and node.expression.args else "x"
    )
    return advice.template.format(part=advice.part, operation=literal(node.operation), target=target)


def spellings(part: str) -> tuple[str, ...]:
    """Local names for a part, in the order in which they are tried."""
    return (part, f"_{part}", f"_splice_{part}")


def plan_file(module: Module, seen: Recognised, wants: Sequence[Want], known: Known) -> FilePlan:
    """The steps that bring one file to what is wanted there. No wants: what `strip` does."""
    file = module.file
    steps: list[Insert | Replace | Remove] = []
    kept: list[Row] = []
    findings: list[Finding] = []
    states: dict[tuple[str, str], dict[str, State]] = {}
    consumed: set[int] = set()
    names = _Locals(module, seen)
    for want in wants:
        state = states.setdefault((want.point.symbol, want.point.kind), {})
        here = [
            n
            for n in seen.nodes
            if n.kind == want.kind and n.part == want.part and n.symbol == want.scope and id(n) not in consumed
        ]
        if want.kind == "statement":
            here = [n for n in here if n.form == want.form]
        node = _pick(here, want, file, known)
        if node is None and here:  # a human's: kept, and counts
            state |= dict.fromkeys(want.codemods, "present")
            consumed.update(id(n) for n in here)
            findings += _humans(file, here[0], want)
            continue
        local = names.local(want.part)
        if node is not None and node.form == want.form and _in_place(node, want):
            consumed.add(id(node))
            kept.append(_kept_row(module, node, want, known))
            state |= dict.fromkeys(want.codemods, "inserted")
            continue
        if not local:
            state |= dict.fromkeys(want.codemods, "skipped")
            findings.append(_taken(file, want))
            continue
        state |= dict.fromkeys(want.codemods, "missing")
        if node is None:
            steps.append(Insert(want, local))
        elif _in_place(node, want) and want.kind == "decorator":
            consumed.add(id(node))
            steps.append(Replace(node, want, local))
            findings.append(_stale(file, node, want))
        else:
            consumed.add(id(node))
            steps += [Remove(node, known.row(file, node)), Insert(want, local)]
            findings.append(_misplaced(file, node, want, "error"))
    for node in seen.nodes:
        if id(node) not in consumed and (known.owns(file, node) or any(node.form == w.form for w in wants)):
            steps.append(Remove(node, known.row(file, node)))
    imports, dropped = names.imports(steps, lambda alias: known.owns_alias(file, alias))
    kept += _kept_imports(module, seen, dropped, known)
    gone = {id(s.node) for s in steps if isinstance(s, Remove)}
    before = tuple(row for row in known.lock.by_file.get(file, ()) if row.kind == "import")
    used = {n.part for n in seen.nodes if id(n) not in gone} | {part for part, _ in imports}
    used |= {alias.part for alias in seen.aliases if alias not in dropped}
    return FilePlan(file, tuple(steps), imports, dropped, tuple(kept), tuple(findings), states, before, frozenset(used), seen.parts)


def _pick(here: Sequence[Node], want: Want, file: str, known: Known) -> Node | None:
    """The node that is this want's insertion: the exact one in its place, else an exact one, else a stale one."""
    exact = [n for n in here if n.form == want.form]
    placed = [n for n in exact if _in_place(n, want)]
    stale = [n for n in here if known.owns(file, n)]
    return next(iter((*placed, *exact, *stale)), None)


def _in_place(node: Node, want: Want) -> bool:
    """Below the decorator that registers. A function's place is not fixed: nothing registers it."""
    return want.kind == "statement" or want.point.kind == "function" or node.index >= want.point.slot


def _kept_row(module: Module, node: Node, want: Want, known: Known) -> Row:
    row = known.row(module.file, node)
    text = row.text if row is not None else (_line_of(module, node),)
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
        extra=row_extra(want),
    )


def row_extra(want: Want) -> tuple[tuple[str, str], ...]:
    """The routes of an operation that does not name them itself."""
    if want.kind == "decorator" and " " not in want.point.operation and want.point.routes:
        return (("routes", ", ".join(want.point.routes)),)
    return ()


def _line_of(module: Module, node: Node) -> str:
    """The whole lines of a node as they stand, for a row that the lock has lost."""
    source = module.source
    expression = node.expression
    return source.text[source.line_start(expression.lineno) : source.line_start((expression.end_lineno or 0) + 1)]


def _kept_imports(module: Module, seen: Recognised, dropped: Sequence[Alias], known: Known) -> list[Row]:
    """Rows of the import statements of ours that stay as they are."""
    stays = [a for a in seen.aliases if a not in dropped and known.owns_alias(module.file, a)]
    forms = {alias.form for alias in stays}
    rows = [
        row
        for row in known.lock.by_file.get(module.file, ())
        if row.kind == "import" and forms & set(row.form.split(", "))
    ]
    covered = {name for row in rows for name in row.form.split(", ")}
    source = module.source
    for alias in stays:
        if alias.form not in covered:
            text = source.text[
                source.line_start(alias.node.lineno) : source.line_start((alias.node.end_lineno or 0) + 1)
            ]
            rows.append(Row(module.file, "", "import", form=alias.form, text=(text,)))
    return rows


class _Locals:
    """Local names for parts in one file: the one that is imported, else one that nothing else uses."""

    def __init__(self, module: Module, seen: Recognised) -> None:
        self.module, self.seen = module, seen
        self.chosen: dict[str, str] = {}

    def local(self, part: str) -> str:
        """The name to write, "" when every spelling is taken."""
        if part not in self.chosen:
            existing = self.seen.local(part)
            candidates = ((existing,) if existing else ()) + spellings(part)
            self.chosen[part] = next((name for name in candidates if not self._taken(name, part)), "")
        return self.chosen[part]

    def _taken(self, name: str, part: str) -> bool:
        """Whether this name means something else anywhere in the file, or may through a star import."""
        first = name.split(".")[0]
        ours = {id(alias.node) for alias in self.seen.aliases}
        imported = MARK + part == self.seen.names.get(name)
        scopes = [self.module.scope, *(d.inner for d in self.module.definitions.values())]
        for scope in scopes:
            for binding in scope.bindings.get(first, ()):
                is_ours = scope is self.module.scope and binding.kind in ("from", "import") and imported
                if not (is_ours and ours | {0}):
                    return True
        if imported:
            return False
        if self.module.scope.stars and not name.startswith("_"):
            return True
        return any(isinstance(n, ast.Name) and n.id == first for n in ast.walk(self.module.tree))

    def imports(
        self, steps: Iterable[Insert | Replace | Remove], owned: object
    ) -> tuple[tuple[tuple[str, str], ...], tuple[Alias, ...]]:
        """Names to import, and imported names of ours that nothing uses any more."""
        assert callable(owned)
        added = [s.local for s in steps if not isinstance(s, Remove)]
        removed = [s.node for s in steps if not isinstance(s, Insert)]
        wanted = {(s.want.part, s.local) for s in steps if not isinstance(s, Remove)}
        missing = sorted((part, local) for part, local in wanted if self.seen.names.get(local) != MARK + part)
        if not self.seen.aliases:
            return tuple(missing), ()
        uses: dict[str, int] = {}
        for node in ast.walk(self.module.tree):
            if isinstance(node, ast.Name):
                uses[node.id] = uses.get(node.id, 0) + 1
        for gone in removed:
            for node in ast.walk(gone.expression):
                if isinstance(node, ast.Name):
                    uses[node.id] -= 1
        for local in added:
            uses[local] = uses.get(local, 0) + 1
        dropped = [a for a in self.seen.aliases if not uses.get(a.local) and owned(a) and not self._exported(a.local)]
        return tuple(missing), tuple(dropped)

    def _exported(self, name: str) -> bool:
        bindings = self.module.scope.bindings.get("__all__", ())
        return any(
            isinstance(n, ast.Constant) and n.value == name
            for b in bindings
            if b.value is not None
            for n in ast.walk(b.value)
        )


def _humans(file: str, node: Node, want: Want) -> list[Finding]:
    line = node.expression.lineno
    if not _in_place(node, want):
        return [_misplaced(file, node, want, "error", ours=False)]
    text = f"@{want.part} here was written or edited by hand: kept as it is (wanted: {want.point.operation})"
    return [Finding("note", "edited-by-hand", text, file, line, "delete it, and `codemod run` puts back its own")]


def _misplaced(file: str, node: Node, want: Want, level: str, ours: bool = True) -> Finding:
    assert level == "error"
    text = f"@{want.part} stands above the decorator that registers {want.point.symbol}: it never runs there"
    fix = "codemod run" if ours else "move it directly below"
    return Finding("error", "misplaced", text, file, node.expression.lineno, fix)


def _stale(file: str, node: Node, want: Want) -> Finding:
    text = f"the operation is {want.point.operation} now, not {node.operation}"
    return Finding("error", "stale-operation", text, file, node.expression.lineno, "codemod run")


def _taken(file: str, want: Want) -> Finding:
    text = f"{want.point.symbol}: {Reason.NAME_TAKEN.value}: {want.part} and its aliases mean something else here"
    return Finding("warning", Reason.NAME_TAKEN.value, text, file, want.point.line, "rename one of them")
