"""Which function of the project stands behind a view, for frameworks that are handed functions: Flask, Django.

A name, a method, a function that is wrapped where it is registered, `View.as_view(...)`, an object with `__call__`.
What a class answers with is each framework's own business.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument, Passed, passed
from splice.symbols import Definition, Scope
from splice.values import (
    NONE,
    ClassRef,
    Env,
    External,
    FuncRef,
    Function,
    Instance,
    Member,
    ModuleRef,
    Unknown,
    Value,
)

_PARTIAL = frozenset({"functools.partial", "functools.partialmethod"})
_DEPTH = 8  # wrappers around wrappers


@dataclass(frozen=True, slots=True)
class FunctionView:
    """A function that answers; `wrappers` are the calls around it, outermost first, where it is registered."""

    definition: Definition
    wrappers: tuple[Argument, ...] = ()
    called: bool = False  # the `__call__` of an object


@dataclass(frozen=True, slots=True)
class ClassView:
    """`View.as_view(...)` of a class of the project, with what that call passes; `wrappers` as above."""

    cls: ClassRef
    given: Passed
    wrappers: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class NoTarget:
    """A view that cannot be instrumented, and why. `at` is the class or function where that stands, if any."""

    reason: Reason
    detail: str
    at: Definition | None = None


Found = FunctionView | ClassView | NoTarget


def found(project: Project, argument: Argument, wrappers: tuple[Argument, ...] = ()) -> Iterator[Found]:
    """Everything that a view argument leads to, and what stands in the way of the rest."""
    node, scope, env = origin(project, argument)
    if isinstance(node, ast.Call) and len(wrappers) < _DEPTH:
        callee = project.values(node.func, scope, env)
        if any(isinstance(v, External) and v.name in _PARTIAL for v in callee):
            yield NoTarget(Reason.PARTIAL, "functools.partial hides the function; pass a def")
            return
        if inner := wrapped(project, node, Argument(node, scope, env)):
            yield from found(project, inner, (*wrappers, Argument(node, scope, env)))
            return
        if _attr(node) == "as_view" and isinstance(node.func, ast.Attribute):
            given = passed(project, node, scope, env)
            yield from _classes(project.values(node.func.value, scope, env), given, wrappers)
            return
    for value in project.values(node, scope, env):
        yield from of_value(project, value, wrappers)


def _classes(values: Iterable[Value], given: Passed, wrappers: tuple[Argument, ...]) -> Iterator[Found]:
    for cls in values:
        if isinstance(cls, ClassRef):
            yield ClassView(cls, given, wrappers)
        elif isinstance(cls, External):
            yield NoTarget(Reason.ENDPOINT_OUTSIDE, f"{cls.name} is not a class of this project")
        else:
            yield NoTarget(Reason.ENDPOINT_UNKNOWN, "the class of the view is not known")


def of_value(project: Project, value: Value, wrappers: tuple[Argument, ...] = ()) -> Iterator[Found]:
    """What one value leads to as a view."""
    match value:
        case FuncRef(definition=definition):
            yield FunctionView(definition, wrappers)
        case Function():
            yield NoTarget(Reason.LAMBDA, "a lambda takes no decorator; make it a def")
        case Instance(cls=External(name=name), call=ast.Call() as call, scope=scope) if scope is not None:
            env = value.factory.env if value.factory is not None else value.env or NONE
            at = Argument(call, scope, env)
            if _attr(call) == "as_view" and isinstance(call.func, ast.Attribute):
                given = passed(project, call, scope, env)
                yield from _classes(project.values(call.func.value, scope, env), given, wrappers)
            elif name in _PARTIAL:
                yield NoTarget(Reason.PARTIAL, "functools.partial hides the function; pass a def")
            elif inner := wrapped(project, call, at) if len(wrappers) < _DEPTH else None:
                yield from found(project, inner, (*wrappers, at))
            else:
                yield NoTarget(Reason.ENDPOINT_UNKNOWN, f"made by {name}")
        case Instance(cls=ClassRef() as cls):
            calls = [v for v in project.class_attribute(cls, "__call__", None) if isinstance(v, FuncRef)]
            yield from (FunctionView(v.definition, wrappers, called=True) for v in calls)
            if not calls:
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


def origin(project: Project, argument: Argument) -> tuple[ast.expr, Scope, Env]:
    """The expression behind a name that was assigned: `view = login_required(f)`, here or where it is imported from."""
    node, scope, env = argument.node, argument.scope, argument.env
    for _ in range(16):
        expression = _assigned(project, node, scope)
        if expression is None:
            break
        node, where = expression
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


def wrapped(project: Project, node: ast.Call, at: Argument, depth: int = 0) -> Argument | None:
    """The view inside `login_required(f)` or `limit(5)(f)`; None when the call is no decorator of one."""
    if len(node.args) != 1 or isinstance(node.args[0], ast.Starred) or depth >= _DEPTH or _attr(node) == "as_view":
        return None
    inner = Argument(node.args[0], at.scope, at.env)
    for value in project.values(inner.node, inner.scope, inner.env):
        if isinstance(value, (FuncRef, Function)) or (isinstance(value, Instance) and _is_view(value)):
            return inner
    behind = Argument(*origin(project, inner))
    if isinstance(behind.node, ast.Call) and wrapped(project, behind.node, behind, depth + 1) is not None:
        return inner
    return None


def _attr(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _is_view(value: Instance) -> bool:
    return isinstance(value.cls, External) and value.cls.name.endswith(".as_view")
