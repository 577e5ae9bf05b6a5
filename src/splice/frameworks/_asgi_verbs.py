"""The registering methods of FastAPI and Starlette: which one a call calls, on which object.

`app.get`, `app.router.get`, `get = router.get`, `partial(router.get, tags=["x"])`; and whether a subclass of the
project puts its own code in between, so that the path may not be what the call says.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from splice.arguments import Passed, passed
from splice.frameworks._asgi_calls import classes, methods_of
from splice.frameworks._asgi_graph import Graph, Paths
from splice.model import Kind
from splice.resolve import Project
from splice.symbols import Definition, Scope
from splice.values import NONE, Env, External, Instance, Member, Value

METHODS = ("delete", "get", "head", "options", "patch", "post", "put", "trace")
API_DECORATORS = (*METHODS, "api_route", "websocket")
DECORATORS = (*API_DECORATORS, "route", "websocket_route")
API_ADDERS = ("add_api_route", "add_api_websocket_route")
PLAIN = ("route", "websocket_route", "add_route", "add_websocket_route")
ADDERS = (*API_ADDERS, "add_route", "add_websocket_route")
# What an override in a subclass may change for a registration made with these names.
_BEHIND = {"websocket": "add_api_websocket_route", "route": "add_route", "websocket_route": "add_websocket_route"}


@dataclass(frozen=True, slots=True)
class Verb:
    """A registering method, bound to its object, with the arguments of a call: `app.get("/x")`."""

    of: Instance
    name: str
    given: Passed

    @property
    def kind(self) -> Kind:
        return "websocket" if "websocket" in self.name else "handler"

    @property
    def api(self) -> bool:
        """Whether FastAPI calls the endpoint with the parameters that it declares, below the router's prefix."""
        return self.name not in PLAIN

    def paths(self) -> Paths:
        """Every path that it may register; `(None,)` when that is not static."""
        return (None,) if _changed(self) else self.given.texts("path", 0) or (None,)

    def methods(self) -> tuple[str, ...] | None:
        """The methods that it registers; None when they are not static."""
        if self.name in METHODS:
            return (self.name.upper(),)
        if self.kind == "websocket":
            return ()
        return methods_of(self.given, {"route": 1, "add_route": 2}.get(self.name, -1), plain=not self.api)


def verbs(graph: Graph, node: ast.Call, scope: Scope, env: Env, names: tuple[str, ...]) -> Iterator[Verb]:
    """The registering methods (of these names) that a call may call."""
    project, func = graph.project, node.func
    found = []
    if isinstance(func, ast.Attribute) and func.attr in names and not _is_super(func.value):
        # What this caller passes may be unknown where the parameter's annotation is not.
        owners = graph.receivers(func.value, scope, env) or (graph.receivers(func.value, scope, NONE) if env else [])
        found = [of for of in owners if _has(graph, of, func.attr)]
        for of in found:
            yield Verb(of, func.attr, passed(project, node, scope, env))
    if not found and isinstance(func, (ast.Name, ast.Attribute, ast.Subscript)):
        for value in project.values(func, scope, env):
            yield from _bound(graph, value, node, scope, env, names)


def _bound(
    graph: Graph, value: Value, node: ast.Call, scope: Scope, env: Env, names: tuple[str, ...]
) -> Iterator[Verb]:
    """`get = app.get` and `get = partial(app.get, tags=[...])`."""
    if isinstance(value, Member) and value.attr in names:
        if (of := graph.receiver(value.of)) is not None and _has(graph, of, value.attr):
            yield Verb(of, value.attr, passed(graph.project, node, scope, env))
    elif isinstance(value, Instance) and value.cls == External("functools.partial") and value.call is not None:
        inner, late = value.call, passed(graph.project, node, scope, env)
        if not inner.args or value.scope is None:
            return
        first = ast.copy_location(ast.Call(inner.args[0], inner.args[1:], inner.keywords), inner)
        for verb in verbs(graph, first, value.scope, value.env or NONE, names):
            early = verb.given
            positional, named = (*early.positional, *late.positional), {**early.named, **late.named}
            both = Passed(graph.project, positional, named, early.complete and late.complete)
            yield Verb(verb.of, verb.name, both)


def _is_super(node: ast.expr) -> bool:
    """`super().get(...)` in an override; who calls the override registers."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _has(graph: Graph, of: Instance, name: str) -> bool:
    """Starlette's own classes have no `get`."""
    return name in PLAIN or graph.is_api(of)


def _changed(verb: Verb) -> bool:
    """Whether a subclass of the project puts its own code between the call and the framework."""
    project: Project = verb.given.project
    behind = (verb.name, _BEHIND.get(verb.name, "add_api_route"), *(("api_route",) if verb.name in METHODS else ()))
    scopes = [cls.definition.inner for cls in classes(project, verb.of)]
    overrides = (b.target for scope in scopes for name in behind for b in scope.bindings.get(name, ()))
    return not all(target is not None and passes_on(target) for target in overrides)


def passes_on(definition: Definition) -> bool:
    """Whether an overriding method hands its path, as it came, to the one method of `super()` that it calls."""
    node = definition.node
    if isinstance(node, ast.ClassDef):
        return False
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)][1:2]
    calls = [c for c in ast.walk(node) if isinstance(c, ast.Call) and isinstance(c.func, ast.Attribute)]
    supers = [c for c in calls if isinstance(c.func, ast.Attribute) and _is_super(c.func.value)]
    if len(supers) != 1 or any(len(definition.inner.bindings.get(name, ())) > 1 for name in names):
        return False
    call = supers[0]
    path = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "path"), None)
    if isinstance(path, ast.Starred) or (path is None and not names):
        return True
    return isinstance(path, ast.Name) and [path.id] == names
