"""Which statements stand around a call, up to its function."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.symbols import CallSite, Module

Loop = ast.For | ast.AsyncFor | ast.While
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)


class Blocks:
    """The parents of statements, noted once per module."""

    def __init__(self) -> None:
        self._parents: dict[Module, dict[ast.AST, ast.AST]] = {}

    def around(self, site: CallSite) -> Iterator[ast.stmt]:

        module = site.scope.module
        if module not in self._parents:
            self._parents[module] = dict(_parents(module.tree))
        parents = self._parents[module]
        node: ast.AST = site.statement
        while (above := parents.get(node)) is not None and not isinstance(above, _SCOPES):
            if isinstance(above, ast.stmt):
                yield above
            elif isinstance(above, ast.ExceptHandler):
                above = parents[above]  # not tried: go on above the `try`
            node = above

    def loops(self, site: CallSite) -> Iterator[tuple[Loop, list[ast.stmt]]]:
        """The loops around a call, the innermost first, each with the statements between the two."""
        between: list[ast.stmt] = []
        for node in self.around(site):
            if isinstance(node, _LOOPS):
                yield node, list(between)
            between.append(node)


def _parents(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
                yield child, node
                queue.append(child)


def leaves(loop: ast.stmt) -> bool:
    """Whether something in a loop's own body, outside of handlers, ends it."""
    queue: list[ast.AST] = [*getattr(loop, "body", ())]
    while queue:
        node = queue.pop()
        if isinstance(node, (ast.Return, ast.Break)):
            return True
        if not isinstance(node, (*_SCOPES, ast.ExceptHandler)):
            queue += (child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.match_case)))
    return False
