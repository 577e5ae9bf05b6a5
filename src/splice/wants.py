"""What a place should have (`Want`), the steps that bring it there, and what is known about who owns a node."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from splice.codemod import AddArgument, AddDecorator, Advice, Codemod, WrapCallee, members_call
from splice.forms import dotted, form, literal
from splice.lock import Lock
from splice.model import JoinPoint, Row
from splice.pieces import closeness, host, hosts
from splice.recognise import MARK, Alias, Node, spellings
from splice.scaffold import PARTS
from splice.symbols import Module


@dataclass(frozen=True, slots=True)
class Want:
    """One insertion that a join point should have; several codemods may share it."""

    point: JoinPoint
    advice: Advice
    codemods: tuple[str, ...]
    version: int
    call: tuple[int, int] | None = None  # which of the join point's calls, where the advice changes calls

    @property
    def kind(self) -> str:
        return self.advice.kind

    @property
    def part(self) -> str:
        return self.advice.part_at(self.point)

    @property
    def shown(self) -> str:
        """What it names, for people."""
        return ", ".join(self.point.operations)

    def instead(self, node: Node) -> str:
        """How an insertion that stands there differs, for people: by its operation, or by what else it says."""
        if isinstance(self.advice, AddDecorator) and "{operation}" in self.advice.template:
            return f"the operation is {self.shown} now, not {node.shown}"
        return f"{self.advice.text(self.point, self.part)} is wanted here, not {ast.unparse(node.expression)}"

    @property
    def is_placed(self) -> bool:
        """Whether it must stand below what registers: not on a function or a class, which nothing registers."""
        return self.kind == "decorator" and self.point.kind != "function" and not self.point.members

    @property
    def is_partial(self) -> bool:
        """Whether it speaks of some members of a class only, since of others nobody can say what is wanted."""
        return isinstance(self.advice, AddDecorator) and self.advice.partial

    @property
    def form(self) -> str:
        text = form_of(self.advice.text(self.point, self.part), self.part)
        return f"{self.advice.keyword}={text}" if isinstance(self.advice, AddArgument) else text

    @property
    def place(self) -> str:
        """Where a recognised node of this want would stand: see `Node.place`."""
        return f"{self.call[0]}:{self.call[1]}" if self.call is not None else self.scope

    @property
    def scope(self) -> str:
        """The symbol that a recognised node of this want would carry."""
        if self.kind != "statement":
            return self.point.symbol
        assert self.point.anchor is not None
        return self.point.symbol.removesuffix(self.point.anchor.target).removesuffix(".")


@dataclass(frozen=True, slots=True)
class Insert:
    want: Want
    local: str
    inner: int = 0  # decorators of ours below which a decorator goes
    beneath: ast.stmt | None = None  # the statement of ours below which a statement goes


@dataclass(frozen=True, slots=True)
class Replace:
    node: Node
    want: Want
    local: str


@dataclass(frozen=True, slots=True)
class Remove:
    node: Node
    row: Row | None


@functools.lru_cache(maxsize=65536)  # asked for again in every stage
def form_of(text: str, part: str) -> str:
    """The canonical form of an insertion's text."""
    return form(ast.parse(text, mode="eval").body, {part: MARK + part})


def row_extra(module: Module, want: Want) -> tuple[tuple[str, str], ...]:
    """The routes of an operation that does not name them itself; the call that has an element of ours."""
    if isinstance(want.advice, AddArgument) and want.advice.element and want.call is not None:
        return (("host", hosts(module, want.advice.keyword).get(want.call, "")),)
    dotted = any(" " not in operation for operation in want.point.operations)
    if want.kind == "decorator" and dotted and want.point.routes:
        return (("routes", ", ".join(want.point.routes)),)
    return ()


@dataclass(frozen=True)
class Known:
    """What the whole project knows, for deciding who owns a node.

    `frozen`: a file could not be read that may say what others are called, so no insertion goes or is renamed.
    `leaving`: all of it is asked to go, so that without a lock a template is enough, where nothing tells a human's.
    """

    lock: Lock
    codemods: Mapping[str, Codemod]
    operations: frozenset[str]
    frozen: bool = False
    leaving: bool = False
    standing: frozenset[tuple[str, str, str]] = frozenset()  # (file, symbol, codemod) whose insertions stay in doubt
    only: frozenset[tuple[str, str, str]] | None = None  # of which alone steps are made, where not of everything
    guarding: frozenset[str] = frozenset()  # parts that guard, and go only where the policy decides so: `guarding.py`
    settled: frozenset[tuple[str, str]] = frozenset()  # (file, symbol) of which the policy decides

    def with_rows(self, file: str, rows: Iterable[Row]) -> Known:
        """The same knowledge with other rows for one file."""
        return replace(self, lock=self.lock.amended(file, rows))

    def stays(self, file: str, row: Row | None) -> bool:
        """Whether an insertion that nobody wants now stays all the same: every codemod of it is in doubt there."""
        keys = {(file, row.symbol, name) for name in row.codemods} if row is not None else set()
        return self.frozen or (bool(keys) and keys <= self.standing)

    def asks(self, file: str, symbol: str, names: Iterable[str]) -> bool:
        """Whether steps are made here for these codemods (or this part, which no codemod answers for)."""
        return self.only is None or any((file, symbol, name) in self.only for name in names)

    def thawed(self) -> Known:
        """The same knowledge for `strip`, which takes everything away."""
        return replace(self, frozen=False, standing=frozenset(), only=None, guarding=frozenset())

    def row(self, module: Module, node: Node, symbol: str = "") -> Row | None:
        """The row of a recognised node; of several of its place, the one of that join point, if it is one's (`symbol`),
        else the one that names its call, else the one whose text stands there."""
        scope = symbol.partition(":")[0] if symbol else node.symbol
        rows, call = self.lock.lookups(module.file, scope, node.kind, node.form), host(module, node)

        def near(row: Row) -> tuple[bool, bool, int]:
            same = bool(call) and dict(row.extra).get("host") == call
            return row.symbol == symbol, same, closeness(module.source, node, row)

        return max(rows, key=near, default=None)

    def owns(self, file: str, node: Node) -> bool:
        """Whether a recognised node is ours. The lock is a hint: a codemod must be able to have produced it."""
        if not self._producible(node):
            return False
        if self.lock.present:
            return self.lock.lookup(file, node.symbol, node.kind, node.form) is not None
        if node.kind == "decorator" and node.operations and set(node.operations) <= self.operations:
            return True
        return node.kind == "statement" or (self.leaving and not self._names_operations(node))

    def _producible(self, node: Node) -> bool:
        if node.part not in PARTS:  # of an aspect, perhaps one that is configured no more
            return node.kind == "decorator" and not isinstance(node.expression, ast.Call)
        for codemod in self.codemods.values():
            fixed = (codemod.advice,) if codemod.advice is not None else ()
            for advice in (*fixed, *codemod.previous.values()):
                if _fits(advice, node) and _form(advice, _filled(advice, node), node.part) == node.form:
                    return True
            if any(_fits(shape, node) and _is_literal(node.expression) for shape in codemod.shapes):
                return True
        return False

    def _names_operations(self, node: Node) -> bool:
        """Whether what a codemod inserts there says which operation it is: then one that is none is a human's."""
        fixed = (codemod.advice for codemod in self.codemods.values() if codemod.advice is not None)
        return any(_fits(advice, node) and "{operation}" in getattr(advice, "template", "") for advice in fixed)

    def owns_alias(self, file: str, alias: Alias) -> bool:
        """Whether an imported name is ours: in a row of this file, else of the project, else by its template."""
        parts = {part for c in self.codemods.values() for part in c.parts}
        if alias.part not in parts and alias.part in PARTS:
            return False
        if not self.lock.present:
            return alias.local in spellings(alias.part)
        return alias.form in self.lock.imports(file)


def _form(advice: Advice, text: str, part: str) -> str:
    shape = form_of(text, part)
    return f"{advice.keyword}={shape}" if isinstance(advice, AddArgument) else shape


def _fits(advice: Advice, node: Node) -> bool:
    """Whether an advice inserts such a part in such a place."""
    fits = node.kind == advice.kind and node.part in advice.parts
    return fits and (not isinstance(advice, AddArgument) or node.form.startswith(advice.keyword + "="))


def _is_literal(node: ast.expr) -> bool:
    """A part, or a call of one with nothing but literals (and the name of an app) as arguments."""
    if not isinstance(node, ast.Call):
        return True
    values = [*node.args, *(word.value for word in node.keywords)]
    return all(bool(dotted(value)) or _is_constant(value) for value in values)


def _is_constant(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _filled(advice: Advice, node: Node) -> str:
    """The text that an advice would have given with what stands in this node."""
    if isinstance(advice, AddDecorator) and node.part == advice.class_part:
        return members_call(node.part, sorted(node.members))
    if isinstance(advice, WrapCallee):
        return node.part
    target = (
        ast.unparse(node.expression.args[0]) if isinstance(node.expression, ast.Call) and node.expression.args else "x"
    )
    return advice.template.format(part=node.part, operation=literal(node.operation), target=target)
