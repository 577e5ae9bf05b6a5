"""What keeps an exception from reaching the framework: handlers, and context managers that swallow it."""

from __future__ import annotations

import ast

from splice.resolve import Project
from splice.symbols import Scope
from splice.values import ClassRef, External, FuncRef, Instance, Value

_BROAD = frozenset({"Exception", "BaseException", "HTTPException", "StarletteHTTPException"})


def catches(project: Project, node: ast.expr | None, scope: Scope) -> bool:
    """Whether a handler may catch what refuses a caller."""
    if node is None:
        return True
    if isinstance(node, ast.Tuple):
        return any(catches(project, part, scope) for part in node.elts)
    for value in project.values(node, scope):
        name = value.name if isinstance(value, External) else ""
        top, last = name.partition(".")[0], name.rpartition(".")[2]
        if not name or last in _BROAD or top in ("werkzeug", "flask", "fastapi", "starlette"):
            return True
    return False


def swallows(value: Value) -> bool:
    """Whether a context manager may keep an exception from leaving its block."""
    if isinstance(value, External):
        return value.name == "contextlib.suppress"
    definition = value.cls.definition if isinstance(value, Instance) and isinstance(value.cls, ClassRef) else None
    if isinstance(value, (ClassRef, FuncRef)):
        definition = value.definition
    if definition is None:
        return False
    node = definition.node
    if not isinstance(node, ast.ClassDef):  # @contextmanager
        return any(isinstance(part, ast.Try) and part.handlers for part in ast.walk(node))
    leaving = [m for m in ast.walk(node) if getattr(m, "name", "") in ("__exit__", "__aexit__")]
    returns = [part.value for method in leaving for part in ast.walk(method) if isinstance(part, ast.Return)]
    return any(value is not None and not (isinstance(value, ast.Constant) and not value.value) for value in returns)
