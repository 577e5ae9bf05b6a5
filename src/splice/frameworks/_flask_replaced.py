"""Views that are replaced after they were registered: `app.view_functions["index"] = guard(index)`.

Whatever was around the first function may then be gone, or something new be there: nothing certain is said.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.access.asked import Asked
from splice.access.gates import Gate, may
from splice.access.names import attributes
from splice.frameworks._flask_search import Search
from splice.frameworks._routing import Registration
from splice.symbols import Definition, Module, Scope
from splice.values import FuncRef

_TABLE = "view_functions"
_READS = frozenset({"get", "items", "keys", "values", "copy"})


class Replaced:
    """What a project does to Flask's table of views."""

    def __init__(self, asked: Asked, search: Search) -> None:
        self.asked, self.project, self.search = asked, asked.project, search
        self.all: list[Gate] = []
        self.named: dict[str, list[Gate]] = {}
        for module in list(self.project.modules()):
            if _TABLE.encode() in module.source.raw:
                self._used(module)

    def of(self, definition: Definition, registration: Registration) -> Iterator[Gate]:
        """The doubts about one route of a function."""
        yield from self.all
        given = {text for call in registration.origin.calls for text in self._endpoints(call.node)}
        for name in sorted({definition.name, *given}):
            yield from self.named.get(name, ())

    def _endpoints(self, node: ast.expr) -> Iterator[str]:
        """The endpoint that a registering call names."""
        for word in node.keywords if isinstance(node, ast.Call) else ():
            if word.arg == "endpoint" and isinstance(word.value, ast.Constant):
                yield str(word.value.value)
        if isinstance(node, ast.Call) and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            yield str(node.args[1].value)

    def _used(self, module: Module) -> None:
        """Every use of the table: reading it is fine, and one function of it may be set by name."""
        above = {id(child): node for node in ast.walk(module.tree) for child in ast.iter_child_nodes(node)}
        for node, scope in attributes(module, (_TABLE,)):
            use = above.get(id(node))
            statement = above.get(id(use))
            if isinstance(use, ast.Subscript) and isinstance(use.ctx, ast.Store) and isinstance(statement, ast.Assign):
                self._note(use.slice, statement.value, scope, node.lineno)
            elif not (
                (isinstance(use, ast.Subscript) and isinstance(use.ctx, ast.Load))
                or (isinstance(use, ast.Attribute) and use.attr in _READS)
                or (isinstance(use, (ast.For, ast.comprehension, ast.Compare)))
            ):
                self.all.append(self._doubt(module, node.lineno))

    def _note(self, key: ast.expr, value: ast.expr, scope: Scope, line: int) -> None:
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            self.all.append(self._doubt(scope.module, line))
            return
        functions = [v for v in self.project.values(value, scope) if isinstance(v, FuncRef)]
        name = key.value.rpartition(".")[2]
        if not functions or any(function.definition.name != name for function in functions):
            self.named.setdefault(name, []).append(self._doubt(scope.module, line))

    def _doubt(self, module: Module, line: int) -> Gate:
        why = f"{_TABLE} is changed, and what it then holds is not followed"
        return may(_TABLE, module.file, line, why, doubt=True)
