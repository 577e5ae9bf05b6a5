"""Decorators of the project that register what they decorate: `@api_route("/x")`, with `add_url_rule` inside.

Each use of such a decorator is a route of the function below it, read with the arguments of that use.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from splice.forms import dotted
from splice.frameworks._contexts import Contexts
from splice.frameworks._flask_endpoints import Refuse
from splice.frameworks._flask_views import Target, views
from splice.frameworks._routing import innermost
from splice.mutation import last_name
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.symbols import Binding, CallSite, Definition, Module, Scope
from splice.values import NONE, Env, External, FuncRef


@dataclass(frozen=True, slots=True)
class Use:
    """A function of the project as the decorator of another, above it or applied to it: `api_route("/x")(f)`."""

    definition: Definition
    index: int
    decorator: ast.expr
    env: Env
    scope: Scope  # where the decorator stands


class Uses:
    """The uses of the project's functions as decorators, by the function."""

    def __init__(self, project: Project, contexts: Contexts) -> None:
        self.project, self.contexts = project, contexts
        self._found: dict[int, list[Use]] = {}

    def note(self, decorator: Definition, use: Use) -> None:
        self._found.setdefault(id(decorator), []).append(use)

    def note_applied(self, refuse: Refuse, adders: frozenset[str]) -> None:
        """Every `api_route("/x")(f)` with a decorator of the project."""
        for _, call in self.project.calls(""):
            inner = call.node.func
            if not isinstance(inner, ast.Call) or len(call.node.args) != 1:
                continue
            decorators = [v.definition for v in self.project.values(inner, call.scope) if isinstance(v, FuncRef)]
            for env in self.contexts.turns(call.scope, call.loops, [call.node]) if decorators else ():
                for view in views(self.project, Argument(call.node.args[0], call.scope, env)):
                    for decorator in decorators:
                        if isinstance(view, Target):
                            place = innermost(view.definition) - 1
                            self.note(decorator, Use(view.definition, place, inner, env, call.scope))
                        elif _registers(decorator, adders):
                            refuse(call.scope, call.node, view.reason, view.detail)

    def turns(self, call: CallSite, view: ast.expr | None) -> Iterator[tuple[Env, Use | None]]:
        """The environments of a registering call; where its view is what a decorator got, one for each use of that,
        and for each call.
        """
        binding = _parameter(call.scope, view)
        found = self._of(binding)
        yield from found
        if not found or (binding is not None and binding.target and self.project.calls_of(binding.target)):
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
            for value in self.project.values(use.decorator.func, use.scope, use.env):
                if isinstance(value, FuncRef) and value.definition.inner is inner.scope:
                    return self.contexts.bound(value.definition, use.decorator, use.scope, use.env)
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


def _registers(definition: Definition, adders: frozenset[str]) -> bool:
    """Whether a function holds a call that registers something."""
    calls = definition.scope.module.calls
    return any(call.scope is definition.inner and last_name(call.node.func) in adders for call in calls)


def looks_like_a_route(decorator: ast.expr, module: Module, names: frozenset[str]) -> bool:
    """Whether a decorator of an unknown object has the shape of a route, in a file that uses Flask."""
    if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute) or not decorator.args:
        return False
    path = decorator.args[0]
    if decorator.func.attr not in names:
        return False
    if not isinstance(path, ast.JoinedStr) and not (isinstance(path, ast.Constant) and isinstance(path.value, str)):
        return False
    if isinstance(path, ast.Constant) and not str(path.value).startswith("/"):
        return False
    return b"flask" in module.source.raw


def told(node: ast.expr, why: str) -> str:
    """Why the object that a decorator or a method belongs to is not known."""
    spelled = dotted(node.func if isinstance(node, ast.Call) else node)
    return f"what {spelled.rpartition('.')[0] or spelled or 'this'} is, is not known: {why}"
