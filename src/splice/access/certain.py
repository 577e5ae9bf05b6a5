"""Whether a statement surely runs before a service answers: a hook registered in a branch is none for certain."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from splice.resolve import Project
from splice.symbols import Module, Scope
from splice.values import ModuleRef

_DEPTH = 6  # functions that are called by functions


class Certain:
    """Answers for one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._imported: set[str] | None = None

    def runs(self, scope: Scope, statement: ast.stmt, home: Scope | None, depth: int = 0) -> bool:
        """Whether a statement in `scope` runs whenever the object is made that was made in `home`."""
        body = getattr(scope.node, "body", [])
        if depth > _DEPTH or not straight(body, statement):
            return False
        if home is not None and home is scope:
            return True
        if scope.kind == "function":
            definition = scope.module.definitions[scope.symbol]
            calls = self.project.calls_of(definition)
            if not calls or any(call.scope is scope for call in calls):
                return False
            return all(self.runs(call.scope, call.statement, home, depth + 1) for call in calls)
        if scope.parent is not None:
            return self.runs(scope.parent, scope.node, home, depth + 1)  # type: ignore[arg-type]
        return (home is not None and home.module is scope.module) or scope.module.file in self._imports()

    def _imports(self) -> set[str]:
        """The files that some module surely imports."""
        if self._imported is None:
            self._imported = {f for module in list(self.project.modules()) for f in self._of(module)}
        return self._imported

    def _of(self, module: Module) -> Iterator[str]:
        for statement in _statements(module.tree.body):
            names: list[str] = []
            if isinstance(statement, ast.Import):
                names = [alias.name for alias in statement.names]
            elif isinstance(statement, ast.ImportFrom):
                above = self.project.names.resolve(module.file, statement.module or None, statement.level)
                names = [above, *(f"{above}.{alias.name}" for alias in statement.names)]
            for name in names:
                found = self.project.module_ref(name, module.file)
                if isinstance(found, ModuleRef) and found.file:
                    yield found.file


def straight(body: Iterable[ast.stmt], wanted: ast.stmt) -> bool:
    """Whether a statement of a body runs whenever the body does: in no branch, and nothing returns before it."""
    for statement in body:
        if statement is wanted:
            return True
        if isinstance(statement, (ast.With, ast.AsyncWith)) and straight(statement.body, wanted):
            return True
        if any(isinstance(node, (ast.Return, ast.Raise)) for node in _own(statement)):
            return False
    return False


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body and of the functions in it, without those in branches."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.With)):
            yield from _statements(statement.body)


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement, without those of functions that are defined in it."""
    queue: list[ast.AST] = [statement]
    while queue:
        node = queue.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        yield node
        queue += ast.iter_child_nodes(node)
