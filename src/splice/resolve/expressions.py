"""Expressions to values: constants put together, sequences and their loops taken apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from splice.resolve.arguments import mentioned
from splice.symbols import Loop, Scope
from splice.values import (
    EVERY,
    GROWN,
    NONE,
    Const,
    Env,
    Function,
    Items,
    Unknown,
    Value,
    unique,
)

if TYPE_CHECKING:
    from splice.resolve.project import Project

ELSEWHERE = Unknown("an element of something that is not constant")
_TURNS = 1000  # turns of nested loops that are told apart; of more, a variable is all its values at once


class Expressions:
    """Evaluates one expression at a time; names, attributes and calls are the business of its neighbours."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def evaluate(self, node: ast.expr, scope: Scope, env: Env) -> tuple[Value, ...]:
        match node:
            case ast.Constant():
                return (Const(node.value),)
            case ast.Name():
                if node.id in env:
                    return self.project.changes.settled(self.project.scopes.home(node.id, scope), node.id, env[node.id])
                return self.project.scopes.lookup(node.id, scope, node.lineno)
            case ast.Attribute():
                return unique(
                    v
                    for base in self.project.values(node.value, scope, env)
                    for v in self.project.classes.attribute(base, node.attr)
                )
            case ast.Call(func=ast.Name(id="super"), args=[]) if supers := self.project.classes.super_(scope):
                return supers
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords) if all(k.arg for k in keywords):
                keys = [ast.Constant(keyword.arg) for keyword in keywords]
                return (Items(tuple((keyword.value, scope) for keyword in keywords), tuple(keys)),)
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, name, *_]):
                attr = self.project.text(name, scope, env)
                found = (
                    v
                    for base in self.project.values(owner, scope, env)
                    if attr
                    for v in self.project.classes.attribute(base, attr)
                )
                return unique(found)
            case ast.Call():
                return unique(
                    v
                    for callee in self.project.values(node.func, scope, env)
                    for v in self.project.callers.called(callee, node, scope, env)
                )
            case ast.List() | ast.Tuple() | ast.Set():
                return (Items(tuple(self._elements(node.elts, scope, env))),)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return (self._comprehension(node, scope, env),)
            case ast.Dict():
                return (Items(tuple((value, scope) for value in node.values), tuple(node.keys)),)
            case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                return (self._joined(node, scope, env),)
            case ast.IfExp():
                return unique(
                    (*self.project.values(node.body, scope, env), *self.project.values(node.orelse, scope, env))
                )
            case ast.BoolOp():
                return unique(v for part in node.values for v in self.project.values(part, scope, env))
            case ast.NamedExpr():
                return self.project.values(node.value, scope, env)
            case ast.Await():
                return self.project.values(node.value, scope, env)
            case ast.Lambda():
                return (Function(node),)
            case ast.Subscript(slice=ast.Constant(value=key)):
                return self._subscript(node.value, key, scope, env)
        return (Unknown(f"{type(node).__name__} is not evaluated"),)

    def _elements(self, nodes: Sequence[ast.expr], scope: Scope, env: Env) -> Iterator[tuple[ast.expr, Scope]]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                inner = self.project.value(node.value, scope, env)
                if isinstance(inner, Items) and not inner.unsure:
                    yield from inner.elements
                    continue
            elif env and mentioned(env, node):  # it means something else to each caller
                node = self.project.stand_in(node, scope, self.project.values(node, scope, env))
            yield node, scope

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: Scope, env: Env) -> Value:
        """`[Route(path, view) for path, view in PAIRS]`: each turn's element stands in for what it means there."""
        if any(part.ifs or not self._whole(part.iter, scope, env) for part in node.generators):
            return Unknown("a comprehension that is not over constants")
        turns = self.unroll(node.generators, scope, env)
        return Items(
            tuple(
                (self.project.stand_in(node.elt, scope, self.project.values(node.elt, scope, t)), scope) for t in turns
            )
        )

    def _joined(self, node: ast.expr, scope: Scope, env: Env) -> Value:
        """Text or list put together from constant pieces: `PREFIX + "/x"`, `f"{PREFIX}/x"`, `[...] + more`."""
        pieces: list[ast.expr] = []
        while isinstance(node, ast.BinOp):  # left-leaning: a loop, since 500 terms would overflow a recursion
            pieces.append(node.right)
            node = node.left
        pieces.append(node)
        texts: list[str] = []
        elements: list[tuple[ast.expr, Scope]] = []
        unsure: frozenset[object] = frozenset()
        for piece in reversed(pieces):
            parts = piece.values if isinstance(piece, ast.JoinedStr) else [piece]
            for part in parts:
                plain = isinstance(part, ast.FormattedValue) and part.conversion == -1 and part.format_spec is None
                value = self.project.value(part.value if plain else part, scope, env)  # type: ignore[attr-defined]
                if isinstance(value, Items) and not value.keys:
                    elements += value.elements
                    unsure |= value.unsure
                elif isinstance(value, Const) and isinstance(value.value, (str, int) if plain else str):
                    texts.append(str(value.value))
                else:
                    return Unknown(value.why if isinstance(value, Unknown) else "text that is not constant")
        if (elements or unsure) and texts:
            return Unknown("text added to a list")
        return Items(tuple(elements), unsure=unsure) if elements or unsure else Const("".join(texts))

    def _subscript(self, node: ast.expr, key: object, scope: Scope, env: Env) -> tuple[Value, ...]:
        for value in self.project.values(node, scope, env):
            if not isinstance(value, Items):
                continue
            if value.unsure & {EVERY, GROWN, key}:
                break
            if value.keys:
                for name, (element, where) in zip(value.keys, value.elements, strict=True):
                    if isinstance(name, ast.Constant) and name.value == key:
                        return self.project.values(element, where)
            elif isinstance(key, int) and -len(value.elements) <= key < len(value.elements):
                return self.project.values(*value.elements[key])
        return (Unknown("an element that is not constant"),)

    def _whole(self, node: ast.expr, scope: Scope, env: Env) -> bool:
        """Whether a sequence has elements, and nothing adds to them or changes them."""
        value = self.project.value(node, scope, env)
        return isinstance(value, Items) and bool(value.elements) and not value.unsure

    def elements(self, node: ast.expr, scope: Scope, env: Env = NONE) -> tuple[tuple[ast.expr, Scope], ...]:
        """The elements of a constant sequence (or of a dict's `.items()` as tuples); empty when it is not one."""
        value = self.project.value(node, scope, env)
        if not isinstance(value, Items):
            return ()
        elements = value.certain()
        called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
        if not value.keys or called == "values":
            return elements
        keys = [
            key
            for key, element in zip(value.keys, value.elements, strict=True)
            if key is not None and element in elements
        ]
        if called == "items":
            pairs = zip(keys, elements, strict=False)
            made = [(ast.copy_location(ast.Tuple([k, v], ast.Load()), k), where) for k, (v, where) in pairs]
            self.project.made += (node for node, _ in made)
            return tuple(made)
        return tuple((key, scope) for key in keys)

    def unroll(self, loops: Sequence[Loop], scope: Scope, outer: Env = NONE) -> tuple[Env, ...]:
        """One environment (with `outer`) per turn of the loops around a call, when they run over constant sequences.

        A loop over something unknown gives one turn with its variables unknown; so does, besides its turns, one
        over what something may add to.
        """
        envs: list[dict[str, tuple[Value, ...]]] = [{**outer}]
        for loop in loops:
            inner: list[dict[str, tuple[Value, ...]]] = []
            for env in envs:
                turns = self.turns(loop.iter, scope, env)
                if len(inner) + len(turns) > _TURNS:
                    return (dict(outer),)
                # Where no turn is known, its variables are all that they may be anywhere.
                inner += [{**env, **(self._targets(loop.target, turn) if turns != (None,) else {})} for turn in turns]
            envs = inner
        return tuple(envs)

    def turns(self, node: ast.expr, scope: Scope, env: Env = NONE) -> tuple[tuple[ast.expr, Scope] | None, ...]:
        """The elements of a sequence, and None for those that are not known."""
        found = self.elements(node, scope, env)
        return found if self._whole(node, scope, env) else (*found, None)

    def _targets(self, target: ast.expr, turn: tuple[ast.expr, Scope] | None) -> dict[str, tuple[Value, ...]]:
        """The variables of one turn of a loop."""
        if isinstance(target, ast.Name):
            return {target.id: self.project.values(*turn) if turn is not None else (ELSEWHERE,)}
        found: dict[str, tuple[Value, ...]] = {}
        if isinstance(target, (ast.Tuple, ast.List)):
            inner = self.project.value(*turn) if turn is not None else ELSEWHERE
            if turn is None or not isinstance(inner, Items):
                parts: Sequence[tuple[ast.expr, Scope] | None] = [None] * len(target.elts) if turn is None else ()
            else:
                parts = inner.elements if len(inner.elements) == len(target.elts) and not inner.unsure else ()
            for part, value in zip(target.elts, parts, strict=False):
                found |= self._targets(part, value)
        return found
