"""WSGI applications that are mounted beside Flask: `DispatcherMiddleware(app, {"/metrics": other})`.

Flask never sees their requests, so nothing in it can close them. One that is Flask itself is an app of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.frameworks._flask_objects import Objects
from splice.model import JoinPoint, Reason
from splice.mutation import last_name
from splice.resolve import Project
from splice.symbols import Scope
from splice.values import External

_DISPATCHER = frozenset({"werkzeug.middleware.dispatcher.DispatcherMiddleware", "werkzeug.wsgi.DispatcherMiddleware"})


def mounted(project: Project, objects: Objects) -> Iterator[JoinPoint]:
    """A join point, left alone, for each application that is not known to be Flask."""
    for module, call in project.calls(*sorted(project.spellings("DispatcherMiddleware"))):
        values = project.values(call.node.func, call.scope)
        if not any(isinstance(value, External) and value.name in _DISPATCHER for value in values):
            continue
        given = [*call.node.args[1:2], *(word.value for word in call.node.keywords if word.arg == "mounts")]
        for where, app in _mounts(given[0] if given else None):
            if app is not None and _is_flask(project, objects, app, call.scope):
                continue
            name = last_name(app.func if isinstance(app, ast.Call) else app) if app is not None else ""
            symbol = name or "DispatcherMiddleware"
            yield JoinPoint(
                file=module.file,
                line=(app or call.node).lineno,
                symbol=symbol,
                kind="app",
                framework="flask",
                operation=f"{module.name}.{symbol}",
                reason=Reason.MOUNTED_BELOW,
                detail=f"{where} beside Flask, which never sees its requests",
                skip=True,
            )


def _mounts(node: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    """Where something is mounted, and what; None if that cannot be told."""
    if not isinstance(node, ast.Dict):
        if node is not None:
            yield "what is mounted cannot be told, and is", None
        return
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            yield "what is mounted cannot be told, and is", None
        else:
            yield f"it is mounted at {ast.unparse(key)}", value


def _is_flask(project: Project, objects: Objects, app: ast.expr, scope: Scope) -> bool:
    """`app`, `create_app()`, `app.wsgi_app`: whatever it may be is Flask."""
    if isinstance(app, ast.Attribute) and app.attr == "wsgi_app":
        app = app.value
    values = project.values(app, scope)
    return bool(values) and all(objects.kind(value) == "app" for value in values)
