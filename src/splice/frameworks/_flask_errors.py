"""Exceptions that Flask turns into responses: which classes have a handler, and the status that it returns.

A span of a request that ends in a mapped exception is as much an error as the response is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus

from splice.frameworks._contexts import Contexts
from splice.frameworks._flask_objects import Objects
from splice.frameworks._flask_views import Target, views
from splice.frameworks._routing import Routing
from splice.resolve import Project
from splice.resolve.arguments import Passed, bind, mentioned, passed
from splice.symbols import Definition, Scope
from splice.values import NONE, ClassRef, Const, Env, External, FuncRef, Instance, Unknown, Value

_DECORATORS = frozenset({"errorhandler", "app_errorhandler"})
_RESPONSES = frozenset({"make_response", "Response", "response_class", "jsonify", "JSONResponse"})
_PLAIN = frozenset({"jsonify", "render_template", "render_template_string", "dumps", "str", "format", "dict"})
_DEPTH = 4
_STATUS = re.compile(r"[0-9]{3}")


def mapped(project: Project) -> Iterator[tuple[str, int]]:
    """Exception classes by their name at run time, with the status of their handler (0: not readable)."""
    found: dict[str, int] = {}
    for names, status in _handlers(project):
        for name in names:
            found[name] = status if found.get(name, status) == status else max(found[name], status)
    yield from sorted(found.items())


def _handlers(project: Project) -> Iterator[tuple[list[str], int]]:
    contexts = Contexts(project)
    objects = Objects(project, contexts, Routing("flask", str))
    if not project.imports("flask"):
        return
    decorators = project.spellings(*sorted(_DECORATORS))
    for module in project.modules():
        for definition in list(module.definitions.values()):
            for decorator in definition.node.decorator_list:
                if not isinstance(decorator, ast.Call) or _last(decorator) not in decorators:
                    continue
                for env in contexts.turns(definition.scope, definition.loops, [decorator]):
                    if _is_flask(
                        objects, project.values(decorator.func, definition.scope, env), _DECORATORS, decorator
                    ):
                        given = passed(project, decorator, definition.scope, env)
                        yield from _pairs(project, given, [definition])
    for _, call in project.calls(*sorted(project.spellings("register_error_handler")), ""):
        outer, names = call.node, frozenset({"register_error_handler"})
        inner = outer
        if isinstance(outer.func, ast.Call):  # app.errorhandler(X)(f)
            inner, names = outer.func, _DECORATORS
            if _last(inner) not in decorators:
                continue
        for env in contexts.turns(call.scope, call.loops, [outer]):
            if _is_flask(objects, project.values(inner.func, call.scope, env), names, inner):
                given = passed(project, inner, call.scope, env)
                handler = given.get("f", 1) if inner is outer else passed(project, outer, call.scope, env).get("f", 0)
                found = views(project, handler) if handler is not None else ()
                yield from _pairs(project, given, [v.definition if isinstance(v, Target) else None for v in found])


def _is_flask(objects: Objects, found: tuple[Value, ...], names: frozenset[str], call: ast.Call) -> bool:
    """Whether a callee is this method of Flask's; the name decides where the receiver is not known."""
    if any(True for _ in objects.receivers(found, names)):
        return True
    return _last(call) in names and any(isinstance(value, Unknown) for value in found)


def _last(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def _pairs(project: Project, given: Passed, handlers: list[Definition | None]) -> Iterator[tuple[list[str], int]]:
    argument = given.get("code", 0) or given.get("code_or_exception", 0)
    if argument is None:
        return
    values = project.values(argument.node, argument.scope, argument.env)
    names = [name for value in values if (name := _name(value))]
    exception = next((v for v in values if isinstance(v, ClassRef)), None)
    for handler in handlers if names else ():
        yield names, status_of(project, handler, exception) if handler is not None else 0


def _name(value: Value) -> str:
    """The run-time name of an exception class, `module.Qualname`; "" for a status code."""
    if isinstance(value, ClassRef):
        definition = value.definition
        parts, scope = [definition.name], definition.scope
        while scope.parent is not None:
            if scope.kind == "function":
                parts.append("<locals>")
            parts.append(scope.symbol.rpartition(".")[2].partition("#")[0])
            scope = scope.parent
        return ".".join([scope.module.name, *reversed(parts)])
    return value.name if isinstance(value, External) else ""


def status_of(project: Project, handler: Definition, exception: ClassRef | None) -> int:
    """The status that an error handler returns: the highest of several, 0 when one cannot be read."""
    env: Env = NONE
    assert not isinstance(handler.node, ast.ClassDef)
    spec = handler.node.args
    names = [a.arg for a in (*spec.posonlyargs, *spec.args)][1 if handler.owner is not None else 0 :]
    if exception is not None and names:
        env = {names[0]: (Instance(exception, (handler.scope.module.file, handler.node.lineno, -8)),)}
    found = _returned(project, handler, env, 0)
    return 0 if not found or None in found else max(s for s in found if s is not None)


def _returned(project: Project, function: Definition, env: Env, depth: int) -> set[int | None]:
    found: set[int | None] = set()
    for value in function.inner.returns if depth < _DEPTH else ():
        found |= _statuses(project, value, function.inner, env, depth)
    return found or {None}


def _statuses(project: Project, node: ast.expr, scope: Scope, env: Env, depth: int) -> set[int | None]:
    """The statuses of what a handler returns; None for one that cannot be read."""
    match node:
        case ast.Tuple(elts=[body, second, *_]):
            if isinstance(second, ast.Dict):
                return _statuses(project, body, scope, env, depth)
            return _numbers(project, second, scope, env)
        case (
            ast.Constant(value=str() | bytes())
            | ast.Dict()
            | ast.List()
            | ast.JoinedStr()
            | ast.DictComp()
            | ast.ListComp()
        ):
            return {200}
        case ast.IfExp():
            parts = (node.body, node.orelse)
            return {s for part in parts for s in _statuses(project, part, scope, env, depth)}
        case ast.Name():
            return _named(project, node, scope, env, depth)
        case ast.Call():
            return _call(project, node, scope, env, depth)
    return {None}


def _named(project: Project, node: ast.Name, scope: Scope, env: Env, depth: int) -> set[int | None]:
    """`response.status_code = 409; return response`."""
    set_later = [
        statement.value
        for statement in ast.walk(scope.node)
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Attribute)
        and target.attr in ("status_code", "status")
        and isinstance(target.value, ast.Name)
        and target.value.id == node.id
    ]
    if set_later:
        return {s for value in set_later for s in _numbers(project, value, scope, env)}
    values = [b.value for b in scope.bindings.get(node.id, ()) if b.kind == "assign"]
    if not values or depth >= _DEPTH:
        return {None}
    return {
        s
        for value in values
        for s in (_statuses(project, value, scope, env, depth + 1) if value is not None else {None})
    }


def _call(project: Project, node: ast.Call, scope: Scope, env: Env, depth: int) -> set[int | None]:
    last = (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )
    callee = project.values(node.func, scope, mentioned(env, node.func))
    for value in callee:
        if isinstance(value, FuncRef):
            inside = bind(value.definition, passed(project, node, scope, env))
            return _returned(project, value.definition, inside, depth + 1)
        if isinstance(value, External):
            last = value.name.rpartition(".")[2]
    given = passed(project, node, scope, env)
    if last == "redirect":
        return _argument(project, given, "code", 1) or {302}
    if last == "make_response":
        if len(given.positional) == 1 and (first := given.positional[0]):
            return _statuses(project, first.node, first.scope, first.env, depth + 1)
        return _argument(project, given, "status", 1) or {200}
    if last in ("Response", "response_class") or any(isinstance(v, ClassRef) for v in callee):
        return _argument(project, given, "status", 1) or ({200} if last in _RESPONSES else {None})
    return {200} if last in _PLAIN else {None}


def _argument(project: Project, given: Passed, name: str, position: int) -> set[int | None]:
    argument = given.get(name, position)
    if argument is None:
        return set() if given.complete else {None}
    return _numbers(project, argument.node, argument.scope, argument.env)


def _numbers(project: Project, node: ast.expr, scope: Scope, env: Env) -> set[int | None]:
    """A status in any of the ways to write one."""
    if isinstance(node, ast.Attribute) and _set_in_methods(project, node, scope, env):
        return {None}
    return {_number(value) for value in project.values(node, scope, env)}


def _number(value: Value) -> int | None:
    if isinstance(value, Const):
        if isinstance(value.value, int) and not isinstance(value.value, bool):
            return value.value
        if isinstance(value.value, str) and _STATUS.match(value.value):
            return int(value.value[:3])
    if isinstance(value, External) and ".HTTPStatus." in f".{value.name}":
        name = value.name.rpartition("HTTPStatus.")[2].partition(".")[0]
        return HTTPStatus[name].value if name in HTTPStatus.__members__ else None
    return None


def _set_in_methods(project: Project, node: ast.Attribute, scope: Scope, env: Env) -> bool:
    """Whether an object's methods give this attribute a value, so that the class's own says little."""
    for value in project.values(node.value, scope, env):
        if isinstance(value, Instance) and isinstance(value.cls, ClassRef):
            for base in project.bases(value.cls):
                if isinstance(base, ClassRef) and node.attr in base.definition.inner.attributes:
                    return True
    return False
