"""What a view function is: the function of the project that runs when Flask calls what it was given.

A name, a method, a wrapped function, `View.as_view(...)`, an object with `__call__`; of class-based views every
HTTP method that a class of the project defines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.symbols import Definition, Scope
from splice.values import (
    NONE,
    ClassRef,
    Const,
    Env,
    External,
    FuncRef,
    Function,
    Instance,
    Items,
    Member,
    ModuleRef,
    Unknown,
    Value,
)

HTTP = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")
VIEW = frozenset({"flask.views.View"})
METHOD_VIEW = frozenset({"flask.views.MethodView", "flask_restful.Resource"})
_BASES = VIEW | METHOD_VIEW | {"abc.ABC", "typing.Generic", "typing.Protocol", "builtins.object"}
_PARTIAL = frozenset({"functools.partial", "functools.partialmethod"})


@dataclass(frozen=True, slots=True)
class Target:
    """A function that answers. `method`: the only one (class-based); `default`: what it answers when the rule
    does not say (None: GET). `endpoint` is the name that Flask gives it."""

    definition: Definition
    method: str = ""
    default: tuple[str, ...] | None = None
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class NoTarget:
    """A view that cannot be instrumented, and why. `at` is the class or function where that stands, if any."""

    reason: Reason
    detail: str
    at: Definition | None = None


Views = Iterator[Target | NoTarget]


def views(project: Project, argument: Argument, depth: int = 0) -> Views:
    """Every function that a view argument leads to, and what stands in the way of others."""
    node, scope, env = origin(project, argument)
    if isinstance(node, ast.Call) and depth < 8:
        callee = project.values(node.func, scope, env)
        if any(isinstance(v, External) and v.name in _PARTIAL for v in callee):
            yield NoTarget(Reason.PARTIAL, "functools.partial hides the function; pass a def")
            return
        if wrapped := _wrapped(project, node, Argument(node, scope, env)):
            yield from views(project, wrapped, depth + 1)
            return
    for value in project.values(node, scope, env):
        yield from _views(project, value)


def origin(project: Project, argument: Argument) -> tuple[ast.expr, Scope, Env]:
    """The expression behind a name that was assigned: `view = login_required(f)`, here or where it is imported from."""
    node, scope, env = argument.node, argument.scope, argument.env
    for _ in range(16):
        found = _assigned(project, node, scope)
        if found is None:
            break
        node, where = found
        env = env if where.module is scope.module else NONE
        scope = where
    return node, scope, env


def _assigned(project: Project, node: ast.expr, scope: Scope) -> tuple[ast.expr, Scope] | None:
    if isinstance(node, ast.Attribute):
        values = project.values(node.value, scope)
        files = [v.file for v in values if isinstance(v, ModuleRef) and v.file]
        module = project.file(files[0]) if files else None
        return _last(project, module.scope, node.attr) if module is not None else None
    if not isinstance(node, ast.Name):
        return None
    home: Scope | None = scope
    while home is not None and (node.id not in home.bindings or (home is not scope and home.kind == "class")):
        home = home.parent
    return _last(project, home, node.id, node.lineno if home is scope else 0) if home is not None else None


def _last(project: Project, home: Scope, name: str, line: int = 0) -> tuple[ast.expr, Scope] | None:
    """The expression of the last assignment of a name, imports followed; None when it is no assignment."""
    for _ in range(16):
        bindings = [b for b in home.bindings.get(name, ()) if not line or b.line < line]
        if not bindings:
            return None
        last = bindings[-1]
        if last.kind == "assign" and last.value is not None:
            return last.value, last.scope
        if last.kind != "from":
            return None
        file = project.names.file_of(project.names.resolve(home.module.file, last.module or None, last.level))
        module = project.file(file) if file else None
        if module is None:
            return None
        home, name, line = module.scope, last.name, 0
    return None


def _wrapped(project: Project, node: ast.Call, at: Argument) -> Argument | None:
    """The function inside `login_required(f)` or `limit(5)(f)`; None when the call is no decorator of one."""
    if not node.args or isinstance(node.args[0], ast.Starred) or len(node.args) > 1 or node.keywords:
        return None
    if _attr(node) == "as_view":
        return None
    inner = Argument(node.args[0], at.scope, at.env)
    for value in project.values(inner.node, inner.scope, inner.env):
        if isinstance(value, (FuncRef, Function)) or (isinstance(value, Instance) and _is_view(value)):
            return inner
    return None


def _attr(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _is_view(value: Instance) -> bool:
    return isinstance(value.cls, External) and value.cls.name.endswith(".as_view")


def _views(project: Project, value: Value) -> Views:
    match value:
        case FuncRef(definition=definition):
            yield Target(definition, endpoint=definition.name)
        case Function():
            yield NoTarget(Reason.LAMBDA, "a lambda takes no decorator; make it a def")
        case Instance(cls=External(name=name), call=ast.Call() as call, scope=scope) if scope is not None:
            env = value.factory.env if value.factory is not None else value.env or NONE
            if not isinstance(call.func, ast.Attribute) or call.func.attr != "as_view":
                if name in _PARTIAL:
                    yield NoTarget(Reason.PARTIAL, "functools.partial hides the function; pass a def")
                elif inner := _wrapped(project, call, Argument(call, scope, env)):
                    yield from views(project, inner, 8)
                else:
                    yield NoTarget(Reason.ENDPOINT_UNKNOWN, f"made by {name}")
                return
            label = project.text(call.args[0], scope, env) if call.args else None
            for cls in project.values(call.func.value, scope, env):
                if isinstance(cls, ClassRef):
                    yield from class_views(project, cls, label or "")
                elif isinstance(cls, External):
                    yield NoTarget(Reason.ENDPOINT_OUTSIDE, f"{cls.name} is not a class of this project")
                else:
                    yield NoTarget(Reason.ENDPOINT_UNKNOWN, "the class of the view is not known")
        case Instance(cls=ClassRef() as cls):
            found = [v for v in project.class_attribute(cls, "__call__", None) if isinstance(v, FuncRef)]
            yield from (Target(v.definition) for v in found)
            if not found:
                yield NoTarget(Reason.ENDPOINT_UNKNOWN, f"{cls.definition.symbol} has no __call__ in this project")
        case External(name=name) | Instance(cls=External(name=name)):
            yield NoTarget(Reason.ENDPOINT_OUTSIDE, f"{name} is not a function of this project")
        case Member(of=of, attr=attr):
            where = of.cls.name if isinstance(of.cls, External) else of.cls.definition.symbol
            yield NoTarget(Reason.ENDPOINT_OUTSIDE, f"{where}.{attr} is not a function of this project")
        case ClassRef(definition=definition):
            yield NoTarget(Reason.ENDPOINT_UNKNOWN, "a class, not a function", definition)
        case Unknown(why=why):
            yield NoTarget(Reason.ENDPOINT_UNKNOWN, why)
        case _:
            yield NoTarget(Reason.ENDPOINT_UNKNOWN, "not a function")


def class_views(project: Project, cls: ClassRef, label: str) -> Views:
    """The handlers of a class-based view: its HTTP methods, or `dispatch_request`."""
    definition = cls.definition
    bases = project.bases(cls)
    outside = [b.name for b in bases if isinstance(b, External) and b.name not in _BASES]
    by_method = any(isinstance(b, External) and b.name in METHOD_VIEW for b in bases) or bool(outside)
    own = "methods" in definition.inner.bindings
    declared = _methods(project, cls) if own or not by_method else None  # MethodView adds what subclasses define
    found = False
    for method in HTTP if by_method else ():
        for target in _method_views(project, cls, method):
            found = True
            if declared is None or method in declared or isinstance(target, NoTarget):
                yield target if isinstance(target, NoTarget) else Target(target.definition, method, endpoint=label)
    if not found:
        for value in project.class_attribute(cls, "dispatch_request", None):
            if isinstance(value, FuncRef):
                found = True
                yield Target(value.definition, default=declared, endpoint=label)
    if outside:
        names = ", ".join(outside)
        yield NoTarget(Reason.INHERITED, f"methods that {names} defines are outside this project", definition)
    elif not found:
        yield NoTarget(Reason.ENDPOINT_UNKNOWN, f"{definition.symbol} defines no HTTP method", definition)


def _method_views(project: Project, cls: ClassRef, method: str) -> Views:
    """The function that a class has for an HTTP method; nothing when no class of the project defines it."""
    name = method.lower()
    for base in project.bases(cls):
        if not isinstance(base, ClassRef) or name not in base.definition.inner.bindings:
            continue
        inner = base.definition.inner
        last = inner.bindings[name][-1]
        if last.target is not None:
            yield Target(last.target)
        elif last.value is not None and project.value(last.value, inner) != Const(None):
            for view in views(project, Argument(last.value, inner)):
                yield view if isinstance(view, Target) else NoTarget(view.reason, view.detail, base.definition)
        return


def _methods(project: Project, cls: ClassRef) -> tuple[str, ...] | None:
    """What the class attribute `methods` says; None when no class of the project has one, or it is not constant."""
    for value in project.class_attribute(cls, "methods", None):
        if isinstance(value, Items):
            texts = [project.text(node, scope) for node, scope in value.elements]
            return tuple(t.upper() for t in texts if t is not None) if None not in texts else None
    return None
