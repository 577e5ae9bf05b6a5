"""Decorators of the project that register what they decorate: `@api_route("/x")`, with `add_url_rule` inside.

Each use of such a decorator is a route of the function below it, read with the arguments of that use.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from splice.frameworks._contexts import Contexts
from splice.resolve import Project
from splice.symbols import Binding, CallSite, Definition, Scope
from splice.values import NONE, Env, External, FuncRef


@dataclass(frozen=True, slots=True)
class Use:
    """A function of the project as the decorator of another."""

    definition: Definition
    index: int
    decorator: ast.expr
    env: Env


class Uses:
    """The uses of the project's functions as decorators, by the function."""

    def __init__(self, project: Project, contexts: Contexts) -> None:
        self.project, self.contexts = project, contexts
        self._found: dict[int, list[Use]] = {}

    def note(self, decorator: Definition, use: Use) -> None:
        self._found.setdefault(id(decorator), []).append(use)

    def turns(self, call: CallSite, view: ast.expr | None) -> Iterator[tuple[Env, Use | None]]:
        """The environments of a registering call; where its view is what a decorator got, one for each use of that."""
        binding = _parameter(call.scope, view)
        found = self._of(binding)
        if found:
            yield from found
        else:
            yield from ((env, None) for env in self.contexts.turns(call.scope, call.loops, [call.node]))

    def wrapper_turns(self, definition: Definition, index: int, parameter: str) -> Iterator[tuple[Env, Use | None]]:
        """The same for a decorator of a wrapper that is made in a decorator of the project."""
        binding = next(b for b in definition.scope.bindings[parameter] if b.kind == "param")
        found = self._of(binding)
        if found:
            yield from found
        else:
            nodes = [definition.node.decorator_list[index]]
            yield from ((env, None) for env in self.contexts.turns(definition.scope, definition.loops, nodes))

    def wrapped_parameter(self, definition: Definition) -> str:
        """The name in `@functools.wraps(f)`, where it is a parameter of the function around; else ""."""
        for decorator in definition.node.decorator_list:
            if isinstance(decorator, ast.Call) and len(decorator.args) == 1 and isinstance(decorator.args[0], ast.Name):
                callee = self.project.values(decorator.func, definition.scope)
                bound = definition.scope.bindings.get(decorator.args[0].id, ())
                if External("functools.wraps") in callee and any(b.kind == "param" for b in bound):
                    return decorator.args[0].id
        return ""

    def _of(self, binding: Binding | None) -> list[tuple[Env, Use | None]]:
        if binding is None or binding.target is None:
            return []
        return [(self._closure(binding.target, use), use) for use in self._found.get(id(binding.target), ())]

    def _closure(self, inner: Definition, use: Use) -> Env:
        """What the parameters of a decorator factory are in one use of it."""
        if isinstance(use.decorator, ast.Call):
            scope = use.definition.scope
            for value in self.project.values(use.decorator.func, scope, use.env):
                if isinstance(value, FuncRef) and value.definition.inner is inner.scope:
                    return self.contexts.bound(value.definition, use.decorator, scope, use.env)
        return NONE


def _parameter(scope: Scope, view: ast.expr | None) -> Binding | None:
    """The parameter that a name is, of whichever function around."""
    home: Scope | None = scope
    if isinstance(view, ast.Name):
        while home is not None and view.id not in home.bindings:
            home = home.parent
        first = home.bindings[view.id][0] if home is not None else None
        return first if first is not None and first.kind == "param" else None
    return None
