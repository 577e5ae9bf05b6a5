"""What an expression surely is: every value that it may have, and Unknown among them as soon as one cannot be said.

Stricter than the resolver below it, which answers what a name most likely stands for: here a name that is bound
twice has the values of both, a parameter those of every call, and what somebody sets elsewhere is not known. So a
test double, a wrapper or a local name like a library's is never taken for the library.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from splice.outbound.annotations import Annotations
from splice.outbound.members import Members
from splice.outbound.names import Bindings
from splice.outbound.results import Results
from splice.symbols import Scope
from splice.values import Const, Items, Unknown, Value

if TYPE_CHECKING:
    from splice.resolve import Project

NOTHING = Const(None)
Key = tuple[int, int]
_DEPTH = 40
_PASSES = 8
_MOST = 30  # kinds of things that one expression may be: more is no receiver that anybody reads


def union(values: Iterable[Value]) -> tuple[Value, ...]:
    """The values in their order, each once; empty where there are none."""
    found = tuple(dict.fromkeys(values))
    return found if len(found) <= _MOST else (Unknown("has too many values"),)


class Sure:
    """Asked for one expression at a time; what it found out it keeps."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.bindings = Bindings(self)
        self.members = Members(self)
        self.results = Results(self)
        self.annotations = Annotations(self)
        self._memo: dict[Key, tuple[Value, ...]] = {}
        self._active: set[Key] = set()
        self._round: dict[Key, tuple[Value, ...]] = {}  # what this pass found out
        self._before: dict[Key, tuple[Value, ...]] = {}  # what the pass before did
        self._circular = False
        self._kept: list[ast.expr] = []  # the memo goes by identity

    def values(self, node: ast.expr, scope: Scope) -> tuple[Value, ...]:
        """Every value of an expression in `scope`; empty only within a definition in terms of itself.

        What is defined in a circle is passed over until nothing is added.
        """
        key = (id(node), id(scope))
        if key in self._memo:
            return self._memo[key]
        if self._active:
            return self._once(key, node, scope)
        self._before = {}
        for _ in range(_PASSES):
            self._round, self._circular = {}, False
            found = self._once(key, node, scope)
            if not self._circular or self._round == self._before:
                self._memo.update(self._round)
                return found
            self._before = self._round
        self._memo[key] = (*found, Unknown("defined in terms of itself"))
        return self._memo[key]

    def _once(self, key: Key, node: ast.expr, scope: Scope) -> tuple[Value, ...]:
        if key in self._round:
            return self._round[key]
        if key in self._active:
            self._circular = True
            return self._before.get(key, ())
        if len(self._active) > _DEPTH:
            return (Unknown("too deeply nested"),)
        self._active.add(key)
        self._kept.append(node)
        try:
            found = union(self._evaluate(node, scope))
        finally:
            self._active.discard(key)
        self._round[key] = found
        return found

    def all_of(self, nodes: Iterable[tuple[ast.expr, Scope]]) -> tuple[Value, ...]:
        """Every value of several expressions."""
        return union(v for node, scope in nodes for v in self.values(node, scope))

    def _evaluate(self, node: ast.expr, scope: Scope) -> Iterable[Value]:
        match node:
            case ast.Constant():
                return (Const(node.value),)
            case ast.Name():
                return self.bindings.name(node.id, scope)
            case ast.Attribute():
                return self.attribute(self.values(node.value, scope), node.attr)
            case ast.Call():
                return self.results.of(node, scope)
            case ast.BoolOp():
                return self.all_of((part, scope) for part in node.values)
            case ast.IfExp():
                return self.all_of(((node.body, scope), (node.orelse, scope)))
            case ast.NamedExpr() | ast.Await():
                return self.values(node.value, scope)
            case ast.Subscript():
                return self._element(node, scope)
        return (Unknown(f"{type(node).__name__} is not evaluated"),)

    def attribute(self, bases: Iterable[Value], attr: str) -> tuple[Value, ...]:
        """`base.attr` for every base; None has no attributes that anybody waits for."""
        return union(v for base in bases if base != NOTHING for v in self.members.of(base, attr))

    def _element(self, node: ast.Subscript, scope: Scope) -> Iterable[Value]:
        """An element of a list or dict that nothing changes; which one does not matter where all are the same."""
        found = self.project.value(node.value, scope)
        if not isinstance(found, Items) or found.unsure or not found.elements or None in found.keys:
            return (Unknown("an element of something that is not constant"),)
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        wanted = [e for k, e in zip(found.keys, found.elements, strict=False) if _is_key(k, key)]
        return self.all_of(wanted or found.elements)


def _is_key(node: ast.expr | None, key: object) -> bool:
    return key is not None and isinstance(node, ast.Constant) and node.value == key
