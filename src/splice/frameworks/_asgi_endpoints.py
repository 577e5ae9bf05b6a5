"""Which function of the project answers, given what was handed to `Route(...)`, `add_route` or `app.get("/x")`.

A function, a method, a class with a method per verb, or a refusal with its reason: a lambda, a `partial`, an
ASGI object, code outside the project. `requires("admin")(f)` is `f`, wrapped where it is registered.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from splice.frameworks._routing import innermost
from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.symbols import Binding, Definition, Scope
from splice.values import NONE, ClassRef, External, FuncRef, Function, Instance, Member, Unknown, Value

HTTP_ENDPOINT = frozenset({"starlette.endpoints.HTTPEndpoint"})
WEBSOCKET_ENDPOINT = frozenset({"starlette.endpoints.WebSocketEndpoint"})
VERBS = ("delete", "get", "head", "options", "patch", "post", "put")
_PARTIAL = frozenset({"functools.partial", "functools.partialmethod"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A function that answers. `verb` is the one method that it stands for, "" for what the route says.

    `wrappers` and `cls`: see Origin.
    """

    definition: Definition
    slot: int = 0
    verb: str = ""
    wrappers: tuple[Argument, ...] = ()
    cls: Definition | None = None


@dataclass(frozen=True, slots=True)
class NoEndpoint:
    reason: Reason
    detail: str
    name: str = ""


def endpoints(project: Project, arg: Argument, *, api: bool) -> Iterator[Endpoint | NoEndpoint]:
    """What an endpoint expression leads to; `api` when FastAPI calls it with the parameters it declares."""
    inner = _wrapped(project, arg)
    if inner is not None:
        for endpoint in endpoints(project, inner, api=api):
            if isinstance(endpoint, Endpoint):
                endpoint = replace(endpoint, wrappers=(*_calls(arg, inner), *endpoint.wrappers))
            yield endpoint
        return
    for value in project.values(arg.node, arg.scope, arg.env):
        yield from of_value(project, value, api=api)


def of_value(project: Project, value: Value, *, api: bool) -> Iterator[Endpoint | NoEndpoint]:
    """What one value leads to as an endpoint."""
    match value:
        case FuncRef(definition=definition):
            yield Endpoint(definition, innermost(definition))
        case ClassRef() if project.is_a(value, HTTP_ENDPOINT):
            yield from _methods(project, value)
        case ClassRef(definition=definition) if project.is_a(value, WEBSOCKET_ENDPOINT):
            detail = "a WebSocketEndpoint answers with several methods, none of which is the whole session"
            yield NoEndpoint(Reason.ENDPOINT_UNKNOWN, detail, definition.name)
        case ClassRef(definition=definition):
            yield NoEndpoint(Reason.ENDPOINT_UNKNOWN, f"{definition.name} is a class, not a function", definition.name)
        case Function():
            yield NoEndpoint(Reason.LAMBDA, "a lambda takes no decorator", "<lambda>")
        case Instance(cls=External(name=name)) if name in _PARTIAL:
            yield NoEndpoint(Reason.PARTIAL, "a functools.partial takes no decorator", "<partial>")
        case Instance(cls=ClassRef() as cls) if api:
            called = project.class_attribute(cls, "__call__", None)
            if any(isinstance(v, FuncRef) for v in called):
                yield from (e for v in called for e in of_value(project, v, api=api))
            else:
                yield NoEndpoint(Reason.ENDPOINT_UNKNOWN, "an object without a __call__ that can be seen")
        case Instance(cls=External(name=name)) | Member(of=Instance(cls=External(name=name))):
            yield NoEndpoint(Reason.ENDPOINT_OUTSIDE, f"it is made by {name}", name.rpartition(".")[2])
        case External(name=name):
            yield NoEndpoint(Reason.ENDPOINT_OUTSIDE, f"{name} is not in this project", name.rpartition(".")[2])
        case Unknown(why=why):
            yield NoEndpoint(Reason.ENDPOINT_UNKNOWN, why)
        case _:
            yield NoEndpoint(Reason.ENDPOINT_UNKNOWN, "an object, not a function")


def _methods(project: Project, cls: ClassRef) -> Iterator[Endpoint | NoEndpoint]:
    """The methods of an HTTPEndpoint, its own and those of its bases in the project, one per verb."""
    found = False
    for verb in VERBS:
        for value in project.class_attribute(cls, verb, None):
            if isinstance(value, FuncRef):
                found = True
                yield Endpoint(value.definition, innermost(value.definition), verb.upper(), cls=cls.definition)
    if not found:
        detail = f"{cls.definition.name} defines no method of HTTP in this project"
        yield NoEndpoint(Reason.ENDPOINT_UNKNOWN, detail, cls.definition.name)


def _calls(arg: Argument, inner: Argument) -> Iterator[Argument]:
    """The calls around an endpoint, outermost first, from `arg` down to it."""
    node: ast.expr = arg.node
    scope, env = arg.scope, arg.env
    if isinstance(node, ast.Name) and (binding := assigned(node, scope)) is not None and binding.value is not None:
        node, scope, env = binding.value, binding.scope, NONE
    while isinstance(node, ast.Call) and node is not inner.node and node.args:
        yield Argument(node, scope, env)
        node = node.args[0]


def _wrapped(project: Project, arg: Argument) -> Argument | None:
    """The function inside `login(f)` or `requires("a")(f)`, also where a name was given to the result."""
    node, scope = arg.node, arg.scope
    if isinstance(node, ast.Name) and node.id not in arg.env:
        binding = assigned(node, scope)
        if binding is not None and isinstance(binding.value, ast.Call):
            return _wrapped(project, Argument(binding.value, binding.scope))
        return None
    if not isinstance(node, ast.Call) or not node.args:
        return None
    callee = project.values(node.func, scope, arg.env)
    if any(isinstance(v, External) and v.name in _PARTIAL for v in callee):
        return None
    first = Argument(node.args[0], scope, arg.env)
    if isinstance(first.node, ast.Call):
        return _wrapped(project, first) or (first if _is_function(project, first) else None)
    return first if _is_function(project, first) else None


def _is_function(project: Project, arg: Argument) -> bool:
    return any(isinstance(v, (FuncRef, Function)) for v in project.values(arg.node, arg.scope, arg.env))


def assigned(node: ast.Name, scope: Scope) -> Binding | None:
    """The assignment that a name's value comes from, in the scope that binds it."""
    home: Scope | None = scope
    while home is not None:
        if (home is scope or home.kind != "class") and node.id in home.bindings:
            bindings = home.bindings[node.id]
            before = [b for b in bindings if b.line < node.lineno] if home is scope else []
            last = (before or bindings)[-1]
            return last if last.kind == "assign" and last.annotation is None else None
        home = home.parent
    return None
