"""The registering methods of FastAPI and Starlette: which one a call calls, on which object.

`app.get`, `app.router.get`, `get = router.get`, `partial(router.get, tags=["x"])`; and whether a subclass of the
project puts its own code in between, so that the path may not be what the call says.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from splice.frameworks._asgi_calls import classes, constructor, methods_of
from splice.frameworks._asgi_endpoints import assigned
from splice.frameworks._asgi_graph import Graph
from splice.frameworks._asgi_names import Paths
from splice.model import Kind
from splice.resolve import Project
from splice.resolve.arguments import Argument, Passed, passed
from splice.symbols import Definition, Scope
from splice.values import NONE, Const, Env, External, Instance, Member, Value

METHODS = ("delete", "get", "head", "options", "patch", "post", "put", "trace")
API_DECORATORS = (*METHODS, "api_route", "websocket")
DECORATORS = (*API_DECORATORS, "route", "websocket_route")
API_ADDERS = ("add_api_route", "add_api_websocket_route")
PLAIN = ("route", "websocket_route", "add_route", "add_websocket_route")
ANY_METHOD = "?"  # a method whose name is not static
ADDERS = (*API_ADDERS, "add_route", "add_websocket_route")
# Paths that a FastAPI app has as attributes, and what they are unless its constructor says so.
_OF_APP = {
    "docs_url": "/docs",
    "openapi_url": "/openapi.json",
    "redoc_url": "/redoc",
    "swagger_ui_oauth2_redirect_url": "/docs/oauth2-redirect",
}
# What an override in a subclass may change for a registration made with these names.
_BEHIND = {"websocket": "add_api_websocket_route", "route": "add_route", "websocket_route": "add_websocket_route"}


@dataclass(frozen=True, slots=True)
class Verb:
    """A registering method, bound to its object, with the arguments of a call: `app.get("/x")`."""

    of: Instance
    name: str
    given: Passed
    calls: tuple[Argument, ...]  # itself, and the `partial` that gave some of its arguments

    @property
    def place(self) -> tuple[str, int, int]:
        """Where the call that registers ends."""
        node = self.calls[0].node
        return self.calls[0].scope.module.file, node.end_lineno or 0, node.end_col_offset or 0

    @property
    def kind(self) -> Kind:
        return "websocket" if "websocket" in self.name else "handler"

    @property
    def api(self) -> bool:
        """Whether FastAPI calls the endpoint with the parameters that it declares, below the router's prefix."""
        return self.name not in PLAIN

    def paths(self) -> Paths:
        """Every path that it may register; `(None,)` when that is not static."""
        if self.name == ANY_METHOD or _changed(self):
            return (None,)
        return tuple(self._path(value) for value in self.given.values("path", 0)) or (None,)

    def _path(self, value: Value) -> str | None:
        if isinstance(value, Member) and value.attr in _OF_APP:  # `@app.get(app.swagger_ui_oauth2_redirect_url)`
            given = constructor(self.given.project, value.of)
            texts = given.texts(value.attr) or (_OF_APP[value.attr],) if given is not None else ()
            return texts[0] if len(texts) == 1 else None
        return value.value if isinstance(value, Const) and isinstance(value.value, str) else None

    def methods(self) -> tuple[str, ...] | None:
        """The methods that it registers; None when they are not static."""
        if self.name in METHODS:
            return (self.name.upper(),)
        if self.kind == "websocket":
            return ()
        return methods_of(self.given, {"route": 1, "add_route": 2}.get(self.name, -1), plain=not self.api)


def verbs(graph: Graph, node: ast.Call, scope: Scope, env: Env, names: tuple[str, ...]) -> Iterator[Verb]:
    """The registering methods (of these names) that a call may call."""
    for of, name, early in _called(graph, node.func, scope, env, names):
        given = passed(graph.project, node, scope, env)
        calls: tuple[Argument, ...] = (Argument(node, scope, env),)
        if early is not None and isinstance(early.node, ast.Call):
            first = passed(graph.project, early.node, early.scope, early.env, 1)
            positional, named = (*first.positional, *given.positional), {**first.named, **given.named}
            given = Passed(graph.project, positional, named, first.complete and given.complete)
            calls = (*calls, early)
        yield Verb(of, name, given, calls)


def makers(graph: Graph, node: ast.expr, scope: Scope, env: Env) -> Iterator[tuple[Verb, ast.Call]]:
    """The decorators that an expression makes, itself or in a function of the project that returns one."""
    found = False
    if isinstance(node, ast.Call):
        for verb in verbs(graph, node, scope, env, DECORATORS):
            found = True
            yield verb, node
    if found:
        return
    for value in graph.project.values(node, scope, env):
        call = value.call if isinstance(value, Instance) else None
        if isinstance(value, Instance) and call is not None and call is not node and value.scope is not None:
            inner = value.factory.env if value.factory is not None else value.env or NONE
            yield from ((verb, call) for verb in verbs(graph, call, value.scope, inner, DECORATORS))


def _called(
    graph: Graph, func: ast.expr, scope: Scope, env: Env, names: tuple[str, ...]
) -> Iterator[tuple[Instance, str, Argument | None]]:
    """Objects, the name of the method, and the `partial` that has given some arguments already."""
    if isinstance(func, ast.Attribute) and func.attr in names:
        if _overriding(func.value, scope):
            return
        # What this caller passes may be unknown where the parameter's annotation is not.
        owners = graph.receivers(func.value, scope, env) or (graph.receivers(func.value, scope, NONE) if env else [])
        yield from ((of, func.attr, None) for of in owners if _has(graph, of, func.attr))
        if owners:
            return
    if isinstance(func, ast.Name) and func.id not in env:
        binding = assigned(func, scope)
        if binding is not None and isinstance(binding.value, ast.Attribute):  # get = app.router.get
            yield from _called(graph, binding.value, binding.scope, NONE, names)
            return
    if isinstance(func, ast.Call) and isinstance(func.func, ast.Name) and func.func.id == "getattr" and func.args:
        named = graph.project.text(func.args[1], scope, env) if len(func.args) > 1 else None
        if named is None or named in names:  # getattr(app, method)("/x")
            owners = graph.receivers(func.args[0], scope, env)
            yield from ((of, named or ANY_METHOD, None) for of in owners if _has(graph, of, named or ""))
    elif isinstance(func, (ast.Name, ast.Attribute, ast.Subscript)):
        for value in graph.project.values(func, scope, env):
            yield from _bound(graph, value, names)


def _bound(graph: Graph, value: Value, names: tuple[str, ...]) -> Iterator[tuple[Instance, str, Argument | None]]:
    """A bound method as a value, `partial(app.get, tags=[...])` included."""
    if isinstance(value, Member) and value.attr in names:
        if (of := graph.receiver(value.of)) is not None and _has(graph, of, value.attr):
            yield of, value.attr, None
    elif isinstance(value, Instance) and value.cls == External("functools.partial"):
        if value.call is None or value.scope is None or not value.call.args:
            return
        env = value.env or NONE
        for of, name, _ in _called(graph, value.call.args[0], value.scope, env, names):
            yield of, name, Argument(value.call, value.scope, env)


def _overriding(node: ast.expr, scope: Scope) -> bool:
    """`super().get(...)` inside an override of a registering method: who calls the override registers."""
    if not _is_super(node):
        return False
    function = scope.function()
    while function is not None:
        if getattr(function.node, "name", "") in (*DECORATORS, *ADDERS):
            return True
        function = function.parent.function() if function.parent is not None else None
    return False


def _is_super(node: ast.expr) -> bool:
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
