"""Root URLconfs: the statement after which `urlpatterns` are complete, so that all of them can be handed on.

`include` only reads what a root leads to; whatever a request can reach hangs from one of these lists.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from splice.frameworks._django_settings import Settings
from splice.model import Anchor, JoinPoint, Reason
from splice.resolve import Project
from splice.symbols import Module

NAME = "urlpatterns"
_CHANGE = frozenset({"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "__iadd__"})


def urlconfs(project: Project, said: Settings, unmounted: Collection[str]) -> Iterator[JoinPoint]:
    """A join point for each root URLconf, also for those that cannot be told: then with its reason.

    Where no root is known, the URLs are for somebody else's: then what nothing here includes, `unmounted`, are roots.
    """
    for file in sorted(said.roots or unmounted):
        module = project.file(file)
        point = _point(module) if module is not None else None
        if point is not None and (said.roots or not point.skip):
            yield point
    for file, line, detail in sorted(said.untold):
        yield _refused(file, line, "ROOT_URLCONF", detail)


def _point(module: Module) -> JoinPoint:
    statement = next((node for node in reversed(module.tree.body) if _changes(node)), None)
    if statement is None or isinstance(statement, (ast.Import, ast.ImportFrom)):
        line = statement.lineno if statement is not None else 1
        return _refused(module.file, line, NAME, f"{module.name} does not make its {NAME} itself")
    return JoinPoint(
        file=module.file,
        line=statement.lineno,
        symbol=NAME,
        kind="urlconf",
        framework="django",
        operation=f"{module.name}.{NAME}",
        anchor=Anchor(statement.lineno, statement.end_lineno or statement.lineno, NAME),
    )


def _refused(file: str, line: int, symbol: str, detail: str) -> JoinPoint:
    reason = Reason.URLCONF_UNKNOWN
    return JoinPoint(file, line, symbol, "urlconf", "django", symbol, reason=reason, detail=detail, skip=True)


def _changes(statement: ast.stmt) -> bool:
    """Whether a statement of a module binds `urlpatterns`, or changes the list: itself, or in a block of it."""
    queue: list[ast.AST] = [statement]
    while queue:
        node = queue.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
                continue  # what happens in there happens to other names, or when somebody calls it
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name == NAME:
                return True
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()) if name == NAME:
                return True
            case ast.alias(name=name, asname=asname) if (asname or name) == NAME:
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if name == NAME and attr in _CHANGE:
                return True
        queue += ast.iter_child_nodes(node)
    return False
