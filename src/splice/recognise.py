"""Who owns a node: finds what a file holds of the service's scaffold, and tells our insertions from a human's.

A node is ours if and only if its callee resolves, through this module's imports, to the service's scaffold,
and its form is one that we know: a lock row of it, or, with no lock at all, a codemod's template holding an
operation that the project has. (That it equals what the plan wants here is the planner's question.)
Exact text is never asked: formatters change it. Line numbers neither: people move code.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from splice.forms import dotted, form
from splice.model import Row
from splice.resolve import Names
from splice.symbols import CallSite, Module, Scope

MARK = "\N{SECTION SIGN}"  # in forms: a part of the scaffold, whatever it is called in that file


def spellings(part: str) -> tuple[str, ...]:
    """Local names for a part, in the order in which they are tried."""
    return (part, f"_{part}", f"_splice_{part}")


@dataclass(frozen=True, slots=True)
class Alias:
    """One imported name of the scaffold: `from .scaffold import observed as obs`."""

    node: ast.ImportFrom
    part: str
    local: str
    moved: bool = False  # from a scaffold that is not this file's (any more): the file was moved

    @property
    def form(self) -> str:
        return self.part if self.part == self.local else f"{self.part} as {self.local}"


@dataclass(frozen=True, slots=True)
class Node:
    """A place of this file that holds a part of the scaffold.

    A decorator, a statement that calls a part, an argument (or an element of an argument's list) that is one, or the
    part around a callee, as in `retried(fetch)(url)`.
    """

    kind: str  # decorator | statement | argument | wrap
    part: str
    form: str
    expression: ast.expr  # of a wrap, the part alone
    symbol: str  # the decorated definition (also by the call that has it), or the scope of the statement or call
    index: int = 0  # in the decorator list
    statement: ast.stmt | None = None
    host: ast.Call | None = None  # the call that has the argument, or whose callee is wrapped

    @property
    def place(self) -> str:
        """Where it belongs to: a symbol, or the end of a call."""
        return end_of(self.host) if self.host is not None else self.symbol

    @property
    def operation(self) -> str:
        """The first argument when it is a literal text, else ""."""
        if isinstance(self.expression, ast.Call) and self.expression.args:
            first = self.expression.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                return first.value
        return ""

    @property
    def members(self) -> tuple[tuple[str, str], ...]:
        """The keywords with a literal text, as a class decorator names inherited methods."""
        keywords = self.expression.keywords if isinstance(self.expression, ast.Call) else []
        return tuple(
            (word.arg, word.value.value)
            for word in keywords
            if word.arg and isinstance(word.value, ast.Constant) and isinstance(word.value.value, str)
        )

    @property
    def operations(self) -> tuple[str, ...]:
        """Every operation that this node names."""
        return (self.operation,) if self.operation else tuple(operation for _, operation in self.members)

    @property
    def shown(self) -> str:
        """What it names, for people."""
        return ", ".join(self.operations)


def end_of(call: ast.Call) -> str:
    """Where a call ends, which no other call does. Lines from 1, columns in UTF-8 bytes, as in `ast`."""
    return f"{call.end_lineno}:{call.end_col_offset}"


@dataclass(frozen=True, slots=True)
class Recognised:
    """Everything of the scaffold in one file. `names` maps local spellings to canonical ones."""

    aliases: tuple[Alias, ...]
    names: dict[str, str]
    nodes: tuple[Node, ...]
    lost: tuple[tuple[str, str], ...] = ()  # (part, local name) whose import somebody deleted, and uses still stand

    @property
    def parts(self) -> frozenset[str]:
        """Every part of the scaffold that the file uses or imports."""
        return frozenset(n.part for n in self.nodes) | frozenset(a.part for a in self.aliases)

    def local(self, part: str) -> str:
        """How this file spells a part, "" when it has not imported it."""
        return min((name for name, mark in self.names.items() if mark == MARK + part), key=len, default="")


def recognise(
    module: Module, scaffold: str, names: Names, others: Collection[str] = (), rows: Sequence[Row] = ()
) -> Recognised:
    """What this file holds of the scaffold module with that dotted name.

    `others` are the project's other scaffolds. What is imported from one of them, or from a scaffold that is not
    there any more, counts too, and says so: people move files. `rows` are the lock's of this file: a name that
    they import, and that nothing in the file means any more, is still what they say.
    """
    aliases, prefixes = [], []
    stem = scaffold.rpartition(".")[2]
    for node in _imports(module.tree.body):
        if isinstance(node, ast.Import):
            prefixes += [item.asname or item.name for item in node.names if item.name == scaffold]
            continue
        origin = names.resolve(module.file, node.module, node.level)
        moved = origin != scaffold and (
            origin in others or (origin.rpartition(".")[2] == stem and names.file_of(origin, module.file) is None)
        )
        for item in node.names:
            local = item.asname or item.name
            if (origin == scaffold or moved) and item.name != "*":
                aliases.append(Alias(node, item.name, local, moved))
            elif f"{origin}.{item.name}" == scaffold:
                prefixes.append(local)
    spellings = {alias.local: MARK + alias.part for alias in aliases}
    lost = dict(_unbound(module, rows))
    spellings |= {local: MARK + part for local, part in lost.items()}
    if not spellings and not prefixes:
        return Recognised((), {}, ())
    found = tuple(_nodes(module, spellings, prefixes))
    used = {n.id for node in found for n in ast.walk(node.expression) if isinstance(n, ast.Name)}
    gone = tuple((part, local) for local, part in sorted(lost.items()) if local in used)
    return Recognised(tuple(aliases), {k: v for k, v in spellings.items() if k in used or k not in lost}, found, gone)


def _unbound(module: Module, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """(local name, part) of imports that the lock speaks of and of which nothing is left in the file."""
    for row in rows:
        for item in row.form.split(", ") if row.kind == "import" and not module.scope.stars else ():
            part, _, local = item.partition(" as ")
            # Only names that we write: a forged row may not turn the service's `print("x")` into a call of ours.
            if (local or part) in spellings(part) and not module.scope.bindings.get(local or part):
                yield local or part, part


def _imports(body: Sequence[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports that run when the module is imported: not those for type checkers, not those in functions."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, ast.If):
            if dotted(node.test).rpartition(".")[2] != "TYPE_CHECKING":
                yield from _imports(node.body)
            yield from _imports(node.orelse)
        elif isinstance(node, ast.Try):
            yield from _imports(node.body)
            for handler in node.handlers:
                yield from _imports(handler.body)


def _nodes(module: Module, spellings: dict[str, str], prefixes: list[str]) -> Iterator[Node]:
    decorated: dict[int, str] = {}
    for definition in module.definitions.values():
        for index, decorator in enumerate(definition.node.decorator_list):
            decorated[id(decorator)] = definition.symbol
            if part := _part(decorator, spellings, prefixes, definition.scope):
                yield Node("decorator", part, form(decorator, spellings), decorator, definition.symbol, index)
    for call in module.calls:
        statement = call.statement
        if isinstance(statement, ast.Expr) and statement.value is call.node:
            part = _part(call.node, spellings, prefixes, call.scope)
            if part:
                shape = form(call.node, spellings)
                yield Node("statement", part, shape, call.node, call.scope.symbol, statement=statement)
        yield from _in_call(call, decorated.get(id(call.node), call.scope.symbol), spellings, prefixes)


def _in_call(call: CallSite, symbol: str, spellings: dict[str, str], prefixes: list[str]) -> Iterator[Node]:
    """Arguments of a call that are parts, and a part around what is called."""
    node, scope = call.node, call.scope
    for word in node.keywords:
        elements = word.value.elts if isinstance(word.value, ast.List) else [word.value]
        for value in elements if word.arg else ():
            if part := _part(value, spellings, prefixes, scope):
                shape = f"{word.arg}={form(value, spellings)}"
                yield Node("argument", part, shape, value, symbol, host=node)
    wrap = node.func
    alone = isinstance(wrap, ast.Call) and len(wrap.args) == 1 and not wrap.keywords
    if isinstance(wrap, ast.Call) and alone and (part := _part(wrap.func, spellings, prefixes, scope)):
        yield Node("wrap", part, form(wrap.func, spellings), wrap.func, symbol, host=node)


def _part(node: ast.expr, spellings: dict[str, str], prefixes: list[str], scope: Scope) -> str:
    """The part of the scaffold that an expression calls (or is), "" when none; remembers prefixed spellings."""
    spelled = dotted(node.func if isinstance(node, ast.Call) else node)
    if not spelled or _shadowed(spelled.split(".")[0], scope):
        return ""
    if spelled in spellings:
        return spellings[spelled].removeprefix(MARK)
    prefix, _, part = spelled.rpartition(".")
    if prefix in prefixes:
        spellings[spelled] = MARK + part
        return part
    return ""


def _shadowed(name: str, scope: Scope) -> bool:
    """Whether a function or class around this place gives the name another meaning."""
    inner: Scope | None = scope
    while inner is not None and inner.kind != "module":
        if name in inner.bindings and (inner is scope or inner.kind != "class"):
            return True
        inner = inner.parent
    return False
