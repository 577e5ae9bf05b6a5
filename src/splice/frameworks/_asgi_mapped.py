"""Exceptions that a FastAPI or Starlette app answers itself, and the status it answers with.

`@app.exception_handler(X)`, `add_exception_handler(X, f)` and `exception_handlers={X: f}`: an exception that
is handled with a status below 500 is no error of the operation.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus

from splice.frameworks._asgi_calls import arguments, constructor, is_imported, made
from splice.frameworks._asgi_graph import Graph
from splice.frameworks._asgi_names import APPS
from splice.frameworks._contexts import Contexts
from splice.resolve import Project
from splice.resolve.arguments import Argument, passed
from splice.symbols import Definition
from splice.values import NONE, ClassRef, Const, External, FuncRef, Instance, Items, Value

_STATUS = re.compile(r"(?:starlette|fastapi)\.status\.(?:HTTP|WS)_(\d{3,4})_\w+")
_HTTP_STATUS = re.compile(r"http\.HTTPStatus\.(\w+)(?:\.value)?")


def mapped(project: Project) -> Iterator[tuple[str, int]]:
    """Exception classes by their name at run time, each with the status of its handler; 0 when that is not plain."""
    found: dict[str, int] = {}
    for exception, handler in _handlers(project) if is_imported(project) else ():
        for name in _names(project, exception):
            found[name] = max(found.get(name, 0), _status(project, handler))
    yield from sorted(found.items())


def _handlers(project: Project) -> Iterator[tuple[Argument, Value]]:
    graph = Graph(project, Contexts(project))
    for module in project.modules():
        for definition in module.functions():
            for decorator in definition.node.decorator_list:
                match decorator:
                    case ast.Call(func=ast.Attribute(attr="exception_handler", value=owner)):
                        if graph.receivers(owner, definition.scope, NONE):
                            key = passed(project, decorator, definition.scope).get("exc_class_or_status_code", 0)
                            if key is not None:
                                yield key, FuncRef(definition)
    for _, call in project.calls("add_exception_handler"):
        args = passed(project, call.node, call.scope)
        key = args.get("exc_class_or_status_code", 0)
        if key is not None:
            for value in args.values("handler", 1):
                yield key, value
    for _, app in made(project, APPS):
        made_with = constructor(project, app)
        for value in made_with.values("exception_handlers") if made_with is not None else ():
            if isinstance(value, Items):
                for node, (handler, where) in zip(value.keys, value.elements, strict=False):
                    for one in project.values(handler, where) if node is not None else ():
                        assert node is not None
                        yield Argument(node, where), one


def _names(project: Project, arg: Argument) -> Iterator[str]:
    for value in project.values(arg.node, arg.scope, arg.env):
        if isinstance(value, ClassRef):
            yield value.definition.dotted
        elif isinstance(value, External):
            yield value.name


def _status(project: Project, handler: Value) -> int:
    """The status that a handler's returns say; the highest of several, 0 when one of them does not say."""
    if not isinstance(handler, FuncRef) or not handler.definition.inner.returns:
        return 0
    statuses = [_returned(project, node, handler.definition) for node in handler.definition.inner.returns]
    return 0 if 0 in statuses else max(statuses)


def _returned(project: Project, node: ast.expr, handler: Definition) -> int:
    if isinstance(node, ast.Await):
        node = node.value
    for value in project.values(node, handler.inner):
        if not isinstance(value, Instance) or value.call is None or value.scope is None:
            return 0
        name = value.cls.name if isinstance(value.cls, External) else value.cls.definition.name
        if not name.endswith("Response"):
            return 0
        args = arguments(project, value)
        given = args.get("status_code", 1) if args is not None else None
        if given is None:
            return 307 if name.endswith("RedirectResponse") else 200
        return _number(project, given)
    return 0


def _number(project: Project, arg: Argument) -> int:
    value = project.value(arg.node, arg.scope, arg.env)
    if isinstance(value, Const) and isinstance(value.value, int):
        return value.value
    if isinstance(value, External):
        if match := _STATUS.fullmatch(value.name):
            return int(match[1])
        if (match := _HTTP_STATUS.fullmatch(value.name)) and match[1] in HTTPStatus.__members__:
            return int(HTTPStatus[match[1]])
    return 0
