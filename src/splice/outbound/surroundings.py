"""Where a call stands in its statement: what lambdas and comprehensions around it name, and how its result is used."""

from __future__ import annotations

import ast
from typing import Literal

from splice.symbols import CallSite

Use = Literal["plain", "awaited", "entered"]
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Surroundings:
    """The path from a statement down to a call, walked once per call."""

    def __init__(self) -> None:
        self._paths: dict[int, tuple[ast.AST, ...]] = {}

    def path(self, site: CallSite) -> tuple[ast.AST, ...]:
        """The nodes around a call, its statement first; without the call."""
        if id(site.node) not in self._paths:
            self._statement(site.statement)
        return self._paths.get(id(site.node), (site.statement,))

    def _statement(self, statement: ast.stmt) -> None:
        stack: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(statement, ())]
        while stack:
            node, above = stack.pop()
            if isinstance(node, ast.Call):
                self._paths[id(node)] = above
            if isinstance(node, ast.stmt) and node is not statement:
                continue  # a statement of its own
            stack += ((child, (*above, node)) for child in ast.iter_child_nodes(node))

    def in_lambda(self, site: CallSite) -> bool:
        """Whether it runs when somebody calls a lambda, not where it stands."""
        return any(isinstance(node, ast.Lambda) for node in self.path(site))

    def local_names(self, site: CallSite) -> frozenset[str]:
        """Names that a lambda or a comprehension around a call gives a meaning of its own."""
        found: set[str] = set()
        for node in self.path(site):
            if isinstance(node, ast.Lambda):
                found |= {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
            elif isinstance(node, _COMPREHENSIONS):
                for part in node.generators:
                    found |= {n.id for n in ast.walk(part.target) if isinstance(n, ast.Name)}
        return frozenset(found)

    def used(self, site: CallSite) -> Use:
        """How the result is used: awaited, entered by `async with`, or in another way ("plain" if not at all async)."""
        above = self.path(site)[-1]
        if isinstance(above, ast.Await):
            return "awaited"
        if isinstance(above, ast.withitem):
            return "entered" if isinstance(site.statement, ast.AsyncWith) else "plain"
        return "plain"
