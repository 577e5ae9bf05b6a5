"""Under which names a project knows something: import aliases, assignments, subclasses.

Calls are found by the last name of their callee; this says which names to look for, without evaluating anything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.resolve import Project
from splice.symbols import Scope


class Spellings:
    """Pairs of names and what they are other names of, over all loaded modules."""

    def __init__(self, project: Project) -> None:
        self._aliases: dict[str, set[str]] = {}
        self._classes: dict[str, set[str]] = {}
        for module in project.modules():
            scopes = [module.scope, *(definition.inner for definition in module.definitions.values())]
            for bound, original in (pair for scope in scopes for pair in _aliases(scope)):
                self._aliases.setdefault(original, set()).add(bound)
            for definition in module.classes():
                for base in definition.node.bases if isinstance(definition.node, ast.ClassDef) else ():
                    self._classes.setdefault(_last(base), set()).add(definition.name)

    def of(self, *names: str, classes: bool = False) -> frozenset[str]:
        """These names and all that stand for one of them; with `classes` also classes derived from one."""
        found, queue = set(names), list(names)
        while queue:
            name = queue.pop()
            more = self._aliases.get(name, set()) | (self._classes.get(name, set()) if classes else set())
            queue += more - found
            found |= more
        return frozenset(found)


def _aliases(scope: Scope) -> Iterator[tuple[str, str]]:
    tables = (scope.bindings, scope.attributes)
    for name, bindings in ((name, bindings) for table in tables for name, bindings in table.items()):
        for binding in bindings:
            if binding.kind == "from" and binding.name != name:
                yield name, binding.name
            elif (
                binding.kind == "assign"
                and binding.value is not None
                and (last := _last(binding.value)) not in ("", name)
            ):
                yield name, last


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
