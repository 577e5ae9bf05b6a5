"""Whoever calls a function that registers routes: the same statement means another route for each caller.

`def register_api(app, view, url)` is read once per call of it, in loops once per turn; a decorator factory once
per use. What no caller changes is evaluated once, without an environment, so that it is remembered.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from splice.resolve import Project
from splice.resolve.arguments import bind, parameters, passed, used, with_locals
from splice.symbols import CallSite, Definition, Loop, Scope
from splice.values import NONE, Env

_DEPTH = 5  # callers of callers of ...
_MOST = 500  # callers times turns: more is not code that people write, and all values at once will do


class Contexts:
    """Environments of functions, worked out once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._found: dict[int, tuple[Env, ...]] = {}
        self._depth = 0

    def turns(self, scope: Scope, loops: Sequence[Loop], nodes: Iterable[ast.AST]) -> Iterator[Env]:
        """Every environment in which a statement in `scope` runs, as far as `nodes` of it can tell the difference."""
        wanted = used(scope, [*nodes, *(loop.iter for loop in loops)])
        seen: list[Env] = []
        for outer in self.of(scope) if wanted & _parameters(scope) else (NONE,):
            for env in self.project.unroll(loops, scope, self._inside(scope, outer, wanted)):
                if env not in seen and len(seen) < _MOST:
                    seen.append(env)
        yield from seen

    def of(self, scope: Scope) -> tuple[Env, ...]:
        """What the parameters of the functions around `scope` are, once per way in which these are called."""
        function = scope.function()
        if function is None:
            return (NONE,)
        if id(function) in self._found:
            return self._found[id(function)]
        if self._depth > _DEPTH:
            return (NONE,)
        self._found[id(function)] = (NONE,)  # the answer for a function that calls itself
        self._depth += 1
        found: list[Env] = []
        for env in islice(self._calls(function), 2 * _MOST):
            if env not in found:
                found.append(env)
        self._depth -= 1
        self._found[id(function)] = tuple(found) if len(found) <= _MOST else (NONE,)
        return self._found[id(function)]

    def _calls(self, function: Scope) -> Iterator[Env]:
        assert function.parent is not None
        outer = self.of(function.parent)
        definition = function.module.definitions[function.symbol]
        calls: list[CallSite] = []
        if any(b.kind in ("param", "other") for bindings in function.bindings.values() for b in bindings):
            calls = self.project.calls_of(definition)
        for call in calls:
            skip = 1 if self.project.explicit_self(call) else 0
            wanted = used(call.scope, [call.node, *(loop.iter for loop in call.loops)])
            inside = call.scope.function() is function.parent.function()
            for caller in self.of(call.scope):
                for env in self.project.unroll(call.loops, call.scope, self._inside(call.scope, caller, wanted)):
                    own = parameters(definition, passed(self.project, call.node, call.scope, env, skip))
                    yield from ({**above, **own} for above in ((caller,) if inside else outer))
        if not calls:
            yield from outer

    def _inside(self, scope: Scope, outer: Env, wanted: set[str]) -> Env:
        """The parameters that are wanted, and the wanted names that functions around assign from parameters."""
        env: Env = {name: value for name, value in outer.items() if name in wanted}
        functions: list[Scope] = []
        home: Scope | None = scope
        while home is not None:
            functions += [home] if home.kind == "function" else []
            home = home.parent
        for function in reversed(functions):
            env = with_locals(self.project, function, env, wanted)
        return env

    def bound(self, definition: Definition, call: ast.Call, scope: Scope, env: Env) -> Env:
        """What a function's names are inside one call of it."""
        return bind(definition, passed(self.project, call, scope, env))


def _parameters(scope: Scope) -> set[str]:
    """The parameters of the functions around, without `self`."""
    found: set[str] = set()
    home: Scope | None = scope
    while home is not None:
        if home.kind == "function":
            found |= {name for name, bs in home.bindings.items() if any(b.kind in ("param", "other") for b in bs)}
        home = home.parent
    return found - {"self", "cls"}
