"""What a place should have (`Want`), the steps that bring it there, and what is known about who owns a node."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from splice.codemod import AddDecorator, Advice, Codemod, members_call
from splice.forms import form, literal
from splice.lock import Lock
from splice.model import JoinPoint, Row
from splice.recognise import MARK, Alias, Node, spellings


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
        return self.advice.part_at(self.point)

    @property
    def shown(self) -> str:
        """What it names, for people."""
        return ", ".join(self.point.operations)

    @property
    def is_placed(self) -> bool:
        """Whether it must stand below what registers: not on a function or a class, which nothing registers."""
        return self.kind == "decorator" and self.point.kind != "function" and not self.point.members

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


@functools.lru_cache(maxsize=65536)  # asked for again in every stage
def form_of(text: str, part: str) -> str:
    """The canonical form of an insertion's text."""
    return form(ast.parse(text, mode="eval").body, {part: MARK + part})


def row_extra(want: Want) -> tuple[tuple[str, str], ...]:
    """The routes of an operation that does not name them itself."""
    dotted = any(" " not in operation for operation in want.point.operations)
    if want.kind == "decorator" and dotted and want.point.routes:
        return (("routes", ", ".join(want.point.routes)),)
    return ()


@dataclass(frozen=True)
class Known:
    """What the whole project knows, for deciding who owns a node.

    `frozen`: a file could not be read that may say what others are called, so no insertion goes or is renamed.
    """

    lock: Lock
    codemods: Mapping[str, Codemod]
    operations: frozenset[str]
    frozen: bool = False

    def with_rows(self, file: str, rows: Iterable[Row]) -> Known:
        """The same knowledge with other rows for one file."""
        return replace(self, lock=self.lock.amended(file, rows))

    def thawed(self) -> Known:
        """The same knowledge for `strip`, which takes everything away."""
        return replace(self, frozen=False)

    def row(self, file: str, node: Node) -> Row | None:
        return self.lock.lookup(file, node.symbol, node.kind, node.form)

    def owns(self, file: str, node: Node) -> bool:
        """Whether a recognised node is ours. The lock is a hint: a codemod must be able to have produced it."""
        if not self._producible(node):
            return False
        if self.lock.present:
            return self.row(file, node) is not None
        return node.kind == "statement" or (bool(node.operations) and set(node.operations) <= self.operations)

    def _producible(self, node: Node) -> bool:
        for codemod in self.codemods.values():
            for advice in (codemod.advice, *codemod.previous.values()):
                if node.part in advice.parts and form_of(_filled(advice, node), node.part) == node.form:
                    return True
        return False

    def owns_alias(self, file: str, alias: Alias) -> bool:
        """Whether an imported name is ours: in a row of this file, else of the project, else by its template."""
        parts = {part for c in self.codemods.values() for part in c.advice.parts}
        if alias.part not in parts:
            return False
        if not self.lock.present:
            return alias.local in spellings(alias.part)
        return alias.form in self.lock.imports(file)


def _filled(advice: Advice, node: Node) -> str:
    """The text that an advice would have given with what stands in this node."""
    if isinstance(advice, AddDecorator) and node.part == advice.class_part:
        return members_call(node.part, sorted(node.members))
    target = (
        ast.unparse(node.expression.args[0]) if isinstance(node.expression, ast.Call) and node.expression.args else "x"
    )
    return advice.template.format(part=node.part, operation=literal(node.operation), target=target)
